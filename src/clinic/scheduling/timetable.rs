//! When a doctor receives: his week, its breaks, what differs on some dates, holidays and closures. Pure: rows go in, open
//! stretches of time come out.

use super::slots::{instant, without};
use crate::app::profile::Holidays;
use crate::kernel::error::Span;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use uuid::Uuid;

/// Part of a day, in minutes of the clinic's clock, `[from_min, to_min)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    pub from_min: i32,
    pub to_min: i32,
}

impl Stretch {
    pub fn meets(self, other: Stretch) -> bool {
        self.from_min < other.to_min && other.from_min < self.to_min
    }

    pub fn within(self, other: Stretch) -> bool {
        other.from_min <= self.from_min && self.to_min <= other.to_min
    }
}

/// Stretch of a weekday during which a doctor receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// ISO 8601: Monday is 1, Sunday is 7.
    pub weekday: i32,
    pub hours: Stretch,
    /// During which he does not receive, in order and apart.
    pub breaks: Vec<Stretch>,
    /// First day on which it holds. None: from the beginning.
    pub valid_from: Option<NaiveDate>,
    /// Last day on which it holds. None: for good.
    pub valid_until: Option<NaiveDate>,
    /// Whether it holds on holidays too.
    pub on_holidays: bool,
    pub clinic: Uuid,
    /// What the door says. Nobody else may have it meanwhile.
    pub room: Option<String>,
}

impl Opening {
    fn holds_on(&self, date: NaiveDate) -> bool {
        i64::from(self.weekday) == i64::from(date.weekday().number_from_monday())
            && self.valid_from.is_none_or(|first| first <= date)
            && self.valid_until.is_none_or(|last| date <= last)
    }

    /// Whether the two would ever hold at the same minute.
    pub fn meets(&self, other: &Opening) -> bool {
        let ends_before =
            |a: &Opening, b: &Opening| matches!((a.valid_until, b.valid_from), (Some(end), Some(start)) if end < start);
        self.weekday == other.weekday && self.hours.meets(other.hours) && !ends_before(self, other) && !ends_before(other, self)
    }

    /// The opening without its breaks.
    fn parts(&self) -> impl Iterator<Item = Stretch> {
        let begins = std::iter::once(self.hours.from_min).chain(self.breaks.iter().map(|pause| pause.to_min));
        let ends = self.breaks.iter().map(|pause| pause.from_min).chain(std::iter::once(self.hours.to_min));
        begins.zip(ends).map(|(from_min, to_min)| Stretch { from_min, to_min }).filter(|part| part.from_min < part.to_min)
    }
}

/// What differs on some dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// He does not receive at all.
    DayOff,
    /// In place of the week's hours, holidays or not.
    OtherHours,
    /// Beside them, holidays or not.
    ExtraHours,
}

impl Change {
    pub const ALL: [Change; 3] = [Change::DayOff, Change::OtherHours, Change::ExtraHours];

    pub const fn as_str(self) -> &'static str {
        match self {
            Change::DayOff => "dayOff",
            Change::OtherHours => "otherHours",
            Change::ExtraHours => "extraHours",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.as_str() == text)
    }
}

/// Dates on which a doctor receives at other times than in his week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    pub id: Uuid,
    pub change: Change,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    /// Where it holds. None, for a day off: everywhere.
    pub clinic: Option<Uuid>,
    pub room: Option<String>,
    /// Empty for a day off.
    pub stretches: Vec<Stretch>,
}

impl Exception {
    pub fn holds_on(&self, date: NaiveDate) -> bool {
        (self.first_day..=self.last_day).contains(&date)
    }

    fn concerns(&self, clinic: Uuid) -> bool {
        self.clinic.is_none_or(|own| own == clinic)
    }

    pub fn days(&self) -> impl Iterator<Item = NaiveDate> {
        self.first_day.iter_days().take_while(|date| *date <= self.last_day)
    }
}

/// A clinic, or one room of it, is closed meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    pub id: Uuid,
    pub clinic: Uuid,
    /// None: the whole clinic.
    pub room: Option<String>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

/// The clinic whose clock hours are read by, and what is closed there.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub clinic: Uuid,
    pub zone: Tz,
    pub closures: &'a [Closure],
    pub holidays: &'a Holidays,
}

/// Part of a date on which a doctor receives, and in which room.
pub struct Part<'a> {
    pub hours: Stretch,
    pub room: Option<&'a str>,
}

/// All hours of one doctor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timetable {
    pub weekly: Vec<Opening>,
    pub exceptions: Vec<Exception>,
}

impl Timetable {
    /// When he receives in the clinic on `days`, in order and apart.
    pub fn open(&self, place: &Place<'_>, days: RangeInclusive<NaiveDate>) -> Vec<Span> {
        let mut open = Vec::new();
        for date in days.start().iter_days().take_while(|date| date <= days.end()) {
            for part in self.parts(place, date) {
                let edges = (instant(place.zone, date, part.hours.from_min), instant(place.zone, date, part.hours.to_min));
                let (Some(starts_at), Some(ends_at)) = edges else { continue };
                if starts_at < ends_at {
                    open.extend(left_open(Span { starts_at, ends_at }, part.room, place));
                }
            }
        }
        open
    }

    /// When he receives in the clinic on a date, closed or not, in order and apart. A day off is stronger than hours that were
    /// put beside it.
    pub fn parts(&self, place: &Place<'_>, date: NaiveDate) -> Vec<Part<'_>> {
        let on_date = || self.exceptions.iter().filter(|one| one.holds_on(date) && one.concerns(place.clinic));
        if on_date().any(|one| one.change == Change::DayOff) {
            return Vec::new();
        }
        let mut parts: Vec<Part<'_>> = on_date().flat_map(own_parts).collect();
        if !on_date().any(|one| one.change == Change::OtherHours) {
            let is_holiday = place.holidays.has(date);
            let holding = |opening: &&Opening| {
                opening.clinic == place.clinic && opening.holds_on(date) && (opening.on_holidays || !is_holiday)
            };
            let weekly = self.weekly.iter().filter(holding);
            parts.extend(weekly.flat_map(|one| one.parts().map(|hours| Part { hours, room: one.room.as_deref() })));
        }
        parts.sort_by_key(|part| part.hours.from_min);
        // Hours that were written later may overlap those of a date: the time is there once.
        parts.dedup_by(|next, kept| {
            let meets = next.hours.meets(kept.hours);
            if meets {
                kept.hours.to_min = kept.hours.to_min.max(next.hours.to_min);
            }
            meets
        });
        parts
    }
}

fn own_parts(exception: &Exception) -> impl Iterator<Item = Part<'_>> {
    exception.stretches.iter().map(|hours| Part { hours: *hours, room: exception.room.as_deref() })
}

/// What closures leave of a stretch in a room.
fn left_open(span: Span, room: Option<&str>, place: &Place<'_>) -> Vec<Span> {
    let concerns =
        |closure: &&Closure| closure.clinic == place.clinic && (closure.room.is_none() || closure.room.as_deref() == room);
    let closed = place.closures.iter().filter(concerns);
    let closed: Vec<Span> = closed.map(|closure| Span { starts_at: closure.starts_at, ends_at: closure.ends_at }).collect();
    without(vec![span], &closed)
}
