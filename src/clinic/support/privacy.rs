//! What support owes the house: its columns, its part of an erasure and of an export, its tasks and duties.

use super::asking;
use super::feedback::Words;
use super::rows::{self, change};
use super::tasks::{self, Process};
use super::{keys_of, reading};
use crate::app::App;
use crate::app::room::{Duty, Exported, ExportedFile, Forget, Room, Runner};
use crate::clinic::scheduling::VisitEnded;
use crate::kernel::access::Asker;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Column, Holds, SubjectKeys};
use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

pub const ROOM: Room = Room {
    name: "support",
    columns,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: None,
    objects: Some(|app, objects| Box::pin(objects_named(app, objects))),
    export: Some(|app, keys| Box::pin(export(app, keys))),
    runners: &[
        Runner { kind: Process::KIND, run: |app, task| Box::pin(tasks::process(app, task)) },
        Runner { kind: VisitEnded::KIND, run: |app, task| Box::pin(asking::ask(app, task)) },
    ],
    duties: &[Duty { name: "support.purge", every: TimeDelta::hours(1), run: |app| Box::pin(tasks::purge(app)) }],
};

fn columns() -> Vec<Column> {
    use Holds::{Office, Plain, Sealed, Subject};
    [
        Column::of(
            "ticket",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("guest", Plain),
                ("topic", Plain),
                ("state", Plain),
                ("assignee", Office),
                ("created_at", Plain),
                ("taken_at", Plain),
                ("closed_at", Plain),
                ("purge_at", Plain),
                ("version", Plain),
                ("sealed", Sealed(Class::Support)),
            ],
        ),
        Column::of(
            "ticket_message",
            &[("id", Plain), ("ticket", Plain), ("author", Office), ("at", Plain), ("sealed", Sealed(Class::Support))],
        ),
        Column::of(
            "screenshot",
            &[
                ("id", Plain),
                ("ticket", Plain),
                ("subject", Subject),
                ("state", Plain),
                ("object", Plain),
                ("served_object", Plain),
                ("created_at", Plain),
                ("uploaded_at", Plain),
                ("marked_at", Plain),
                ("marked_by", Office),
                ("version", Plain),
                ("sealed", Sealed(Class::Support)),
            ],
        ),
        Column::of(
            "feedback",
            &[
                ("id", Plain),
                ("booking", Plain),
                ("subject", Subject),
                ("doctor", Office),
                ("clinic", Plain),
                ("rating", Plain),
                ("at", Plain),
                ("sealed", Sealed(Class::Support)),
                ("state", Plain),
                ("decided_at", Plain),
                ("decided_by", Office),
                ("answer", Office),
            ],
        ),
    ]
    .concat()
}

/// Tickets go with all they hold. A rating stays as one that nobody gave: without its words, its author and its booking,
/// which a held record still leads to.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    if who.held.contains(&Class::Support) {
        return Ok(());
    }
    tasks::drop_tickets(tx, "subject", who.subject).await?;
    let sql = "UPDATE feedback SET subject = $2, booking = NULL, sealed = NULL, answer = NULL WHERE subject = $1";
    change(tx, sql, [who.subject.into(), who.stand_in.into()]).await.map(drop)
}

async fn objects_named(app: &App, objects: &[Uuid]) -> Result<Vec<Uuid>> {
    rows::named_objects(&app.db.reader(), objects).await
}

/// Every ticket with its messages and its screenshots as they were sent, and every feedback.
async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let subject = keys.subject;
    let reader = app.db.reader();
    let tickets = rows::tickets_of(&reader, subject, None, u64::from(u32::MAX)).await?;
    let given = rows::feedback_of(&reader, subject).await?;
    let (mut told, mut rated) = (empty("tickets"), empty("feedback"));
    if tickets.is_empty() && given.is_empty() {
        return Ok(vec![told, rated]);
    }
    keys_of(app, subject).await?;
    let openings = app.openings(Actor::house("export"), Asker { id: subject, medical: false });
    let grant = openings.grant_on("own", subject, Class::Support, ("patient", subject)).await?;
    for row in tickets {
        let whole = reading::open(app, &grant, row).await?;
        told.files.extend(whole.screenshots.iter().filter_map(original));
        told.rows.push(as_json(&whole));
    }
    for row in given {
        let words: Option<Words> = row.sealed.as_ref().map(|sealed| grant.open(row.id, sealed)).transpose()?;
        rated.rows.push(json!({
            "id": row.id, "bookingId": row.booking, "doctorId": row.doctor, "rating": row.rating, "at": row.at,
            "text": words.map(|words| words.text), "state": row.state, "decidedAt": row.decided_at, "answer": row.answer,
        }));
    }
    openings.answer(vec![told, rated]).await
}

fn empty(name: &'static str) -> Exported {
    Exported { name, rows: Vec::new(), files: Vec::new() }
}

fn original(screenshot: &reading::Screenshot) -> Option<ExportedFile> {
    let file = screenshot.body.original.as_ref()?;
    Some(ExportedFile {
        row: screenshot.row.id,
        object: screenshot.row.object?,
        key: file.key.clone(),
        bytes: i64::try_from(file.bytes).ok()?,
        media_type: file.kind.media_type().to_owned(),
    })
}

fn as_json(whole: &reading::Whole) -> serde_json::Value {
    let row = &whole.ticket.row;
    let messages = whole
        .messages
        .iter()
        .map(|message| json!({ "id": message.id, "fromSupport": message.from_support, "text": message.text, "at": message.at }));
    let screenshots = whole.screenshots.iter().map(|screenshot| {
        let (row, body) = (&screenshot.row, &screenshot.body);
        json!({
            "id": row.id, "state": row.state, "mediaType": body.kind.media_type(), "sizeBytes": body.size_bytes,
            "sha256": body.sha256, "regions": body.regions, "shape": body.shape, "createdAt": row.created_at,
            "uploadedAt": row.uploaded_at, "markedAt": row.marked_at,
        })
    });
    json!({
        "id": row.id, "topic": row.topic, "state": row.state, "text": whole.ticket.body.text,
        "appVersion": whole.ticket.body.app_version, "device": whole.ticket.body.device, "createdAt": row.created_at,
        "takenAt": row.taken_at, "closedAt": row.closed_at, "purgeAt": row.purge_at,
        "messages": messages.collect::<Vec<_>>(), "screenshots": screenshots.collect::<Vec<_>>(),
    })
}
