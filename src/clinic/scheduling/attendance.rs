//! What staff write down of a visit: it is confirmed, the patient is there, it begins, it is over, he did not come. A doctor
//! does so for his own visits, the desk for those of its clinics; the table in `state` says what may follow what.

use super::booking;
use super::course;
use super::ending::{self, Ground};
use super::office::Offer;
use super::relation::VisitCancelled;
use super::reminders;
use super::rows::{self, ARRIVED, BOOKED, Booking, DONE, HELD, IN_PROGRESS};
use super::state::{CANCELLED, NO_SHOW, REQUESTED, may};
use super::visit::VisitEnded;
use crate::app::App;
use crate::app::profile::{Course, Payer, Profile};
use crate::clinic::identity::{Caller, Role};
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::{Tx, is_overlap};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, SubjectKeys};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// How long before its hour a visit may begin or its patient be there.
const AT_MOST_BEFORE: TimeDelta = TimeDelta::hours(24);
/// Until how long after its hour it can be said of a visit that the hour alone has ended that nobody came, or that he did.
const CORRECTED_UNTIL: TimeDelta = TimeDelta::hours(24);
/// Whoever reads and writes may meet somebody who does the same.
const TRIES: usize = 4;

/// A step of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Arrive,
    Start,
    Finish,
    NoShow,
}

impl Step {
    const fn to(self) -> &'static str {
        match self {
            Step::Arrive => ARRIVED,
            Step::Start => IN_PROGRESS,
            Step::Finish => DONE,
            Step::NoShow => NO_SHOW,
        }
    }

    /// The column that keeps when.
    const fn stamp(self) -> Option<&'static str> {
        match self {
            Step::Arrive => Some("arrived_at"),
            Step::Start => Some("begun_at"),
            Step::Finish => Some("finished_at"),
            Step::NoShow => None,
        }
    }

    const fn verb(self) -> &'static str {
        match self {
            Step::Arrive => "arrive",
            Step::Start => "beginVisit",
            Step::Finish => "finishVisit",
            Step::NoShow => "noShow",
        }
    }

    /// Whether a booking may take this step at `now`.
    fn fits(self, booking: &Booking, now: DateTime<Utc>) -> bool {
        let from = booking.state_at(now);
        may(from, self.to())
            && match self {
                Step::Arrive | Step::Start => {
                    booking.starts_at - AT_MOST_BEFORE <= now && now < booking.ends_at + CORRECTED_UNTIL
                }
                Step::Finish => from != BOOKED || booking.starts_at <= now,
                Step::NoShow if from == DONE => {
                    let nobody_saw_him = booking.arrived_at.is_none() && booking.begun_at.is_none();
                    nobody_saw_him && booking.finished_at.is_none() && now < booking.ends_at + CORRECTED_UNTIL
                }
                // Who was there and went away is missed at any hour.
                Step::NoShow => from != BOOKED || booking.starts_at <= now,
            }
    }
}

/// A booking that the staff member answers for: the doctor's own, or one of the clinics that he serves.
///
/// # Errors
/// `not_found`.
pub fn theirs(booking: Option<Booking>, caller: &Caller) -> Result<Booking> {
    let is_theirs = |booking: &Booking| match caller.role {
        Role::Doctor => booking.doctor == caller.id,
        _ => caller.clinics.serve(booking.clinic),
    };
    booking.filter(is_theirs).ok_or_else(Error::not_found)
}

/// Writes a step down. One that was taken before is answered as it stands.
///
/// # Errors
/// `not_found`; `state_conflict`; `slot_taken` when somebody has the time of whom nobody waited for any more.
pub async fn take(app: &App, caller: &Caller, operation: &'static str, id: Uuid, step: Step) -> Result<Booking> {
    let seen = theirs(rows::find(&app.db.reader(), id).await?, caller)?;
    let keys = app.vault.keys(seen.subject).await?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<Booking> {
        for _ in 0..TRIES {
            let booking = theirs(rows::find(tx, id).await?, caller)?;
            if booking.state_at(tx.now()) == step.to() && (step != Step::Finish || booking.finished_at.is_some()) {
                return Ok(booking);
            }
            if !step.fits(&booking, tx.now()) {
                return Err(Error::refused(Code::StateConflict));
            }
            let taken =
                rows::step(tx, &booking, step.to(), step.stamp(), tx.now()).await.map_err(|error| match is_overlap(&error) {
                    true => Error::refused(Code::SlotTaken),
                    false => error.into(),
                })?;
            if taken {
                follow(tx, &app.profile, &keys, &booking, step).await?;
                return rows::find(tx, id).await?.ok_or_else(Error::not_found);
            }
        }
        Err(Error::refused(Code::StateConflict))
    })
    .await
}

async fn follow(tx: &mut Tx, profile: &Profile, keys: &SubjectKeys, was: &Booking, step: Step) -> Result<()> {
    tx.audit(Line::new(step.verb()).on("booking", was.id).about(keys));
    match step {
        // What was closed to his doctor opens again.
        Step::Arrive if was.state == NO_SHOW => booking::admit_doctor(tx, &profile.booking, was),
        Step::Arrive => {}
        Step::Start => first_visit(tx, profile, was).await?,
        Step::Finish => {
            first_visit(tx, profile, was).await?;
            tx.enqueue(VisitEnded { subject: was.subject, booking: was.id }.task());
        }
        Step::NoShow => {
            access::end_reasons(tx, was.id).await?;
            tx.enqueue(VisitCancelled { subject: was.subject, doctor: was.doctor }.task());
            reminders::drop(tx, was.id).await?;
        }
    }
    Ok(())
}

/// Where the profile says so, the first visit opens the course of treatment.
pub(super) async fn first_visit(tx: &mut Tx, profile: &Profile, booking: &Booking) -> Result<()> {
    if profile.booking.course == Course::FirstVisit && booking.episode.is_none() {
        course::open(tx, booking).await?;
    }
    Ok(())
}

/// Reception grants what was asked for: it is booked, or held for its patient to pay where it has a price. To grant it again
/// changes nothing.
///
/// # Errors
/// `not_found`; `state_conflict` when nothing waits for an answer any more.
pub async fn confirm(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<Booking> {
    let reader = app.db.reader();
    let seen = theirs(rows::find(&reader, id).await?, caller)?;
    let offer = Offer::find(&reader, seen.doctor, Some(seen.service)).await?;
    let payer = Payer::parse(&seen.payer).unwrap_or(Payer::Own);
    let price = offer.and_then(|offer| booking::price(&app.profile, &offer, payer));
    let keys = match price {
        Some(_) => app.vault.ensure(seen.subject, &[Class::Billing]).await?,
        None => app.vault.keys(seen.subject).await?,
    };
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<Booking> {
        let waiting = theirs(rows::find(tx, id).await?, caller)?;
        let until = app.profile.billing.hold.after(tx.now()).min(waiting.starts_at);
        let held = price.as_ref().map(|_| (tx.id(), until));
        let is_granted = rows::grant(tx, id, held, tx.now()).await?;
        let booking = rows::find(tx, id).await?.ok_or_else(Error::not_found)?;
        match (is_granted, price) {
            (true, Some(price)) => booking::charge(tx, &keys, &booking, price).await?,
            (true, None) => booking::settle(tx, &app.profile, &booking).await?,
            (false, _) if matches!(booking.state_at(tx.now()), BOOKED | HELD) => return Ok(booking),
            (false, _) => return Err(Error::refused(Code::StateConflict)),
        }
        tx.audit(Line::new("confirm").on("booking", id).about(&keys));
        Ok(booking)
    })
    .await
}

/// Staff end a booking with a ground; `only_requested` is for what reception declines.
///
/// # Errors
/// `not_found`; `state_conflict`.
pub async fn end(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    (id, ground): (Uuid, Ground),
    only_requested: bool,
) -> Result<Booking> {
    let seen = theirs(rows::find(&app.db.reader(), id).await?, caller)?;
    let keys = app.vault.keys(seen.subject).await?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<Booking> {
        let booking = theirs(rows::find(tx, id).await?, caller)?;
        if only_requested && !matches!(booking.state_at(tx.now()), REQUESTED | CANCELLED) {
            return Err(Error::refused(Code::StateConflict));
        }
        ending::cancel_by_staff(tx, &app.profile.billing, &keys, id, ground).await
    })
    .await
}
