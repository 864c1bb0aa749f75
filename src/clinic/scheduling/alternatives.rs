//! Where else a refused visit could go. Looked for when the transaction that refused it is over, so that nobody waits for the
//! search; and anew when a refusal is repeated, for its times are long gone. It looks at nothing beyond two weeks to each
//! side, and names no time that is taken when it looks.

use super::checks::buffers;
use super::office::Offer;
use super::rows::{self, Booking};
use super::slots;
use crate::app::App;
use crate::app::profile;
use crate::kernel::error::{Error, Reason, Result, Span};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sea_orm::ConnectionTrait;
use std::ops::{Range, RangeInclusive};
use uuid::Uuid;

/// How many other slots a refusal names, and how many days before and after it looks for them.
const ALTERNATIVES: usize = 5;
const ALTERNATIVE_DAYS: TimeDelta = TimeDelta::days(14);
/// Slots for which a machine is looked for, where the service needs one.
const LOOKED_AT: usize = 20;

/// Who wanted to come, and when.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    pub subject: Uuid,
    pub starts_at: DateTime<Utc>,
    /// The booking that was to be moved there.
    pub but: Option<&'a Booking>,
}

/// What was asked for, or its refusal with the times that would do where another time would help.
///
/// # Errors
/// The refusal; whatever else was answered stays as it is.
pub async fn named<T>(app: &App, offer: Option<&Offer>, wanted: Wanted<'_>, answer: Result<T>) -> Result<T> {
    match (answer, offer) {
        (Err(Error::Refused(mut refusal)), Some(offer)) if helps(&refusal.reasons) => {
            let reader = app.db.reader();
            refusal.alternatives = find(&reader, &app.profile.booking, offer, wanted, app.ambient.now()).await?;
            Err(Error::Refused(refusal))
        }
        (answer, _) => answer,
    }
}

/// Whether another time would help.
pub fn helps(reasons: &[Reason]) -> bool {
    let is_of_time = |reason: &Reason| {
        matches!(
            reason,
            Reason::Taken
                | Reason::OutsideHours
                | Reason::EquipmentTaken
                | Reason::PatientBusy
                | Reason::TooSoon
                | Reason::TooFar
        )
    };
    !reasons.is_empty() && reasons.iter().all(is_of_time)
}

/// The free times nearest to the wanted one, for this patient and with a machine where one is needed.
pub async fn find(
    db: &impl ConnectionTrait,
    rules: &profile::Booking,
    offer: &Offer,
    Wanted { subject, starts_at, but }: Wanted<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<Span>> {
    let wanted = starts_at.clamp(now, rules.horizon.after(now));
    let offered = offer.slots(rules, now, days_around(offer, wanted));
    let (Some(first), Some(last)) = (offered.first(), offered.last()) else { return Ok(Vec::new()) };
    let (before, after) = buffers(offer);
    let within = first.starts_at - before..last.ends_at + after;
    let but_id = but.map(|booking| booking.id);
    let busy = rows::busy_but(db, offer.doctor.id, &within, but_id, now).await?;
    let own = rows::own_spans(db, subject, &within, but_id, now).await?;
    let own = slots::joined(own);
    let mut free = slots::free(offered, &offer.measure(), &slots::joined(busy));
    free.retain(|slot| !slots::meets(&own, *slot));
    // What was just refused is no other time, and a move to where it stands already is none.
    free.retain(|slot| slot.starts_at != starts_at);
    free.retain(|slot| but.is_none_or(|booking| booking.doctor != offer.doctor.id || booking.starts_at != slot.starts_at));
    match &offer.service.equipment {
        None => Ok(slots::nearest(free, wanted, ALTERNATIVES)),
        Some(kind) => with_machine(db, offer, kind, slots::nearest(free, wanted, LOOKED_AT), (wanted, but_id)).await,
    }
}

async fn with_machine(
    db: &impl ConnectionTrait,
    offer: &Offer,
    kind: &str,
    slots: Vec<Span>,
    (wanted, but): (DateTime<Utc>, Option<Uuid>),
) -> Result<Vec<Span>> {
    let (before, after) = buffers(offer);
    let mut served = Vec::new();
    for slot in slots {
        let blocks = Span { starts_at: slot.starts_at - before, ends_at: slot.ends_at + after };
        if rows::free_machine(db, offer.doctor.clinic, kind, blocks, but).await?.is_some() {
            served.push(slot);
        }
    }
    Ok(slots::nearest(served, wanted, ALTERNATIVES))
}

fn days_around(offer: &Offer, moment: DateTime<Utc>) -> RangeInclusive<NaiveDate> {
    let date = |moment: DateTime<Utc>| moment.with_timezone(&offer.zone).date_naive();
    let Range { start, end } = moment - ALTERNATIVE_DAYS..moment + ALTERNATIVE_DAYS;
    date(start)..=date(end)
}
