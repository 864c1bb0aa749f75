//! Who receives, where, for what and when. Anybody may read it.

use super::super::find;
use super::super::office;
use super::super::rows::{self, ClinicRow, DoctorRow, Done, ServiceRow};
use super::super::speciality;
use super::super::times::Terms;
use crate::app::App;
use crate::app::profile::Payer;
use crate::app::wire::{AskedLang, Cursor, Date, Failure, FreeSpan, Limit, Money, Paging, Reply};
use crate::kernel::error::{Error, Result};
use crate::kernel::lang::Lang;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Clinics, doctors, services and free times
    Catalogue,
}

/// A speciality in which somebody receives.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct SpecialityView {
    /// A stable word. New ones may be added.
    code: String,
    /// In the language of `Accept-Language`.
    name: String,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct SpecialityList {
    items: Vec<SpecialityView>,
}

/// A place where patients are seen.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct ClinicView {
    pub id: Uuid,
    /// In the language of `Accept-Language`, as the address is.
    pub name: String,
    pub address: String,
    /// With `+` and the country's code.
    pub phone: Option<String>,
    /// The IANA name of the time zone, for example `Asia/Almaty`.
    pub zone: String,
}

/// What a patient can come for.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct ServiceView {
    pub id: Uuid,
    pub clinic_id: Uuid,
    /// In the language of `Accept-Language`.
    pub name: String,
    /// Absent: doctors of every speciality do it.
    pub speciality: Option<String>,
    pub duration_minutes: i32,
    /// Absent: nothing is to be paid, or the price is agreed upon on the spot.
    pub price: Option<Money>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct DoctorView {
    pub id: Uuid,
    /// In the language of `Accept-Language`, as the other names are.
    pub name: String,
    /// The code.
    pub speciality: String,
    pub speciality_name: String,
    pub clinic_id: Uuid,
    pub clinic_name: String,
}

/// What is free, in order of time.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct SlotList {
    items: Vec<FreeSpan>,
    /// The IANA name of the clinic's time zone: the clock on the wall there.
    zone: String,
    /// The service whose length the slots have. Absent when the doctor has none.
    service_id: Option<Uuid>,
}

page_of! {
    /// Clinics.
    ClinicPage of ClinicView
}
page_of! {
    /// Services.
    ServicePage of ServiceView
}
page_of! {
    /// Doctors, in the order of their names.
    DoctorPage of DoctorView
}

impl ClinicView {
    pub fn of(row: ClinicRow, lang: Lang) -> Self {
        let (name, address) = (row.names.in_lang(lang).to_owned(), row.addresses.in_lang(lang).to_owned());
        Self { id: row.id, name, address, phone: row.phone, zone: row.zone }
    }
}

impl ServiceView {
    pub fn of(row: ServiceRow, lang: Lang) -> Self {
        Self {
            id: row.id,
            clinic_id: row.clinic,
            name: row.names.in_lang(lang).to_owned(),
            speciality: row.speciality,
            duration_minutes: row.duration_min,
            price: row.prices.price(Payer::Own),
        }
    }
}

impl DoctorView {
    pub fn of(row: DoctorRow, lang: Lang) -> Self {
        Self {
            id: row.id,
            name: row.names.in_lang(lang).to_owned(),
            speciality_name: speciality::name(lang, &row.speciality),
            speciality: row.speciality,
            clinic_id: row.clinic,
            clinic_name: row.clinic_names.in_lang(lang).to_owned(),
        }
    }
}

pub struct CatalogueApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Catalogue")]
impl CatalogueApi {
    /// List the specialities in which somebody receives
    #[oai(path = "/specialities", method = "get", operation_id = "listSpecialities")]
    async fn specialities(&self, app: Data<&App>, lang: AskedLang) -> Result<Reply<SpecialityList>, Failure> {
        let codes = rows::specialities(&app.db.reader()).await?;
        let items = codes.into_iter().map(|code| SpecialityView { name: speciality::name(lang.0, &code), code }).collect();
        Ok(Reply::new(SpecialityList { items }))
    }

    /// List the clinics
    #[oai(path = "/clinics", method = "get", operation_id = "listClinics")]
    async fn clinics(
        &self,
        app: Data<&App>,
        lang: AskedLang,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<ClinicPage>, Failure> {
        let page = Paging::of_all(limit.0, cursor.0)?;
        let mut rows = rows::clinics(&app.db.reader(), &page).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        let items = rows.into_iter().map(|row| ClinicView::of(row, lang.0)).collect();
        Ok(Reply::new(ClinicPage { items, next_cursor }))
    }

    /// List the services
    #[oai(path = "/services", method = "get", operation_id = "listServices")]
    async fn services(
        &self,
        app: Data<&App>,
        lang: AskedLang,
        #[oai(name = "clinicId")] clinic: Query<Option<Uuid>>,
        /// A code of a speciality. Services that every doctor does are listed too.
        #[oai(validator(max_length = 64))]
        speciality: Query<Option<String>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<ServicePage>, Failure> {
        let page = Paging::of_all(limit.0, cursor.0)?;
        let mut rows = rows::services(&app.db.reader(), clinic.0, speciality.0, &page).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        let items = rows.into_iter().map(|row| ServiceView::of(row, lang.0)).collect();
        Ok(Reply::new(ServicePage { items, next_cursor }))
    }

    /// Find doctors
    #[oai(path = "/doctors", method = "get", operation_id = "listDoctors")]
    async fn doctors(
        &self,
        app: Data<&App>,
        lang: AskedLang,
        /// A code of a speciality.
        #[oai(validator(max_length = 64))]
        speciality: Query<Option<String>>,
        #[oai(name = "clinicId")] clinic: Query<Option<Uuid>>,
        /// Part of a name, in any case and script: `Айгер` finds Aigerim, and the other way round.
        #[oai(validator(max_length = 100))]
        name: Query<Option<String>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<DoctorPage>, Failure> {
        let page = Paging::of_all(limit.0, cursor.0)?;
        let filter = rows::DoctorFilter { speciality: speciality.0, clinic: clinic.0 };
        let mut rows = rows::doctors(&app.db.reader(), &filter, &page).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        let items = rows.into_iter().map(|row| DoctorView::of(row, lang.0)).collect();
        Ok(Reply::new(DoctorPage { items, next_cursor }))
    }

    /// Read about a doctor
    #[oai(path = "/doctors/:id", method = "get", operation_id = "getDoctor")]
    async fn doctor(&self, app: Data<&App>, lang: AskedLang, id: Path<Uuid>) -> Result<Reply<DoctorView>, Failure> {
        let row = rows::doctor(&app.db.reader(), id.0).await?.ok_or_else(Error::not_found)?;
        Ok(Reply::new(DoctorView::of(row, lang.0)))
    }

    /// List a doctor's free times
    ///
    /// What is nearer or further than the service books, and what is taken, is left out.
    #[oai(path = "/doctors/:id/slots", method = "get", operation_id = "listSlots")]
    async fn slots(
        &self,
        app: Data<&App>,
        id: Path<Uuid>,
        /// The first day, on the clinic's calendar.
        from: Query<Date>,
        /// The last day. At most 31 days are answered.
        to: Query<Date>,
        /// The service that decides how long a slot is. Absent: the doctor's shortest.
        #[oai(name = "serviceId")]
        service: Query<Option<Uuid>>,
    ) -> Result<Reply<SlotList>, Failure> {
        let reader = app.db.reader();
        let Some(Done { doctor, service }) = rows::done_by(&reader, id.0, service.0).await? else {
            let doctor = rows::doctor(&reader, id.0).await?.filter(|_| service.0.is_none()).ok_or_else(Error::not_found)?;
            office::days(office::zone(&doctor.zone)?, from.0.0, to.0.0)?;
            return Ok(Reply::new(SlotList { items: Vec::new(), zone: doctor.zone, service_id: None }));
        };
        let terms = Terms::of_done(&doctor, &service)?;
        office::days(terms.zone, from.0.0, to.0.0)?;
        let free = find::first_free(&app, std::slice::from_ref(&terms), &(from.0.0..=to.0.0), None, usize::MAX).await?;
        let span = |slot: find::FreeSlot| FreeSpan { starts_at: slot.span.starts_at.into(), ends_at: slot.span.ends_at.into() };
        let items = free.into_iter().map(span).collect();
        Ok(Reply::new(SlotList { items, zone: doctor.zone, service_id: Some(service.id) }))
    }
}
