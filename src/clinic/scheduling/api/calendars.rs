//! Calendars of patients and doctors.

use super::super::calendars::{self, Shown};
use super::super::rows::{self, Feed};
use super::booking_views::is_shown;
use crate::app::App;
use crate::app::wire::{AskedLang, Created, Failure, Instant, NoContent, Reply};
use crate::clinic::identity::{Caller, Role, Session};
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use poem::http::{StatusCode, header};
use poem::web::Data;
use poem::{IntoResponse, Response};
use poem_openapi::param::Path;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object, OpenApi, Tags};
use uuid::Uuid;

/// The end of a feed's path, by which some calendars tell what it is.
const ENDING: &str = ".ics";

#[derive(Tags)]
enum Tag {
    /// Calendars
    Calendars,
}

/// 200 with a file for calendars.
pub struct CalendarFile(String);

impl IntoResponse for CalendarFile {
    fn into_response(self) -> Response {
        Response::builder().status(StatusCode::OK).header(header::CONTENT_TYPE, "text/calendar; charset=utf-8").body(self.0)
    }
}

impl ApiResponse for CalendarFile {
    fn meta() -> MetaResponses {
        let content = vec![MetaMediaType { content_type: "text/calendar", schema: String::schema_ref() }];
        let description = "A calendar, RFC 5545. Nothing medical and nobody's name stands in it.";
        let response = MetaResponse { description, status: Some(200), status_range: None, content, headers: vec![] };
        MetaResponses { responses: vec![response] }
    }

    fn register(_: &mut Registry) {}
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct CalendarFeedView {
    id: Uuid,
    /// Whoever knows it reads the calendar: put it behind the service's address, and show it to nobody. Only in the answer that
    /// made it.
    path: Option<String>,
    created_at: Instant,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct CalendarFeedList {
    items: Vec<CalendarFeedView>,
}

impl CalendarFeedView {
    fn of(feed: Feed, token: Option<&str>) -> Self {
        let path = token.map(|token| format!("/v1/calendars/{token}{ENDING}"));
        Self { id: feed.id, path, created_at: feed.created_at.into() }
    }
}

pub struct CalendarsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Calendars")]
impl CalendarsApi {
    /// Save a booking as a calendar's file
    ///
    /// "Visit", the clinic and its address, in the language of `Accept-Language`.
    #[oai(path = "/bookings/:id/calendar", method = "get", operation_id = "getBookingCalendar")]
    async fn booking(&self, app: Data<&App>, session: Session, lang: AskedLang, id: Path<Uuid>) -> Result<CalendarFile, Failure> {
        let caller = session.patient()?;
        let reader = app.db.reader();
        let row = rows::find_seen(&reader, caller.id, id.0).await?.filter(|row| is_shown(&caller, row));
        let row = row.ok_or_else(Error::not_found)?;
        let appointment = rows::appointment(&reader, row.id).await?.ok_or_else(Error::not_found)?;
        Ok(CalendarFile(calendars::file(lang.0, Shown::Visits, &[appointment], app.ambient.now())?))
    }

    /// Make a private calendar
    ///
    /// A secret path under which a telephone's calendar reads one's visits; a doctor's shows when he is busy, and not with whom.
    /// It ends when it is ended here, with the account, and is not found while access is frozen. Five at most
    /// (`state_conflict`). Its words are in the language of `Accept-Language`.
    #[oai(path = "/me/calendar-feeds", method = "post", operation_id = "createCalendarFeed")]
    async fn create(&self, app: Data<&App>, session: Session, lang: AskedLang) -> Result<Created<CalendarFeedView>, Failure> {
        let caller = owner(&app, session, "createCalendarFeed")?;
        let (feed, token) = app
            .write(&caller.actor("createCalendarFeed"), async |tx: &mut Tx| calendars::add_feed(tx, &caller, lang.0).await)
            .await?;
        let view = CalendarFeedView::of(feed, Some(&token));
        Ok(Created::at(format!("/v1/me/calendar-feeds/{}", view.id), view))
    }

    /// List one's private calendars
    ///
    /// When each was made. The paths are not kept.
    #[oai(path = "/me/calendar-feeds", method = "get", operation_id = "listCalendarFeeds")]
    async fn list(&self, app: Data<&App>, session: Session) -> Result<Reply<CalendarFeedList>, Failure> {
        let caller = session.patient_or_staff_for("listCalendarFeeds")?;
        let feeds = rows::feeds(&app.db.reader(), caller.id).await?;
        let items = feeds.into_iter().map(|feed| CalendarFeedView::of(feed, None)).collect();
        Ok(Reply::new(CalendarFeedList { items }))
    }

    /// End a private calendar
    #[oai(path = "/me/calendar-feeds/:id", method = "delete", operation_id = "deleteCalendarFeed")]
    async fn delete(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.patient_or_staff_for("deleteCalendarFeed")?.may_write(&app, "deleteCalendarFeed")?;
        app.write(&caller.actor("deleteCalendarFeed"), async |tx: &mut Tx| calendars::end_feed(tx, &caller, id.0).await).await?;
        Ok(NoContent)
    }

    /// Read a private calendar
    ///
    /// For calendars, which sign in nowhere: the path itself is the key.
    #[oai(path = "/calendars/:token", method = "get", operation_id = "readCalendar")]
    async fn read(&self, app: Data<&App>, token: Path<String>) -> Result<CalendarFile, Failure> {
        let token = token.0.strip_suffix(ENDING).unwrap_or(&token.0);
        Ok(CalendarFile(calendars::read_feed(&app, token).await?))
    }
}

/// A patient who has accepted, or a doctor.
fn owner(app: &App, session: Session, operation: &'static str) -> Result<Caller> {
    let caller = session.patient_or_staff_for(operation)?.may_write(app, operation)?;
    if caller.role == Role::Patient { caller.accepted() } else { Ok(caller) }
}
