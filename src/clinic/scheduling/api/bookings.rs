//! A patient's bookings.

use super::super::booking::{self, By, Complaint, Wish};
use super::super::office::Offer;
use super::super::rows::{self, BOOKED, Booking, CANCELLED, DONE, HELD};
use super::super::visitor::Visitor;
use crate::app::App;
use crate::app::wire::{AskedLang, Body, Created, Cursor, Failure, Instant, Limit, Paging, Reply};
use crate::clinic::identity::{Caller, Session};
use crate::clinic::privacy::DeskChannel;
use crate::kernel::access::{Grant, Openings};
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use crate::kernel::lang::Lang;
use crate::kernel::vault::Class;
use crate::page_of;
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Enum, Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Bookings
    Bookings,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum BookingState {
    /// Kept until `heldUntil` for its charge to be paid.
    Held,
    Booked,
    Cancelled,
    /// It was held, and not paid in time: the slot is free again.
    Expired,
    /// The visit is over.
    Done,
}

impl BookingState {
    pub fn of(state: &str) -> Self {
        match state {
            HELD => BookingState::Held,
            BOOKED => BookingState::Booked,
            CANCELLED => BookingState::Cancelled,
            DONE => BookingState::Done,
            _ => BookingState::Expired,
        }
    }
}

/// Who made the booking.
#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum BookedBy {
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

/// Somebody without an account who comes instead of the patient.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewVisitor {
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// He is told by SMS that he was booked, and no more.
    #[oai(validator(min_length = 1, max_length = 40))]
    phone: Option<String>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct VisitorView {
    name: String,
    phone: Option<String>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewBooking {
    doctor_id: Uuid,
    service_id: Uuid,
    /// The beginning of a slot that is offered.
    starts_at: Instant,
    /// Why the patient comes, in his own words. Only the doctor reads it.
    #[oai(validator(max_length = 2000))]
    complaint: Option<String>,
    /// Where the service lets somebody else come (`refused_by_profile`).
    visitor: Option<NewVisitor>,
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
    /// While it is held: until when the charge can be paid.
    held_until: Option<Instant>,
    created_at: Instant,
    /// How one came to the desk that booked it. Absent where one booked it oneself.
    channel: Option<DeskChannel>,
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
            held_until: booking.held_until.filter(|_| state == BookingState::Held).map(Into::into),
            created_at: booking.created_at.into(),
            channel: booking.channel.as_deref().and_then(DeskChannel::parse),
        }
    }

    fn open(booking: Booking, leave: &Leave, lang: Lang, now: DateTime<Utc>) -> Result<Self> {
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
struct Leave {
    /// None for a representative to whom what is clinical is closed: he sees the visits all the same.
    clinical: Option<Grant>,
    /// Where somebody else comes.
    identity: Option<Grant>,
}

impl Leave {
    async fn find(
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

    async fn of(openings: &Openings<'_>, caller: &Caller, booking: &Booking) -> Result<Self> {
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

pub struct BookingsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Bookings")]
impl BookingsApi {
    /// Book a slot
    ///
    /// `slot_taken` names the nearest free times. A service with a price is `held` until its charge is paid, and a free one
    /// is `booked` at once; then its doctor may open who comes and why until the treatment is over.
    #[oai(path = "/bookings", method = "post", operation_id = "createBooking")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewBooking>,
    ) -> Result<Created<BookingView>, Failure> {
        let caller = session.patient()?.may_write(&app, "createBooking")?.accepted()?.with_profile(&app.profile.person)?;
        let new = body.0;
        let complaint = Complaint::check(&app.profile, new.complaint.as_deref())?;
        let visitor = match &new.visitor {
            Some(visitor) => Some(Visitor::check(&app.profile, &visitor.name, visitor.phone.as_deref(), lang.0)?),
            None => None,
        };
        if let Some(visitor) = &visitor {
            visitor.count(&app, caller.actor_id()).await?;
        }
        let offer = Offer::find(&app.db.reader(), new.doctor_id, Some(new.service_id)).await?;
        let is_paid = offer.as_ref().is_some_and(|offer| booking::price(&app.profile, offer).is_some());
        let keys = if is_paid { app.vault.ensure(caller.id, &[Class::Billing]).await? } else { caller.keys.clone() };
        let starts_at = new.starts_at.get();
        let view = app
            .write_once(&caller.actor("createBooking"), &keys, &key.0, &new, async |tx: &mut Tx| -> Result<BookingView> {
                let (complaint_of, visitor_of) = (complaint.as_ref(), visitor.as_ref());
                let wish = Wish { starts_at, by: By::of(&caller), complaint: complaint_of, visitor: visitor_of };
                let booking = booking::book(tx, &app.profile, &keys, offer.as_ref(), wish).await?;
                Ok(BookingView::of(booking, (complaint, visitor), lang.0, tx.now()))
            })
            .await?;
        Ok(Created::at(format!("/v1/bookings/{}", view.id), view))
    }

    /// List one's bookings
    #[oai(path = "/bookings", method = "get", operation_id = "listBookings")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<BookingPage>, Failure> {
        let caller = session.patient()?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let by = booker_shown_to(&caller);
        let mut rows = rows::seen_by(&app.db.reader(), caller.id, by, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        let openings = app.openings(caller.actor("listBookings"), caller.asker());
        let own = Leave::find(&openings, &caller, caller.id, &rows, ("patient", caller.id)).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let joined = match row.subject == caller.id {
                true => None,
                false => Some(Leave::of(&openings, &caller, &row).await?),
            };
            items.push(BookingView::open(row, joined.as_ref().unwrap_or(&own), lang.0, app.ambient.now())?);
        }
        Ok(Reply::new(openings.answer(BookingPage { items, next_cursor }).await?))
    }

    /// Read one's booking
    #[oai(path = "/bookings/:id", method = "get", operation_id = "getBooking")]
    async fn get(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<BookingView>, Failure> {
        let caller = session.patient()?;
        let row = rows::find_seen(&app.db.reader(), caller.id, id.0).await?.filter(|row| is_shown(&caller, row));
        let row = row.ok_or_else(Error::not_found)?;
        Ok(Reply::new(shown(&app, &caller, "getBooking", row, lang.0).await?))
    }

    /// Cancel one's booking
    ///
    /// Gives the slot back, and what was paid by the rule of the service: whole in time, in part later. To cancel again answers the same; once the visit has begun it is `state_conflict`.
    #[oai(path = "/bookings/:id/cancel", method = "post", operation_id = "cancelBooking")]
    async fn cancel(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<BookingView>, Failure> {
        let caller = session.patient()?;
        let rules = &app.profile.billing;
        let row = app
            .write(&caller.actor("cancelBooking"), async |tx: &mut Tx| -> Result<Booking> {
                let booking = booking::cancel(tx, rules, &caller.keys, id.0).await?;
                if is_shown(&caller, &booking) { Ok(booking) } else { Err(Error::not_found()) }
            })
            .await?;
        Ok(Reply::new(shown(&app, &caller, "cancelBooking", row, lang.0).await?))
    }
}

async fn shown(app: &App, caller: &Caller, operation: &'static str, row: Booking, lang: Lang) -> Result<BookingView> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let leave = Leave::of(&openings, caller, &row).await?;
    let view = BookingView::open(row, &leave, lang, app.ambient.now())?;
    openings.answer(view).await
}
