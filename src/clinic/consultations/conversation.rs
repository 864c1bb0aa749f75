//! A conversation: who may begin one, to whom it is open and until when, how it ends.

use super::content::{Kind, seal_topic};
use super::rows::{self, Conversation, NewConversation, Side};
use crate::app::App;
use crate::app::profile::Profile;
use crate::clinic::documents::{Occasion, Snapshot};
use crate::clinic::identity::{Caller, Role};
use crate::clinic::scheduling::{self, VisitCancelled};
use crate::kernel::access::{self, Grant, NewReason, Openings};
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::invalidation::Topic;
use crate::kernel::queue::{Claimed, Outcome};
use crate::kernel::text::check_line;
use crate::kernel::vault::{Class, SubjectKeys};
use chrono::{DateTime, Utc};
use poem_openapi::types::ToJSON;
use uuid::Uuid;

/// How an audit line names a conversation.
pub const OBJECT: &str = "conversation";
/// Why its other side may open what is said in it.
const BASIS: &str = "conversation";
pub const TOPIC_CHARS: usize = 200;

/// Between whom a conversation is to begin.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    pub subject: Uuid,
    pub kind: Kind,
    /// The doctor or the clinic.
    pub with: Uuid,
}

/// Whether the profile lets anything be written in conversations of this kind. Every write asks here first: a profile
/// whose cabinets are for reading alone refuses here, too.
///
/// # Errors
/// `class_refused`.
pub fn check_taken(profile: &Profile, kind: Kind) -> Result<()> {
    if profile.refuses(kind.class()) { Err(Error::refused(Code::ClassRefused)) } else { Ok(()) }
}

pub fn side_of(caller: &Caller) -> Side {
    if caller.role == Role::Patient { Side::Patient } else { Side::Staff }
}

/// Opens a conversation, or answers the one of this pair that is open and prolongs it when its term has grown.
///
/// # Errors
/// `not_found` without a visit (for a doctor: without a reason), or for a clinic that is not there; `class_refused`;
/// `profile_required`; `frozen`.
pub async fn open(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    key: &str,
    pair: Pair,
    (asked, topic): (&impl ToJSON, Option<&str>),
) -> Result<Uuid> {
    check_taken(&app.profile, pair.kind)?;
    let topic = topic.map(str::trim).filter(|topic| !topic.is_empty());
    let topic = topic.map(|topic| check_line(topic, TOPIC_CHARS)).transpose().map_err(|fault| Error::field("/topic", fault))?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    openings.grant(pair.subject, pair.kind.class(), ("patient", pair.subject)).await?;
    let snapshot = match pair.kind {
        Kind::Doctor => Some(Snapshot::take(app, &openings, pair.subject, Occasion::Row).await?),
        Kind::Operator => None,
    };
    openings.answer(()).await?;
    // Not every patient has a key for the class `support` from the beginning.
    let keys = app.vault.ensure(pair.subject, &[pair.kind.class()]).await?;
    // The answer that is kept is the id alone: what a doctor writes must not outlive the patient under the doctor's key.
    let whole = serde_json::json!({ "subject": pair.subject, "conversation": asked.to_json() });
    app.write_once(&caller.actor(operation), &caller.keys, key, &whole, async |tx: &mut Tx| {
        let until = term(tx, &app.profile, pair).await?;
        let new = NewConversation {
            id: tx.id(),
            subject: pair.subject,
            kind: pair.kind,
            with: pair.with,
            until,
            topic: Default::default(),
        };
        let topic = seal_topic(&keys, pair.kind, new.id, topic.as_deref())?;
        let id = begin(tx, &keys, NewConversation { topic, ..new }).await?;
        if let Some(snapshot) = &snapshot {
            snapshot.keep(tx, &keys).await?;
        }
        if pair.kind == Kind::Operator {
            // Other nodes may remember him without the key that `ensure` added.
            tx.invalidate(Topic::Keys, pair.subject);
        }
        Ok(id)
    })
    .await
}

/// Until when a conversation that begins now is open: a term after the visit with the doctor, the last of several; with an
/// operator a term from now.
async fn term(tx: &Tx, profile: &Profile, pair: Pair) -> Result<DateTime<Utc>> {
    let until = match pair.kind {
        Kind::Doctor => {
            let visit = scheduling::last_visit_with(tx, pair.subject, pair.with).await?.ok_or_else(Error::not_found)?;
            // As long as he is treated, and no longer.
            Some(profile.consultations.open_for.after(visit)).filter(|_| profile.booking.treatment.after(visit) > tx.now())
        }
        Kind::Operator if scheduling::is_receiving(tx, pair.with).await? => {
            Some(profile.consultations.operator_open_for.after(tx.now()))
        }
        Kind::Operator => None,
    };
    until.filter(|until| *until > tx.now()).ok_or_else(Error::not_found)
}

async fn begin(tx: &mut Tx, keys: &SubjectKeys, new: NewConversation) -> Result<Uuid> {
    let (now, until) = (tx.now(), new.until);
    match rows::find_open(tx, new.subject, new.kind, new.with).await? {
        Some(row) if row.is_open(now) => return prolong(tx, row, until).await,
        Some(row) => _ = rows::close(tx, row.id, now).await?,
        None => {}
    }
    if rows::insert(tx, &new, now).await? {
        give_reasons(tx, new.id, new.subject, new.kind, until);
        tx.audit(Line::new("openConversation").on(OBJECT, new.id).about(keys).of(new.kind.class()));
        return Ok(new.id);
    }
    // Somebody was quicker, and his is open as long as ours would be.
    let first = rows::find_open(tx, new.subject, new.kind, new.with).await?;
    first.map(|row| row.id).ok_or(Error::Unavailable("a conversation was opened and closed meanwhile"))
}

async fn prolong(tx: &mut Tx, row: Conversation, until: DateTime<Utc>) -> Result<Uuid> {
    // The row's lock keeps whoever closes it waiting until the new reasons are there to be ended.
    if rows::prolong(tx, row.id, until).await? {
        access::end_reasons(tx, row.id).await?;
        give_reasons(tx, row.id, row.subject, Kind::parse(&row.kind)?, until);
    }
    Ok(row.id)
}

/// What is said, and who says it: the other side sees the patient's name. The party is the conversation itself.
fn give_reasons(tx: &mut Tx, id: Uuid, subject: Uuid, kind: Kind, until: DateTime<Utc>) {
    for class in [kind.class(), Class::Identity] {
        let from = tx.now();
        tx.allow(NewReason { subject, party: id, class, basis: BASIS, object: id, from, until: Some(until) });
    }
}

/// Whether the caller stands on one of its sides: the patient, its doctor, the reception of its clinic.
fn is_party(caller: &Caller, row: &Conversation) -> bool {
    match caller.role {
        Role::Patient => row.subject == caller.id,
        Role::Doctor => row.doctor == Some(caller.id),
        Role::Reception => row.clinic.is_some_and(|clinic| caller.clinics.serve(clinic)),
        _ => false,
    }
}

/// A conversation on one of whose sides the caller stands. Staff see it while it is open, the patient always.
///
/// # Errors
/// `not_found`, whatever the cause.
pub async fn find(app: &App, caller: &Caller, id: Uuid) -> Result<(Conversation, Kind)> {
    let side = side_of(caller);
    let row = rows::find(&app.db.reader(), side, id).await?.filter(|row| is_party(caller, row));
    let row = row.filter(|row| side == Side::Patient || row.is_open(app.ambient.now())).ok_or_else(Error::not_found)?;
    let kind = Kind::parse(&row.kind)?;
    Ok((row, kind))
}

/// Leave to open a class of the patient's in a conversation that `find` found: his own right, or the conversation's reason.
pub async fn grant(openings: &Openings<'_>, caller: &Caller, row: &Conversation, class: Class) -> Result<Grant> {
    match side_of(caller) {
        Side::Patient => openings.grant(row.subject, class, (OBJECT, row.id)).await,
        Side::Staff => openings.grant_as(row.id, row.subject, class, (OBJECT, row.id)).await,
    }
}

/// Ends a conversation and the access of its other side. To close what is closed changes nothing.
///
/// # Errors
/// `not_found`; `frozen`.
pub async fn close(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<()> {
    let row = rows::find(&app.db.reader(), side_of(caller), id).await?.filter(|row| is_party(caller, row));
    let row = row.ok_or_else(Error::not_found)?;
    if row.closed_at.is_some() {
        return Ok(());
    }
    let keys = app.vault.keys(row.subject).await?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        access::check_own(tx, caller.id).await?;
        if rows::close(tx, id, tx.now()).await? {
            access::end_reasons(tx, id).await?;
            tx.audit(Line::new("closeConversation").on(OBJECT, id).about(&keys));
        }
        Ok(())
    })
    .await
}

/// Closes the conversation with a doctor with whom no visit is left, past or to come.
pub async fn visit_cancelled(app: &App, task: &Claimed) -> Result<Outcome> {
    let VisitCancelled { subject, doctor } = task.read()?;
    let keys = match app.vault.keys(subject).await {
        Ok(keys) => keys,
        // Erased meanwhile, and his conversations with him.
        Err(error) if error.code() == Code::NotFound => return Ok(Outcome::Done),
        Err(error) => return Err(error),
    };
    app.write(&Actor::house("visitCancelled"), async |tx: &mut Tx| -> Result<()> {
        if scheduling::last_visit_with(tx, subject, doctor).await?.is_some() {
            return Ok(());
        }
        let Some(row) = rows::find_open(tx, subject, Kind::Doctor, doctor).await? else { return Ok(()) };
        if rows::close(tx, row.id, tx.now()).await? {
            access::end_reasons(tx, row.id).await?;
            tx.audit(Line::new("closeConversation").on(OBJECT, row.id).about(&keys));
        }
        Ok(())
    })
    .await?;
    Ok(Outcome::Done)
}

/// Closes what has come to its term, and drops what was said with operators long enough ago.
pub async fn sweep(app: &App) -> Result<()> {
    let now = app.ambient.now();
    let actor = Actor::house("consultations.sweep");
    for id in rows::lapsed(&app.db.reader(), now).await? {
        app.write(&actor, async |tx: &mut Tx| rows::close(tx, id, now).await.map(drop)).await?;
    }
    let kept = app.profile.consultations.operator_kept;
    let ended = rows::ended_with_operators(&app.db.reader()).await?;
    for (id, _) in ended.into_iter().take_while(|(_, closed_at)| kept.after(*closed_at) <= now) {
        app.write(&actor, async |tx: &mut Tx| -> Result<()> {
            rows::drop_one(tx, id).await?;
            tx.audit(Line::new("purge").on(OBJECT, id));
            Ok(())
        })
        .await?;
    }
    Ok(())
}
