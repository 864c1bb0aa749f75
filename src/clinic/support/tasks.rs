//! What happens later: a screenshot is scanned, and once it was marked, redacted; closed tickets are destroyed on their day.

use super::picture;
use super::rows::{self, INFECTED, QUARANTINED, TO_REVIEW, change, screenshot};
use super::screenshot::{Body, File, OBJECT, replace};
use super::{keys_of, stored, ticket};
use crate::adapters::antivirus::Scanned;
use crate::app::App;
use crate::app::stored::DeleteObject;
use crate::clinic::notifications::{self, Kind};
use crate::kernel::access::{self, Asker};
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::invalidation::Topic;
use crate::kernel::queue::{Claimed, Outcome, Task};
use crate::kernel::vault::Class;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Tickets destroyed in one look of the duty, each in a transaction of its own.
const PURGED_AT_ONCE: u64 = 500;

/// Takes a screenshot as far as it may go now. Not deduplicated: one that was enqueued while another runs may know more.
#[derive(Serialize, Deserialize)]
pub struct Process {
    pub screenshot: Uuid,
}

impl Task for Process {
    const KIND: &'static str = "support.process";
    /// Back-off ends at an hour, so this is more than a year: a scanner that is down holds what it has not seen.
    const ATTEMPTS: i32 = 10_000;
}

/// Scans what is quarantined and redacts what was marked.
pub async fn process(app: &App, task: &Claimed) -> Result<Outcome> {
    let id = task.read::<Process>()?.screenshot;
    match advance(app, id).await {
        Ok(()) => Ok(Outcome::Done),
        Err(Error::Unavailable("antivirus")) => Ok(Outcome::Retry { after_s: None, why: "the scanner is out of reach" }),
        Err(Error::Unavailable(_)) => Ok(Outcome::Retry { after_s: None, why: "a store is out of reach" }),
        Err(Error::Refused(refusal)) if refusal.code == Code::Frozen => {
            Ok(Outcome::Retry { after_s: None, why: "the subject has frozen his data" })
        }
        // Erased, or purged with its ticket, meanwhile.
        Err(Error::Refused(refusal)) if refusal.code == Code::NotFound => Ok(Outcome::Done),
        Err(Error::Refused(refusal)) if refusal.code == Code::StateConflict => {
            Ok(Outcome::Retry { after_s: Some(1), why: "somebody else changed it" })
        }
        Err(error) => Err(error),
    }
}

async fn advance(app: &App, id: Uuid) -> Result<()> {
    if let Some(row) = find(app, id, QUARANTINED).await? {
        scan(app, &row).await?;
    }
    match find(app, id, TO_REVIEW).await?.filter(|row| row.marked_at.is_some()) {
        Some(row) => redact(app, &row).await,
        None => Ok(()),
    }
}

async fn find(app: &App, id: Uuid, state: &str) -> Result<Option<screenshot::Model>> {
    Ok(rows::screenshot(&app.db.reader(), id).await?.filter(|row| row.state == state))
}

async fn scan(app: &App, row: &screenshot::Model) -> Result<()> {
    let (body, object) = opened(app, row).await?;
    let original = body.original.ok_or_else(|| Error::internal("a screenshot without its original is quarantined"))?;
    let state = match app.adapters.antivirus.scan(stored::read(app, object, &original).await?).await? {
        Scanned::Clean => TO_REVIEW,
        Scanned::Found => INFECTED,
    };
    let keys = keys_of(app, row.subject).await?;
    app.write(&Actor::house("scanScreenshot"), async |tx: &mut Tx| -> Result<()> {
        // The sender may mark it meanwhile, which changes nothing about what was found.
        let sql = "UPDATE screenshot SET state = $2, version = version + 1 WHERE id = $1 AND state = 'quarantined'";
        if change(tx, sql, [row.id.into(), state.into()]).await? == 1 && state == INFECTED {
            notifications::tell(tx, row.subject, Kind::TicketAnswered, row.ticket).await?;
            tx.audit(Line::new("foundInfected").on(OBJECT, row.id).about(&keys).of(Class::Support));
        }
        Ok(())
    })
    .await
}

async fn redact(app: &App, row: &screenshot::Model) -> Result<()> {
    let (mut body, object) = opened(app, row).await?;
    let (Some(original), Some(shape)) = (&body.original, body.shape) else {
        return Err(Error::internal("a screenshot without its original is to be served"));
    };
    let plain = stored::read(app, object, original).await?;
    let served = picture::redacted(plain, original.kind, shape, body.regions.clone()).await?;
    let keys = keys_of(app, row.subject).await?;
    let key = keys.file_key();
    let copy = stored::write(app, &key, &served.bytes).await?;
    body.served = Some(File { key, bytes: served.bytes.len() as u64, kind: served.kind });
    let done = app
        .write(&Actor::house("redactScreenshot"), async |tx: &mut Tx| -> Result<()> {
            if !replace(tx, &keys, row, &body, "state = 'served', served_object = $4", [copy.into()]).await? {
                return Err(Error::refused(Code::StateConflict));
            }
            tx.audit(Line::new("redact").on(OBJECT, row.id).about(&keys).of(Class::Support));
            Ok(())
        })
        .await;
    if let Err(Error::Refused(_)) = &done {
        stored::drop_object(app, copy).await;
    }
    done
}

/// Opened by the sender's own right, so that his freeze stops the house, too.
async fn opened(app: &App, row: &screenshot::Model) -> Result<(Body, Uuid)> {
    let object = row.object.ok_or_else(|| Error::internal("a screenshot that was sent has no object"))?;
    keys_of(app, row.subject).await?;
    let openings = app.openings(Actor::house("processScreenshot"), Asker { id: row.subject, medical: false });
    let grant = openings.grant(row.subject, Class::Support, (OBJECT, row.id)).await?;
    let body = grant.open(row.id, &row.sealed)?;
    Ok((openings.answer(body).await?, object))
}

/// Destroys the tickets whose day has come, with their messages and screenshots, and the objects by tasks.
pub async fn purge(app: &App) -> Result<()> {
    for row in rows::to_purge(&app.db.reader(), app.ambient.now(), PURGED_AT_ONCE).await? {
        // Before the row, which is what leads to them.
        if row.guest {
            app.vault.destroy(row.subject, &[]).await?;
        }
        app.write(&Actor::house("purgeTicket"), async |tx: &mut Tx| -> Result<()> {
            drop_tickets(tx, "id", row.id).await?;
            access::end_reasons(tx, row.id).await?;
            if row.guest {
                access::forget(tx, row.subject).await?;
                tx.invalidate(Topic::Keys, row.subject);
            }
            tx.audit(Line::new("purge").on(ticket::OBJECT, row.id).of(Class::Support));
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// Destroys the tickets whose `column` (`id` or `subject`) is `value`.
pub async fn drop_tickets(tx: &mut Tx, column: &'static str, value: Uuid) -> Result<()> {
    let screenshots = match column {
        "subject" => rows::screenshots_of(tx, value).await?,
        _ => rows::screenshots(tx, value).await?,
    };
    for object in screenshots.iter().flat_map(|row| [row.object, row.served_object]).flatten() {
        tx.enqueue(DeleteObject { object }.task().once(format!("deleteObject:{object}")));
    }
    for sql in [
        format!("DELETE FROM ticket_message WHERE ticket IN (SELECT id FROM ticket WHERE {column} = $1)"),
        format!("DELETE FROM screenshot WHERE ticket IN (SELECT id FROM ticket WHERE {column} = $1)"),
        format!("DELETE FROM ticket WHERE {column} = $1"),
    ] {
        change(tx, &sql, [value.into()]).await?;
    }
    Ok(())
}
