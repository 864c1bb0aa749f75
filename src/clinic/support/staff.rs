//! A ticket, as support has it: taken, answered, closed. What is open before the taking is its topic and its age.

use super::keys_of;
use super::rows::{self, change, ticket};
use super::ticket::{MessageBody, OBJECT, append};
use crate::app::App;
use crate::clinic::identity::Caller;
use crate::clinic::notifications::{self, Kind};
use crate::kernel::access::{self, NewReason};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::Class;
use poem_openapi::types::ToJSON;
use uuid::Uuid;

/// Takes a ticket that nobody has taken, and with it the reason to open it. To take one's own again changes nothing.
///
/// # Errors
/// `not_found`; `already_claimed` when it is another's; `state_conflict` once it is closed.
pub async fn take(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<()> {
    let row = rows::any_ticket(&app.db.reader(), id).await?.ok_or_else(Error::not_found)?;
    let keys = keys_of(app, row.subject).await?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        let sql = "UPDATE ticket SET state = 'taken', assignee = $2, taken_at = $3, version = version + 1 \
                   WHERE id = $1 AND state = 'open'";
        if change(tx, sql, [id.into(), caller.id.into(), tx.now().into()]).await? == 1 {
            tx.allow(NewReason {
                subject: row.subject,
                party: caller.id,
                class: Class::Support,
                basis: "ticket",
                object: id,
                from: tx.now(),
                until: None,
            });
            tx.audit(Line::new("take").on(OBJECT, id).about(&keys).of(Class::Support));
            return Ok(());
        }
        match rows::any_ticket(tx, id).await? {
            None => Err(Error::not_found()),
            Some(row) if row.state == rows::CLOSED => Err(Error::refused(Code::StateConflict)),
            Some(row) if row.assignee == Some(caller.id) => Ok(()),
            Some(_) => Err(Error::refused(Code::AlreadyClaimed)),
        }
    })
    .await
}

/// A ticket that the caller has taken and not closed.
///
/// # Errors
/// `not_found`, whatever the cause.
pub async fn own(app: &App, caller: &Caller, id: Uuid) -> Result<ticket::Model> {
    rows::taken_ticket(&app.db.reader(), caller.id, id).await?.ok_or_else(Error::not_found)
}

/// Answers, and tells the owner that there is an answer.
///
/// # Errors
/// `not_found`; `state_conflict` when the ticket grew too long.
pub async fn answer(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    key: &str,
    ticket: Uuid,
    (asked, text): (&impl ToJSON, &str),
) -> Result<Uuid> {
    let body = MessageBody::check(text)?;
    let row = own(app, caller, ticket).await?;
    let keys = keys_of(app, row.subject).await?;
    // The reason is asked for, though nothing is opened: a freeze stops what support writes, too.
    let openings = app.openings(caller.actor(operation), caller.asker());
    openings.grant(row.subject, Class::Support, (OBJECT, ticket)).await?;
    // The answer that is kept is the id alone: what is written to somebody must not outlive him under another's key.
    let whole = serde_json::json!({ "ticket": ticket, "message": asked.to_json() });
    app.write_once(&caller.actor(operation), &caller.keys, key, &whole, async |tx: &mut Tx| {
        rows::taken_ticket(tx, caller.id, ticket).await?.ok_or_else(Error::not_found)?;
        let id = append(tx, row.subject, ticket, Some(caller.id), |id| keys.seal(id, &body)).await?;
        tell(tx, &row).await?;
        tx.audit(Line::new("answer").on(OBJECT, ticket).about(&keys).of(Class::Support));
        Ok(id)
    })
    .await
}

/// Closes a ticket, ends the reason, and sets the day on which all of it is destroyed.
///
/// # Errors
/// `not_found`, also for one that is closed already: it is no longer the caller's.
pub async fn close(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<()> {
    let row = own(app, caller, id).await?;
    let keys = keys_of(app, row.subject).await?;
    let term = app.profile.support.purge_after;
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        let sql = "UPDATE ticket SET state = 'closed', closed_at = $3, purge_at = $4, version = version + 1 \
                   WHERE id = $1 AND state = 'taken' AND assignee = $2";
        let values = [id.into(), caller.id.into(), tx.now().into(), term.after(tx.now()).into()];
        if change(tx, sql, values).await? == 0 {
            return Err(Error::not_found());
        }
        access::end_reasons(tx, id).await?;
        tell(tx, &row).await?;
        tx.audit(Line::new("close").on(OBJECT, id).about(&keys).of(Class::Support));
        Ok(())
    })
    .await
}

/// Somebody without an account has nowhere to be told: support uses the contact that he left.
async fn tell(tx: &mut Tx, row: &ticket::Model) -> Result<()> {
    if row.guest { Ok(()) } else { notifications::tell(tx, row.subject, Kind::TicketAnswered, row.id).await }
}
