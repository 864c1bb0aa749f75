//! The arithmetic of time: where a clock's minutes fall, and which slots an open stretch of time has. Pure, in instants; a
//! zone's clock is asked only for where an opening begins and ends. Between the two time simply runs, so that a slot never
//! lasts longer or shorter than it says, whatever the zone does with its clocks meanwhile.

use crate::kernel::error::Span;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use std::ops::RangeInclusive;

/// A day has so many minutes on a clock; an opening may end with it.
pub const DAY_MIN: i32 = 1440;

/// Longest gap in a zone's clock, in minutes: Samoa left out a whole day.
const LONGEST_GAP_MIN: i32 = 1500;

/// When the clock of `zone` shows `minute` of `date`. A minute that comes twice is the first of both; one that is left out
/// is the moment at which the clock goes on. So minutes in order are instants in order.
pub fn instant(zone: Tz, date: NaiveDate, minute: i32) -> Option<DateTime<Utc>> {
    let shown = date.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::minutes(i64::from(minute)))?;
    (0..=LONGEST_GAP_MIN).find_map(|later| {
        let shown = shown.checked_add_signed(TimeDelta::minutes(i64::from(later)))?;
        zone.from_local_datetime(&shown).earliest().map(|moment| moment.with_timezone(&Utc))
    })
}

/// How much of a doctor's time a visit takes: itself, and what its service keeps free before and after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    pub length: TimeDelta,
    pub before: TimeDelta,
    pub after: TimeDelta,
}

impl Measure {
    pub fn of_minutes(length: i32, before: i32, after: i32) -> Self {
        let minutes = |count: i32| TimeDelta::minutes(i64::from(count.max(0)));
        Self { length: minutes(length), before: minutes(before), after: minutes(after) }
    }

    /// What a visit keeps from others: no other visit of the doctor may meet it.
    pub fn blocked(&self, visit: Span) -> Span {
        Span { starts_at: visit.starts_at - self.before, ends_at: visit.ends_at + self.after }
    }
}

/// Every slot that open stretches of time have, beginning within `window`, in order. In each stretch they stand one after
/// another from its beginning, as far apart as their visits must be: what is kept free may lie outside of the stretch.
pub fn slots(open: &[Span], measure: &Measure, window: &RangeInclusive<DateTime<Utc>>) -> Vec<Span> {
    let mut slots = Vec::new();
    let step = measure.length + measure.before + measure.after;
    if measure.length <= TimeDelta::zero() {
        return slots;
    }
    for stretch in open {
        let mut starts_at = stretch.starts_at;
        while starts_at + measure.length <= stretch.ends_at && starts_at <= *window.end() {
            if window.contains(&starts_at) {
                slots.push(Span { starts_at, ends_at: starts_at + measure.length });
            }
            starts_at += step;
        }
    }
    slots.sort_by_key(|slot| slot.starts_at);
    slots
}

/// The slots whose visits, with what is kept free around them, meet none of `busy`, which is in order and does not overlap
/// itself: see `joined`.
pub fn free(slots: Vec<Span>, measure: &Measure, busy: &[Span]) -> Vec<Span> {
    slots.into_iter().filter(|slot| !meets(busy, measure.blocked(*slot))).collect()
}

/// Whether `span` meets any of `busy`, which is in order and does not overlap itself.
pub fn meets(busy: &[Span], span: Span) -> bool {
    let next = busy.partition_point(|taken| taken.ends_at <= span.starts_at);
    busy.get(next).is_some_and(|taken| taken.starts_at < span.ends_at)
}

/// Whether one of `open`, which is in order, has room for the whole of `span`.
pub fn holds(open: &[Span], span: Span) -> bool {
    open.iter().any(|stretch| stretch.starts_at <= span.starts_at && span.ends_at <= stretch.ends_at)
}

/// The same time in order, with what overlaps made one. What merely touches stays apart.
pub fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| span.starts_at);
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.starts_at < last.ends_at => last.ends_at = last.ends_at.max(span.ends_at),
            _ => joined.push(span),
        }
    }
    joined
}

/// What is left of `open` without `closed`.
pub fn without(open: Vec<Span>, closed: &[Span]) -> Vec<Span> {
    closed.iter().fold(open, |open, closed| {
        open.into_iter()
            .flat_map(|span| {
                let before = Span { starts_at: span.starts_at, ends_at: span.ends_at.min(closed.starts_at) };
                let after = Span { starts_at: span.starts_at.max(closed.ends_at), ends_at: span.ends_at };
                [before, after].into_iter().filter(|part| part.starts_at < part.ends_at)
            })
            .collect()
    })
}

/// Up to `count` of the slots, the nearest in time to `wanted`, in order.
pub fn nearest(mut slots: Vec<Span>, wanted: DateTime<Utc>, count: usize) -> Vec<Span> {
    slots.sort_by_key(|slot| (slot.starts_at - wanted).abs());
    slots.truncate(count);
    slots.sort_by_key(|slot| slot.starts_at);
    slots
}
