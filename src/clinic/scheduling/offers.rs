//! Offers: a time that became free is kept for one of those who wait for it, the one who waits longest first, and goes to the
//! next when he declines it or lets it run out. Nobody left: it is free for all.
//!
//! What keeps it is a held booking of his own, without a charge, so that the one constraint of bookings decides here too; its id
//! is the offer's. In the transaction that frees a time it is kept for `KEPT_FOR`, before anybody else can see it. A task then
//! looks whether the time is still offered at all, and tells him; a task that never comes costs those minutes. An offer that has
//! run out is in nobody's way, whether or not a duty was on time.

use super::booking::{self, Wish};
use super::checks::Plan;
use super::office::{self, Offer};
use super::rows::{self, Booking, Candidate, HELD, OfferRow};
use super::waiting::Part;
use crate::app::App;
use crate::app::profile::{Payer, Profile};
use crate::clinic::identity;
use crate::clinic::notifications::{self, Kind, quiet_until};
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx, is_overlap};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::{Claimed, Outcome, Task};
use crate::kernel::vault::SubjectKeys;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Kept, and not told yet.
const KEPT: &str = "kept";
/// Told, and to be taken until its end.
const OPEN: &str = "open";
const ACCEPTED: &str = "accepted";
pub const DECLINED: &str = "declined";
/// It ran out, or could not be offered after all.
pub const ENDED: &str = "ended";

/// How long a time is kept for the task that offers it.
const KEPT_FOR: TimeDelta = TimeDelta::minutes(5);
/// Nearer to its beginning nobody who waits is asked.
const NEAREST: TimeDelta = TimeDelta::minutes(10);

#[derive(Serialize, Deserialize)]
pub struct Present {
    pub offer: Uuid,
}

impl Task for Present {
    const KIND: &'static str = "scheduling.presentOffer";
}

/// Whether this keeps a time that is offered, and is no visit yet.
pub async fn is_offer(db: &impl ConnectionTrait, booking: &Booking) -> Result<bool> {
    // What has a charge or is confirmed is none: most need no look.
    let may_be = booking.charge.is_none() && booking.held_until.is_some();
    Ok(may_be && rows::offer(db, booking.id).await?.is_some())
}

/// A booking gives its time back: it was cancelled, moved, or its hold ended. The time is kept for the first who waits for it.
/// `freed` stands as it stood before.
pub async fn freed(tx: &mut Tx, freed: &Booking) -> Result<()> {
    // An offer that nobody took was no booking.
    if freed.charge.is_none() && freed.held_until.is_some() && rows::end_offer(tx, freed.id, ENDED).await? {
        rows::let_offer_go(tx, freed.id, None).await?;
    }
    keep_for_next(tx, freed).await
}

async fn keep_for_next(tx: &mut Tx, freed: &Booking) -> Result<()> {
    if freed.starts_at <= tx.now() + NEAREST {
        return Ok(());
    }
    let zone = office::zone(&freed.zone)?;
    let day = freed.starts_at.with_timezone(&zone).date_naive();
    let part = Part::of(freed.starts_at, zone);
    if rows::candidates(tx, freed, day, part.as_str(), tx.now()).await?.is_empty() {
        return Ok(());
    }
    // Of many times that become free at once each looks whom the one before has chosen.
    tx.hold(&[freed.clinic]).await?;
    let candidates = rows::candidates(tx, freed, day, part.as_str(), tx.now()).await?;
    if candidates.is_empty() {
        return Ok(());
    }
    let subjects: Vec<Uuid> = candidates.iter().map(|candidate| candidate.subject).collect();
    let frozen = access::frozen_among(tx, &subjects).await?;
    // Somebody may have taken it in this very transaction.
    if !rows::busy_but(tx, freed.doctor, &(freed.blocks_from..freed.blocks_until), None, tx.now()).await?.is_empty() {
        return Ok(());
    }
    for candidate in candidates.iter().filter(|candidate| !frozen.contains(&candidate.subject)) {
        if keep(tx, freed, candidate).await? {
            break;
        }
    }
    Ok(())
}

/// Keeps the time for one who waits, unless he is elsewhere then.
async fn keep(tx: &mut Tx, freed: &Booking, candidate: &Candidate) -> Result<bool> {
    let id = tx.id();
    let until = (tx.now() + KEPT_FOR).min(freed.starts_at);
    let ends_at = freed.starts_at + TimeDelta::minutes(i64::from(candidate.duration_min));
    let kept = Booking {
        id,
        subject: candidate.subject,
        service: candidate.service,
        ends_at,
        state: HELD.to_owned(),
        created_at: tx.now(),
        complaint: None,
        visitor: None,
        charge: None,
        channel: None,
        held_until: Some(until),
        booked_by: candidate.added_by,
        booked_how: candidate.added_how.clone(),
        series: None,
        episode: None,
        arrived_at: None,
        begun_at: None,
        finished_at: None,
        ground: None,
        counts_from: None,
        payer: Payer::Own.as_str().to_owned(),
        // The doctor, his buffers and the machine stay taken as they were.
        ..freed.clone()
    };
    let is_kept = rows::insert(tx, kept).await.map_err(|error| match is_overlap(&error) {
        true => Error::refused(Code::SlotTaken),
        false => error.into(),
    })?;
    if is_kept.is_some() {
        let offer = OfferRow {
            id,
            waiting: candidate.id,
            subject: candidate.subject,
            doctor: freed.doctor,
            starts_at: freed.starts_at,
            ends_at,
            state: KEPT.to_owned(),
            until,
        };
        rows::insert_offer(tx, &offer, tx.now()).await?;
        tx.audit(Line::new("keep").on("offer", id));
        tx.enqueue(Present { offer: id }.task());
    }
    Ok(is_kept.is_some())
}

/// Tells him for whom a time is kept, or passes it on where it can't be his: the hours have changed, or it is too near by now.
pub async fn present(app: &App, task: &Claimed) -> Result<Outcome> {
    let Present { offer } = task.read()?;
    let reader = app.db.reader();
    let Some(offer) = rows::offer(&reader, offer).await?.filter(|offer| offer.state == KEPT) else { return Ok(Outcome::Done) };
    let Some(kept) = rows::find(&reader, offer.id).await? else { return Ok(Outcome::Done) };
    let until = standing_until(app, &offer, &kept).await?;
    app.write(&Actor::house("presentOffer"), async |tx: &mut Tx| -> Result<()> {
        let Some(until) = until else { return pass_on(tx, offer.id, ENDED).await.map(drop) };
        if rows::open_offer(tx, offer.id, until).await? {
            notifications::tell_until(tx, offer.subject, Kind::OfferMade, offer.id, until).await?;
            tx.audit(Line::new("offer").on("offer", offer.id));
        }
        Ok(())
    })
    .await?;
    Ok(Outcome::Done)
}

/// Of holds that have ended, the offers: each goes to the next, before anybody else can have its time. Answers the others.
pub async fn run_out(tx: &mut Tx, gone: Vec<Uuid>) -> Result<Vec<Uuid>> {
    let mut others = Vec::with_capacity(gone.len());
    for id in gone {
        if !pass_on(tx, id, ENDED).await? {
            others.push(id);
        }
    }
    Ok(others)
}

/// Until when the offer stands, if it can be made.
async fn standing_until(app: &App, offer: &OfferRow, kept: &Booking) -> Result<Option<DateTime<Utc>>> {
    let reader = app.db.reader();
    let lives = identity::accounts(&reader, &[offer.subject]).await?.get(&offer.subject) == Some(&true);
    let Some(slot) = Offer::find(&reader, kept.doctor, Some(kept.service)).await?.filter(|_| lives) else { return Ok(None) };
    let now = app.ambient.now();
    let is_offered = Plan::of(&app.profile, &slot, offer.starts_at, now).is_ok_and(|plan| plan.against().is_empty());
    if !is_offered {
        return Ok(None);
    }
    let until = ends(&app.profile, slot.zone, now).min(app.profile.booking.lead.before(offer.starts_at));
    Ok(Some(until).filter(|until| *until > now + NEAREST / 2))
}

/// Its minutes count from the end of the night, in which nobody shall be asked to hurry.
fn ends(profile: &Profile, zone: Tz, now: DateTime<Utc>) -> DateTime<Utc> {
    let from = quiet_until(&profile.notices, zone, now).unwrap_or(now);
    profile.waiting.offer_lives.after(from)
}

/// Ends an offer that stands, and keeps its time for the next. Answers whether it stood. Everybody reaches for the booking first
/// and for the offer then, so that nobody waits in a circle.
pub async fn pass_on(tx: &mut Tx, id: Uuid, state: &str) -> Result<bool> {
    if rows::offer(tx, id).await?.is_none() {
        return Ok(false);
    }
    let kept = rows::find(tx, id).await?;
    let is_free = rows::let_offer_go(tx, id, None).await?;
    let stood = rows::end_offer(tx, id, state).await?;
    if let Some(kept) = kept.filter(|_| stood && is_free) {
        keep_for_next(tx, &kept).await?;
    }
    Ok(stood)
}

/// An offer that its patient may take now, with the doctor's time that it is of.
///
/// # Errors
/// `not_found` for one of others; `state_conflict` for one that was taken, declined or has run out.
pub async fn find(app: &App, subject: Uuid, id: Uuid) -> Result<(OfferRow, Option<Offer>)> {
    let reader = app.db.reader();
    let offer = rows::offer(&reader, id).await?.filter(|offer| offer.subject == subject && offer.state != KEPT);
    let offer = offer.ok_or_else(Error::not_found)?;
    let Some(kept) = rows::find(&reader, id).await?.filter(|_| is_open(&offer, app.ambient.now())) else {
        return Ok((offer, None));
    };
    Ok((offer, Offer::find(&reader, kept.doctor, Some(kept.service)).await?))
}

fn is_open(offer: &OfferRow, now: DateTime<Utc>) -> bool {
    offer.state == OPEN && offer.until > now
}

/// Takes an offer: its time is booked by the rules of any booking, in one transaction with the end of what kept it.
///
/// # Errors
/// `not_found`; `state_conflict` for one that was taken, declined or has run out; what `booking::book` refuses.
pub async fn accept(
    tx: &mut Tx,
    profile: &Profile,
    keys: &SubjectKeys,
    (offer, slot): (&OfferRow, Option<&Offer>),
    wish: Wish<'_>,
) -> Result<Booking> {
    access::check_own(tx, keys.subject).await?;
    let gone = || Error::refused(Code::StateConflict);
    let slot = slot.ok_or_else(gone)?;
    // Whoever lets it go decides: the other finds nothing to let go.
    if offer.state != OPEN || !rows::let_offer_go(tx, offer.id, Some(tx.now())).await? {
        return Err(gone());
    }
    if !rows::end_offer(tx, offer.id, ACCEPTED).await? {
        return Err(gone());
    }
    let booking = booking::book(tx, profile, keys, Some(slot), wish).await?;
    rows::serve(tx, offer.waiting, tx.now()).await?;
    tx.audit(Line::new("acceptOffer").on("offer", offer.id).about(keys));
    Ok(booking)
}

/// Declines an offer: it goes to the next. To decline again changes nothing.
///
/// # Errors
/// `not_found`; `state_conflict` for one that was taken; `frozen`.
pub async fn decline(tx: &mut Tx, keys: &SubjectKeys, id: Uuid) -> Result<()> {
    access::check_own(tx, keys.subject).await?;
    let offer = rows::offer(tx, id).await?.filter(|offer| offer.subject == keys.subject && offer.state != KEPT);
    let offer = offer.ok_or_else(Error::not_found)?;
    let is_declined = offer.state == OPEN && pass_on(tx, id, DECLINED).await?;
    if is_declined {
        tx.audit(Line::new("declineOffer").on("offer", id).about(keys));
    } else if rows::offer(tx, id).await?.is_some_and(|offer| offer.state == ACCEPTED) {
        return Err(Error::refused(Code::StateConflict));
    }
    Ok(())
}
