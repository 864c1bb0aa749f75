//! A booking as its patient sees it, and what of it the caller may open.

use super::super::booking::Complaint;
use super::super::rows::{ARRIVED, BOOKED, Booking, CANCELLED, DONE, HELD, IN_PROGRESS};
use super::super::state::{NO_SHOW, REQUESTED};
use super::super::visitor::Visitor;
use crate::app::App;
use crate::app::profile::Payer;
use crate::app::wire::Instant;
use crate::clinic::identity::Caller;
use crate::clinic::privacy::DeskChannel;
use crate::kernel::access::{Grant, Openings};
use crate::kernel::error::Result;
use crate::kernel::lang::Lang;
use crate::kernel::vault::Class;
use crate::page_of;
use chrono::{DateTime, Utc};
use poem_openapi::{Enum, Object};
use uuid::Uuid;

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum BookingState {
    /// Waits until `heldUntil` for reception to answer.
    Requested,
    /// Kept until `heldUntil` for its charge to be paid.
    Held,
    Booked,
    /// The patient is there and waits.
    Arrived,
    InProgress,
    Cancelled,
    /// It was held and not paid, or asked for and not answered, in time: the slot is free again.
    Expired,
    /// The visit is over.
    Done,
    /// The patient did not come.
    NoShow,
}

impl BookingState {
    pub fn of(state: &str) -> Self {
        match state {
            REQUESTED => BookingState::Requested,
            HELD => BookingState::Held,
            BOOKED => BookingState::Booked,
            ARRIVED => BookingState::Arrived,
            IN_PROGRESS => BookingState::InProgress,
            CANCELLED => BookingState::Cancelled,
            DONE => BookingState::Done,
            NO_SHOW => BookingState::NoShow,
            _ => BookingState::Expired,
        }
    }
}

/// Who made the booking.
#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum BookedBy {
    #[oai(rename = "self")]
    Patient,
    Representative,
    Desk,
}

impl BookedBy {
    fn of(how: &str) -> Self {
        match how {
            "self" => BookedBy::Patient,
            "representative" => BookedBy::Representative,
            _ => BookedBy::Desk,
        }
    }
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct VisitorView {
    name: String,
    phone: Option<String>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct BookingView {
    id: Uuid,
    state: BookingState,
    starts_at: Instant,
    ends_at: Instant,
    /// The IANA name of the clinic's time zone.
    zone: String,
    doctor_id: Uuid,
    doctor_name: String,
    clinic_id: Uuid,
    clinic_name: String,
    service_id: Uuid,
    service_name: String,
    /// Closed to a representative who sees nothing clinical.
    complaint: Option<String>,
    booked_by: BookedBy,
    visitor: Option<VisitorView>,
    /// What is to be paid, or was, where the service has a price.
    charge_id: Option<Uuid>,
    /// While it is held: until when the charge can be paid. While it is requested: until when reception answers.
    held_until: Option<Instant>,
    created_at: Instant,
    /// How one came to the desk that booked it. Absent where one booked it oneself.
    channel: Option<DeskChannel>,
    /// Who pays. Absent: the patient himself.
    payer: Option<Payer>,
    /// Bookings that were made in one go share it.
    series_id: Option<Uuid>,
    /// The course of treatment that the visit belongs to.
    episode_id: Option<Uuid>,
    /// The visit has begun, and its patient is not there.
    late: Option<bool>,
    /// Why staff ended it.
    ground: Option<String>,
}

page_of! {
    /// Bookings, the newest first.
    BookingPage of BookingView
}

impl BookingView {
    pub fn id(&self) -> Uuid {
        self.id
    }

    pub(in super::super) fn of(
        booking: Booking,
        (complaint, visitor): (Option<Complaint>, Option<Visitor>),
        lang: Lang,
        now: DateTime<Utc>,
    ) -> Self {
        let state = BookingState::of(booking.state_at(now));
        let late = booking.is_late(now).then_some(true);
        let waits = matches!(state, BookingState::Held | BookingState::Requested);
        Self {
            id: booking.id,
            state,
            starts_at: booking.starts_at.into(),
            ends_at: booking.ends_at.into(),
            zone: booking.zone,
            doctor_id: booking.doctor,
            doctor_name: booking.doctor_names.in_lang(lang).to_owned(),
            clinic_id: booking.clinic,
            clinic_name: booking.clinic_names.in_lang(lang).to_owned(),
            service_id: booking.service,
            service_name: booking.service_names.in_lang(lang).to_owned(),
            complaint: complaint.map(|complaint| complaint.text),
            booked_by: BookedBy::of(&booking.booked_how),
            visitor: visitor.map(|visitor| VisitorView { name: visitor.name, phone: visitor.phone }),
            charge_id: booking.charge,
            held_until: booking.held_until.filter(|_| waits).map(Into::into),
            created_at: booking.created_at.into(),
            channel: booking.channel.as_deref().and_then(DeskChannel::parse),
            payer: Payer::parse(&booking.payer).filter(|payer| *payer != Payer::Own),
            series_id: booking.series,
            episode_id: booking.episode,
            late,
            ground: booking.ground,
        }
    }

    pub(super) fn open(booking: Booking, leave: &Leave, lang: Lang, now: DateTime<Utc>) -> Result<Self> {
        let complaint = match &leave.clinical {
            Some(grant) => booking.complaint.as_ref().map(|sealed| grant.open(booking.id, sealed)).transpose()?,
            None => None,
        };
        let visitor = match &leave.identity {
            Some(grant) => booking.visitor.as_ref().map(|sealed| grant.open(booking.id, sealed)).transpose()?,
            None => None,
        };
        Ok(Self::of(booking, (complaint, visitor), lang, now))
    }
}

/// What of some bookings of one subject the caller may open.
pub(super) struct Leave {
    /// None for a representative to whom what is clinical is closed: he sees the visits all the same.
    clinical: Option<Grant>,
    /// Where somebody else comes.
    identity: Option<Grant>,
}

impl Leave {
    pub(super) async fn find(
        openings: &Openings<'_>,
        caller: &Caller,
        subject: Uuid,
        bookings: &[Booking],
        object: (&'static str, Uuid),
    ) -> Result<Self> {
        let sees_clinical = caller.acting.is_none_or(|acting| acting.sees_clinical);
        let clinical = match sees_clinical {
            true => Some(grant(openings, caller, subject, Class::Clinical, object).await?),
            false => None,
        };
        // Without the one the other says whether he may be here at all.
        let of_subject = |booking: &Booking| booking.subject == subject && booking.visitor.is_some();
        let identity = match !sees_clinical || bookings.iter().any(of_subject) {
            true => Some(grant(openings, caller, subject, Class::Identity, object).await?),
            false => None,
        };
        Ok(Self { clinical, identity })
    }

    pub(super) async fn of(openings: &Openings<'_>, caller: &Caller, booking: &Booking) -> Result<Self> {
        Self::find(openings, caller, booking.subject, std::slice::from_ref(booking), ("booking", booking.id)).await
    }
}

/// Of one's own account, or of one that was merged into it.
async fn grant(
    openings: &Openings<'_>,
    caller: &Caller,
    subject: Uuid,
    class: Class,
    object: (&'static str, Uuid),
) -> Result<Grant> {
    if subject == caller.id {
        openings.grant(subject, class, object).await
    } else {
        openings.grant_joined(subject, class, object).await
    }
}

/// Under a shield a representative sees the bookings that he made himself: that somebody sought care is a secret, too.
pub(super) fn booker_shown_to(caller: &Caller) -> Option<Uuid> {
    caller.acting.filter(|acting| acting.is_shielded).map(|acting| acting.representative)
}

pub(super) fn is_shown(caller: &Caller, booking: &Booking) -> bool {
    booker_shown_to(caller).is_none_or(|booker| booking.booked_by == booker)
}

pub(super) async fn shown(app: &App, caller: &Caller, operation: &'static str, row: Booking, lang: Lang) -> Result<BookingView> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let leave = Leave::of(&openings, caller, &row).await?;
    let view = BookingView::open(row, &leave, lang, app.ambient.now())?;
    openings.answer(view).await
}
