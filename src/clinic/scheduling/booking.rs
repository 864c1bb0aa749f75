//! Bookings: taking a slot, giving it back, and what its doctor may see meanwhile.

use super::office::Offer;
use super::rows::{self, BOOKED, Booking, CANCELLED};
use super::slots;
use crate::app::profile;
use crate::clinic::notifications::{self, Kind};
use crate::kernel::access::{self, NewReason};
use crate::kernel::audit::Line;
use crate::kernel::db::{Tx, is_overlap};
use crate::kernel::error::{Code, Error, Fault, Refusal, Result, Span};
use crate::kernel::text::check_text;
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use uuid::Uuid;

const COMPLAINT_CHARS: usize = 2000;
/// How many other slots a refusal names, and how many days before and after it looks for them.
const ALTERNATIVES: usize = 5;
const ALTERNATIVE_DAYS: TimeDelta = TimeDelta::days(14);

/// What a visit's doctor needs of its patient.
const FOR_THE_DOCTOR: [Class; 2] = [Class::Identity, Class::Clinical];

/// Why the patient comes, in his own words.
#[derive(Serialize, Deserialize)]
pub struct Complaint {
    pub text: String,
}

impl Personal for Complaint {
    const TABLE: &'static str = "booking";
    const COLUMN: &'static str = "complaint";
    const CLASS: Class = Class::Clinical;
}

impl Complaint {
    /// `None` when nothing is said.
    ///
    /// # Errors
    /// `invalid` at `/complaint`; `class_refused` where the service takes no clinical data.
    pub fn check(profile: &profile::Profile, text: Option<&str>) -> Result<Option<Self>> {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
        if profile.refuses(Class::Clinical) {
            return Err(Error::refused(Code::ClassRefused));
        }
        let text = check_text(text, COMPLAINT_CHARS).map_err(|fault| Error::field("/complaint", fault))?;
        Ok(Some(Self { text }))
    }
}

/// Books the patient whose keys these are, and gives the doctor his reasons.
///
/// # Errors
/// `not_found` for a doctor or service that is not there; `invalid` in the past; `slot_not_offered`; `slot_taken`, with
/// alternatives; `state_conflict` when the patient himself is booked elsewhere then.
pub async fn book(
    tx: &mut Tx,
    rules: &profile::Booking,
    keys: &SubjectKeys,
    offer: Option<&Offer>,
    starts_at: DateTime<Utc>,
    complaint: Option<&Complaint>,
) -> Result<Booking> {
    let offer = offer.ok_or_else(Error::not_found)?;
    let span = offered_span(offer, rules, starts_at, tx.now())?;
    let id = tx.id();
    let booking = Booking {
        id,
        subject: keys.subject,
        doctor: offer.doctor.id,
        doctor_names: offer.doctor.names.clone(),
        clinic: offer.doctor.clinic,
        clinic_names: offer.doctor.clinic_names.clone(),
        zone: offer.doctor.zone.clone(),
        service: offer.service.id,
        service_names: offer.service.names.clone(),
        starts_at: span.starts_at,
        ends_at: span.ends_at,
        state: BOOKED.to_owned(),
        created_at: tx.now(),
        complaint: complaint.map(|complaint| keys.seal(id, complaint)).transpose()?,
    };
    match rows::insert(tx, &booking, keys.subject).await {
        Ok(true) => {}
        Ok(false) => return Err(refusal(tx, rules, offer, keys.subject, span).await?),
        Err(error) if is_overlap(&error) => return Err(Error::refused(Code::SlotTaken)),
        Err(error) => return Err(error.into()),
    }
    for class in FOR_THE_DOCTOR {
        tx.allow(NewReason {
            subject: keys.subject,
            party: booking.doctor,
            class,
            basis: "booking",
            object: id,
            from: tx.now(),
            until: Some(rules.treatment.after(booking.ends_at)),
        });
    }
    for party in [keys.subject, booking.doctor] {
        notifications::tell(tx, party, Kind::BookingConfirmed, id).await?;
    }
    tx.audit(Line::new("book").on("booking", id).about(keys).of(Class::Clinical));
    Ok(booking)
}

fn offered_span(offer: &Offer, rules: &profile::Booking, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<Span> {
    if starts_at <= now {
        return Err(Error::field("/startsAt", Fault::InThePast));
    }
    let not_offered = || Error::refused(Code::SlotNotOffered);
    let ends_at = starts_at.checked_add_signed(offer.length()).ok_or_else(not_offered)?;
    let date = starts_at.with_timezone(&offer.zone).date_naive();
    let wanted = Span { starts_at, ends_at };
    if offer.slots(rules, now, date..=date).contains(&wanted) { Ok(wanted) } else { Err(not_offered()) }
}

/// Why the row does not stand: the doctor is taken, which has alternatives, or the patient is elsewhere himself.
async fn refusal(tx: &Tx, rules: &profile::Booking, offer: &Offer, subject: Uuid, wanted: Span) -> Result<Error> {
    let is_taken = !rows::busy(tx, offer.doctor.id, &(wanted.starts_at..wanted.ends_at)).await?.is_empty();
    if !is_taken && rows::is_elsewhere(tx, subject, wanted).await? {
        return Ok(Error::refused(Code::StateConflict));
    }
    let slots = offer.slots(rules, tx.now(), days_around(offer, wanted.starts_at));
    let within = match (slots.first(), slots.last()) {
        (Some(first), Some(last)) => first.starts_at..last.ends_at,
        _ => wanted.starts_at..wanted.ends_at,
    };
    let busy = rows::busy(tx, offer.doctor.id, &within).await?;
    let alternatives = slots::nearest(slots::free(slots, &busy), wanted.starts_at, ALTERNATIVES);
    let refusal = Refusal { code: Code::SlotTaken, fields: Vec::new(), retry_after_s: None, alternatives };
    Ok(Error::Refused(Box::new(refusal)))
}

fn days_around(offer: &Offer, moment: DateTime<Utc>) -> RangeInclusive<NaiveDate> {
    let date = |moment: DateTime<Utc>| moment.with_timezone(&offer.zone).date_naive();
    date(moment - ALTERNATIVE_DAYS)..=date(moment + ALTERNATIVE_DAYS)
}

/// Gives the slot back and ends the doctor's reasons. To cancel what is cancelled changes nothing.
///
/// # Errors
/// `not_found`; `state_conflict` once the visit has begun; `frozen`.
pub async fn cancel(tx: &mut Tx, keys: &SubjectKeys, id: Uuid) -> Result<Booking> {
    access::check_own(tx, keys.subject).await?;
    let is_cancelled = rows::cancel(tx, keys.subject, id, tx.now()).await?;
    let booking = rows::find_of(tx, keys.subject, id).await?.ok_or_else(Error::not_found)?;
    if is_cancelled {
        access::end_reasons(tx, id).await?;
        for party in [keys.subject, booking.doctor] {
            notifications::tell(tx, party, Kind::BookingCancelled, id).await?;
        }
        tx.audit(Line::new("cancel").on("booking", id).about(keys));
    } else if booking.state != CANCELLED {
        return Err(Error::refused(Code::StateConflict));
    }
    Ok(booking)
}
