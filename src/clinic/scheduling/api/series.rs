//! Several visits in one go.

use super::super::booking::{self, By, Complaint, Wish};
use super::super::office::Offer;
use super::super::series::{SERIES_MAX, book_all};
use super::super::{consent, limits};
use super::booking_views::BookingView;
use super::bookings::Tag;
use crate::app::App;
use crate::app::profile::Payer;
use crate::app::wire::{AskedLang, Body, Created, Failure, Instant};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::vault::Class;
use poem::web::Data;
use poem_openapi::param::Header;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct SeriesVisit {
    doctor_id: Uuid,
    service_id: Uuid,
    /// The beginning of a slot that is offered.
    starts_at: Instant,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewSeries {
    #[oai(validator(min_items = 1, max_items = 20))]
    visits: Vec<SeriesVisit>,
    /// Why the patient comes, in his own words, for all of them. Only the doctors read it.
    #[oai(validator(max_length = 2000))]
    complaint: Option<String>,
    /// Who pays, of those whom the services take. Without it the patient himself.
    payer: Option<Payer>,
}

/// Bookings that were made in one go.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct BookingSeries {
    id: Uuid,
    /// In the order in which they were asked for.
    items: Vec<BookingView>,
}

pub struct SeriesApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Bookings")]
impl SeriesApi {
    /// Book several visits in one go
    ///
    /// All of them or none: a refusal names in `conflicts` each visit that can't be booked, with every reason and the nearest
    /// free times.
    #[oai(path = "/booking-series", method = "post", operation_id = "createBookingSeries")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewSeries>,
    ) -> Result<Created<BookingSeries>, Failure> {
        let caller = session.patient()?.may_write(&app, "createBookingSeries")?.accepted()?;
        let caller = caller.with_profile(&app.profile.person)?;
        let new = body.0;
        if new.visits.len() > SERIES_MAX {
            return Err(Error::field("/visits", Fault::TooLong).into());
        }
        let complaint = Complaint::check(&app.profile, new.complaint.as_deref())?;
        let payer = new.payer.unwrap_or(Payer::Own);
        let (mut offers, mut is_paid) = (Vec::with_capacity(new.visits.len()), false);
        for visit in &new.visits {
            let offer = Offer::find(&app.db.reader(), visit.doctor_id, Some(visit.service_id)).await?;
            let misfits = match &offer {
                Some(offer) => limits::misfits(&app, offer, (caller.id, payer), visit.starts_at.get()).await?,
                None => Vec::new(),
            };
            is_paid |= offer.as_ref().is_some_and(|offer| booking::price(&app.profile, offer, payer).is_some());
            offers.push((offer, visit.starts_at.get(), misfits));
        }
        let keys = if is_paid { app.vault.ensure(caller.id, &[Class::Billing]).await? } else { caller.keys.clone() };
        let actor = caller.actor("createBookingSeries");
        let series = app
            .write_once(&actor, &keys, &key.0, &new, async |tx: &mut Tx| -> Result<BookingSeries> {
                let mut visits = Vec::with_capacity(offers.len());
                for (offer, starts_at, misfits) in offers.iter_mut() {
                    let by = By::of(&caller);
                    let wish = Wish { complaint: complaint.as_ref(), payer, misfits, ..Wish::at(*starts_at, by) };
                    visits.push((offer.take(), wish));
                }
                let booked = book_all(tx, &app.profile, &keys, visits).await?;
                consent::by_booking(tx, &app.profile, &caller, lang.0).await?;
                let id = booked.first().and_then(|booking| booking.series).ok_or_else(Error::not_found)?;
                let said = || complaint.as_ref().map(|complaint| Complaint { text: complaint.text.clone() });
                let view = |booking| BookingView::of(booking, (said(), None), lang.0, tx.now());
                Ok(BookingSeries { id, items: booked.into_iter().map(view).collect() })
            })
            .await?;
        Ok(Created::at("/v1/bookings", series))
    }
}
