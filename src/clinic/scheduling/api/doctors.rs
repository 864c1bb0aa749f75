//! Doctors, as the administrators of their clinics write them.

use super::super::doctors::{self, DoctorForm, Kept};
use super::super::rows::{self, DoctorRow, Place};
use super::office::Tag;
use crate::app::App;
use crate::app::multilingual::{Multilingual, Paragraphs};
use crate::app::wire::{Body, Created, Cursor, ETag, Failure, Limit, Paging, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewDoctorForm {
    clinic_id: Uuid,
    /// Where he receives besides.
    #[oai(validator(max_items = 19))]
    other_clinic_ids: Option<Vec<Uuid>>,
    /// One of the known codes, for example `cardiology`.
    #[oai(validator(max_length = 64))]
    speciality: String,
    /// The whole name, as patients are to read it.
    names: Multilingual,
    /// What he speaks: two letters each, by ISO 639-1.
    #[oai(validator(max_items = 20))]
    languages: Option<Vec<String>>,
    /// What he has learned and done.
    qualifications: Option<Paragraphs>,
    #[oai(validator(max_length = 64))]
    login: String,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct IssuedDoctor {
    id: Uuid,
    login: String,
    /// Shown once. To be changed at the first sign-in, within three days.
    one_time_password: String,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct ChangedDoctor {
    /// Where he receives. He belongs to the first one: its administrators write his card.
    #[oai(validator(min_items = 1, max_items = 20))]
    clinic_ids: Vec<Uuid>,
    /// One of the known codes, for example `cardiology`.
    #[oai(validator(max_length = 64))]
    speciality: String,
    /// The whole name, as patients are to read it.
    names: Multilingual,
    /// What he speaks: two letters each, by ISO 639-1.
    #[oai(validator(max_items = 20))]
    languages: Option<Vec<String>>,
    /// What he has learned and done.
    qualifications: Option<Paragraphs>,
    /// Who receives no more is offered nowhere, and keeps what is booked. Absent: he receives.
    active: Option<bool>,
}

/// A doctor in every language.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct OfficeDoctor {
    id: Uuid,
    /// The first one is the one that he belongs to.
    clinic_ids: Vec<Uuid>,
    speciality: String,
    names: Multilingual,
    languages: Vec<String>,
    qualifications: Option<Paragraphs>,
    active: bool,
}

page_of! {
    /// Doctors, those who receive no more too.
    OfficeDoctorPage of OfficeDoctor
}

impl OfficeDoctor {
    fn of(row: DoctorRow, places: &[Place]) -> Self {
        OfficeDoctor {
            id: row.id,
            clinic_ids: places.iter().map(|place| place.clinic).collect(),
            speciality: row.speciality,
            names: row.names,
            languages: row.languages.0,
            qualifications: row.qualifications,
            active: row.active,
        }
    }
}

fn tagged(kept: Kept) -> Reply<OfficeDoctor> {
    let etag = ETag::of(kept.row.version);
    Reply::tagged(OfficeDoctor::of(kept.row, &kept.places), etag)
}

pub struct DoctorsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Office")]
impl DoctorsApi {
    /// Add a doctor
    ///
    /// Makes his staff account too. Its one-time password is answered once.
    #[oai(path = "/doctors", method = "post", operation_id = "createDoctor")]
    async fn create_doctor(
        &self,
        app: Data<&App>,
        session: Session,
        body: Body<NewDoctorForm>,
    ) -> Result<Created<IssuedDoctor>, Failure> {
        let caller = session.staff_for("createDoctor")?;
        let NewDoctorForm { clinic_id, other_clinic_ids, speciality, names, languages, qualifications, login } = body.0;
        let form = DoctorForm {
            speciality,
            names,
            languages: languages.unwrap_or_default(),
            qualifications,
            clinics: std::iter::once(clinic_id).chain(other_clinic_ids.into_iter().flatten()).collect(),
            active: true,
        };
        let (id, one_time_password) = doctors::add(&app, &caller, &form, login.clone()).await?;
        let issued = IssuedDoctor { id, login: login.trim().to_lowercase(), one_time_password };
        Ok(Created::at(format!("/v1/doctors/{id}"), issued))
    }

    /// List the doctors of one's clinics, those who receive no more too
    #[oai(path = "/doctors", method = "get", operation_id = "listOfficeDoctors")]
    async fn list_doctors(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "clinicId")] clinic: Query<Option<Uuid>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<OfficeDoctorPage>, Failure> {
        let caller = session.staff_for("listOfficeDoctors")?;
        let page = Paging::of_all(limit.0, cursor.0)?;
        let reader = app.db.reader();
        let mut found = rows::doctors_of_office(&reader, &caller.clinics, clinic.0, &page).await?;
        let next_cursor = page.cut(&mut found, |row| row.id)?;
        let ids: Vec<Uuid> = found.iter().map(|row| row.id).collect();
        let mut places = rows::places_of(&reader, &ids).await?;
        let view = |row: DoctorRow| {
            let places = places.remove(&row.id).unwrap_or_default();
            OfficeDoctor::of(row, &places)
        };
        let items = found.into_iter().map(view).collect();
        Ok(Reply::new(OfficeDoctorPage { items, next_cursor }))
    }

    /// Read a doctor's card in every language
    #[oai(path = "/doctors/:id", method = "get", operation_id = "getOfficeDoctor")]
    async fn get_doctor(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<OfficeDoctor>, Failure> {
        let caller = session.staff_for("getOfficeDoctor")?;
        Ok(tagged(doctors::find(&app.db.reader(), &caller, id.0).await?))
    }

    /// Change a doctor's card and where he receives
    ///
    /// Takes the place of all that was said of him. His staff account serves the same clinics from now on. What is booked
    /// stays, also with one who receives no more.
    #[oai(path = "/doctors/:id", method = "put", operation_id = "putDoctor")]
    async fn put_doctor(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Body<ChangedDoctor>,
    ) -> Result<Reply<OfficeDoctor>, Failure> {
        let caller = session.staff_for("putDoctor")?;
        let ChangedDoctor { clinic_ids, speciality, names, languages, qualifications, active } = body.0;
        let form = DoctorForm {
            speciality,
            names,
            languages: languages.unwrap_or_default(),
            qualifications,
            clinics: clinic_ids,
            active: active.unwrap_or(true),
        };
        let checked = form.check(&app.profile)?;
        let is_current = |version: i64| ETag::of(version).check(if_match.0.as_deref());
        let write = async |tx: &mut Tx| -> Result<Kept> {
            doctors::put(tx, &caller, id.0, &checked, is_current).await?;
            doctors::find(tx, &caller, id.0).await
        };
        Ok(tagged(app.write(&caller.actor("putDoctor"), write).await?))
    }
}
