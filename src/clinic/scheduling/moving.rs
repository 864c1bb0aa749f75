//! Moving a booking: another time, another doctor of the same service. It stays the same booking, with its charge and its
//! history, and the constraint that keeps bookings apart decides the race as it does for a new one.

use super::alternatives::{self, Wanted};
use super::booking;
use super::checks::{self, Plan};
use super::limits;
use super::offers;
use super::office::Offer;
use super::relation::{self, VisitCancelled};
use super::reminders;
use super::rows::{self, BOOKED, Booking, Destination, HELD, Move};
use super::state::REQUESTED;
use super::times;
use crate::app::App;
use crate::app::profile::{Payer, Profile};
use crate::clinic::notifications::{self, Kind};
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx, is_overlap};
use crate::kernel::error::{Code, Error, Reason, Result};
use crate::kernel::queue::Task;
use crate::kernel::vault::SubjectKeys;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A race that the constraint has decided ends the transaction on one engine: the next one sees who won.
const TRIES: usize = 4;

/// Who moves it. A patient, and whoever acts for him, keeps to the terms of the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mover {
    Patient { how: &'static str },
    Staff,
}

/// Where it is to go. Without a doctor it stays with its own.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub doctor: Option<Uuid>,
    pub starts_at: DateTime<Utc>,
}

/// Moves a booking. To move it to where it stands changes nothing.
///
/// # Errors
/// `not_found`; `state_conflict` when it will not take place or has begun; `too_late` and `booking_refused` by the terms for
/// patients; what a new booking at that time refuses, with reasons and alternatives; `frozen`.
pub async fn move_booking(
    app: &App,
    actor: &Actor,
    keys: &SubjectKeys,
    (id, target): (Uuid, Target),
    mover: Mover,
) -> Result<Booking> {
    let mut tried = 0;
    loop {
        let reader = app.db.reader();
        let seen = rows::find_of(&reader, keys.subject, id).await?.ok_or_else(Error::not_found)?;
        let doctor = target.doctor.unwrap_or(seen.doctor);
        let offer = Offer::find(&reader, doctor, Some(seen.service)).await?;
        let misfits = match &offer {
            // Whoever comes instead of the patient is not known here.
            Some(offer) if seen.visitor.is_none() => {
                let payer = Payer::parse(&seen.payer).unwrap_or(Payer::Own);
                limits::misfits(app, offer, (keys.subject, payer), target.starts_at).await?
            }
            _ => Vec::new(),
        };
        let moved = app
            .write(actor, async |tx: &mut Tx| -> Result<Booking> {
                // Two that change places would wait for each other in a circle.
                tx.hold(&[seen.doctor, doctor, keys.subject]).await?;
                let offer = offer.as_ref();
                let task = Moving { profile: &app.profile, keys, offer, misfits: &misfits, seen: seen.doctor, target, mover };
                task.run(tx, id).await
            })
            .await;
        tried += 1;
        match moved {
            Err(Error::Refused(refusal)) if refusal.code == Code::SlotTaken && refusal.reasons.is_empty() && tried < TRIES => {}
            moved => {
                let wanted = Wanted { subject: keys.subject, starts_at: target.starts_at, but: Some(&seen) };
                return alternatives::named(app, offer.as_ref(), wanted, moved).await;
            }
        }
    }
}

struct Moving<'a> {
    profile: &'a Profile,
    keys: &'a SubjectKeys,
    offer: Option<&'a Offer>,
    /// What of the service's limits does not fit its patient on the new day.
    misfits: &'a [Reason],
    /// Its doctor as it was looked up, whose lock is taken.
    seen: Uuid,
    target: Target,
    mover: Mover,
}

impl Moving<'_> {
    async fn run(&self, tx: &mut Tx, id: Uuid) -> Result<Booking> {
        if matches!(self.mover, Mover::Patient { .. }) {
            access::check_own(tx, self.keys.subject).await?;
        }
        let old = rows::find_of(tx, self.keys.subject, id).await?.ok_or_else(Error::not_found)?;
        // What is kept for somebody who waits is his for that time alone.
        if offers::is_offer(tx, &old).await? {
            return Err(Error::refused(Code::StateConflict));
        }
        let doctor = self.target.doctor.unwrap_or(old.doctor);
        if doctor == old.doctor && self.target.starts_at == old.starts_at {
            return Ok(old);
        }
        let is_movable = matches!(old.state_at(tx.now()), BOOKED | HELD | REQUESTED) && old.starts_at > tx.now();
        if !is_movable {
            return Err(Error::refused(Code::StateConflict));
        }
        let counts_from = self.keep_terms(tx, &old).await?;
        if old.doctor != self.seen {
            // Somebody has moved it since it was looked up: once more, from where it stands now.
            return Err(Error::refused(Code::SlotTaken));
        }
        let offer = self.offer.filter(|offer| offer.doctor.id == doctor).ok_or_else(Error::not_found)?;
        let plan = Plan::of(self.profile, offer, self.target.starts_at, tx.now())?;
        let known = [plan.against(), self.misfits].concat();
        if !known.is_empty() {
            return Err(checks::refusal(tx, offer, old.subject, &plan, known, Some(&old)).await?);
        }
        let mut gone = Vec::new();
        if !self.relocate(tx, offer, &old, &plan, counts_from).await? {
            gone = booking::expire_within(tx, offer, old.subject, &plan).await?;
            let again = !gone.is_empty() && self.relocate(tx, offer, &old, &plan, counts_from).await?;
            if !again {
                return Err(self.refused(tx, offer, &old, &plan).await?);
            }
        }
        booking::let_go(tx, gone).await?;
        let new = rows::find_of(tx, old.subject, id).await?.ok_or_else(Error::not_found)?;
        self.announce(tx, &old, &new).await?;
        Ok(new)
    }

    /// The terms for patients. Answers from which beginning a refund is reckoned from now on: a visit that could not have been
    /// cancelled for all the money any more is not made so by moving it far away.
    async fn keep_terms(&self, tx: &Tx, old: &Booking) -> Result<Option<DateTime<Utc>>> {
        if self.mover == Mover::Staff {
            return Ok(old.counts_from);
        }
        let rules = &self.profile.booking;
        if old.state == BOOKED && old.starts_at <= rules.move_until.after(tx.now()) {
            return Err(Error::refused(Code::TooLate));
        }
        let moves = rows::moves(tx, old.id).await?;
        let own = moves.iter().filter(|made| made.how != STAFF).count();
        if i64::try_from(own).unwrap_or(i64::MAX) >= rules.moves_max {
            return Err(Error::Refused(Box::new(checks::with_reasons(vec![Reason::TooManyMoves]))));
        }
        let is_late = self.profile.billing.refund_until.after(tx.now()) > old.starts_at;
        let earliest = old.counts_from.unwrap_or(old.starts_at).min(old.starts_at);
        Ok(if is_late { Some(earliest) } else { old.counts_from })
    }

    async fn relocate(
        &self,
        tx: &Tx,
        offer: &Offer,
        old: &Booking,
        plan: &Plan,
        counts_from: Option<DateTime<Utc>>,
    ) -> Result<bool> {
        let equipment = match &offer.service.equipment {
            Some(kind) => rows::free_machine(tx, offer.doctor.clinic, kind, plan.blocks, Some(old.id)).await?,
            None => None,
        };
        if offer.service.equipment.is_some() && equipment.is_none() {
            return Ok(false);
        }
        let clinic = offer.doctor.clinic;
        let place =
            Destination { doctor: offer.doctor.id, clinic, visit: plan.visit, blocks: plan.blocks, equipment, counts_from };
        rows::relocate(tx, old, &place, tx.now()).await.map_err(|error| match is_overlap(&error) {
            true => Error::refused(Code::SlotTaken),
            false => error.into(),
        })
    }

    /// Why it does not go there: it stands no more as it was read, or something is taken.
    async fn refused(&self, tx: &Tx, offer: &Offer, old: &Booking, plan: &Plan) -> Result<Error> {
        let now = rows::find_of(tx, old.subject, old.id).await?.ok_or_else(Error::not_found)?;
        if now.state != old.state {
            return Ok(Error::refused(Code::StateConflict));
        }
        if checks::taken(tx, offer, old.subject, plan, Some(old)).await?.is_empty() {
            return Ok(Error::refused(Code::SlotTaken));
        }
        checks::refusal(tx, offer, old.subject, plan, Vec::new(), Some(old)).await
    }

    async fn announce(&self, tx: &mut Tx, old: &Booking, new: &Booking) -> Result<()> {
        let how = match self.mover {
            Mover::Patient { how } => how,
            Mover::Staff => STAFF,
        };
        let row = Move {
            id: tx.id(),
            from_doctor: old.doctor,
            from_starts_at: old.starts_at,
            to_doctor: new.doctor,
            to_starts_at: new.starts_at,
            how: how.to_owned(),
            at: tx.now(),
        };
        rows::insert_move(tx, new.id, &row).await?;
        times::taken_changed(tx, old);
        times::taken_changed(tx, new);
        tx.audit(Line::new("move").on("booking", new.id).about(self.keys));
        if new.state == BOOKED {
            access::end_reasons(tx, new.id).await?;
            booking::admit_doctor(tx, &self.profile.booking, new);
            if old.doctor != new.doctor {
                notifications::tell(tx, old.doctor, Kind::BookingCancelled, new.id).await?;
                tx.enqueue(VisitCancelled { subject: old.subject, doctor: old.doctor }.task());
            }
            for party in [new.subject, new.doctor] {
                notifications::tell(tx, party, Kind::BookingMoved, new.id).await?;
            }
            reminders::plan_again(tx, self.profile, new).await?;
        } else if self.mover == Mover::Staff {
            notifications::tell(tx, new.subject, Kind::BookingMoved, new.id).await?;
        }
        relation::freed(tx, old).await
    }
}

/// A move by those who work here, as its history has it.
const STAFF: &str = "staff";
