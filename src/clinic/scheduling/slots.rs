//! The arithmetic of time: which slots a doctor's hours offer. Pure, in instants; a zone's clock is asked only for where
//! an opening begins and ends. Between the two time simply runs, so that a slot never lasts longer or shorter than it
//! says, whatever the zone does with its clocks meanwhile.

use crate::kernel::error::Span;
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use std::ops::RangeInclusive;

/// A day has so many minutes on a clock; an opening may end with it.
pub const DAY_MIN: i32 = 1440;

/// Longest gap in a zone's clock, in minutes: Samoa left out a whole day.
const LONGEST_GAP_MIN: i32 = 1500;

/// Stretch of a weekday during which a doctor receives, in minutes of the clinic's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// ISO 8601: Monday is 1, Sunday is 7.
    pub weekday: i32,
    pub from_min: i32,
    pub to_min: i32,
    /// First day on which it holds. None: from the beginning.
    pub valid_from: Option<NaiveDate>,
    /// Last day on which it holds. None: for good.
    pub valid_until: Option<NaiveDate>,
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
        self.weekday == other.weekday
            && self.from_min < other.to_min
            && other.from_min < self.to_min
            && !ends_before(self, other)
            && !ends_before(other, self)
    }
}

/// When the clock of `zone` shows `minute` of `date`. A minute that comes twice is the first of both; one that is left out
/// is the moment at which the clock goes on. So minutes in order are instants in order.
pub fn instant(zone: Tz, date: NaiveDate, minute: i32) -> Option<DateTime<Utc>> {
    let shown = date.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::minutes(i64::from(minute)))?;
    (0..=LONGEST_GAP_MIN).find_map(|later| {
        let shown = shown.checked_add_signed(TimeDelta::minutes(i64::from(later)))?;
        zone.from_local_datetime(&shown).earliest().map(|moment| moment.with_timezone(&Utc))
    })
}

/// Every slot of `length` that the hours offer on `days`, beginning within `window`, in order. In each opening slots
/// stand one after another from its beginning.
pub fn offered(
    openings: &[Opening],
    zone: Tz,
    days: RangeInclusive<NaiveDate>,
    length: TimeDelta,
    window: &RangeInclusive<DateTime<Utc>>,
) -> Vec<Span> {
    let mut slots = Vec::new();
    if length <= TimeDelta::zero() {
        return slots;
    }
    for date in days.start().iter_days().take_while(|date| date <= days.end()) {
        for opening in openings.iter().filter(|opening| opening.holds_on(date)) {
            let (Some(opens), Some(closes)) = (instant(zone, date, opening.from_min), instant(zone, date, opening.to_min)) else {
                continue;
            };
            let mut starts_at = opens;
            while starts_at + length <= closes {
                let ends_at = starts_at + length;
                if window.contains(&starts_at) {
                    slots.push(Span { starts_at, ends_at });
                }
                starts_at = ends_at;
            }
        }
    }
    slots.sort_by_key(|slot| slot.starts_at);
    slots
}

/// The slots that meet none of `busy`. Both are in order, and `busy` does not overlap itself.
pub fn free(slots: Vec<Span>, busy: &[Span]) -> Vec<Span> {
    let mut next = 0;
    slots
        .into_iter()
        .filter(|slot| {
            while busy.get(next).is_some_and(|span| span.ends_at <= slot.starts_at) {
                next += 1;
            }
            busy.get(next).is_none_or(|span| slot.ends_at <= span.starts_at)
        })
        .collect()
}

/// Up to `count` of the slots, the nearest in time to `wanted`, in order.
pub fn nearest(mut slots: Vec<Span>, wanted: DateTime<Utc>, count: usize) -> Vec<Span> {
    slots.sort_by_key(|slot| (slot.starts_at - wanted).abs());
    slots.truncate(count);
    slots.sort_by_key(|slot| slot.starts_at);
    slots
}
