//! A ticket, as its owner has it: written, added to.

use super::keys_of;
use super::rows::{self, OPEN, ticket, ticket_message};
use crate::app::App;
use crate::clinic::identity::Caller;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::invalidation::Topic as Told;
use crate::kernel::text::{check_line, check_text};
use crate::kernel::vault::{Class, Index, Personal, Sealed, SubjectKeys};
use poem_openapi::types::ToJSON;
use sea_orm::{EntityTrait, Set};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use uuid::Uuid;

/// How an audit line names a ticket.
pub const OBJECT: &str = "ticket";
pub const TEXT_CHARS: usize = 4000;
const LINE_CHARS: usize = 100;
/// Tickets of one person that wait to be closed; afterwards he adds to those that he has.
const UNCLOSED_MAX: u64 = 20;
const MESSAGES_MAX: u64 = 200;
const CONTACT_CHARS: usize = 254;
/// Tickets without an account from one address.
const GUESTS_PER_HOUR: i64 = 10;
const HOUR_S: i64 = 3600;
/// Seconds after which somebody with too many tickets may look whether one was closed.
const RETRY_S: u32 = 3600;

/// What a ticket is about. Nothing medical: that belongs to the doctor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename = "TicketTopic", rename_all = "camelCase")]
pub enum Topic {
    App,
    Booking,
    Payment,
    Privacy,
    Other,
}

impl Topic {
    const ALL: &'static [Topic] = &[Topic::App, Topic::Booking, Topic::Payment, Topic::Privacy, Topic::Other];

    pub const fn as_str(self) -> &'static str {
        match self {
            Topic::App => "app",
            Topic::Booking => "booking",
            Topic::Payment => "payment",
            Topic::Privacy => "privacy",
            Topic::Other => "other",
        }
    }

    pub fn parse(text: &str) -> Result<Self> {
        let known = Self::ALL.iter().copied().find(|topic| topic.as_str() == text);
        known.ok_or_else(|| Error::internal("a ticket of an unknown topic"))
    }
}

/// What is sealed about a ticket.
#[derive(Serialize, Deserialize, Clone)]
pub struct TicketBody {
    pub text: String,
    pub app_version: Option<String>,
    /// Model and operating system, as the app names them.
    pub device: Option<String>,
    /// How somebody without an account is to be answered, and the policy that he accepted with it.
    pub guest: Option<Guest>,
}

#[derive(Serialize, Deserialize, Clone)]
pub struct Guest {
    pub contact: String,
    pub accepted_version: String,
}

impl Personal for TicketBody {
    const TABLE: &'static str = "ticket";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Support;
}

/// What is sealed of a message. It is sealed to the ticket's owner, whoever wrote it.
#[derive(Serialize, Deserialize, Clone)]
pub struct MessageBody {
    pub text: String,
}

impl Personal for MessageBody {
    const TABLE: &'static str = "ticket_message";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Support;
}

impl MessageBody {
    pub fn check(text: &str) -> Result<Self> {
        Ok(Self { text: said(text).map_err(|fault| Error::field("/text", fault))? })
    }
}

/// A ticket to be opened.
pub struct NewTicket<'a> {
    pub topic: Topic,
    pub text: &'a str,
    pub app_version: Option<&'a str>,
    pub device: Option<&'a str>,
}

impl NewTicket<'_> {
    fn check(&self) -> Result<TicketBody> {
        let mut faults = Faults::default();
        let line = |text: Option<&str>| text.map(|text| check_line(text.trim(), LINE_CHARS)).transpose();
        let text = faults.check("/text", said(self.text));
        let app_version = faults.check("/appVersion", line(self.app_version)).flatten();
        let device = faults.check("/device", line(self.device)).flatten();
        faults.into_result()?;
        Ok(TicketBody { text: text.unwrap_or_default(), app_version, device, guest: None })
    }
}

fn said(text: &str) -> Result<String, Fault> {
    let text = check_text(text.trim(), TEXT_CHARS)?;
    if text.is_empty() { Err(Fault::Required) } else { Ok(text) }
}

/// Opens a ticket. The same key opens the same one.
///
/// # Errors
/// `invalid`; `class_refused`; `rate_limited` while too many of one's tickets wait.
pub async fn create(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    key: &str,
    (asked, new): (&impl ToJSON, NewTicket<'_>),
) -> Result<Uuid> {
    if app.profile.refuses(Class::Support) {
        return Err(Error::refused(Code::ClassRefused));
    }
    let body = new.check()?;
    let keys = keys_of(app, caller.id).await?;
    app.write_once(&caller.actor(operation), &caller.keys, key, asked, async |tx: &mut Tx| {
        if rows::unclosed_count(tx, caller.id).await? >= UNCLOSED_MAX {
            return Err(Error::rate_limited(RETRY_S));
        }
        let id = insert(tx, &keys, new.topic, &body).await?;
        if !caller.keys.has(Class::Support) {
            tx.invalidate(Told::Keys, caller.id);
        }
        Ok(id)
    })
    .await
}

/// Opens a ticket of somebody without an account, under keys of its own, which are destroyed with it. He can't come back
/// to it: support answers him by the contact that he leaves.
///
/// # Errors
/// `invalid`; `policy_not_in_force` for another version than the one in force; `class_refused`; `rate_limited`.
pub async fn create_guest(
    app: &App,
    actor: &Actor,
    addr: IpAddr,
    (new, contact, accepted_version): (NewTicket<'_>, &str, &str),
) -> Result<Uuid> {
    if app.profile.refuses(Class::Support) {
        return Err(Error::refused(Code::ClassRefused));
    }
    let mut body = new.check()?;
    let contact = check_line(contact.trim(), CONTACT_CHARS).and_then(|c| if c.is_empty() { Err(Fault::Required) } else { Ok(c) });
    let contact = contact.map_err(|fault| Error::field("/contact", fault))?;
    if accepted_version != app.profile.policy_on(app.ambient.now()).version || !app.profile.in_force(app.ambient.now()) {
        return Err(Error::refused(Code::PolicyNotInForce));
    }
    let from = Index { kind: "ticketsFrom", value: addr.to_string() };
    if app.vault.count(&from, HOUR_S).await? > GUESTS_PER_HOUR {
        let into_hour = app.ambient.now().timestamp().rem_euclid(HOUR_S);
        return Err(Error::rate_limited(u32::try_from(HOUR_S - into_hour).unwrap_or(RETRY_S)));
    }
    body.guest = Some(Guest { contact, accepted_version: accepted_version.to_owned() });
    let keys = app.vault.create(&[Class::Support]).await?;
    // No account will ever follow: he is no orphan for the sweep.
    app.vault.settle(keys.subject).await?;
    let opened = app.write(actor, async |tx: &mut Tx| insert(tx, &keys, new.topic, &body).await).await;
    if let Err(Error::Refused(_)) = &opened {
        app.vault.destroy(keys.subject, &[]).await?;
    }
    opened
}

async fn insert(tx: &mut Tx, keys: &SubjectKeys, topic: Topic, body: &TicketBody) -> Result<Uuid> {
    let id = tx.id();
    let row = ticket::ActiveModel {
        id: Set(id),
        subject: Set(keys.subject),
        guest: Set(body.guest.is_some()),
        topic: Set(topic.as_str().to_owned()),
        state: Set(OPEN.to_owned()),
        assignee: Set(None),
        created_at: Set(tx.now()),
        taken_at: Set(None),
        closed_at: Set(None),
        purge_at: Set(None),
        version: Set(1),
        sealed: Set(keys.seal(id, body)?),
    };
    ticket::Entity::insert(row).exec_without_returning(tx).await?;
    tx.audit(Line::new("create").on(OBJECT, id).about(keys).of(Class::Support));
    Ok(id)
}

/// The owner adds to his ticket.
///
/// # Errors
/// `not_found`; `state_conflict` once it is closed, or too long.
pub async fn add(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    key: &str,
    ticket: Uuid,
    (asked, text): (&impl ToJSON, &str),
) -> Result<Uuid> {
    let body = MessageBody::check(text)?;
    let keys = keys_of(app, caller.id).await?;
    let whole = serde_json::json!({ "ticket": ticket, "message": asked.to_json() });
    app.write_once(&caller.actor(operation), &caller.keys, key, &whole, async |tx: &mut Tx| {
        let id = append(tx, caller.id, ticket, None, |id| keys.seal(id, &body)).await?;
        tx.audit(Line::new("write").on(OBJECT, ticket).about(&keys).of(Class::Support));
        Ok(id)
    })
    .await
}

/// Writes a message into a ticket of `subject` that is not closed.
pub async fn append(
    tx: &mut Tx,
    subject: Uuid,
    ticket: Uuid,
    author: Option<Uuid>,
    seal: impl FnOnce(Uuid) -> Result<Sealed>,
) -> Result<Uuid> {
    lock(tx, subject, ticket).await?;
    if rows::message_count(tx, ticket).await? >= MESSAGES_MAX {
        return Err(Error::refused(Code::StateConflict));
    }
    let id = tx.id();
    let row = ticket_message::ActiveModel {
        id: Set(id),
        ticket: Set(ticket),
        author: Set(author),
        at: Set(tx.now()),
        sealed: Set(seal(id)?),
    };
    ticket_message::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(id)
}

/// Locks a ticket of `subject` that is not closed.
///
/// # Errors
/// `not_found`; `state_conflict` once it is closed.
pub async fn lock(tx: &mut Tx, subject: Uuid, ticket: Uuid) -> Result<()> {
    if rows::lock_unclosed(tx, subject, ticket).await? {
        return Ok(());
    }
    let found = rows::ticket_of(tx, subject, ticket).await?;
    Err(found.map_or_else(Error::not_found, |_| Error::refused(Code::StateConflict)))
}
