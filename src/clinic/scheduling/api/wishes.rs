//! Wishes for a visit without a time: a patient's own, and the desk that answers them.

use super::super::alternatives::{self, Wanted};
use super::super::booking::{self, By, Wish};
use super::super::office::Offer;
use super::super::rows::{self, BookingWish, WISH_BOOKED, WISH_OPEN};
use super::super::wishes::{self, NewWish, WishText, theirs};
use super::super::{consent, limits};
use super::booking_views::BookingView;
use super::bookings::Tag;
use crate::app::App;
use crate::app::profile::Payer;
use crate::app::wire::{AskedLang, Body, Created, Cursor, Date, Failure, Instant, Limit, Paging, Reply};
use crate::clinic::identity::{Session, display_name, open_person_by};
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::lang::Lang;
use crate::kernel::vault::Class;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::ToJSON;
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

/// A part of the day, on the clinic's clock.
#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum DayPart {
    Any,
    /// Before noon.
    Morning,
    /// From noon to five.
    Afternoon,
    /// After five.
    Evening,
}

impl DayPart {
    const ALL: [DayPart; 4] = [DayPart::Any, DayPart::Morning, DayPart::Afternoon, DayPart::Evening];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            DayPart::Any => "any",
            DayPart::Morning => "morning",
            DayPart::Afternoon => "afternoon",
            DayPart::Evening => "evening",
        }
    }

    pub(super) fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|part| part.as_str() == word).unwrap_or(DayPart::Any)
    }
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum WishState {
    Open,
    /// `bookingId` came of it.
    Booked,
    Closed,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewBookingWish {
    service_id: Uuid,
    /// Without him any doctor who does the service.
    doctor_id: Option<Uuid>,
    /// The first day that would do, on the clinic's calendar.
    from: Date,
    /// The last one, at most 62 days with the first.
    to: Date,
    /// Without it any.
    part: Option<DayPart>,
    /// In the patient's own words. It goes to the doctor of the visit; the desk does not read it.
    #[oai(validator(max_length = 2000))]
    text: Option<String>,
}

/// A wish for a visit without a time.
#[derive(Debug, Object)]
#[oai(rename = "BookingWish", rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct WishView {
    id: Uuid,
    state: WishState,
    clinic_id: Uuid,
    service_id: Uuid,
    service_name: String,
    doctor_id: Option<Uuid>,
    doctor_name: Option<String>,
    from: Date,
    to: Date,
    part: DayPart,
    text: Option<String>,
    booking_id: Option<Uuid>,
    created_at: Instant,
    /// For the desk: whose it is. Absent where he can't be opened any more.
    patient_id: Option<Uuid>,
    patient_name: Option<String>,
}

page_of! {
    /// Wishes: a patient's own the newest first, the desk's the oldest first.
    BookingWishPage of WishView
}

impl WishView {
    fn of(row: BookingWish, text: Option<String>, who: Option<(Uuid, Option<String>)>, lang: Lang) -> Self {
        let (patient_id, patient_name) = who.unzip();
        Self {
            id: row.id,
            state: match row.state.as_str() {
                WISH_OPEN => WishState::Open,
                WISH_BOOKED => WishState::Booked,
                _ => WishState::Closed,
            },
            clinic_id: row.clinic,
            service_id: row.service,
            service_name: row.service_names.in_lang(lang).to_owned(),
            doctor_id: row.doctor,
            doctor_name: row.doctor_names.map(|names| names.in_lang(lang).to_owned()),
            from: Date(row.first_day),
            to: Date(row.last_day),
            part: DayPart::of(&row.part),
            text,
            booking_id: row.booking,
            created_at: row.created_at.into(),
            patient_id,
            patient_name: patient_name.flatten(),
        }
    }
}

/// The time that the desk has found for a wish.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct WishedTime {
    doctor_id: Uuid,
    starts_at: Instant,
    /// Who pays. Without it the patient himself.
    payer: Option<Payer>,
}

pub struct WishesApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Bookings")]
impl WishesApi {
    /// Wish for a visit without choosing a time
    ///
    /// The clinic answers it: with a booking, or by closing it. Not every service takes wishes (`refused_by_profile`).
    #[oai(path = "/booking-wishes", method = "post", operation_id = "createBookingWish")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewBookingWish>,
    ) -> Result<Created<WishView>, Failure> {
        let caller = session.patient()?.may_write(&app, "createBookingWish")?.accepted()?;
        let caller = caller.with_profile(&app.profile.person)?;
        let new = body.0;
        let part = new.part.unwrap_or(DayPart::Any).as_str();
        let (from, to, text) = (new.from.0, new.to.0, new.text.as_deref());
        let wish = NewWish { doctor: new.doctor_id, service: new.service_id, from, to, part, text };
        let wish = wishes::prepare(&app, &wish).await?;
        let said = text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let actor = caller.actor("createBookingWish");
        let view = app
            .write_once(&actor, &caller.keys, &key.0, &new, async |tx: &mut Tx| -> Result<WishView> {
                let row = wishes::make(tx, &caller.keys, &wish).await?;
                consent::by_booking(tx, &app.profile, &caller, lang.0).await?;
                Ok(WishView::of(row, said, None, lang.0))
            })
            .await?;
        Ok(Created::at("/v1/booking-wishes", view))
    }

    /// List one's wishes
    #[oai(path = "/booking-wishes", method = "get", operation_id = "listBookingWishes")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<BookingWishPage>, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let mut rows = rows::wishes_of(&app.db.reader(), caller.id, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        let openings = app.openings(caller.actor("listBookingWishes"), caller.asker());
        let grant = openings.grant(caller.id, Class::Clinical, ("patient", caller.id)).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let text = row.text.as_ref().map(|sealed| grant.open::<WishText>(row.id, sealed)).transpose()?;
            items.push(WishView::of(row, text.map(|said| said.text), None, lang.0));
        }
        Ok(Reply::new(openings.answer(BookingWishPage { items, next_cursor }).await?))
    }

    /// Withdraw one's wish
    #[oai(path = "/booking-wishes/:id/withdraw", method = "post", operation_id = "withdrawBookingWish")]
    async fn withdraw(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<WishView>, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        let actor = caller.actor("withdrawBookingWish");
        let row = app
            .write(&actor, async |tx: &mut Tx| -> Result<BookingWish> {
                let wish = rows::wish_of(tx, caller.id, id.0).await?.ok_or_else(Error::not_found)?;
                wishes::end(tx, &caller.keys, &wish, None).await?;
                rows::wish_of(tx, caller.id, id.0).await?.ok_or_else(Error::not_found)
            })
            .await?;
        Ok(Reply::new(WishView::of(row, None, None, lang.0)))
    }

    /// List the open wishes of one's clinics
    ///
    /// With the name of who wishes, each opening of which is written down. What he said of it the desk does not see.
    #[oai(path = "/staff/booking-wishes", method = "get", operation_id = "listStaffBookingWishes")]
    async fn list_for_staff(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<BookingWishPage>, Failure> {
        let caller = session.staff_for("listStaffBookingWishes")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let mut rows = rows::wishes_in(&app.db.reader(), &caller.clinics, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        let openings = app.openings(caller.actor("listStaffBookingWishes"), caller.asker());
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let who = match openings.grant_as(row.id, row.subject, Class::Identity, ("bookingWish", row.id)).await {
                Ok(grant) => {
                    let person = open_person_by(&app, &grant).await?;
                    Some((row.subject, person.as_ref().map(display_name)))
                }
                // Frozen, or gone.
                Err(error) if error.code() == Code::NotFound => None,
                Err(error) => return Err(error.into()),
            };
            items.push(WishView::of(row, None, who, lang.0));
        }
        Ok(Reply::new(openings.answer(BookingWishPage { items, next_cursor }).await?))
    }

    /// Book a visit for a wish
    ///
    /// By the rules of the patient's own booking; what he said of his wish becomes the complaint of the visit.
    #[oai(path = "/staff/booking-wishes/:id/book", method = "post", operation_id = "bookBookingWish")]
    async fn book(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<WishedTime>,
    ) -> Result<Created<BookingView>, Failure> {
        let caller = session.staff_for("bookBookingWish")?;
        let asked = serde_json::json!({ "wish": id.0, "visit": body.0.to_json() });
        let WishedTime { doctor_id, starts_at, payer } = body.0;
        let (starts_at, payer) = (starts_at.get(), payer.unwrap_or(Payer::Own));
        let reader = app.db.reader();
        let wish = theirs(rows::wish(&reader, id.0).await?, &caller)?;
        let offer = Offer::find(&reader, doctor_id, Some(wish.service)).await?.ok_or_else(Error::not_found)?;
        let misfits = limits::misfits(&app, &offer, (wish.subject, payer), starts_at).await?;
        let complaint = wishes::as_complaint(&app, "bookBookingWish", &wish).await?;
        let keys = match booking::price(&app.profile, &offer, payer) {
            Some(_) => app.vault.ensure(wish.subject, &[Class::Billing]).await?,
            None => app.vault.keys(wish.subject).await?,
        };
        let actor = caller.actor("bookBookingWish");
        let view = app
            .write_once(&actor, &caller.keys, &key.0, &asked, async |tx: &mut Tx| -> Result<BookingView> {
                let complaint = complaint.as_ref();
                let by = By::Desk(caller.id);
                let asked = Wish { complaint, payer, misfits: &misfits, ..Wish::at(starts_at, by) };
                let booking = booking::book(tx, &app.profile, &keys, Some(&offer), asked).await?;
                wishes::end(tx, &keys, &wish, Some(booking.id)).await?;
                Ok(BookingView::of(booking, (None, None), lang.0, tx.now()))
            })
            .await;
        let wanted = Wanted { subject: wish.subject, starts_at, but: None };
        let view = alternatives::named(&app, Some(&offer), wanted, view).await?;
        Ok(Created::at(format!("/v1/staff/booking-wishes/{}", id.0), view))
    }

    /// Close a wish that no visit comes of
    #[oai(path = "/staff/booking-wishes/:id/close", method = "post", operation_id = "closeBookingWish")]
    async fn close(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<WishView>, Failure> {
        let caller = session.staff_for("closeBookingWish")?;
        let seen = theirs(rows::wish(&app.db.reader(), id.0).await?, &caller)?;
        let keys = app.vault.keys(seen.subject).await?;
        let row = app
            .write(&caller.actor("closeBookingWish"), async |tx: &mut Tx| -> Result<BookingWish> {
                wishes::end(tx, &keys, &seen, None).await?;
                rows::wish(tx, id.0).await?.ok_or_else(Error::not_found)
            })
            .await?;
        Ok(Reply::new(WishView::of(row, None, None, lang.0)))
    }
}
