//! Bookings: taking a slot, giving it back, and what its doctor may see meanwhile.

use super::office::Offer;
use super::relation::{self, VisitCancelled};
use super::reminders;
use super::rows::{self, BOOKED, Booking, CANCELLED, HELD};
use super::slots;
use super::visitor::{TellVisitor, Visitor};
use crate::app::profile::{self, Payer, Profile};
use crate::app::wire::Money;
use crate::clinic::billing::{self, NewCharge};
use crate::clinic::identity::Caller;
use crate::clinic::notifications::{self, Kind};
use crate::kernel::access::{self, NewReason};
use crate::kernel::audit::Line;
use crate::kernel::db::{Tx, is_overlap};
use crate::kernel::error::{Code, Error, Fault, Refusal, Result, Span};
use crate::kernel::queue::Task;
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
    pub fn check(profile: &Profile, text: Option<&str>) -> Result<Option<Self>> {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
        if profile.refuses(Class::Clinical) {
            return Err(Error::refused(Code::ClassRefused));
        }
        let text = check_text(text, COMPLAINT_CHARS).map_err(|fault| Error::field("/complaint", fault))?;
        Ok(Some(Self { text }))
    }
}

/// Who books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Patient,
    /// Somebody who acts for him by representation.
    Representative(Uuid),
    /// The staff account that books for whom the desk has found.
    Desk(Uuid),
}

impl By {
    pub fn of(caller: &Caller) -> Self {
        caller.acting.map_or(By::Patient, |acting| By::Representative(acting.representative))
    }

    pub(super) fn columns(self, subject: Uuid) -> (Uuid, &'static str) {
        match self {
            By::Patient => (subject, "self"),
            By::Representative(id) => (id, "representative"),
            By::Desk(staff) => (staff, "desk"),
        }
    }
}

/// When, by whom, why, and who comes.
pub struct Wish<'a> {
    pub starts_at: DateTime<Utc>,
    pub by: By,
    pub complaint: Option<&'a Complaint>,
    /// Somebody without an account, instead of the patient.
    pub visitor: Option<&'a Visitor>,
}

/// What is to be paid for the service before it is booked: nothing where it is free, or where no payments are taken.
pub fn price(profile: &Profile, offer: &Offer) -> Option<Money> {
    offer.service.prices.price(Payer::Own).filter(|price| price.amount > 0 && !profile.refuses(Class::Billing))
}

/// Books the patient whose keys these are, and gives the doctor his reasons. A service with a price is held for him
/// until he has paid its charge, and the doctor learns nothing yet; the keys must hold the billing class then.
///
/// # Errors
/// `not_found` for a doctor or service that is not there; `invalid` in the past; `slot_not_offered`; `slot_taken`, with
/// alternatives; `state_conflict` when the patient himself is booked elsewhere then.
pub async fn book(tx: &mut Tx, profile: &Profile, keys: &SubjectKeys, offer: Option<&Offer>, wish: Wish<'_>) -> Result<Booking> {
    let offer = offer.ok_or_else(Error::not_found)?;
    let span = offered_span(offer, &profile.booking, wish.starts_at, tx.now())?;
    let price = price(profile, offer);
    let held_until = price.as_ref().map(|_| profile.billing.hold.after(tx.now()).min(span.starts_at));
    let id = tx.id();
    let (booked_by, booked_how) = wish.by.columns(keys.subject);
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
        state: if price.is_some() { HELD } else { BOOKED }.to_owned(),
        created_at: tx.now(),
        complaint: wish.complaint.map(|complaint| keys.seal(id, complaint)).transpose()?,
        booked_by,
        booked_how: booked_how.to_owned(),
        visitor: wish.visitor.map(|visitor| keys.seal(id, visitor)).transpose()?,
        held_until,
        charge: price.as_ref().map(|_| tx.id()),
        channel: None,
    };
    if !(insert(tx, &booking).await? || expire_within(tx, &booking).await? && insert(tx, &booking).await?) {
        return Err(refusal(tx, &profile.booking, offer, keys.subject, span).await?);
    }
    tx.audit(Line::new("book").on("booking", id).about(keys).of(Class::Clinical));
    match (price, booking.charge, held_until) {
        (Some(price), Some(charge), Some(due_at)) => {
            let new = NewCharge { id: charge, object: id, clinic: booking.clinic, price, due_at };
            billing::open_charge(tx, keys, new).await?;
        }
        _ => settle(tx, &profile.booking, &booking).await?,
    }
    Ok(booking)
}

async fn insert(tx: &Tx, booking: &Booking) -> Result<bool> {
    rows::insert(tx, booking).await.map_err(|error| match is_overlap(&error) {
        true => Error::refused(Code::SlotTaken),
        false => error.into(),
    })
}

/// Lets go of holds that have ended and stand in this booking's way, whether or not a duty was on time. Answers whether
/// there were any.
pub(super) async fn expire_within(tx: &mut Tx, booking: &Booking) -> Result<bool> {
    let span = Span { starts_at: booking.starts_at, ends_at: booking.ends_at };
    let gone = rows::expire_within(tx, booking.doctor, booking.subject, span, tx.now()).await?;
    let any = !gone.is_empty();
    let_go(tx, gone).await?;
    Ok(any)
}

/// What is not held any more shall not be paid either.
pub(super) async fn let_go(tx: &mut Tx, gone: Vec<rows::LetGo>) -> Result<()> {
    for hold in gone {
        tx.audit(Line::new("expire").on("booking", hold.id));
        if let Some(charge) = hold.charge {
            billing::abandon(tx, charge).await?;
        }
        if let Some(booking) = rows::find(tx, hold.id).await? {
            relation::freed(tx, &booking).await?;
        }
    }
    Ok(())
}

/// It is booked: its doctor gets his reasons, the patient is told.
pub(super) async fn settle(tx: &mut Tx, rules: &profile::Booking, booking: &Booking) -> Result<()> {
    for class in FOR_THE_DOCTOR {
        tx.allow(NewReason {
            subject: booking.subject,
            party: booking.doctor,
            class,
            basis: "booking",
            object: booking.id,
            from: tx.now(),
            until: Some(rules.treatment.after(booking.ends_at)),
        });
    }
    for party in [booking.subject, booking.doctor] {
        notifications::tell(tx, party, Kind::BookingConfirmed, booking.id).await?;
    }
    reminders::plan(tx, booking).await?;
    if booking.visitor.is_some() {
        tx.enqueue(TellVisitor { booking: booking.id, is_cancelled: false }.task());
    }
    Ok(())
}

/// # Errors
/// `invalid` in the past; `slot_not_offered`.
pub(super) fn offered_span(
    offer: &Offer,
    rules: &profile::Booking,
    starts_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Span> {
    if starts_at <= now {
        return Err(Error::field("/startsAt", Fault::InThePast));
    }
    let not_offered = || Error::refused(Code::SlotNotOffered);
    if !offer.service.prices.takes(Payer::Own) {
        return Err(not_offered());
    }
    let ends_at = starts_at.checked_add_signed(offer.length()).ok_or_else(not_offered)?;
    let date = starts_at.with_timezone(&offer.zone).date_naive();
    let wanted = Span { starts_at, ends_at };
    if offer.slots(rules, now, date..=date).contains(&wanted) { Ok(wanted) } else { Err(not_offered()) }
}

/// Why the row does not stand: the doctor is taken, which has alternatives, or the patient is elsewhere himself.
async fn refusal(tx: &Tx, rules: &profile::Booking, offer: &Offer, subject: Uuid, wanted: Span) -> Result<Error> {
    let is_taken = !rows::busy(tx, offer.doctor.id, &(wanted.starts_at..wanted.ends_at), tx.now()).await?.is_empty();
    if !is_taken && rows::is_elsewhere(tx, subject, wanted, tx.now()).await? {
        return Ok(Error::refused(Code::StateConflict));
    }
    let slots = offer.slots(rules, tx.now(), days_around(offer, wanted.starts_at));
    let within = match (slots.first(), slots.last()) {
        (Some(first), Some(last)) => first.starts_at..last.ends_at,
        _ => wanted.starts_at..wanted.ends_at,
    };
    let busy = rows::busy(tx, offer.doctor.id, &within, tx.now()).await?;
    let alternatives = slots::nearest(slots::free(slots, &busy), wanted.starts_at, ALTERNATIVES);
    let refusal = Refusal { code: Code::SlotTaken, fields: Vec::new(), retry_after_s: None, alternatives };
    Ok(Error::Refused(Box::new(refusal)))
}

fn days_around(offer: &Offer, moment: DateTime<Utc>) -> RangeInclusive<NaiveDate> {
    let date = |moment: DateTime<Utc>| moment.with_timezone(&offer.zone).date_naive();
    date(moment - ALTERNATIVE_DAYS)..=date(moment + ALTERNATIVE_DAYS)
}

/// Gives the slot back, ends the doctor's reasons, and gives back what was paid, by the rule of the profile. To cancel what
/// is cancelled changes nothing.
///
/// # Errors
/// `not_found`; `state_conflict` once the visit has begun or the hold was let go; `frozen`.
pub async fn cancel(tx: &mut Tx, rules: &profile::Billing, keys: &SubjectKeys, id: Uuid) -> Result<Booking> {
    access::check_own(tx, keys.subject).await?;
    let is_cancelled = rows::cancel(tx, keys.subject, id, tx.now()).await?;
    let booking = rows::find_of(tx, keys.subject, id).await?.ok_or_else(Error::not_found)?;
    if is_cancelled {
        access::end_reasons(tx, id).await?;
        for party in [keys.subject, booking.doctor] {
            notifications::tell(tx, party, Kind::BookingCancelled, id).await?;
        }
        // Of one that was never confirmed he has not heard.
        if booking.visitor.is_some() && booking.held_until.is_none() {
            tx.enqueue(TellVisitor { booking: id, is_cancelled: true }.task());
        }
        tx.enqueue(VisitCancelled { subject: keys.subject, doctor: booking.doctor }.task());
        reminders::drop(tx, id).await?;
        relation::freed(tx, &booking).await?;
        tx.audit(Line::new("cancel").on("booking", id).about(keys));
        if let Some(charge) = booking.charge {
            billing::give_back(tx, rules, charge, booking.starts_at, tx.now()).await?;
        }
    } else if booking.state != CANCELLED {
        return Err(Error::refused(Code::StateConflict));
    }
    Ok(booking)
}
