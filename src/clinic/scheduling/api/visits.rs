//! What staff do with a booking: answer it, move it, end it, and write down how the visit goes; and courses of treatment.

use super::super::attendance::{self, Step, theirs};
use super::super::course;
use super::super::ending::Ground;
use super::super::moving::{self, Mover};
use super::super::rows::{self, Booking, Episode};
use super::booking_views::BookingView;
use super::bookings::NewTime;
use crate::app::App;
use crate::app::wire::{AskedLang, Body, Cursor, Failure, Instant, Limit, Paging, Reply};
use crate::clinic::identity::{Caller, Session};
use crate::kernel::error::Result;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Visits, from the answer of reception to their end
    Visits,
}

/// Why staff end a booking.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct BookingEnd {
    ground: Ground,
}

/// A course of treatment: visits with one doctor that belong together.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct EpisodeView {
    id: Uuid,
    doctor_id: Uuid,
    clinic_id: Uuid,
    opened_at: Instant,
    /// Absent while it goes on.
    closed_at: Option<Instant>,
}

page_of! {
    /// Courses of treatment, the newest first.
    EpisodePage of EpisodeView
}

impl From<Episode> for EpisodeView {
    fn from(row: Episode) -> Self {
        Self {
            id: row.id,
            doctor_id: row.doctor,
            clinic_id: row.clinic,
            opened_at: row.opened_at.into(),
            closed_at: row.closed_at.map(Into::into),
        }
    }
}

pub struct VisitsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Visits")]
impl VisitsApi {
    /// Grant what a patient asked for
    ///
    /// It is booked then, or held for its charge to be paid where it has a price.
    #[oai(path = "/staff/bookings/:id/confirm", method = "post", operation_id = "confirmBooking")]
    async fn confirm(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<BookingView>, Failure> {
        let caller = session.staff_for("confirmBooking")?;
        let row = attendance::confirm(&app, &caller, "confirmBooking", id.0).await?;
        Ok(reply(&app, row, lang))
    }

    /// Decline what a patient asked for
    #[oai(path = "/staff/bookings/:id/decline", method = "post", operation_id = "declineBooking")]
    async fn decline(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
        body: Body<BookingEnd>,
    ) -> Result<Reply<BookingView>, Failure> {
        let caller = session.staff_for("declineBooking")?;
        let row = attendance::end(&app, &caller, "declineBooking", (id.0, body.0.ground), true).await?;
        Ok(reply(&app, row, lang))
    }

    /// End a booking, with a ground
    ///
    /// At any time before the visit is under way, also past the term for patients. Everything that was paid goes back, save
    /// where the patient asked for it: then by the rule of his own cancellation.
    #[oai(path = "/staff/bookings/:id/cancel", method = "post", operation_id = "cancelStaffBooking")]
    async fn cancel(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
        body: Body<BookingEnd>,
    ) -> Result<Reply<BookingView>, Failure> {
        let caller = session.staff_for("cancelStaffBooking")?;
        let row = attendance::end(&app, &caller, "cancelStaffBooking", (id.0, body.0.ground), false).await?;
        Ok(reply(&app, row, lang))
    }

    /// Move a booking for its patient
    ///
    /// As he would himself, without his terms.
    #[oai(path = "/staff/bookings/:id/move", method = "post", operation_id = "moveStaffBooking")]
    async fn relocate(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
        body: Body<NewTime>,
    ) -> Result<Reply<BookingView>, Failure> {
        let caller = session.staff_for("moveStaffBooking")?;
        let seen = theirs(rows::find(&app.db.reader(), id.0).await?, &caller)?;
        let keys = app.vault.keys(seen.subject).await?;
        let actor = caller.actor("moveStaffBooking");
        let row = moving::move_booking(&app, &actor, &keys, (id.0, body.0.target()), Mover::Staff).await?;
        Ok(reply(&app, row, lang))
    }

    /// Note that the patient is there
    #[oai(path = "/staff/bookings/:id/arrive", method = "post", operation_id = "arriveBooking")]
    async fn arrive(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<BookingView>, Failure> {
        let caller = session.staff_for("arriveBooking")?;
        step(&app, &caller, "arriveBooking", (id.0, Step::Arrive), lang).await
    }

    /// Begin a visit
    #[oai(path = "/staff/bookings/:id/start", method = "post", operation_id = "startVisit")]
    async fn start(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<BookingView>, Failure> {
        let caller = session.staff_for("startVisit")?;
        step(&app, &caller, "startVisit", (id.0, Step::Start), lang).await
    }

    /// End a visit
    #[oai(path = "/staff/bookings/:id/finish", method = "post", operation_id = "finishVisit")]
    async fn finish(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<BookingView>, Failure> {
        let caller = session.staff_for("finishVisit")?;
        step(&app, &caller, "finishVisit", (id.0, Step::Finish), lang).await
    }

    /// Note that the patient did not come
    ///
    /// Once the visit has begun, and within a day after it where nobody wrote down that he was there.
    #[oai(path = "/staff/bookings/:id/no-show", method = "post", operation_id = "markNoShow")]
    async fn no_show(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<BookingView>, Failure> {
        let caller = session.staff_for("markNoShow")?;
        step(&app, &caller, "markNoShow", (id.0, Step::NoShow), lang).await
    }

    /// Open a course of treatment with a visit
    ///
    /// For the doctor of the visit. The course that the visit belongs to already is answered as it stands; his visits to come
    /// with this patient join it.
    #[oai(path = "/staff/bookings/:id/episode", method = "post", operation_id = "openEpisode")]
    async fn open_episode(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<EpisodeView>, Failure> {
        let caller = session.staff_for("openEpisode")?;
        Ok(Reply::new(course::open_by_doctor(&app, &caller, "openEpisode", id.0).await?.into()))
    }

    /// Close a course of treatment
    ///
    /// For its doctor. From then on the term runs for which what is clinical is kept.
    #[oai(path = "/staff/episodes/:id/close", method = "post", operation_id = "closeEpisode")]
    async fn close_episode(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<EpisodeView>, Failure> {
        let caller = session.staff_for("closeEpisode")?;
        Ok(Reply::new(course::close(&app, &caller, "closeEpisode", id.0).await?.into()))
    }

    /// List one's courses of treatment
    #[oai(path = "/episodes", method = "get", operation_id = "listEpisodes")]
    async fn episodes(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<EpisodePage>, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let mut rows = rows::episodes_of(&app.db.reader(), caller.id, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        Ok(Reply::new(EpisodePage { items: rows.into_iter().map(EpisodeView::from).collect(), next_cursor }))
    }
}

async fn step(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    (id, step): (Uuid, Step),
    lang: AskedLang,
) -> Result<Reply<BookingView>, Failure> {
    let row = attendance::take(app, caller, operation, id, step).await?;
    Ok(reply(app, row, lang))
}

/// When, with whom and for what; who comes and why opens by the diary alone.
fn reply(app: &App, row: Booking, lang: AskedLang) -> Reply<BookingView> {
    Reply::new(BookingView::of(row, (None, None), lang.0, app.ambient.now()))
}
