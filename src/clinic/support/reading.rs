//! Tickets, opened for whoever may read them.

use super::rows::{self, screenshot, ticket};
use super::screenshot::Body;
use super::ticket::{MessageBody, OBJECT, TicketBody};
use super::{keys_of, staff};
use crate::app::App;
use crate::app::wire::{Cursor, Paging};
use crate::clinic::identity::Caller;
use crate::kernel::access::Grant;
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::Class;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A ticket, opened.
pub struct Ticket {
    pub row: ticket::Model,
    pub body: TicketBody,
}

pub struct Message {
    pub id: Uuid,
    pub from_support: bool,
    pub text: String,
    pub at: DateTime<Utc>,
}

pub struct Screenshot {
    pub row: screenshot::Model,
    pub body: Body,
}

/// A ticket with all that was said and shown in it.
pub struct Whole {
    pub ticket: Ticket,
    pub messages: Vec<Message>,
    pub screenshots: Vec<Screenshot>,
}

/// One's own ticket.
///
/// # Errors
/// `not_found`; `frozen`.
pub async fn own(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<Whole> {
    let row = rows::ticket_of(&app.db.reader(), caller.id, id).await?.ok_or_else(Error::not_found)?;
    read(app, caller, operation, row).await
}

/// A ticket that the caller, of support, has taken and not closed.
///
/// # Errors
/// `not_found`, whatever the cause.
pub async fn taken(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<Whole> {
    read(app, caller, operation, staff::own(app, caller, id).await?).await
}

async fn read(app: &App, caller: &Caller, operation: &'static str, row: ticket::Model) -> Result<Whole> {
    keys_of(app, row.subject).await?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant(row.subject, Class::Support, (OBJECT, row.id)).await?;
    let whole = open(app, &grant, row).await?;
    openings.answer(whole).await
}

/// Everything in a ticket, by a grant for its owner's class `support`.
pub async fn open(app: &App, grant: &Grant, row: ticket::Model) -> Result<Whole> {
    let mut messages = Vec::new();
    for message in rows::messages(&app.db.reader(), row.id).await? {
        let body: MessageBody = grant.open(message.id, &message.sealed)?;
        let from_support = message.author.is_some();
        messages.push(Message { id: message.id, from_support, text: body.text, at: message.at });
    }
    let mut screenshots = Vec::new();
    for screenshot in rows::screenshots(&app.db.reader(), row.id).await? {
        let body = grant.open(screenshot.id, &screenshot.sealed)?;
        screenshots.push(Screenshot { row: screenshot, body });
    }
    let body = grant.open(row.id, &row.sealed)?;
    Ok(Whole { ticket: Ticket { row, body }, messages, screenshots })
}

/// A page of one's tickets, newest first, and where the next one begins.
pub async fn list(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    page: &Paging<Uuid>,
) -> Result<(Vec<Ticket>, Option<Cursor>)> {
    let mut rows = rows::tickets_of(&app.db.reader(), caller.id, page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut rows, |row| row.id)?;
    if !rows.is_empty() {
        keys_of(app, caller.id).await?;
    }
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant(caller.id, Class::Support, (OBJECT, caller.id)).await?;
    let open = |row: ticket::Model| Ok(Ticket { body: grant.open(row.id, &row.sealed)?, row });
    let tickets: Result<Vec<Ticket>> = rows.into_iter().map(open).collect();
    openings.answer((tickets?, next_cursor)).await
}

/// A page of the queue, oldest first, and where the next one begins. Nothing is opened.
pub async fn queue(app: &App, caller: &Caller, state: &str, page: &Paging<Uuid>) -> Result<(Vec<ticket::Model>, Option<Cursor>)> {
    let mut rows = rows::queue(&app.db.reader(), caller.id, state, page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut rows, |row| row.id)?;
    Ok((rows, next_cursor))
}
