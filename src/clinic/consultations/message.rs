//! Messages: written to the other side, read by pages, marked as read.

use super::content::{Body, Kind, open_body, open_topic, seal_body};
use super::conversation::{self, OBJECT, check_taken, grant, side_of};
use super::rows::{self, Conversation, NewMessage, Side};
use crate::app::App;
use crate::app::wire::{Cursor, Paging};
use crate::clinic::documents;
use crate::clinic::identity::{self, Caller};
use crate::clinic::notifications::{self, Kind as Told};
use crate::kernel::access::{self, Grant};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::text::check_text;
use crate::kernel::vault::Class;
use chrono::{DateTime, Utc};
use poem_openapi::types::ToJSON;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use uuid::Uuid;

pub const TEXT_CHARS: usize = 4000;

/// A message, opened.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: Uuid,
    pub conversation: Uuid,
    pub at: DateTime<Utc>,
    /// The staff member who wrote it. None: the patient.
    pub author: Option<Uuid>,
    /// None also when the author's account is gone.
    pub author_name: Option<String>,
    pub text: Option<String>,
    pub documents: Vec<Uuid>,
    /// Whether the side that did not write it has read it.
    pub is_read: bool,
}

/// What somebody wants to say.
pub struct Draft {
    pub text: Option<String>,
    pub documents: Vec<Uuid>,
}

impl Draft {
    /// # Errors
    /// `invalid` when nothing is said, or too much; `class_refused` for a document to an operator: documents are clinical.
    fn check(self, kind: Kind) -> Result<Body> {
        if kind == Kind::Operator && !self.documents.is_empty() {
            return Err(Error::refused(Code::ClassRefused));
        }
        let text = self.text.filter(|text| !text.trim().is_empty());
        let text = text.map(|text| check_text(&text, TEXT_CHARS)).transpose().map_err(|fault| Error::field("/text", fault))?;
        if text.is_none() && self.documents.is_empty() {
            return Err(Error::field("/text", Fault::Required));
        }
        Ok(Body { text, documents: self.documents })
    }
}

/// Writes a message to the other side and wakes it. The same key writes it once.
///
/// # Errors
/// `not_found` for a conversation of others, and for a document that is not complete, not of this patient or (for a
/// doctor) not written by him; `state_conflict` when the conversation is over; `class_refused`; `frozen`.
pub async fn send(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    key: &str,
    id: Uuid,
    (asked, draft): (&impl ToJSON, Draft),
) -> Result<Message> {
    let (row, kind) = conversation::find(app, caller, id).await?;
    check_taken(&app.profile, kind)?;
    let body = draft.check(kind)?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = grant(&openings, caller, &row, kind.class()).await?;
    let keys = app.vault.ensure(row.subject, &[kind.class()]).await?;
    let author = (side_of(caller) == Side::Staff).then_some(caller.id);
    let whole = serde_json::json!({ "conversation": id, "message": asked.to_json() });
    let made: Uuid = app
        .write_once(&caller.actor(operation), &caller.keys, key, &whole, async |tx: &mut Tx| {
            let number = rows::next_number(tx, id, tx.now()).await?;
            let number = number.ok_or_else(|| Error::refused(Code::StateConflict))?;
            if !documents::are_complete(tx, row.subject, author, &body.documents).await? {
                return Err(Error::not_found());
            }
            let made = tx.id();
            let sealed = seal_body(&keys, kind, made, &body)?;
            rows::insert_message(tx, &NewMessage { id: made, conversation: id, number, author, body: sealed }, tx.now()).await?;
            for recipient in recipients(tx, &row, author).await? {
                notifications::tell(tx, recipient, Told::MessageReceived, id).await?;
            }
            tx.audit(Line::new("sendMessage").on(OBJECT, id).about(&keys).of(kind.class()));
            Ok(made)
        })
        .await?;
    let written = rows::find_message(&app.db.reader(), id, made).await?.ok_or_else(Error::not_found)?;
    let message = opened(written, &grant, &row, &mut Names::new(app)).await?;
    openings.answer(message).await
}

/// Who is woken: the doctor, or everybody at the clinic's reception; the patient, when staff wrote.
async fn recipients(tx: &Tx, row: &Conversation, author: Option<Uuid>) -> Result<Vec<Uuid>> {
    match (author, row.doctor, row.clinic) {
        (Some(_), ..) => Ok(vec![row.subject]),
        (None, Some(doctor), _) => Ok(vec![doctor]),
        (None, None, Some(clinic)) => identity::reception_of(tx, clinic).await,
        (None, None, None) => Ok(Vec::new()),
    }
}

/// Which messages of a conversation are wanted.
pub struct Wanted {
    /// Only what came after this message.
    pub after: Option<Uuid>,
    /// Its place is a message's number: only what came before.
    pub page: Paging<i64>,
}

/// Messages of a conversation, newest first, and where the next page begins.
///
/// # Errors
/// `not_found` for a conversation of others, and for an `after` that is none of its messages; `frozen`.
pub async fn list(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    id: Uuid,
    wanted: &Wanted,
) -> Result<(Vec<Message>, Option<Cursor>)> {
    let (row, kind) = conversation::find(app, caller, id).await?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = grant(&openings, caller, &row, kind.class()).await?;
    let reader = app.db.reader();
    let after = match wanted.after {
        Some(after) => rows::find_message(&reader, id, after).await?.ok_or_else(Error::not_found)?.number,
        None => 0,
    };
    let page = &wanted.page;
    let mut found = rows::messages(&reader, id, (after, page.place.unwrap_or(i64::MAX)), page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| row.number)?;
    let mut names = Names::new(app);
    let mut messages = Vec::with_capacity(found.len());
    for message in found {
        messages.push(opened(message, &grant, &row, &mut names).await?);
    }
    openings.answer((messages, next_cursor)).await
}

/// Notes that the caller has read up to and with this message.
///
/// # Errors
/// `not_found` for a conversation of others, and for a message of another one; `frozen`.
pub async fn mark_read(app: &App, caller: &Caller, operation: &'static str, id: Uuid, up_to: Uuid) -> Result<()> {
    let (row, kind) = conversation::find(app, caller, id).await?;
    // Nothing is opened, so that no line of an opening is left: the grant says whether one might.
    let openings = app.openings(caller.actor(operation), caller.asker());
    grant(&openings, caller, &row, kind.class()).await?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        access::check_own(tx, caller.id).await?;
        let message = rows::find_message(tx, id, up_to).await?.ok_or_else(Error::not_found)?;
        tx.audit(Line::new("markRead").on(OBJECT, id));
        rows::mark_read(tx, side_of(caller), id, message.number).await
    })
    .await
}

/// A message of a held record, with the topic of its conversation.
pub struct HeldMessage {
    pub topic: Option<String>,
    pub doctor: Option<Uuid>,
    pub message: Message,
}

/// What was said with doctors in a record that is held after its account is gone, newest first, and where the next
/// page begins: for a doctor who has opened it by its number. A doctor who treats a patient does not read what the
/// patient writes with another, so no other reason opens this.
///
/// # Errors
/// `not_found` without an opening.
pub async fn list_held(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    subject: Uuid,
    page: &Paging<Uuid>,
) -> Result<(Vec<HeldMessage>, Option<Cursor>)> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant(subject, Class::Clinical, ("patient", subject)).await?;
    if grant.basis != "held" {
        return Err(Error::not_found());
    }
    let reader = app.db.reader();
    let conversations = rows::of_subject(&reader, subject, Kind::Doctor).await?;
    let mut found = rows::clinical_messages(&reader, subject, page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| row.id)?;
    let mut names = Names::new(app);
    let mut held = Vec::with_capacity(found.len());
    for message in found {
        let row = conversations.iter().find(|row| row.id == message.conversation).ok_or_else(Error::not_found)?;
        let topic = open_topic(&grant, row.id, &row.columns())?;
        held.push(HeldMessage { topic, doctor: row.doctor, message: opened(message, &grant, row, &mut names).await? });
    }
    openings.answer((held, next_cursor)).await
}

pub async fn opened(row: rows::Message, grant: &Grant, of: &Conversation, names: &mut Names<'_>) -> Result<Message> {
    let body = open_body(grant, row.id, &row.columns())?;
    let read_up_to = if row.author.is_some() { of.patient_read } else { of.staff_read };
    Ok(Message {
        id: row.id,
        conversation: row.conversation,
        at: row.at,
        author: row.author,
        author_name: names.of(row.author).await?,
        text: body.text,
        documents: body.documents,
        is_read: row.number <= read_up_to,
    })
}

/// Names of staff, each asked for once.
pub struct Names<'a> {
    app: &'a App,
    known: HashMap<Uuid, Option<String>>,
}

impl<'a> Names<'a> {
    pub fn new(app: &'a App) -> Self {
        Self { app, known: HashMap::new() }
    }

    async fn of(&mut self, author: Option<Uuid>) -> Result<Option<String>> {
        let Some(author) = author else { return Ok(None) };
        match self.known.entry(author) {
            Entry::Occupied(known) => Ok(known.get().clone()),
            Entry::Vacant(unknown) => Ok(unknown.insert(identity::staff_name(self.app, author).await?).clone()),
        }
    }
}
