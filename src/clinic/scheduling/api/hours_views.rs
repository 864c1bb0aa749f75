//! What the API of hours takes and answers.

use super::super::affected::{Affected, Misfit};
use super::super::hours::NewOpening;
use super::super::timetable::{Change, Exception, Opening, Stretch};
use crate::app::wire::{Date, FreeSpan, Instant};
use crate::kernel::error::Span;
use poem_openapi::{Enum, Object};
use uuid::Uuid;

/// Part of a day, on the clock of the clinic.
#[derive(Debug, Clone, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, deny_unknown_fields)]
pub(super) struct HoursPart {
    #[oai(validator(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub(super) from: String,
    /// `24:00` ends the day.
    #[oai(validator(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"))]
    pub(super) to: String,
}

/// One stretch of a weekday during which a doctor receives, on the clock of the clinic.
#[derive(Debug, Clone, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, deny_unknown_fields)]
pub(super) struct OpeningHours {
    /// Monday is 1, Sunday is 7.
    #[oai(validator(minimum(value = "1"), maximum(value = "7")))]
    pub(super) weekday: i32,
    #[oai(validator(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub(super) from: String,
    /// `24:00` ends the day.
    #[oai(validator(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"))]
    pub(super) to: String,
    /// The first day on which it holds. Absent: from the beginning.
    pub(super) valid_from: Option<Date>,
    /// The last day on which it holds. Absent: for good.
    pub(super) valid_until: Option<Date>,
    /// Where. Absent: in the doctor's first clinic.
    pub(super) clinic_id: Option<Uuid>,
    /// What the door says. No other doctor may have it at the same time.
    #[oai(validator(max_length = 40))]
    pub(super) room: Option<String>,
    /// During which he does not receive.
    #[oai(validator(max_items = 10))]
    pub(super) breaks: Option<Vec<HoursPart>>,
    /// Whether he receives on holidays too. Default false.
    pub(super) on_holidays: Option<bool>,
}

/// All hours of a doctor.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Timetable {
    #[oai(validator(max_items = 100))]
    pub(super) hours: Vec<OpeningHours>,
}

/// A visit that has lost its time. It stands until it is moved or cancelled.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct AffectedBooking {
    pub id: Uuid,
    pub doctor_id: Uuid,
    pub clinic_id: Uuid,
    pub service_id: Uuid,
    pub starts_at: Instant,
    pub ends_at: Instant,
    /// Up to three free times of the same doctor for the same service, the nearest ones, in order.
    pub alternatives: Vec<FreeSpan>,
}

/// Whom a change affects: visits that fitted before and do not any more.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct AffectedBookings {
    /// How many there are; the first 50 are named.
    pub count: i64,
    /// More visits are to come than one change is compared with (2000): `listAffectedBookings` names all.
    pub is_partial: bool,
    pub items: Vec<AffectedBooking>,
}

/// The hours of a doctor as they are, or would be.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub(super) struct HoursView {
    pub(super) hours: Vec<OpeningHours>,
    /// Absent where nothing was changed.
    pub(super) affected: Option<AffectedBookings>,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub(super) enum HoursChange {
    /// He does not receive at all.
    DayOff,
    /// These hours in place of those of the week, holidays or not.
    OtherHours,
    /// These hours beside those of the week, holidays or not.
    ExtraHours,
}

/// Dates on which a doctor receives at other times. Why is not asked.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, deny_unknown_fields)]
pub(super) struct NewHoursException {
    pub(super) change: HoursChange,
    /// The first day.
    pub(super) from: Date,
    /// The last day. Absent: the first one.
    pub(super) until: Option<Date>,
    /// Where. Absent: everywhere for a day off, otherwise in the doctor's first clinic.
    pub(super) clinic_id: Option<Uuid>,
    #[oai(validator(max_length = 40))]
    pub(super) room: Option<String>,
    /// None for a day off.
    #[oai(validator(max_items = 10))]
    pub(super) hours: Option<Vec<HoursPart>>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub(super) struct HoursException {
    /// Absent where it was only tried.
    pub(super) id: Option<Uuid>,
    pub(super) doctor_id: Uuid,
    pub(super) change: HoursChange,
    pub(super) from: Date,
    pub(super) until: Date,
    /// Absent: everywhere.
    pub(super) clinic_id: Option<Uuid>,
    pub(super) room: Option<String>,
    pub(super) hours: Option<Vec<HoursPart>>,
    /// Absent in a list.
    pub(super) affected: Option<AffectedBookings>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub(super) struct HoursExceptionList {
    pub(super) items: Vec<HoursException>,
}

impl From<Affected> for AffectedBookings {
    fn from(affected: Affected) -> Self {
        let items = affected.named.into_iter().map(AffectedBooking::from).collect();
        Self { count: i64::try_from(affected.count).unwrap_or(i64::MAX), is_partial: affected.is_partial, items }
    }
}

impl From<Misfit> for AffectedBooking {
    fn from(misfit: Misfit) -> Self {
        let span = |span: Span| FreeSpan { starts_at: span.starts_at.into(), ends_at: span.ends_at.into() };
        let visit = misfit.visit;
        Self {
            id: visit.id,
            doctor_id: visit.doctor,
            clinic_id: visit.clinic,
            service_id: visit.service,
            starts_at: visit.starts_at.into(),
            ends_at: visit.ends_at.into(),
            alternatives: misfit.alternatives.into_iter().map(span).collect(),
        }
    }
}

impl From<&HoursPart> for Stretch {
    fn from(part: &HoursPart) -> Self {
        Stretch { from_min: minutes(&part.from), to_min: minutes(&part.to) }
    }
}

impl From<&Stretch> for HoursPart {
    fn from(stretch: &Stretch) -> Self {
        HoursPart { from: clock(stretch.from_min), to: clock(stretch.to_min) }
    }
}

impl From<&OpeningHours> for NewOpening {
    fn from(hours: &OpeningHours) -> Self {
        let opening = Opening {
            weekday: hours.weekday,
            hours: Stretch { from_min: minutes(&hours.from), to_min: minutes(&hours.to) },
            breaks: hours.breaks.iter().flatten().map(Stretch::from).collect(),
            valid_from: hours.valid_from.map(|date| date.0),
            valid_until: hours.valid_until.map(|date| date.0),
            on_holidays: hours.on_holidays.unwrap_or(false),
            // Which one is meant is looked up.
            clinic: hours.clinic_id.unwrap_or_default(),
            room: hours.room.clone(),
        };
        NewOpening { opening, clinic: hours.clinic_id }
    }
}

impl From<&Opening> for OpeningHours {
    fn from(opening: &Opening) -> Self {
        let breaks = Some(&opening.breaks).filter(|breaks| !breaks.is_empty());
        Self {
            weekday: opening.weekday,
            from: clock(opening.hours.from_min),
            to: clock(opening.hours.to_min),
            valid_from: opening.valid_from.map(Date),
            valid_until: opening.valid_until.map(Date),
            clinic_id: Some(opening.clinic),
            room: opening.room.clone(),
            breaks: breaks.map(|breaks| breaks.iter().map(HoursPart::from).collect()),
            on_holidays: opening.on_holidays.then_some(true),
        }
    }
}

impl HoursChange {
    pub(super) fn rule(self) -> Change {
        match self {
            HoursChange::DayOff => Change::DayOff,
            HoursChange::OtherHours => Change::OtherHours,
            HoursChange::ExtraHours => Change::ExtraHours,
        }
    }

    pub(super) fn of(change: Change) -> Self {
        match change {
            Change::DayOff => HoursChange::DayOff,
            Change::OtherHours => HoursChange::OtherHours,
            Change::ExtraHours => HoursChange::ExtraHours,
        }
    }
}

impl HoursException {
    pub(super) fn of(doctor_id: Uuid, one: &Exception) -> Self {
        let hours = Some(&one.stretches).filter(|stretches| !stretches.is_empty());
        Self {
            id: Some(one.id),
            doctor_id,
            change: HoursChange::of(one.change),
            from: Date(one.first_day),
            until: Date(one.last_day),
            clinic_id: one.clinic,
            room: one.room.clone(),
            hours: hours.map(|hours| hours.iter().map(HoursPart::from).collect()),
            affected: None,
        }
    }
}

/// The minutes of `HH:MM`. What has another form was refused by the schema.
fn minutes(text: &str) -> i32 {
    let (hour, minute) = text.split_once(':').unwrap_or_default();
    hour.parse::<i32>().unwrap_or(0) * 60 + minute.parse::<i32>().unwrap_or(0)
}

fn clock(minutes: i32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
