//! Who is free first: the slots of one doctor or of many, merged in order of time, a page at a time. The calendar is read leaf
//! by leaf and no further than the page needs.

use super::rows::{self, Practice, PracticeFilter};
use super::times::{Terms, Times, leaf, leaf_of};
use crate::app::App;
use crate::kernel::error::{Error, Fault, Result, Span};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::ops::RangeInclusive;
use uuid::Uuid;

/// Most doctors whose calendars one search looks at.
pub const DOCTORS_MAX: usize = 200;

/// Where a slot stands among those of many doctors: its beginning, the doctor, the clinic.
pub type Standing = (DateTime<Utc>, Uuid, Uuid);

/// A free slot, and in which of the practices.
#[derive(Clone, Copy, Debug)]
pub struct FreeSlot {
    pub span: Span,
    pub practice: usize,
}

/// The practices that are searched, and whether there are more than one search looks at.
pub async fn practices(app: &App, filter: &PracticeFilter) -> Result<(Vec<Practice>, bool)> {
    let mut practices = rows::practices(&app.db.reader(), filter, DOCTORS_MAX).await?;
    let mut doctors: Vec<Uuid> = practices.iter().map(|practice| practice.doctor).collect();
    doctors.dedup();
    let Some(beyond) = doctors.get(DOCTORS_MAX) else { return Ok((practices, false)) };
    practices.retain(|practice| practice.doctor < *beyond);
    Ok((practices, true))
}

/// The days of a search: the first is today unless said otherwise, the last as far as anything is booked.
///
/// # Errors
/// `invalid` at `?to` when it is before `from`, or further from it than anything is booked.
pub fn days(app: &App, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<RangeInclusive<NaiveDate>> {
    let now = app.ambient.now();
    let horizon = app.profile.booking.horizon.after(now) - now;
    // Yesterday in London may be today in the west: the window cuts off what is over.
    let from = from.unwrap_or_else(|| (now - TimeDelta::days(1)).date_naive());
    let furthest = || from.checked_add_signed(horizon + TimeDelta::days(2));
    let furthest = furthest().ok_or_else(|| Error::field("?from", Fault::OutOfRange))?;
    let to = to.unwrap_or(furthest);
    if to < from || to > furthest { Err(Error::field("?to", Fault::OutOfRange)) } else { Ok(from..=to) }
}

/// The first `count` free slots on `days` (each on the calendar of its clinic) that stand after `after`. What is nearer or
/// further than the profile and the service book is left out.
pub async fn first_free(
    app: &App,
    terms: &[Terms],
    days: &RangeInclusive<NaiveDate>,
    after: Option<Standing>,
    count: usize,
) -> Result<Vec<FreeSlot>> {
    let (rules, now) = (&app.profile.booking, app.ambient.now());
    let mut found: Vec<FreeSlot> = Vec::new();
    let all: Vec<&Terms> = terms.iter().collect();
    for number in leaves(app, days, after) {
        let Some(leaf) = leaf(number) else { continue };
        let times = Times::remembered(app, &all, number).await?;
        let first = found.len();
        for (practice, terms) in terms.iter().enumerate() {
            let window = terms.window(rules, now);
            let window = (*window.start()).max(leaf.start)..=(*window.end()).min(leaf.end - TimeDelta::milliseconds(1));
            let slots = times.offered(terms, rules, days.clone(), &window);
            let free = times.free(terms, slots, now).into_iter();
            found.extend(free.map(|span| FreeSlot { span, practice }));
        }
        let standing = |slot: &FreeSlot| standing(slot, terms);
        if let Some(after) = after {
            found.retain(|slot| standing(slot) > after);
        }
        if let Some(fresh) = found.get_mut(first..) {
            fresh.sort_unstable_by_key(standing);
        }
        if found.len() >= count {
            found.truncate(count);
            break;
        }
    }
    Ok(found)
}

/// Where a slot that was found in these stands.
pub fn standing(slot: &FreeSlot, terms: &[Terms]) -> Standing {
    let (doctor, clinic) = terms.get(slot.practice).map(|terms| (terms.doctor, terms.clinic)).unwrap_or_default();
    (slot.span.starts_at, doctor, clinic)
}

/// The leaves of the calendar on which the slots of a search may begin.
fn leaves(app: &App, days: &RangeInclusive<NaiveDate>, after: Option<Standing>) -> RangeInclusive<i64> {
    // A date begins and ends up to fourteen hours before and after it does in London.
    let midnight = |date: NaiveDate| date.and_time(chrono::NaiveTime::MIN).and_utc();
    let now = app.ambient.now();
    let from = (midnight(*days.start()) - TimeDelta::days(1)).max(now).max(after.map_or(now, |(moment, ..)| moment));
    let to = (midnight(*days.end()) + TimeDelta::days(2)).min(app.profile.booking.horizon.after(now));
    leaf_of(from)..=leaf_of(to)
}
