//! Cancelling: by the patient within his terms, by the desk for him, by staff at any time with a ground.

use super::offers;
use super::relation::{self, VisitCancelled};
use super::reminders;
use super::rows::{self, BOOKED, Booking, CANCELLED};
use super::times;
use super::visitor::TellVisitor;
use crate::app::profile::{self, Profile};
use crate::clinic::billing;
use crate::clinic::notifications::{self, Kind};
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::Task;
use crate::kernel::vault::SubjectKeys;
use chrono::{DateTime, Utc};
use poem_openapi::Enum;
use uuid::Uuid;

/// Why staff end a booking.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "camelCase")]
pub enum Ground {
    /// He asked for it: what was paid goes back by the rule of his own cancellation.
    PatientAsked,
    /// The doctor can't come. All that was paid goes back, as for every ground of the clinic's own.
    DoctorUnavailable,
    ClinicClosed,
    /// The service is not for this patient.
    NotSuitable,
    Mistake,
}

impl Ground {
    pub const fn as_str(self) -> &'static str {
        match self {
            Ground::PatientAsked => "patientAsked",
            Ground::DoctorUnavailable => "doctorUnavailable",
            Ground::ClinicClosed => "clinicClosed",
            Ground::NotSuitable => "notSuitable",
            Ground::Mistake => "mistake",
        }
    }
}

/// A patient cancels his own booking, within the terms of the profile. What is not confirmed yet he drops at any time.
///
/// # Errors
/// As `cancel`; `too_late`.
pub async fn cancel_own(tx: &mut Tx, profile: &Profile, keys: &SubjectKeys, id: Uuid) -> Result<Booking> {
    let booking = rows::find_of(tx, keys.subject, id).await?.ok_or_else(Error::not_found)?;
    let until = profile.booking.cancel_until.after(tx.now());
    // A frozen patient learns that first, and of no term.
    access::check_own(tx, keys.subject).await?;
    let is_too_late = booking.state_at(tx.now()) == BOOKED && booking.starts_at > tx.now() && booking.starts_at <= until;
    if is_too_late {
        return Err(Error::refused(Code::TooLate));
    }
    let limit = if booking.state == BOOKED { until } else { tx.now() };
    end(tx, &profile.billing, keys, id, limit).await
}

/// Gives the slot back, ends the doctor's reasons, and gives back what was paid, by the rule of the profile. To cancel what
/// is cancelled changes nothing.
///
/// # Errors
/// `not_found`; `state_conflict` once the visit has begun or the hold was let go; `frozen`.
pub async fn cancel(tx: &mut Tx, rules: &profile::Billing, keys: &SubjectKeys, id: Uuid) -> Result<Booking> {
    access::check_own(tx, keys.subject).await?;
    let now = tx.now();
    end(tx, rules, keys, id, now).await
}

async fn end(tx: &mut Tx, rules: &profile::Billing, keys: &SubjectKeys, id: Uuid, limit: DateTime<Utc>) -> Result<Booking> {
    let is_cancelled = rows::cancel(tx, (keys.subject, id), None, limit, tx.now()).await?;
    let booking = rows::find_of(tx, keys.subject, id).await?.ok_or_else(Error::not_found)?;
    if is_cancelled {
        ended(tx, keys, &booking).await?;
        refund(tx, rules, &booking).await?;
    } else if booking.state != CANCELLED {
        return Err(Error::refused(Code::StateConflict));
    }
    Ok(booking)
}

/// Staff end a booking, also one whose hour has begun. Whether it is theirs the caller has checked.
///
/// # Errors
/// `state_conflict` when it is over, under way, or nothing any more.
pub async fn cancel_by_staff(
    tx: &mut Tx,
    rules: &profile::Billing,
    keys: &SubjectKeys,
    id: Uuid,
    ground: Ground,
) -> Result<Booking> {
    let is_cancelled = rows::cancel_running(tx, id, ground.as_str(), tx.now()).await?;
    let booking = rows::find_of(tx, keys.subject, id).await?.ok_or_else(Error::not_found)?;
    if is_cancelled {
        ended(tx, keys, &booking).await?;
        match (ground, booking.charge) {
            (Ground::PatientAsked, _) => refund(tx, rules, &booking).await?,
            (_, Some(charge)) => billing::give_back_all(tx, charge).await?,
            (_, None) => {}
        }
    } else if booking.state != CANCELLED {
        return Err(Error::refused(Code::StateConflict));
    }
    Ok(booking)
}

async fn refund(tx: &mut Tx, rules: &profile::Billing, booking: &Booking) -> Result<()> {
    let Some(charge) = booking.charge else { return Ok(()) };
    let begins = booking.counts_from.unwrap_or(booking.starts_at).min(booking.starts_at);
    billing::give_back(tx, rules, charge, begins, tx.now()).await
}

/// What follows a cancellation, whoever made it. Of what was never confirmed neither its doctor nor its visitor has heard, and
/// who lets go of a time that was only offered to him has lost no visit.
async fn ended(tx: &mut Tx, keys: &SubjectKeys, booking: &Booking) -> Result<()> {
    if booking.held_until.is_none() {
        access::end_reasons(tx, booking.id).await?;
        notifications::tell(tx, booking.doctor, Kind::BookingCancelled, booking.id).await?;
        if booking.visitor.is_some() {
            tx.enqueue(TellVisitor { booking: booking.id, is_cancelled: true }.task());
        }
        tx.enqueue(VisitCancelled { subject: booking.subject, doctor: booking.doctor }.task());
    }
    if !offers::is_offer(tx, booking).await? {
        notifications::tell(tx, booking.subject, Kind::BookingCancelled, booking.id).await?;
    }
    tx.audit(Line::new("cancel").on("booking", booking.id).about(keys));
    times::taken_changed(tx, booking);
    reminders::drop(tx, booking.id).await?;
    relation::freed(tx, booking).await
}
