//! Tickets, for support.

use super::super::screenshot::{Body as Sealed, OBJECT};
use super::super::stored::{self, Permit};
use super::super::{keys_of, reading, rows, staff};
use super::Tag;
use super::views::{NewTicketMessage, QueuedTicketPage, QueuedTicketView, TicketState, TicketView};
use crate::app::App;
use crate::app::wire::{Body, Created, Cursor, Download, Failure, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::Session;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::Class;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use uuid::Uuid;

pub struct StaffTicketsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::StaffSupport")]
impl StaffTicketsApi {
    /// List tickets
    ///
    /// Oldest first. Those that nobody has taken; by `state` those that one has taken or closed oneself.
    #[oai(path = "/tickets", method = "get", operation_id = "listStaffTickets")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        /// Default `open`.
        state: Query<Option<TicketState>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<QueuedTicketPage>, Failure> {
        let caller = session.staff_for("listStaffTickets")?;
        let state = state.0.unwrap_or(TicketState::Open).as_str();
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (rows, next_cursor) = reading::queue(&app, &caller, state, &page).await?;
        let items: Result<Vec<_>> = rows.iter().map(QueuedTicketView::of).collect();
        Ok(Reply::new(QueuedTicketPage { items: items?, next_cursor }))
    }

    /// Read a ticket that one has taken
    #[oai(path = "/tickets/:id", method = "get", operation_id = "getStaffTicket")]
    async fn get(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<TicketView>, Failure> {
        let caller = session.staff_for("getStaffTicket")?;
        Ok(Reply::new(TicketView::whole(reading::taken(&app, &caller, "getStaffTicket", id.0).await?)?))
    }

    /// Take a ticket
    ///
    /// From then on it is open to the caller, until it is closed. To take it again answers the same.
    #[oai(path = "/tickets/:id/take", method = "post", operation_id = "takeTicket")]
    async fn take(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<TicketView>, Failure> {
        let caller = session.staff_for("takeTicket")?;
        staff::take(&app, &caller, "takeTicket", id.0).await?;
        Ok(Reply::new(TicketView::whole(reading::taken(&app, &caller, "takeTicket", id.0).await?)?))
    }

    /// Answer in a ticket
    ///
    /// Its owner is told.
    #[oai(path = "/tickets/:id/messages", method = "post", operation_id = "answerTicket")]
    async fn answer(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewTicketMessage>,
    ) -> Result<Created<TicketView>, Failure> {
        let caller = session.staff_for("answerTicket")?;
        staff::answer(&app, &caller, "answerTicket", &key.0, id.0, (&body.0, &body.0.text)).await?;
        let view = TicketView::whole(reading::taken(&app, &caller, "answerTicket", id.0).await?)?;
        Ok(Created::at(format!("/v1/staff/tickets/{}", id.0), view))
    }

    /// Close a ticket
    ///
    /// It is no longer open to the caller, and is destroyed after the term of the profile.
    #[oai(path = "/tickets/:id/close", method = "post", operation_id = "closeTicket")]
    async fn close(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("closeTicket")?;
        staff::close(&app, &caller, "closeTicket", id.0).await?;
        Ok(NoContent)
    }

    /// Download a screenshot of a ticket that one has taken
    ///
    /// The redacted copy. `content_missing` as long as it was not scanned and marked, and for ever if it is infected.
    #[oai(path = "/tickets/:id/screenshots/:screenshotId/content", method = "get", operation_id = "getStaffScreenshotContent")]
    async fn content(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "screenshotId")] screenshot: Path<Uuid>,
    ) -> Result<Download, Failure> {
        let caller = session.staff_for("getStaffScreenshotContent")?;
        let ticket = staff::own(&app, &caller, id.0).await?;
        let row = rows::screenshot_in(&app.db.reader(), ticket.id, screenshot.0).await?.ok_or_else(Error::not_found)?;
        keys_of(&app, row.subject).await?;
        let openings = app.openings(caller.actor("getStaffScreenshotContent"), caller.asker());
        let grant = openings.grant(row.subject, Class::Support, (OBJECT, row.id)).await?;
        let body: Sealed = grant.open(row.id, &row.sealed)?;
        let (Some(object), Some(file), rows::SERVED) = (row.served_object, body.served, row.state.as_str()) else {
            return Err(Error::refused(Code::ContentMissing).into());
        };
        let permit = Permit {
            actor: caller.actor("getStaffScreenshotContent"),
            asker: caller.asker(),
            subject: row.subject,
            class: Class::Support,
            screenshot: row.id,
        };
        Ok(openings.answer(stored::download(&app, object, file, permit).await?).await?)
    }
}
