//! What stands against a booking: all of it at once. Which times would do instead is looked for by `alternatives`.

use super::booking::{By, Wish};
use super::office::Offer;
use super::rows::{self, Booking};
use crate::app::period::Period;
use crate::app::profile::{self, Profile};
use crate::clinic::billing;
use crate::clinic::programmes;
use crate::kernel::access;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Reason, Refusal, Result, Span};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// A visit as it is wanted.
pub struct Plan {
    pub visit: Span,
    /// With the buffers of its service.
    pub blocks: Span,
    /// What the calendar alone says against it.
    against: Vec<Reason>,
}

impl Plan {
    /// # Errors
    /// `invalid` at `/startsAt` in the past, and where no calendar reaches.
    pub fn of(profile: &Profile, offer: &Offer, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<Self> {
        if starts_at <= now {
            return Err(Error::field("/startsAt", Fault::InThePast));
        }
        let (before, after) = buffers(offer);
        let ends = starts_at.checked_add_signed(offer.length());
        let blocked = (starts_at.checked_sub_signed(before), ends.and_then(|end| end.checked_add_signed(after)));
        let (Some(ends_at), (Some(from), Some(until))) = (ends, blocked) else {
            return Err(Error::field("/startsAt", Fault::OutOfRange));
        };
        let visit = Span { starts_at, ends_at };
        let against = calendar(&profile.booking, offer, visit, now);
        Ok(Self { visit, blocks: Span { starts_at: from, ends_at: until }, against })
    }

    /// What the calendar says against it.
    pub fn against(&self) -> &[Reason] {
        &self.against
    }
}

/// What its doctor and its machine need before and after a visit.
pub fn buffers(offer: &Offer) -> (TimeDelta, TimeDelta) {
    let minutes = |count: i32| TimeDelta::minutes(i64::from(count.max(0)));
    (minutes(offer.service.buffer_before_min), minutes(offer.service.buffer_after_min))
}

/// How near a visit may be: as its service says, or as the profile does.
fn lead(rules: &profile::Booking, offer: &Offer) -> Period {
    let own = offer.service.lead_min.and_then(|minutes| u32::try_from(minutes).ok());
    own.map_or(rules.lead, Period::Minutes)
}

fn calendar(rules: &profile::Booking, offer: &Offer, visit: Span, now: DateTime<Utc>) -> Vec<Reason> {
    let mut against = Vec::new();
    if visit.starts_at < lead(rules, offer).after(now) {
        against.push(Reason::TooSoon);
    }
    if visit.starts_at > rules.horizon.after(now) {
        against.push(Reason::TooFar);
    }
    // Whether he receives then at all is asked of the calendar without the terms: they are said above.
    if !offer.offers(rules, visit) {
        against.push(Reason::OutsideHours);
    }
    against
}

/// All that stands against a new booking but what is taken: the calendar, the limits, what the patient owes, his freeze. What
/// a profile does not ask for costs no statement.
pub async fn standing_against(
    tx: &Tx,
    profile: &Profile,
    offer: &Offer,
    subject: Uuid,
    plan: &Plan,
    wish: &Wish<'_>,
) -> Result<Vec<Reason>> {
    let rules = &profile.booking;
    let mut against = plan.against.clone();
    if !rules.payers.contains(&wish.payer) || !offer.service.prices.takes(wish.payer) {
        against.push(Reason::PayerNotTaken);
    }
    against.extend_from_slice(wish.misfits);
    // His own requests are refused before they come here.
    if matches!(wish.by, By::Desk(_)) && is_frozen(tx, subject).await? {
        against.push(Reason::Frozen);
    }
    if let Some(most) = rules.open_max {
        // Of two at once the second must see the first.
        tx.hold(&[subject]).await?;
        if rows::open_count(tx, subject, most, tx.now()).await? >= most {
            against.push(Reason::TooManyOpen);
        }
    }
    if let Some(programme) = offer.service.programme
        && programmes::standing_enrolment(tx, subject, programme).await?.is_none()
    {
        against.push(Reason::NotEnrolled);
    }
    if rules.unpaid_blocks && billing::owes(tx, subject, tx.now()).await? {
        against.push(Reason::UnpaidBefore);
    }
    Ok(against)
}

async fn is_frozen(tx: &Tx, subject: Uuid) -> Result<bool> {
    match access::check_own(tx, subject).await {
        Err(error) if error.code() == Code::Frozen => Ok(true),
        checked => checked.map(|()| false),
    }
}

/// What of the doctor, the patient and the machine is taken then; `but` is the booking that is to be moved there.
pub async fn taken(tx: &Tx, offer: &Offer, subject: Uuid, plan: &Plan, but: Option<&Booking>) -> Result<Vec<Reason>> {
    let but = but.map(|booking| booking.id);
    let mut against = Vec::new();
    let blocks = plan.blocks.starts_at..plan.blocks.ends_at;
    if !rows::busy_but(tx, offer.doctor.id, &blocks, but, tx.now()).await?.is_empty() {
        against.push(Reason::Taken);
    }
    if rows::is_elsewhere(tx, subject, plan.visit, but, tx.now()).await? {
        against.push(Reason::PatientBusy);
    }
    if let Some(kind) = &offer.service.equipment
        && rows::free_machine(tx, offer.doctor.clinic, kind, plan.blocks, but).await?.is_none()
    {
        against.push(Reason::EquipmentTaken);
    }
    Ok(against)
}

/// The refusal: every reason, and one code by which older apps know it. What is taken is added to what was known before the
/// time was tried. Other times are looked for when the transaction is over: see `alternatives`.
pub async fn refusal(
    tx: &Tx,
    offer: &Offer,
    subject: Uuid,
    plan: &Plan,
    known: Vec<Reason>,
    but: Option<&Booking>,
) -> Result<Error> {
    let mut reasons = known;
    for reason in taken(tx, offer, subject, plan, but).await? {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    Ok(Error::Refused(Box::new(with_reasons(reasons))))
}

/// Reasons in their one order, under the code of the first of them.
pub fn with_reasons(mut reasons: Vec<Reason>) -> Refusal {
    reasons.sort_by_key(|reason| Reason::ALL.iter().position(|known| known == reason));
    let has = |any: &[Reason]| reasons.iter().any(|reason| any.contains(reason));
    let code = if has(&[Reason::Frozen]) {
        Code::Frozen
    } else if has(&[Reason::OutsideHours, Reason::TooSoon, Reason::TooFar, Reason::PayerNotTaken]) {
        Code::SlotNotOffered
    } else if has(&[Reason::Taken, Reason::EquipmentTaken]) {
        Code::SlotTaken
    } else if has(&[Reason::PatientBusy]) {
        Code::StateConflict
    } else {
        Code::BookingRefused
    };
    Refusal { reasons, ..Refusal::new(code) }
}
