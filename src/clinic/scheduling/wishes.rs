//! Wishes without a time: a service, some days, a part of the day. The desk of the clinic reads them, books one or closes it.

use super::booking::Complaint;
use super::office::{self, Offer};
use super::rows::{self, BookingWish, WISH_OPEN};
use crate::app::App;
use crate::app::multilingual::Multilingual;
use crate::app::profile::Profile;
use crate::clinic::identity::Caller;
use crate::kernel::access::{self, Asker, NewReason};
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Fault, Faults, Reason, Result};
use crate::kernel::text::check_text;
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Most days that one wish may span.
const DAYS_MAX: i64 = 62;
/// Most wishes that a patient may have open.
const OPEN_MAX: i64 = 10;
const TEXT_CHARS: usize = 2000;

/// What the patient says of his wish.
#[derive(Serialize, Deserialize)]
pub struct WishText {
    pub text: String,
}

impl Personal for WishText {
    const TABLE: &'static str = "booking_wish";
    const COLUMN: &'static str = "text";
    const CLASS: Class = Class::Clinical;
}

pub struct NewWish<'a> {
    pub doctor: Option<Uuid>,
    pub service: Uuid,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub part: &'static str,
    pub text: Option<&'a str>,
}

/// A wish that was looked up and may be written down.
pub struct PreparedWish {
    doctor: Option<(Uuid, Multilingual)>,
    service: Uuid,
    service_names: Multilingual,
    clinic: Uuid,
    days: (NaiveDate, NaiveDate),
    part: &'static str,
    text: Option<WishText>,
}

/// Looks up what is wished for.
///
/// # Errors
/// `refused_by_profile` where no wishes are taken; `class_refused` for a text where no clinical data is; `invalid`;
/// `not_found` for a doctor or service that is not there.
pub async fn prepare(app: &App, new: &NewWish<'_>) -> Result<PreparedWish> {
    let profile: &Profile = &app.profile;
    if !profile.booking.wishes {
        return Err(Error::refused(Code::RefusedByProfile));
    }
    let text = check(profile, new.text)?;
    let reader = app.db.reader();
    let service = rows::wished(&reader, new.service).await?.ok_or_else(Error::not_found)?;
    let doctor = match new.doctor {
        Some(doctor) => {
            let offer = Offer::find(&reader, doctor, Some(new.service)).await?.ok_or_else(Error::not_found)?;
            Some((doctor, offer.doctor.names))
        }
        None => None,
    };
    let now = app.ambient.now();
    let today = now.with_timezone(&office::zone(&service.zone)?).date_naive();
    let last = profile.booking.horizon.after(now).date_naive();
    let mut faults = Faults::default();
    if new.from < today {
        faults.add("/from", Fault::InThePast);
    }
    if new.to < new.from || new.to > last || new.to.signed_duration_since(new.from) >= TimeDelta::days(DAYS_MAX) {
        faults.add("/to", Fault::OutOfRange);
    }
    faults.into_result()?;
    let days = (new.from, new.to);
    let rows::Wished { clinic, names: service_names, .. } = service;
    Ok(PreparedWish { doctor, service: new.service, service_names, clinic, days, part: new.part, text })
}

fn check(profile: &Profile, text: Option<&str>) -> Result<Option<WishText>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if profile.refuses(Class::Clinical) {
        return Err(Error::refused(Code::ClassRefused));
    }
    let text = check_text(text, TEXT_CHARS).map_err(|fault| Error::field("/text", fault))?;
    Ok(Some(WishText { text }))
}

/// Writes a wish down, and lets the desk of its clinic see whose it is while it is open.
///
/// # Errors
/// `booking_refused` when the patient has too many open.
pub async fn make(tx: &mut Tx, keys: &SubjectKeys, wish: &PreparedWish) -> Result<BookingWish> {
    tx.hold(&[keys.subject]).await?;
    if rows::open_wishes(tx, keys.subject, OPEN_MAX).await? >= OPEN_MAX {
        return Err(Error::Refused(Box::new(super::checks::with_reasons(vec![Reason::TooManyOpen]))));
    }
    let id = tx.id();
    let (doctor, doctor_names) = wish.doctor.clone().unzip();
    let row = BookingWish {
        id,
        subject: keys.subject,
        clinic: wish.clinic,
        doctor,
        doctor_names,
        service: wish.service,
        service_names: wish.service_names.clone(),
        first_day: wish.days.0,
        last_day: wish.days.1,
        part: wish.part.to_owned(),
        state: WISH_OPEN.to_owned(),
        booking: None,
        created_at: tx.now(),
        closed_at: None,
        text: wish.text.as_ref().map(|text| keys.seal(id, text)).transpose()?,
    };
    rows::insert_wish(tx, &row).await?;
    tx.allow(NewReason {
        subject: keys.subject,
        party: id,
        class: Class::Identity,
        basis: "wish",
        object: id,
        from: tx.now(),
        until: None,
    });
    tx.audit(Line::new("wish").on("bookingWish", id).about(keys).of(Class::Clinical));
    Ok(row)
}

/// Ends a wish, with the booking that came of it, if one did.
///
/// # Errors
/// `state_conflict` when it has ended otherwise.
pub async fn end(tx: &mut Tx, keys: &SubjectKeys, wish: &BookingWish, booking: Option<Uuid>) -> Result<()> {
    if !rows::end_wish(tx, wish.id, booking, tx.now()).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    access::end_reasons(tx, wish.id).await?;
    let verb = if booking.is_some() { "grantWish" } else { "closeWish" };
    tx.audit(Line::new(verb).on("bookingWish", wish.id).about(keys));
    Ok(())
}

/// A wish in a clinic that the staff member serves.
///
/// # Errors
/// `not_found`.
pub fn theirs(wish: Option<BookingWish>, caller: &Caller) -> Result<BookingWish> {
    wish.filter(|wish| caller.clinics.serve(wish.clinic)).ok_or_else(Error::not_found)
}

/// What the patient said of his wish, as the complaint of the visit that comes of it: the desk carries it over and does not
/// read it.
pub async fn as_complaint(app: &App, operation: &'static str, wish: &BookingWish) -> Result<Option<Complaint>> {
    let Some(sealed) = &wish.text else { return Ok(None) };
    let openings = app.openings(Actor::house(operation), Asker { id: wish.subject, medical: false });
    let grant = openings.grant_on("wish", wish.subject, Class::Clinical, ("bookingWish", wish.id)).await?;
    let WishText { text } = openings.answer(grant.open(wish.id, sealed)?).await?;
    Ok(Some(Complaint { text }))
}
