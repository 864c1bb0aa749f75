//! Booking at the desk, for a patient whom it has found. The rules are those of his own booking; what is kept besides is who
//! entered it and how he came.

use super::alternatives::{self, Wanted};
use super::api::BookingView;
use super::booking::{self, By, Complaint, Wish};
use super::ending;
use super::limits;
use super::offers;
use super::office::{self, Offer};
use super::rows::{self, BOOKED, Booking, HELD, OfferRow};
use crate::app::App;
use crate::app::multilingual::Multilingual;
use crate::app::profile::{self, Payer, Profile};
use crate::clinic::identity::Caller;
use crate::clinic::privacy::DeskChannel;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Reason, Result};
use crate::kernel::lang::Lang;
use crate::kernel::vault::{Class, SubjectKeys};
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use std::sync::Arc;
use uuid::Uuid;

/// Most visits to come that the desk is shown of one patient.
const COMING_MAX: u64 = 100;

/// What the desk books.
pub struct DeskVisit<'a> {
    pub doctor: Uuid,
    pub service: Uuid,
    pub starts_at: DateTime<Utc>,
    /// In the patient's words. The desk writes it down and does not read it again.
    pub complaint: Option<&'a str>,
    pub payer: Payer,
}

/// What the desk takes of the waiting list for a patient.
pub struct DeskOffer<'a> {
    pub id: Uuid,
    /// As with a visit.
    pub complaint: Option<&'a str>,
    pub payer: Payer,
}

/// A visit that was looked up, with the keys of its patient.
pub struct PreparedVisit {
    keys: Arc<SubjectKeys>,
    /// Absent: what was offered is not to be had any more.
    slot: Option<Offer>,
    /// What kept the time, if it was offered.
    offered: Option<OfferRow>,
    starts_at: DateTime<Utc>,
    complaint: Option<Complaint>,
    payer: Payer,
    misfits: Vec<Reason>,
}

/// Looks up what is to be booked.
///
/// # Errors
/// `not_found` for an unknown doctor or service, and for those of a clinic that is not the caller's; what the complaint
/// refuses.
pub async fn prepare_visit(app: &App, caller: &Caller, patient: Uuid, visit: &DeskVisit<'_>) -> Result<PreparedVisit> {
    let complaint = Complaint::check(&app.profile, visit.complaint)?;
    let reader = app.db.reader();
    let slot = Offer::find(&reader, visit.doctor, Some(visit.service)).await?.ok_or_else(Error::not_found)?;
    office::clinic_for(&reader, caller, slot.doctor.clinic).await?;
    prepare(app, patient, (Some(slot), None), (visit.starts_at, complaint, visit.payer)).await
}

/// Looks up what is to be taken of what a patient is offered.
///
/// # Errors
/// `not_found` for what is not offered to him, or in a clinic that is not the caller's; what the complaint refuses.
pub async fn prepare_offer(app: &App, caller: &Caller, patient: Uuid, offer: &DeskOffer<'_>) -> Result<PreparedVisit> {
    let complaint = Complaint::check(&app.profile, offer.complaint)?;
    check_offered(&app.db.reader(), caller, patient, offer.id).await?;
    let (offered, slot) = offers::find(app, patient, offer.id).await?;
    let starts_at = offered.starts_at;
    prepare(app, patient, (slot, Some(offered)), (starts_at, complaint, offer.payer)).await
}

async fn prepare(
    app: &App,
    patient: Uuid,
    (slot, offered): (Option<Offer>, Option<OfferRow>),
    (starts_at, complaint, payer): (DateTime<Utc>, Option<Complaint>, Payer),
) -> Result<PreparedVisit> {
    let misfits = match &slot {
        Some(slot) => limits::misfits(app, slot, (patient, payer), starts_at).await?,
        None => Vec::new(),
    };
    let keys = match slot.as_ref().and_then(|slot| booking::price(&app.profile, slot, payer)) {
        Some(_) => app.vault.ensure(patient, &[Class::Billing]).await?,
        None => app.vault.keys(patient).await?,
    };
    Ok(PreparedVisit { keys, slot, offered, starts_at, complaint, payer, misfits })
}

/// Books it. Whether the desk may act for this patient the caller has checked.
///
/// # Errors
/// As for the patient himself, and `frozen` while his own access is.
pub async fn book_at_desk(
    tx: &mut Tx,
    profile: &Profile,
    caller: &Caller,
    visit: &PreparedVisit,
    (channel, lang): (DeskChannel, Lang),
) -> Result<BookingView> {
    let wish = Wish {
        complaint: visit.complaint.as_ref(),
        payer: visit.payer,
        misfits: &visit.misfits,
        channel: Some(channel.as_str()),
        ..Wish::at(visit.starts_at, By::Desk(caller.id))
    };
    let booking = match &visit.offered {
        Some(offered) => offers::accept(tx, profile, &visit.keys, (offered, visit.slot.as_ref()), wish).await?,
        None => booking::book(tx, profile, &visit.keys, visit.slot.as_ref(), wish).await?,
    };
    Ok(BookingView::of(booking, (None, None), lang, tx.now()))
}

impl PreparedVisit {
    /// What booking it came to; a refusal with the times that would do.
    ///
    /// # Errors
    /// The refusal.
    pub async fn answered<T>(&self, app: &App, answer: Result<T>) -> Result<T> {
        let wanted = Wanted { subject: self.keys.subject, starts_at: self.starts_at, but: None };
        alternatives::named(app, self.slot.as_ref(), wanted, answer).await
    }
}

/// Declines for a patient what he is offered.
///
/// # Errors
/// `not_found`, also for an offer in a clinic that is not the caller's; `state_conflict` for one that was taken; `frozen`.
pub async fn decline_at_desk(tx: &mut Tx, caller: &Caller, keys: &SubjectKeys, id: Uuid) -> Result<()> {
    check_offered(tx, caller, keys.subject, id).await?;
    offers::decline(tx, keys, id).await
}

/// # Errors
/// `not_found` for what was not offered to this patient, or in a clinic that is not the caller's.
async fn check_offered(db: &impl ConnectionTrait, caller: &Caller, patient: Uuid, id: Uuid) -> Result<()> {
    let clinic = rows::offer_clinic(db, patient, id).await?;
    if clinic.is_some_and(|clinic| caller.clinics.serve(clinic)) { Ok(()) } else { Err(Error::not_found()) }
}

/// Cancels a visit for its patient, by the rule of his own cancellation.
///
/// # Errors
/// `not_found`, also for a visit in a clinic that is not the caller's; `state_conflict`; `frozen`.
pub async fn cancel_at_desk(
    tx: &mut Tx,
    rules: &profile::Billing,
    caller: &Caller,
    keys: &SubjectKeys,
    (id, lang): (Uuid, Lang),
) -> Result<BookingView> {
    own(rows::find_of(tx, keys.subject, id).await?, caller)?;
    let booking = ending::cancel(tx, rules, keys, id).await?;
    Ok(BookingView::of(booking, (None, None), lang, tx.now()))
}

/// The visits to come of a patient, in the caller's clinics: when, with whom and for what.
pub async fn coming_at_desk(app: &App, caller: &Caller, patient: Uuid, lang: Lang) -> Result<Vec<BookingView>> {
    let now = app.ambient.now();
    let rows = rows::coming(&app.db.reader(), patient, &caller.clinics, now, COMING_MAX).await?;
    Ok(rows.into_iter().map(|row| BookingView::of(row, (None, None), lang, now)).collect())
}

/// What is printed of a visit.
pub struct Slip {
    pub starts_at: DateTime<Utc>,
    /// The IANA name of the clinic's time zone.
    pub zone: chrono_tz::Tz,
    pub doctor: Multilingual,
    pub service: Multilingual,
    pub clinic: Multilingual,
    pub address: Multilingual,
    pub phone: Option<String>,
}

/// A visit to come, to be printed for its patient.
///
/// # Errors
/// `not_found`, also for a visit in a clinic that is not the caller's; `state_conflict` for one that will not take place.
pub async fn slip_of(app: &App, caller: &Caller, patient: Uuid, id: Uuid) -> Result<Slip> {
    let reader = app.db.reader();
    let booking = own(rows::find_of(&reader, patient, id).await?, caller)?;
    if !matches!(booking.state_at(app.ambient.now()), BOOKED | HELD) {
        return Err(Error::refused(Code::StateConflict));
    }
    let clinic = rows::clinic(&reader, booking.clinic).await?.ok_or_else(Error::not_found)?;
    Ok(Slip {
        starts_at: booking.starts_at,
        zone: office::zone(&booking.zone)?,
        doctor: booking.doctor_names,
        service: booking.service_names,
        clinic: booking.clinic_names,
        address: clinic.addresses,
        phone: clinic.phone,
    })
}

fn own(booking: Option<Booking>, caller: &Caller) -> Result<Booking> {
    booking.filter(|booking| caller.clinics.serve(booking.clinic)).ok_or_else(Error::not_found)
}
