//! What privacy owes the house: its columns, its part of an erasure, its tasks and duties.

use super::rows::change;
use super::tasks::{self, DestroyClasses, Erase};
use crate::app::room::{Duty, Forget, Room, Runner};
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Column, Holds};
use chrono::TimeDelta;

pub const ROOM: Room = Room {
    name: "privacy",
    columns,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: None,
    objects: None,
    export: None,
    runners: &[
        Runner { kind: Erase::KIND, run: |app, task| Box::pin(tasks::erase(app, task)) },
        Runner { kind: DestroyClasses::KIND, run: |app, task| Box::pin(tasks::destroy_classes(app, task)) },
    ],
    duties: &[
        Duty { name: "privacy.erase", every: TimeDelta::minutes(5), run: |app| Box::pin(tasks::find_due(app)) },
        Duty { name: "privacy.retention", every: TimeDelta::days(1), run: |app| Box::pin(tasks::retention(app)) },
    ],
};

fn columns() -> Vec<Column> {
    use Holds::{Office, Plain, Sealed, Subject};
    [
        Column::of(
            "acceptance",
            &[("id", Plain), ("subject", Subject), ("version", Plain), ("at", Plain), ("sealed", Sealed(Class::Evidence))],
        ),
        Column::of(
            "consent",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("item", Plain),
                ("state", Plain),
                ("given_at", Plain),
                ("withdrawn_at", Plain),
                ("sealed", Sealed(Class::Evidence)),
            ],
        ),
        Column::of(
            "erasure",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("number", Plain),
                ("state", Plain),
                ("step", Plain),
                ("asked_at", Plain),
                ("due_at", Plain),
                ("plan", Plain),
                ("receipts", Plain),
                ("certificate", Plain),
            ],
        ),
        Column::of(
            "certificate",
            &[("id", Subject), ("number", Plain), ("at", Plain), ("until", Plain), ("sealed", Sealed(Class::Evidence))],
        ),
        Column::of(
            "held_record",
            &[
                ("id", Plain),
                ("number", Plain),
                ("subject", Subject),
                ("classes", Plain),
                ("next_at", Plain),
                ("created_at", Plain),
                ("destroyed_at", Plain),
            ],
        ),
        Column::of(
            "held_opening",
            &[
                ("id", Plain),
                ("number", Plain),
                ("staff", Office),
                ("at", Plain),
                ("until", Plain),
                ("sealed", Sealed(Class::Staff)),
            ],
        ),
    ]
    .concat()
}

/// What was accepted and consented to stays as evidence while that is held. The erasure's own row, its certificate and
/// what it holds are the steps' matter.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    if who.held.contains(&Class::Evidence) {
        return Ok(());
    }
    change(tx, "DELETE FROM acceptance WHERE subject = $1", [who.subject.into()]).await?;
    change(tx, "DELETE FROM consent WHERE subject = $1", [who.subject.into()]).await?;
    Ok(())
}
