//! What consultations owe the house: their columns, their part of an erasure and of an export, what they know for the plan
//! of an erasure, their duty.

use super::content::{Kind, open_topic};
use super::conversation::{self, OBJECT};
use super::message::{Names, opened};
use super::rows;
use crate::app::App;
use crate::app::room::{Duty, Exported, Forget, Holdings, Room, Runner};
use crate::clinic::scheduling::VisitCancelled;
use crate::kernel::access::Asker;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Column, Holds, SubjectKeys};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

const KINDS: [Kind; 2] = [Kind::Doctor, Kind::Operator];

pub const ROOM: Room = Room {
    name: "consultations",
    columns,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: Some(|app, subject| Box::pin(holdings(app, subject))),
    objects: None,
    export: Some(|app, keys| Box::pin(export(app, keys))),
    runners: &[Runner { kind: VisitCancelled::KIND, run: |app, task| Box::pin(conversation::visit_cancelled(app, task)) }],
    duties: &[Duty { name: "consultations.sweep", every: TimeDelta::hours(1), run: |app| Box::pin(conversation::sweep(app)) }],
};

fn columns() -> Vec<Column> {
    use Holds::{Office, Plain, Sealed, Subject};
    [
        Column::of(
            "conversation",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("kind", Plain),
                ("doctor", Office),
                ("clinic", Plain),
                ("state", Plain),
                ("opened_at", Plain),
                ("until", Plain),
                ("closed_at", Plain),
                ("last_at", Plain),
                ("last_number", Plain),
                ("patient_read", Plain),
                ("staff_read", Plain),
                ("clinical", Sealed(Class::Clinical)),
                ("support", Sealed(Class::Support)),
            ],
        ),
        Column::of(
            "message",
            &[
                ("id", Plain),
                ("conversation", Plain),
                ("number", Plain),
                ("author", Office),
                ("at", Plain),
                ("clinical", Sealed(Class::Clinical)),
                ("support", Sealed(Class::Support)),
            ],
        ),
    ]
    .concat()
}

/// What is held stays, closed; what is not is gone, down to the fact that something was said.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    for kind in KINDS {
        if !who.held.contains(&kind.class()) {
            rows::delete(tx, who.subject, kind).await?;
        }
    }
    rows::close_all(tx, who.subject, tx.now()).await
}

async fn holdings(app: &App, subject: Uuid) -> Result<Holdings> {
    Ok(Holdings { last_encounter: rows::last_clinical(&app.db.reader(), subject).await?, ..Holdings::default() })
}

async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let (mut conversations, mut messages) = (Vec::new(), Vec::new());
    let mut names = Names::new(app);
    let openings = app.openings(Actor::house("export"), Asker { id: keys.subject, medical: false });
    for kind in KINDS.into_iter().filter(|kind| keys.has(kind.class())) {
        for row in rows::of_subject(&app.db.reader(), keys.subject, kind).await? {
            let grant = openings.grant_on("own", keys.subject, kind.class(), (OBJECT, row.id)).await?;
            let topic = open_topic(&grant, row.id, &row.columns())?;
            for message in rows::all_messages(&app.db.reader(), row.id).await? {
                let message = opened(message, &grant, &row, &mut names).await?;
                messages.push(filled(json!({
                    "id": message.id, "conversationId": row.id, "at": message.at, "text": message.text,
                    "from": if message.author.is_some() { "staff" } else { "patient" }, "authorId": message.author,
                    "authorName": message.author_name, "documentIds": message.documents, "isRead": message.is_read,
                })));
            }
            conversations.push(filled(json!({
                "id": row.id, "with": kind.as_str(), "doctorId": row.doctor, "clinicId": row.clinic, "topic": topic,
                "openedAt": row.opened_at, "openUntil": row.until, "closedAt": row.closed_at,
            })));
        }
    }
    let part = |name, rows| Exported { name, rows, files: Vec::new() };
    openings.answer(vec![part("conversations", conversations), part("messages", messages)]).await
}

/// Absent, never null: as everywhere on the wire.
fn filled(mut row: Value) -> Value {
    if let Value::Object(fields) = &mut row {
        fields.retain(|_, value| !value.is_null());
    }
    row
}
