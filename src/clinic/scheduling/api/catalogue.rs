//! Who receives, where, for what and when. Anybody may read it.

use super::super::office::{self, Offer};
use super::super::rows::{self, DoctorFilter, Found, ServiceFilter};
use super::super::services::ServiceMode;
use super::super::{languages, search, slots, speciality};
use super::cards::{ClinicPage, ClinicView, DoctorPage, DoctorView, ServicePage, ServiceView};
use crate::app::App;
use crate::app::profile::Payer;
use crate::app::wire::{AskedLang, Cursor, Date, Failure, FreeSpan, Limit, Paging, Reply};
use crate::kernel::error::{Error, Fault, Result};
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

    /// Read about a clinic
    #[oai(path = "/clinics/:id", method = "get", operation_id = "getClinic")]
    async fn clinic(&self, app: Data<&App>, lang: AskedLang, id: Path<Uuid>) -> Result<Reply<ClinicView>, Failure> {
        let row = rows::clinic(&app.db.reader(), id.0).await?.filter(|row| row.active).ok_or_else(Error::not_found)?;
        Ok(Reply::new(ClinicView::of(row, lang.0)))
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
        mode: Query<Option<ServiceMode>>,
        /// Who is to pay.
        payer: Query<Option<Payer>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<ServicePage>, Failure> {
        let page = Paging::of_all(limit.0, cursor.0)?;
        let payers = &app.profile.booking.payers;
        if payer.0.is_some_and(|payer| !payers.contains(&payer)) {
            return Ok(Reply::new(ServicePage { items: Vec::new(), next_cursor: None }));
        }
        let mode = mode.0.map(ServiceMode::as_str);
        let filter = ServiceFilter { clinic: clinic.0, speciality: speciality.0, mode, payer: payer.0 };
        let mut rows = rows::services(&app.db.reader(), &filter, &page).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        let items = rows.into_iter().map(|row| ServiceView::of(row, lang.0, payers)).collect();
        Ok(Reply::new(ServicePage { items, next_cursor }))
    }

    /// Read about a service
    #[oai(path = "/services/:id", method = "get", operation_id = "getService")]
    async fn service(&self, app: Data<&App>, lang: AskedLang, id: Path<Uuid>) -> Result<Reply<ServiceView>, Failure> {
        let row = rows::service(&app.db.reader(), id.0).await?.ok_or_else(Error::not_found)?;
        Ok(Reply::new(ServiceView::of(row, lang.0, &app.profile.booking.payers)))
    }

    /// Find doctors
    ///
    /// Without a name in the order of names. With one: whose names have the words whole come before those that only begin
    /// so.
    #[oai(path = "/doctors", method = "get", operation_id = "listDoctors")]
    async fn doctors(
        &self,
        app: Data<&App>,
        lang: AskedLang,
        /// A code of a speciality.
        #[oai(validator(max_length = 64))]
        speciality: Query<Option<String>>,
        #[oai(name = "clinicId")] clinic: Query<Option<Uuid>>,
        /// Who does this service.
        #[oai(name = "serviceId")]
        service: Query<Option<Uuid>>,
        /// Who speaks this language: two letters, by ISO 639-1.
        #[oai(validator(max_length = 8))]
        language: Query<Option<String>>,
        /// Who receives on such a day, by the hours of the week.
        day: Query<Option<Date>>,
        /// Beginnings of words of a name, in any case and script and without marks: `Айгер` finds Aigerim, `elk` Ёлкина.
        #[oai(validator(max_length = 100))]
        name: Query<Option<String>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<DoctorPage>, Failure> {
        let page = Paging::of_all(limit.0, cursor.0)?;
        if language.0.as_deref().is_some_and(|code| !languages::is_known(code)) {
            return Err(Error::field("?language", Fault::UnknownValue).into());
        }
        let filter = DoctorFilter {
            speciality: speciality.0,
            clinic: clinic.0,
            service: service.0,
            language: language.0,
            day: day.0.map(|day| day.0),
            terms: name.0.as_deref().map(search::terms).unwrap_or_default(),
        };
        let reader = app.db.reader();
        let mut found = rows::doctors(&reader, &filter, &page).await?;
        let next_cursor = page.cut(&mut found, |found| found.standing.clone())?;
        let ids: Vec<Uuid> = found.iter().map(|found| found.doctor.id).collect();
        let mut places = rows::places_of(&reader, &ids).await?;
        let view = |found: Found| {
            let places = places.remove(&found.doctor.id).unwrap_or_default();
            DoctorView::of(found.doctor, places, lang.0)
        };
        let items = found.into_iter().map(view).collect();
        Ok(Reply::new(DoctorPage { items, next_cursor }))
    }

    /// Read about a doctor
    #[oai(path = "/doctors/:id", method = "get", operation_id = "getDoctor")]
    async fn doctor(&self, app: Data<&App>, lang: AskedLang, id: Path<Uuid>) -> Result<Reply<DoctorView>, Failure> {
        let reader = app.db.reader();
        let row = rows::doctor(&reader, id.0).await?.ok_or_else(Error::not_found)?;
        let places = rows::places_of(&reader, &[id.0]).await?.remove(&id.0).unwrap_or_default();
        Ok(Reply::new(DoctorView::of(row, places, lang.0)))
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
        let Some(offer) = Offer::find(&reader, id.0, service.0).await? else {
            let doctor = rows::doctor(&reader, id.0).await?.filter(|_| service.0.is_none()).ok_or_else(Error::not_found)?;
            office::days(office::zone(&doctor.zone)?, from.0.0, to.0.0)?;
            return Ok(Reply::new(SlotList { items: Vec::new(), zone: doctor.zone, service_id: None }));
        };
        let within = office::days(offer.zone, from.0.0, to.0.0)?;
        let slots = offer.slots(&app.profile.booking, app.ambient.now(), from.0.0..=to.0.0);
        let busy = rows::busy(&reader, id.0, &within, app.ambient.now()).await?;
        let span = |span: crate::kernel::error::Span| FreeSpan { starts_at: span.starts_at.into(), ends_at: span.ends_at.into() };
        let items = slots::free(slots, &busy).into_iter().map(span).collect();
        Ok(Reply::new(SlotList { items, zone: offer.doctor.zone, service_id: Some(offer.service.id) }))
    }
}
