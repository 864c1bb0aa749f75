//! Services, as the administrators of their clinics write them.

use super::super::rows::{self, ServiceRow};
use super::super::services::{self, Confirmation, ServiceForm, ServiceMode};
use super::cards::{PayerPrice, ServiceView, sex};
use super::office::Tag;
use crate::app::App;
use crate::app::multilingual::{Multilingual, Paragraphs};
use crate::app::wire::{AskedLang, Body, Created, Cursor, ETag, Failure, Limit, Money, Paging, Reply};
use crate::clinic::identity::{Session, Sex};
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewServiceForm {
    clinic_id: Uuid,
    names: Multilingual,
    /// One of the known codes, for example `cardiology`. Absent: doctors of every speciality do it.
    #[oai(validator(max_length = 64))]
    speciality: Option<String>,
    /// Absent: in person.
    mode: Option<ServiceMode>,
    /// With its buffers at most 480.
    #[oai(validator(minimum(value = "5"), maximum(value = "480")))]
    duration_minutes: i32,
    /// How the patient prepares for it.
    preparation: Option<Paragraphs>,
    /// What its doctor and its machine need before the patient comes. Absent: nothing.
    #[oai(validator(minimum(value = "0"), maximum(value = "240")))]
    buffer_before_minutes: Option<i32>,
    /// What they need when he is gone. Absent: nothing.
    #[oai(validator(minimum(value = "0"), maximum(value = "240")))]
    buffer_after_minutes: Option<i32>,
    /// A slot nearer than this is not offered. Absent: as for every service of the house.
    #[oai(validator(minimum(value = "0"), maximum(value = "86400")))]
    lead_minutes: Option<i32>,
    /// Absent: `payment`.
    confirmation: Option<Confirmation>,
    /// For patients of this age and older, in whole years.
    #[oai(validator(minimum(value = "0"), maximum(value = "130")))]
    min_age: Option<i32>,
    /// For patients of this age and younger.
    #[oai(validator(minimum(value = "0"), maximum(value = "130")))]
    max_age: Option<i32>,
    /// Absent: for everybody.
    sex: Option<Sex>,
    /// The kind of machine that it needs, for example `ultrasound`. Without such a machine in the clinic nothing is offered.
    #[oai(validator(pattern = "^[a-z][A-Za-z0-9]{0,39}$"))]
    equipment: Option<String>,
    /// Short for `prices` with `self` alone.
    price: Option<Money>,
    /// Who may stand for it, each once, and what the patient then pays. The house says whom it knows.
    #[oai(validator(max_items = 4))]
    prices: Option<Vec<PayerPrice>>,
    /// A service that is not active is offered nowhere, and keeps what is booked. Absent: it is.
    active: Option<bool>,
    /// Only whoever takes part in this programme may book it, and his booking hangs on that. Absent: everybody.
    programme_id: Option<Uuid>,
}

/// A service in every language, with what its office alone needs to know.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct OfficeService {
    id: Uuid,
    clinic_id: Uuid,
    names: Multilingual,
    speciality: Option<String>,
    mode: ServiceMode,
    duration_minutes: i32,
    preparation: Option<Paragraphs>,
    buffer_before_minutes: i32,
    buffer_after_minutes: i32,
    lead_minutes: Option<i32>,
    confirmation: Confirmation,
    min_age: Option<i32>,
    max_age: Option<i32>,
    sex: Option<Sex>,
    equipment: Option<String>,
    prices: Vec<PayerPrice>,
    active: bool,
    programme_id: Option<Uuid>,
}

page_of! {
    /// Services, those that are not offered too.
    OfficeServicePage of OfficeService
}

impl From<&NewServiceForm> for ServiceForm {
    fn from(form: &NewServiceForm) -> Self {
        let prices = |prices: &Vec<PayerPrice>| prices.iter().map(|item| (item.payer, item.price.clone())).collect();
        ServiceForm {
            clinic: form.clinic_id,
            names: form.names.clone(),
            speciality: form.speciality.clone(),
            mode: form.mode,
            duration_min: form.duration_minutes,
            preparation: form.preparation.clone(),
            buffer_before_min: form.buffer_before_minutes,
            buffer_after_min: form.buffer_after_minutes,
            lead_min: form.lead_minutes,
            confirmation: form.confirmation,
            min_age: form.min_age,
            max_age: form.max_age,
            sex: form.sex,
            equipment: form.equipment.clone(),
            price: form.price.clone(),
            prices: form.prices.as_ref().map(prices),
            active: form.active.unwrap_or(true),
            programme: form.programme_id,
        }
    }
}

impl From<ServiceRow> for OfficeService {
    fn from(row: ServiceRow) -> Self {
        OfficeService {
            id: row.id,
            clinic_id: row.clinic,
            names: row.names,
            speciality: row.speciality,
            mode: ServiceMode::parse(&row.mode),
            duration_minutes: row.duration_min,
            preparation: row.preparation,
            buffer_before_minutes: row.buffer_before_min,
            buffer_after_minutes: row.buffer_after_min,
            lead_minutes: row.lead_min,
            confirmation: Confirmation::parse(&row.confirmation),
            min_age: row.min_age,
            max_age: row.max_age,
            sex: row.sex.as_deref().and_then(sex),
            equipment: row.equipment,
            prices: row.prices.0.into_iter().map(|(payer, price)| PayerPrice { payer, price }).collect(),
            active: row.active,
            programme_id: row.programme,
        }
    }
}

pub struct ServicesApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Office")]
impl ServicesApi {
    /// Add a service
    #[oai(path = "/services", method = "post", operation_id = "createService")]
    async fn create_service(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewServiceForm>,
    ) -> Result<Created<ServiceView>, Failure> {
        let caller = session.staff_for("createService")?;
        let form = body.0;
        let row = ServiceForm::from(&form).check(&app.profile, app.ambient.id())?;
        let view = app
            .write_once(&caller.actor("createService"), &caller.keys, &key.0, &form, async |tx: &mut Tx| -> Result<ServiceView> {
                services::add(tx, &caller, &row).await?;
                Ok(ServiceView::of(row.clone(), lang.0, &app.profile.booking.payers))
            })
            .await?;
        Ok(Created::at("/v1/services", view))
    }

    /// List the services of one's clinics, those that are not offered too
    #[oai(path = "/services", method = "get", operation_id = "listOfficeServices")]
    async fn list_services(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "clinicId")] clinic: Query<Option<Uuid>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<OfficeServicePage>, Failure> {
        let caller = session.staff_for("listOfficeServices")?;
        let page = Paging::of_all(limit.0, cursor.0)?;
        let mut rows = rows::services_of_office(&app.db.reader(), &caller.clinics, clinic.0, &page).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        let items = rows.into_iter().map(OfficeService::from).collect();
        Ok(Reply::new(OfficeServicePage { items, next_cursor }))
    }

    /// Read a service in every language
    #[oai(path = "/services/:id", method = "get", operation_id = "getOfficeService")]
    async fn get_service(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<OfficeService>, Failure> {
        let caller = session.staff_for("getOfficeService")?;
        let row = services::find(&app.db.reader(), &caller, id.0).await?;
        let etag = ETag::of(row.version);
        Ok(Reply::tagged(row.into(), etag))
    }

    /// Change a service, or offer it no more
    ///
    /// Takes the place of all that was said of it. It stays in its clinic, and what is booked stays as it was booked.
    #[oai(path = "/services/:id", method = "put", operation_id = "putService")]
    async fn put_service(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Body<NewServiceForm>,
    ) -> Result<Reply<OfficeService>, Failure> {
        let caller = session.staff_for("putService")?;
        let row = ServiceForm::from(&body.0).check(&app.profile, id.0)?;
        let is_current = |version: i64| ETag::of(version).check(if_match.0.as_deref());
        let write = async |tx: &mut Tx| services::put(tx, &caller, row.clone(), is_current).await;
        let row = app.write(&caller.actor("putService"), write).await?;
        let etag = ETag::of(row.version);
        Ok(Reply::tagged(row.into(), etag))
    }
}
