//! What oversight owes the house: its columns, its part of an erasure and of an export, its tasks and duties.

use super::alarms::{self, BreachAlarm};
use super::checkpoints;
use super::counting;
use super::engagement;
use super::rows::breach as rows;
use super::telling::{self, TellPeople};
use crate::app::App;
use crate::app::room::{Duty, Exported, Room, Runner};
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Column, Holds, SubjectKeys};
use chrono::TimeDelta;
use serde_json::json;

/// Breaches of which somebody was told, at most, in his export: more than a house survives.
const EXPORTED_MAX: u64 = 10_000;

pub const ROOM: Room = Room {
    name: "oversight",
    columns,
    // That he was told goes with him; how many were told stays.
    forget: |tx, who| Box::pin(rows::forget(tx, who.subject)),
    holdings: None,
    objects: None,
    export: Some(|app, keys| Box::pin(export(app, keys))),
    runners: &[
        Runner { kind: BreachAlarm::KIND, run: |app, task| Box::pin(alarms::run(app, task)) },
        Runner { kind: TellPeople::KIND, run: |app, task| Box::pin(telling::run(app, task)) },
    ],
    duties: &[
        Duty { name: "oversight.countOpenings", every: counting::EVERY, run: |app| Box::pin(counting::count(app)) },
        Duty { name: "oversight.checkpoints", every: checkpoints::EVERY, run: |app| Box::pin(checkpoints::send(app)) },
        Duty { name: "oversight.engagements", every: TimeDelta::minutes(1), run: |app| Box::pin(engagement::sweep(app)) },
    ],
};

fn columns() -> Vec<Column> {
    use Holds::{Digest, Office, Plain, Sealed, Subject};
    [
        Column::of("opening_count", &[("one", Plain), ("seq", Plain)]),
        Column::of("opening_mark", &[("party", Office), ("slot", Plain), ("about", Digest)]),
        Column::of(
            "opening_alert",
            &[
                ("id", Plain),
                ("party", Office),
                ("role", Plain),
                ("people", Plain),
                ("threshold", Plain),
                ("slot", Plain),
                ("at", Plain),
                ("resolved_at", Plain),
                ("resolved_by", Office),
                ("sealed", Sealed(Class::Staff)),
            ],
        ),
        Column::of(
            "audit_engagement",
            &[
                ("id", Plain),
                ("staff", Office),
                ("firm", Office),
                ("number", Office),
                ("clinics", Plain),
                ("objects", Plain),
                ("period_from", Plain),
                ("period_to", Plain),
                ("until", Plain),
                ("set_by", Office),
                ("set_at", Plain),
                ("ended_at", Plain),
            ],
        ),
        Column::of(
            "audit_finding",
            &[
                ("id", Plain),
                ("severity", Plain),
                ("staff", Office),
                ("at", Plain),
                ("closed_at", Plain),
                ("sealed", Sealed(Class::Staff)),
            ],
        ),
        Column::of(
            "finding_step",
            &[
                ("id", Plain),
                ("finding", Plain),
                ("step", Plain),
                ("policy_version", Plain),
                ("due_on", Plain),
                ("staff", Office),
                ("at", Plain),
                ("sealed", Sealed(Class::Staff)),
            ],
        ),
        Column::of(
            "breach",
            &[
                ("id", Plain),
                ("known_at", Plain),
                ("entered_at", Plain),
                ("staff", Office),
                ("classes", Plain),
                ("people", Plain),
                ("message", Office),
                ("everybody", Plain),
                ("told_up_to", Plain),
                ("told", Plain),
                ("closed_at", Plain),
                ("sealed", Sealed(Class::Staff)),
            ],
        ),
        Column::of(
            "breach_term",
            &[("id", Plain), ("breach", Plain), ("step", Plain), ("source", Plain), ("due_at", Plain), ("done_at", Plain)],
        ),
        Column::of(
            "breach_act",
            &[
                ("id", Plain),
                ("breach", Plain),
                ("act", Plain),
                ("happened_at", Plain),
                ("staff", Office),
                ("at", Plain),
                ("sealed", Sealed(Class::Staff)),
            ],
        ),
        Column::of("breach_person", &[("breach", Plain), ("subject", Subject), ("told_at", Plain)]),
        Column::of(
            "staff_training",
            &[
                ("id", Plain),
                ("staff", Office),
                ("topic", Office),
                ("trained_on", Plain),
                ("until", Plain),
                ("set_by", Office),
                ("set_at", Plain),
            ],
        ),
    ]
    .concat()
}

async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let told = rows::told(&app.db.reader(), keys.subject, None, EXPORTED_MAX).await?;
    let rows = told
        .into_iter()
        .map(|told| json!({ "id": told.id, "knownAt": told.known_at, "toldAt": told.told_at, "message": told.message }))
        .collect();
    Ok(vec![Exported { name: "breaches", rows, files: Vec::new() }])
}
