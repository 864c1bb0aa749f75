//! Visits that have lost their time: the hours in which they stand are no more. They stand until staff moves or cancels
//! them. What has lost its time is never written down but reckoned, so that nothing can be forgotten.

use super::office;
use super::rows::{self, Coming, ComingFilter};
use super::slots;
use super::times::{Terms, Times, distinct};
use crate::app::profile;
use crate::kernel::error::{Result, Span};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sea_orm::ConnectionTrait;
use std::ops::RangeInclusive;
use uuid::Uuid;

/// Most visits that one change is compared with.
const EXAMINED_MAX: u64 = 2000;
/// Most visits that the answer to a change names; it counts the others.
const NAMED_MAX: usize = 50;
/// Other times that are offered for each, and how many days before and after it they are looked for.
const ALTERNATIVES: usize = 3;
const ALTERNATIVE_DAYS: TimeDelta = TimeDelta::days(14);

/// A visit that has lost its time, and where it could go.
#[derive(Clone, Debug)]
pub struct Misfit {
    pub visit: Coming,
    /// Free times of the same doctor, service and clinic, the nearest ones, in order.
    pub alternatives: Vec<Span>,
}

/// Whom a change affects.
#[derive(Clone, Debug, Default)]
pub struct Affected {
    pub count: usize,
    /// There are more visits to come than were compared: the list of all that is left over tells of them.
    pub is_partial: bool,
    pub named: Vec<Misfit>,
}

/// The visits that fit before, and do not after.
pub async fn by_change(
    db: &impl ConnectionTrait,
    rules: &profile::Booking,
    filter: &ComingFilter,
    (before, after): (&Times, &Times),
    now: DateTime<Utc>,
) -> Result<Affected> {
    let mut visits = rows::coming_visits(db, filter, now, EXAMINED_MAX + 1).await?;
    let examined = usize::try_from(EXAMINED_MAX).unwrap_or(usize::MAX);
    let is_partial = visits.len() > examined;
    visits.truncate(examined);
    let mut lost = Vec::new();
    for visit in visits {
        let terms = terms(&visit)?;
        if before.hold(&terms, rules, visit.span()) && !after.hold(&terms, rules, visit.span()) {
            lost.push(visit);
        }
    }
    let count = lost.len();
    lost.truncate(NAMED_MAX);
    Ok(Affected { count, is_partial, named: with_alternatives(db, rules, lost, after, now).await? })
}

/// The doctors of the visits to come that a change may affect.
pub async fn doctors_of(db: &impl ConnectionTrait, filter: &ComingFilter, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    let visits = rows::coming_visits(db, filter, now, EXAMINED_MAX).await?;
    Ok(distinct(visits.iter().map(|visit| visit.doctor)))
}

/// What is left over: up to `count` visits that do not fit as things are, and the place after the last that was examined
/// where there may be more. A page is as long as its work is bounded: it may hold none and yet have a next one.
pub async fn left_over(
    db: &impl ConnectionTrait,
    rules: &profile::Booking,
    filter: &ComingFilter,
    count: usize,
    now: DateTime<Utc>,
) -> Result<(Vec<Misfit>, Option<(DateTime<Utc>, Uuid)>)> {
    let visits = rows::coming_visits(db, filter, now, EXAMINED_MAX).await?;
    let is_cut = u64::try_from(visits.len()).is_ok_and(|examined| examined >= EXAMINED_MAX);
    let doctors = distinct(visits.iter().map(|visit| visit.doctor));
    let times = Times::hours(db, &doctors, &distinct(visits.iter().map(|visit| visit.clinic))).await?;
    let mut lost = Vec::new();
    let mut next = visits.last().filter(|_| is_cut).map(|visit| (visit.starts_at, visit.id));
    for visit in visits {
        if !times.hold(&terms(&visit)?, rules, visit.span()) {
            if lost.len() == count {
                next = lost.last().map(|visit: &Coming| (visit.starts_at, visit.id));
                break;
            }
            lost.push(visit);
        }
    }
    Ok((with_alternatives(db, rules, lost, &times, now).await?, next))
}

fn terms(visit: &Coming) -> Result<Terms> {
    Ok(Terms {
        doctor: visit.doctor,
        clinic: visit.clinic,
        zone: office::zone(&visit.zone)?,
        measure: visit.measure(),
        lead_min: visit.lead_min,
        equipment: visit.equipment.clone(),
    })
}

/// What is taken is asked for once, for all of them.
async fn with_alternatives(
    db: &impl ConnectionTrait,
    rules: &profile::Booking,
    visits: Vec<Coming>,
    times: &Times,
    now: DateTime<Utc>,
) -> Result<Vec<Misfit>> {
    let (Some(first), Some(last)) = (visits.first(), visits.last()) else { return Ok(Vec::new()) };
    let within = (first.starts_at - ALTERNATIVE_DAYS).max(now)..last.starts_at + ALTERNATIVE_DAYS;
    let all: Vec<Terms> = visits.iter().map(terms).collect::<Result<_>>()?;
    let mut times = times.clone();
    times.read_taken(db, &all.iter().collect::<Vec<_>>(), &within).await?;
    let misfit = |(visit, terms): (Coming, &Terms)| {
        let slots = times.offered(terms, rules, days_around(&visit, terms), &terms.window(rules, now));
        let free = times.free(terms, slots, now);
        let alternatives = slots::nearest(free, visit.starts_at, ALTERNATIVES);
        Misfit { visit, alternatives }
    };
    Ok(visits.into_iter().zip(&all).map(misfit).collect())
}

fn days_around(visit: &Coming, terms: &Terms) -> RangeInclusive<NaiveDate> {
    let date = |moment: DateTime<Utc>| moment.with_timezone(&terms.zone).date_naive();
    date(visit.starts_at - ALTERNATIVE_DAYS)..=date(visit.starts_at + ALTERNATIVE_DAYS)
}
