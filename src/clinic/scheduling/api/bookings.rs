//! A patient's bookings.

use super::super::alternatives::{self, Wanted};
use super::super::booking::{self, By, Complaint, Wish};
use super::super::moving::{self, Mover, Target};
use super::super::office::Offer;
use super::super::rows::{self, Booking, Move};
use super::super::visitor::Visitor;
use super::super::{consent, ending, limits};
use super::booking_views::{BookingPage, BookingView, Leave, booker_shown_to, is_shown, shown};
use crate::app::App;
use crate::app::profile::Payer;
use crate::app::wire::{AskedLang, Body, Created, Cursor, Failure, Instant, Limit, Paging, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::Class;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
pub(super) enum Tag {
    /// Bookings
    Bookings,
}

/// Somebody without an account who comes instead of the patient.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewVisitor {
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// He is told by SMS that he was booked, and no more.
    #[oai(validator(min_length = 1, max_length = 40))]
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
    /// Who pays, of those whom the service takes. Without it the patient himself.
    payer: Option<Payer>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewTime {
    /// Another doctor of the same service. Without him it stays with its own.
    doctor_id: Option<Uuid>,
    /// The beginning of a slot that is offered.
    starts_at: Instant,
}

impl NewTime {
    pub(super) fn target(&self) -> Target {
        Target { doctor: self.doctor_id, starts_at: self.starts_at.get() }
    }
}

/// How a booking was moved.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct BookingMove {
    from_doctor_id: Uuid,
    from_starts_at: Instant,
    to_doctor_id: Uuid,
    to_starts_at: Instant,
    /// `self`, `representative`, `staff`.
    how: String,
    at: Instant,
}

/// The moves of a booking, the first first.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct BookingMoves {
    items: Vec<BookingMove>,
}

impl From<Move> for BookingMove {
    fn from(row: Move) -> Self {
        Self {
            from_doctor_id: row.from_doctor,
            from_starts_at: row.from_starts_at.into(),
            to_doctor_id: row.to_doctor,
            to_starts_at: row.to_starts_at.into(),
            how: row.how,
            at: row.at.into(),
        }
    }
}

pub struct BookingsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Bookings")]
impl BookingsApi {
    /// Book a slot
    ///
    /// A refusal names in `reasons` everything that stands against it, and in `alternatives` the nearest free times. A service
    /// with a price is `held` until its charge is paid, one that reception confirms is `requested`, and any other is `booked`
    /// at once; then its doctor may open who comes and why until the treatment is over.
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
        let starts_at = new.starts_at.get();
        let payer = new.payer.unwrap_or(Payer::Own);
        let offer = Offer::find(&app.db.reader(), new.doctor_id, Some(new.service_id)).await?;
        let misfits = match &offer {
            // Who comes instead is not known here.
            Some(offer) if visitor.is_none() => limits::misfits(&app, offer, (caller.id, payer), starts_at).await?,
            _ => Vec::new(),
        };
        let is_paid = offer.as_ref().is_some_and(|offer| booking::price(&app.profile, offer, payer).is_some());
        let keys = if is_paid { app.vault.ensure(caller.id, &[Class::Billing]).await? } else { caller.keys.clone() };
        let view = app
            .write_once(&caller.actor("createBooking"), &keys, &key.0, &new, async |tx: &mut Tx| -> Result<BookingView> {
                let (complaint_of, visitor_of) = (complaint.as_ref(), visitor.as_ref());
                let wish = Wish {
                    complaint: complaint_of,
                    visitor: visitor_of,
                    payer,
                    misfits: &misfits,
                    ..Wish::at(starts_at, By::of(&caller))
                };
                let booking = booking::book(tx, &app.profile, &keys, offer.as_ref(), wish).await?;
                consent::by_booking(tx, &app.profile, &caller, lang.0).await?;
                Ok(BookingView::of(booking, (complaint, visitor), lang.0, tx.now()))
            })
            .await;
        let wanted = Wanted { subject: caller.id, starts_at, but: None };
        let view = alternatives::named(&app, offer.as_ref(), wanted, view).await?;
        Ok(Created::at(format!("/v1/bookings/{}", view.id()), view))
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
    /// Gives the slot back, and what was paid by the rule of the service: whole in time, in part later. To cancel again
    /// answers the same; past the term of the service it is `too_late`, once the visit has begun `state_conflict`.
    #[oai(path = "/bookings/:id/cancel", method = "post", operation_id = "cancelBooking")]
    async fn cancel(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<BookingView>, Failure> {
        let caller = session.patient()?;
        let row = app
            .write(&caller.actor("cancelBooking"), async |tx: &mut Tx| -> Result<Booking> {
                let booking = ending::cancel_own(tx, &app.profile, &caller.keys, id.0).await?;
                if is_shown(&caller, &booking) { Ok(booking) } else { Err(Error::not_found()) }
            })
            .await?;
        Ok(Reply::new(shown(&app, &caller, "cancelBooking", row, lang.0).await?))
    }
    /// Move one's booking
    ///
    /// To another time, or another doctor of the same service: it stays the same booking, with its charge and its history. To
    /// move it to where it stands answers the same; past the term of the service it is `too_late`. A refusal names reasons and
    /// alternatives as for a new booking.
    #[oai(path = "/bookings/:id/move", method = "post", operation_id = "moveBooking")]
    async fn relocate(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
        body: Body<NewTime>,
    ) -> Result<Reply<BookingView>, Failure> {
        let caller = session.patient()?.may_write(&app, "moveBooking")?;
        let row = rows::find_of(&app.db.reader(), caller.id, id.0).await?.filter(|row| is_shown(&caller, row));
        row.ok_or_else(Error::not_found)?;
        let how = if caller.acting.is_some() { "representative" } else { "self" };
        let (actor, mover) = (caller.actor("moveBooking"), Mover::Patient { how });
        let row = moving::move_booking(&app, &actor, &caller.keys, (id.0, body.0.target()), mover).await?;
        Ok(Reply::new(shown(&app, &caller, "moveBooking", row, lang.0).await?))
    }

    /// List the moves of one's booking
    #[oai(path = "/bookings/:id/moves", method = "get", operation_id = "listBookingMoves")]
    async fn moves(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<BookingMoves>, Failure> {
        let caller = session.patient()?;
        let row = rows::find_seen(&app.db.reader(), caller.id, id.0).await?.filter(|row| is_shown(&caller, row));
        row.ok_or_else(Error::not_found)?;
        let moves = rows::moves(&app.db.reader(), id.0).await?;
        Ok(Reply::new(BookingMoves { items: moves.into_iter().map(BookingMove::from).collect() }))
    }
}
