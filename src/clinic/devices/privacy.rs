//! What devices owe the house: their columns, their part of an erasure and of an export, their tasks and duties.

use super::installation;
use super::rows::change;
use super::tasks::{self, Tidy};
use crate::app::App;
use crate::app::room::{Duty, Exported, Forget, Room, Runner};
use crate::kernel::access::Asker;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Column, Holds, SubjectKeys};
use chrono::TimeDelta;
use serde_json::json;

pub const ROOM: Room = Room {
    name: "devices",
    columns,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: None,
    objects: None,
    export: Some(|app, keys| Box::pin(export(app, keys))),
    runners: &[Runner { kind: Tidy::KIND, run: |app, task| Box::pin(tasks::tidy(app, task)) }],
    duties: &[Duty { name: "devices.sweep", every: TimeDelta::hours(1), run: |app| Box::pin(tasks::sweep(app)) }],
};

fn columns() -> Vec<Column> {
    use Holds::{Digest, Plain, Sealed, Subject};
    [
        Column::of(
            "installation",
            &[
                ("id", Digest),
                ("owner", Subject),
                ("session", Plain),
                ("registered_at", Plain),
                ("sealed", Sealed(Class::Contact)),
            ],
        ),
        Column::of(
            "push_token",
            &[
                ("id", Digest),
                ("installation", Digest),
                ("owner", Subject),
                ("kind", Plain),
                ("registered_at", Plain),
                ("sealed", Sealed(Class::Contact)),
            ],
        ),
        Column::of(
            "telemetry_batch",
            &[("id", Plain), ("subject", Subject), ("at", Plain), ("sealed", Sealed(Class::Telemetry))],
        ),
        Column::of("telemetry_mark", &[("mark", Digest), ("day", Plain)]),
        Column::of(
            "telemetry_total",
            &[
                ("day", Plain),
                ("platform", Plain),
                ("app_version", Plain),
                ("event", Plain),
                ("outcome", Plain),
                ("bucket", Plain),
                ("shard", Plain),
                ("events", Plain),
                ("duration_ms", Plain),
                ("people", Plain),
            ],
        ),
    ]
    .concat()
}

/// Nothing of a device stays; totals name nobody. Tokens go with their installations, and the directory's rows with the keys.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    change(tx, "DELETE FROM installation WHERE owner = $1", [who.subject.into()]).await?;
    change(tx, "DELETE FROM telemetry_batch WHERE subject = $1", [who.subject.into()]).await?;
    Ok(())
}

async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let openings = app.openings(Actor::house("export"), Asker { id: keys.subject, medical: false });
    let devices = installation::all(app, &openings, keys.subject).await?;
    let rows = devices.into_iter().map(|registered| {
        json!({
            "device": registered.device,
            "pushTokens": registered.tokens,
            "registeredAt": registered.registered_at,
        })
    });
    let devices = Exported { name: "devices", rows: rows.collect(), files: Vec::new() };
    openings.answer(vec![devices]).await
}
