//! A request: made by the person himself or taken in by staff, and withdrawn.

use super::alarms;
use super::kind::{RequestAct, RequestChannel, RequestGround, RequestKind, RequestState};
use super::rows::{self, Request};
use super::terms;
use crate::app::App;
use crate::clinic::documents;
use crate::clinic::identity::{self, Caller};
use crate::clinic::notifications::{self, Kind};
use crate::clinic::privacy;
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::text::check_text;
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How an audit line names a request.
pub const OBJECT: &str = "request";
pub const TEXT_CHARS: usize = 4000;
/// Requests of one person that wait for an answer: more of them say nothing that these do not.
const OPEN_MAX: i64 = 30;
const RETRY_S: u32 = 3600;
/// A letter lies so long at most before somebody enters it.
const ENTERED_WITHIN: TimeDelta = TimeDelta::days(30);

/// What somebody says who asks.
#[derive(Serialize, Deserialize)]
pub struct Said {
    pub text: Option<String>,
    pub ground: Option<RequestGround>,
}

impl Personal for Said {
    const TABLE: &'static str = "person_request";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Evidence;
}

/// What is said with an act: the answer, the reasons of a refusal or of an extension.
#[derive(Serialize, Deserialize)]
pub struct Words {
    pub text: String,
    /// The act and article that a refusal rests on.
    pub rule: Option<String>,
}

impl Personal for Words {
    const TABLE: &'static str = "request_act";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Evidence;
}

/// A request to be entered.
pub struct NewRequest {
    pub kind: RequestKind,
    pub ground: Option<RequestGround>,
    pub text: Option<String>,
    pub document: Option<Uuid>,
}

impl NewRequest {
    /// # Errors
    /// `invalid`, with every fault.
    pub fn check(&self) -> Result<Said> {
        let mut faults = Faults::default();
        let raw = self.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let text = raw.and_then(|raw| faults.check("/text", check_text(raw, TEXT_CHARS)));
        if raw.is_none() && self.kind.needs_words() {
            faults.add("/text", Fault::Required);
        }
        if self.ground.is_none() && self.kind.needs_ground() {
            faults.add("/ground", Fault::Required);
        }
        faults.into_result()?;
        Ok(Said { text, ground: self.ground })
    }

    /// # Errors
    /// `not_found` when it names what is no document of his.
    pub async fn check_document(&self, app: &App, subject: Uuid) -> Result<()> {
        let Some(document) = self.document else { return Ok(()) };
        let is_his = documents::are_complete(&app.db.reader(), subject, None, &[document]).await?;
        if is_his { Ok(()) } else { Err(Error::not_found()) }
    }
}

/// How a request came.
#[derive(Clone, Copy)]
pub struct Arrival {
    pub channel: RequestChannel,
    pub received_at: DateTime<Utc>,
}

/// What is known of a request as soon as it is entered. It tells nothing of what was said, for the desk keeps this answer.
#[derive(Clone)]
pub struct Entered {
    pub id: Uuid,
    pub rule: String,
    pub received_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
}

/// Enters a request of the caller himself.
///
/// # Errors
/// `frozen`; `rate_limited` while too many of his wait.
pub async fn make(tx: &mut Tx, app: &App, caller: &Caller, new: &NewRequest, said: &Said) -> Result<Entered> {
    access::check_own(tx, caller.id).await?;
    let arrival = Arrival { channel: RequestChannel::App, received_at: tx.now() };
    enter(tx, app, &caller.keys, (new, said), arrival, None).await
}

/// Enters a request for somebody whom this desk has found and whose identity it has checked. He is told that it was.
///
/// # Errors
/// `not_found` for whom it did not find; `identity_check_required`; `invalid` at `/receivedAt`; `rate_limited`.
pub async fn take_in(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    keys: &SubjectKeys,
    (new, said): (&NewRequest, &Said),
    arrival: Arrival,
) -> Result<Entered> {
    privacy::check_found(tx, caller, keys.subject, tx.now()).await?;
    let check = privacy::standing_check(tx, caller, keys.subject).await?;
    let entered = enter(tx, app, keys, (new, said), arrival, Some((caller.id, check))).await?;
    notifications::tell(tx, keys.subject, Kind::RequestChanged, entered.id).await?;
    Ok(entered)
}

/// When a letter came, as the desk says: not later than now, and not long ago.
///
/// # Errors
/// `invalid` at `/receivedAt`.
pub fn received(asked: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let at = asked.unwrap_or(now);
    let fault = if at > now {
        Fault::InTheFuture
    } else if at < now - ENTERED_WITHIN {
        Fault::OutOfRange
    } else {
        return Ok(at);
    };
    Err(Error::field("/receivedAt", fault))
}

async fn enter(
    tx: &mut Tx,
    app: &App,
    keys: &SubjectKeys,
    (new, said): (&NewRequest, &Said),
    arrival: Arrival,
    by: Option<(Uuid, Uuid)>,
) -> Result<Entered> {
    if rows::open_count(tx, keys.subject).await? >= OPEN_MAX {
        return Err(Error::rate_limited(RETRY_S));
    }
    let id = tx.id();
    let terms = terms::of(&app.profile, new.kind, arrival.received_at);
    let (staff, identity_check) = by.unzip();
    let row = Request {
        id,
        subject: keys.subject,
        kind: new.kind.as_str().to_owned(),
        channel: arrival.channel.as_str().to_owned(),
        state: RequestState::Received.as_str().to_owned(),
        document: new.document,
        staff,
        identity_check,
        officer: None,
        rule: terms.rule,
        received_at: arrival.received_at,
        entered_at: tx.now(),
        due_at: terms.due_at,
        extend_to: terms.extend_to,
        extended_at: None,
        closed_at: None,
        sealed: keys.seal(id, said)?,
    };
    let entered = Entered { id, rule: row.rule.clone(), received_at: row.received_at, due_at: row.due_at };
    alarms::set(tx, &row);
    rows::insert(tx, row).await?;
    for officer in identity::officers(tx).await? {
        notifications::tell(tx, officer, Kind::RequestReceived, id).await?;
    }
    tx.audit(Line::new("ask").on(OBJECT, id).about(keys).of(Class::Evidence));
    Ok(entered)
}

/// The person withdraws his own request.
///
/// # Errors
/// `not_found`; `state_conflict` once it is closed; `frozen`.
pub async fn withdraw(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<()> {
    access::check_own(tx, caller.id).await?;
    let row = rows::find_own(tx, caller.id, id).await?.ok_or_else(Error::not_found)?;
    if !rows::close(tx, id, RequestState::Withdrawn, tx.now()).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    let (act, at) = (tx.id(), tx.now());
    rows::insert_act(tx, act, &row, (RequestAct::Withdrawn, None, at), None).await?;
    tx.audit(Line::new("withdraw").on(OBJECT, id).about(&caller.keys).of(Class::Evidence));
    Ok(())
}
