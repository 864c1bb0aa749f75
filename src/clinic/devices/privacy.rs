//! What devices owe the house: their columns, their part of an erasure and of an export, their tasks and duties.

use super::installation::Device;
use super::rows::{self, change};
use super::tasks::{self, Tidy};
use super::telemetry::Batch;
use super::token::TokenBody;
use crate::app::App;
use crate::app::room::{Duty, Exported, Forget, Room, Runner};
use crate::clinic::privacy::TelemetryDestroyed;
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
    runners: &[
        Runner { kind: Tidy::KIND, run: |app, task| Box::pin(tasks::tidy(app, task)) },
        Runner { kind: TelemetryDestroyed::KIND, run: |app, task| Box::pin(tasks::drop_batches(app, task)) },
    ],
    duties: &[
        Duty { name: "devices.sweep", every: TimeDelta::hours(1), run: |app| Box::pin(tasks::sweep(app)) },
        Duty { name: "devices.telemetry", every: TimeDelta::days(1), run: |app| Box::pin(tasks::sweep_telemetry(app)) },
    ],
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

/// The installations with their tokens, and the samples while their key lives.
async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let subject = keys.subject;
    let reader = app.db.reader();
    let openings = app.openings(Actor::house("export"), Asker { id: subject, medical: false });
    let contact = openings.grant_on("export", subject, Class::Contact, ("account", subject)).await?;
    let telemetry = openings.grant_on("export", subject, Class::Telemetry, ("account", subject)).await?;
    let mut devices = Vec::new();
    for row in rows::installations(&reader, subject).await? {
        let device: Device = contact.open(row.id, &row.sealed)?;
        devices.push(json!({ "device": device, "registeredAt": row.registered_at }));
    }
    let mut tokens = Vec::new();
    for row in rows::tokens(&reader, subject).await? {
        let token: TokenBody = contact.open(row.id, &row.sealed)?;
        tokens.push(json!({ "token": token, "registeredAt": row.registered_at }));
    }
    let batches = rows::batches(&reader, subject).await?.into_iter().filter_map(|row| {
        // A batch that came while its consent was withdrawn may lie under a key that is gone.
        let batch: Batch = telemetry.open(row.id, &row.sealed).ok()?;
        Some(json!({ "receivedAt": row.at, "batch": batch }))
    });
    let parts = [("devices", devices), ("pushTokens", tokens), ("telemetry", batches.collect())];
    let parts = parts.into_iter().map(|(name, rows)| Exported { name, rows, files: Vec::new() }).collect();
    openings.answer(parts).await
}
