//! What documents owe the house: their columns, their part of an erasure, their tasks and duties.

use super::export;
use super::rows::{self, change};
use super::tasks;
use crate::app::App;
use crate::app::room::{Duty, Forget, Holdings, Room, Runner};
use crate::app::stored::{self, DeleteObject};
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Column, Holds};
use chrono::TimeDelta;
use uuid::Uuid;

pub const ROOM: Room = Room {
    name: "documents",
    columns,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: Some(|app, subject| Box::pin(holdings(app, subject))),
    objects: Some(|app, objects| Box::pin(objects_named(app, objects))),
    export: Some(|app, keys| Box::pin(export::export(app, keys))),
    runners: &[Runner { kind: DeleteObject::KIND, run: |app, task| Box::pin(stored::delete_object(app, task)) }],
    duties: &[
        Duty { name: "documents.orphans", every: TimeDelta::hours(1), run: |app| Box::pin(tasks::sweep_orphans(app)) },
        Duty { name: "documents.declared", every: TimeDelta::hours(1), run: |app| Box::pin(tasks::sweep_declared(app)) },
    ],
};

fn columns() -> Vec<Column> {
    use Holds::{Office, Plain, Sealed, Subject};
    [
        Column::of(
            "document",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("author", Office),
                ("kind", Plain),
                ("state", Plain),
                ("object", Plain),
                ("created_at", Plain),
                ("completed_at", Plain),
                ("version", Plain),
                ("corrects", Plain),
                ("sealed", Sealed(Class::Clinical)),
            ],
        ),
        Column::of("record_identity", &[("id", Plain), ("subject", Subject), ("at", Plain), ("sealed", Sealed(Class::Clinical))]),
    ]
    .concat()
}

/// A held record stays as it is, blocked by the end of every reason; otherwise nothing stays.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    if who.held.contains(&Class::Clinical) { Ok(()) } else { destroy(tx, who.subject).await }
}

/// Drops a subject's documents and identities at once, and their bytes by tasks: at an erasure that holds nothing, and on
/// the day on which a held record comes due.
pub async fn destroy(tx: &mut Tx, subject: Uuid) -> Result<()> {
    for object in rows::complete(tx, subject).await?.into_iter().filter_map(|row| row.object) {
        tx.enqueue(DeleteObject { object }.task().once(format!("deleteObject:{object}")));
    }
    change(tx, "DELETE FROM document WHERE subject = $1", [subject.into()]).await?;
    change(tx, "DELETE FROM record_identity WHERE subject = $1", [subject.into()]).await?;
    Ok(())
}

async fn holdings(app: &App, subject: Uuid) -> Result<Holdings> {
    let last = rows::last_complete(&app.db.reader(), subject).await?;
    Ok(Holdings { last_encounter: last.and_then(|row| row.completed_at), ..Holdings::default() })
}

async fn objects_named(app: &App, objects: &[Uuid]) -> Result<Vec<Uuid>> {
    rows::named_objects(&app.db.reader(), objects).await
}
