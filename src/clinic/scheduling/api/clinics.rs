//! Clinics, as their administrators write them. Who serves some clinics writes about those alone.

use super::super::clinics::{self, ClinicForm};
use super::super::closures;
use super::super::office;
use super::super::rows::{self, Card, ClinicRow};
use super::cards::ClinicView;
use super::hours_views::AffectedBookings;
use super::office::Tag;
use crate::app::App;
use crate::app::multilingual::{Multilingual, Paragraphs};
use crate::app::wire::{AskedLang, Body, Created, Cursor, ETag, Failure, Limit, Paging, Reply};
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
struct NewClinicForm {
    names: Multilingual,
    /// The IANA name of the time zone, for example `Asia/Almaty`.
    #[oai(validator(max_length = 64))]
    zone: String,
    addresses: Multilingual,
    #[oai(validator(max_length = 32))]
    phone: Option<String>,
    /// What is spoken there: two letters each, by ISO 639-1.
    #[oai(validator(max_items = 20))]
    languages: Option<Vec<String>>,
    card: Option<ContactCard>,
    /// A closed clinic is offered nowhere, and keeps what is booked. Absent: it works.
    active: Option<bool>,
}

/// How a clinic is reached, besides its phone.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, deny_unknown_fields)]
pub struct ContactCard {
    #[oai(validator(max_length = 254))]
    email: Option<String>,
    /// With `https://`.
    #[oai(validator(max_length = 200))]
    website: Option<String>,
    /// Degrees north, WGS 84. Stands with `longitude`.
    latitude: Option<f64>,
    /// Degrees east.
    longitude: Option<f64>,
    /// How to find the entrance.
    directions: Option<Paragraphs>,
}

/// A clinic in every language.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct OfficeClinic {
    id: Uuid,
    names: Multilingual,
    zone: String,
    addresses: Multilingual,
    phone: Option<String>,
    languages: Vec<String>,
    card: Option<ContactCard>,
    active: bool,
    /// Only where it was closed just now: the visits that it was to see, which stay booked.
    affected: Option<AffectedBookings>,
}

page_of! {
    /// Clinics, closed ones too.
    OfficeClinicPage of OfficeClinic
}

impl From<&NewClinicForm> for ClinicForm {
    fn from(form: &NewClinicForm) -> Self {
        let card = |card: &ContactCard| Card {
            email: card.email.clone(),
            website: card.website.clone(),
            latitude: card.latitude,
            longitude: card.longitude,
            directions: card.directions.clone(),
        };
        ClinicForm {
            names: form.names.clone(),
            zone: form.zone.clone(),
            addresses: form.addresses.clone(),
            phone: form.phone.clone(),
            languages: form.languages.clone().unwrap_or_default(),
            card: form.card.as_ref().map(card),
            active: form.active.unwrap_or(true),
        }
    }
}

impl From<ClinicRow> for OfficeClinic {
    fn from(row: ClinicRow) -> Self {
        let card = |card: Card| ContactCard {
            email: card.email,
            website: card.website,
            latitude: card.latitude,
            longitude: card.longitude,
            directions: card.directions,
        };
        OfficeClinic {
            id: row.id,
            names: row.names,
            zone: row.zone,
            addresses: row.addresses,
            phone: row.phone,
            languages: row.languages.0,
            card: row.card.map(card),
            active: row.active,
            affected: None,
        }
    }
}

pub struct ClinicsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Office")]
impl ClinicsApi {
    /// Add a clinic
    #[oai(path = "/clinics", method = "post", operation_id = "createClinic")]
    async fn create_clinic(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewClinicForm>,
    ) -> Result<Created<ClinicView>, Failure> {
        let caller = session.staff_for("createClinic")?;
        clinics::may_add(&caller)?;
        let form = body.0;
        let row = ClinicForm::from(&form).check(&app.profile, app.ambient.id())?;
        let view = app
            .write_once(&caller.actor("createClinic"), &caller.keys, &key.0, &form, async |tx: &mut Tx| -> Result<ClinicView> {
                clinics::add(tx, &row).await?;
                Ok(ClinicView::of(row.clone(), lang.0))
            })
            .await?;
        Ok(Created::at("/v1/clinics", view))
    }

    /// List one's clinics, closed ones too
    #[oai(path = "/clinics", method = "get", operation_id = "listOfficeClinics")]
    async fn list_clinics(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<OfficeClinicPage>, Failure> {
        let caller = session.staff_for("listOfficeClinics")?;
        let page = Paging::of_all(limit.0, cursor.0)?;
        let mut rows = rows::clinics_of_office(&app.db.reader(), &caller.clinics, &page).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        let items = rows.into_iter().map(OfficeClinic::from).collect();
        Ok(Reply::new(OfficeClinicPage { items, next_cursor }))
    }

    /// Read a clinic in every language
    #[oai(path = "/clinics/:id", method = "get", operation_id = "getOfficeClinic")]
    async fn get_clinic(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<OfficeClinic>, Failure> {
        let caller = session.staff_for("getOfficeClinic")?;
        let row = office::clinic_for(&app.db.reader(), &caller, id.0).await?;
        let etag = ETag::of(row.version);
        Ok(Reply::tagged(row.into(), etag))
    }

    /// Change or close a clinic
    ///
    /// Takes the place of all that the clinic said of itself. What is booked there stays, in a closed clinic too: the answer to a
    /// closing names the visits that it was to see.
    #[oai(path = "/clinics/:id", method = "put", operation_id = "putClinic")]
    async fn put_clinic(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        /// Answers what the change would do, and changes nothing. Default false.
        #[oai(name = "dryRun")]
        dry_run: Query<Option<bool>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Body<NewClinicForm>,
    ) -> Result<Reply<OfficeClinic>, Failure> {
        let caller = session.staff_for("putClinic")?;
        let row = ClinicForm::from(&body.0).check(&app.profile, id.0)?;
        let is_current = |version: i64| ETag::of(version).check(if_match.0.as_deref());
        let reader = app.db.reader();
        let was = office::clinic_for(&reader, &caller, id.0).await?;
        let closes = was.active && !row.active;
        let row = if dry_run.0 == Some(true) {
            is_current(was.version)?;
            ClinicRow { version: was.version, ..row }
        } else {
            let write = async |tx: &mut Tx| clinics::put(tx, &caller, row.clone(), is_current).await;
            app.write(&caller.actor("putClinic"), write).await?
        };
        let affected = match closes {
            true => Some(closures::by_closing(&reader, &app.profile.booking, id.0, app.ambient.now()).await?.into()),
            false => None,
        };
        let etag = ETag::of(row.version);
        Ok(Reply::tagged(OfficeClinic { affected, ..row.into() }, etag))
    }
}
