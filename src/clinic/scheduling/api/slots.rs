//! Free times: of one doctor, for one service, or of everybody in a speciality; and the holidays. Anybody may read them.

use super::super::find::{self, Standing};
use super::super::rows::{Practice, PracticeFilter};
use super::super::times::Terms;
use crate::app::App;
use crate::app::wire::{AskedLang, Cursor, Date, Failure, Instant, Limit, Paging, Reply};
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::lang::Lang;
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Clinics, doctors, services and free times
    Catalogue,
}

/// A free time of somebody.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct SlotView {
    starts_at: Instant,
    ends_at: Instant,
    doctor_id: Uuid,
    /// In the language of `Accept-Language`, as the clinic's name is.
    doctor_name: String,
    clinic_id: Uuid,
    clinic_name: String,
    /// The IANA name of the clinic's time zone: the clock on the wall there.
    zone: String,
    service_id: Uuid,
}

/// Free times of many, in order of time.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct SlotPage {
    items: Vec<SlotView>,
    /// Send it back as `cursor` for the next page. Absent at the end.
    next_cursor: Option<Cursor>,
    /// More doctors fit than one search looks at (200): name a clinic or a service to see them all.
    is_partial: bool,
}

/// A day on which nobody receives, unless his hours say so.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct HolidayView {
    date: Date,
    /// In the language of `Accept-Language`.
    name: String,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct HolidayList {
    items: Vec<HolidayView>,
    /// The act that they stand in. Absent where there are none.
    source: Option<String>,
}

impl SlotView {
    fn of(slot: find::FreeSlot, practice: &Practice, lang: Lang) -> Self {
        Self {
            starts_at: slot.span.starts_at.into(),
            ends_at: slot.span.ends_at.into(),
            doctor_id: practice.doctor,
            doctor_name: practice.doctor_names.in_lang(lang).to_owned(),
            clinic_id: practice.clinic,
            clinic_name: practice.clinic_names.in_lang(lang).to_owned(),
            zone: practice.zone.clone(),
            service_id: practice.service,
        }
    }
}

pub struct SlotsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Catalogue")]
impl SlotsApi {
    /// Find free times
    ///
    /// Who is first? One of a doctor, a service and a speciality must be said; all that is said must hold. Without a service each
    /// doctor's shortest one counts, in each of his clinics.
    #[oai(path = "/slots", method = "get", operation_id = "findSlots")]
    async fn find(
        &self,
        app: Data<&App>,
        lang: AskedLang,
        #[oai(name = "doctorId")] doctor: Query<Option<Uuid>>,
        #[oai(name = "serviceId")] service: Query<Option<Uuid>>,
        /// A code of a speciality.
        #[oai(validator(max_length = 64))]
        speciality: Query<Option<String>>,
        #[oai(name = "clinicId")] clinic: Query<Option<Uuid>>,
        /// The first day, on the calendar of each clinic. Absent: today.
        from: Query<Option<Date>>,
        /// The last day. Absent: as far as anything is booked.
        to: Query<Option<Date>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<SlotPage>, Failure> {
        if doctor.0.is_none() && service.0.is_none() && speciality.0.is_none() {
            return Err(Error::field("?speciality", Fault::Required).into());
        }
        let days = find::days(&app, from.0.map(|date| date.0), to.0.map(|date| date.0))?;
        let page: Paging<Standing> = Paging::of_all(limit.0, cursor.0)?;
        let filter = PracticeFilter { doctor: doctor.0, speciality: speciality.0, clinic: clinic.0, service: service.0 };
        let (practices, is_partial) = find::practices(&app, &filter).await?;
        let terms: Vec<Terms> = practices.iter().map(Terms::of).collect::<Result<_>>()?;
        let count = usize::try_from(page.rows()).unwrap_or(usize::MAX);
        let mut found = find::first_free(&app, &terms, &days, page.place, count).await?;
        let next_cursor = page.cut(&mut found, |slot| find::standing(slot, &terms))?;
        let view = |slot: find::FreeSlot| practices.get(slot.practice).map(|practice| SlotView::of(slot, practice, lang.0));
        let items = found.into_iter().filter_map(view).collect();
        Ok(Reply::new(SlotPage { items, next_cursor, is_partial }))
    }

    /// List the holidays
    #[oai(path = "/holidays", method = "get", operation_id = "listHolidays")]
    async fn holidays(
        &self,
        app: Data<&App>,
        lang: AskedLang,
        from: Query<Date>,
        /// At most 366 days later.
        to: Query<Date>,
    ) -> Result<Reply<HolidayList>, Failure> {
        let (from, to) = (from.0.0, to.0.0);
        if to < from || (to - from).num_days() > 366 {
            return Err(Error::field("?to", Fault::OutOfRange).into());
        }
        let holidays = &app.profile.booking.holidays;
        let named =
            |date| holidays.on(date).map(|one| HolidayView { date: Date(date), name: one.names.in_lang(lang.0).to_owned() });
        let items = from.iter_days().take_while(|date| *date <= to).filter_map(named).collect();
        let source = Some(holidays.source.clone()).filter(|source| !source.is_empty());
        Ok(Reply::new(HolidayList { items, source }))
    }
}
