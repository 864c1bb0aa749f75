//! What programmes owe the house: their columns, their part of an erasure and of an export, their tasks and duties.

use super::enrolment::{self, EnrolmentEnd};
use super::rows::{self, ENDED, change};
use super::tasks::{self, EndEnrolments};
use crate::app::App;
use crate::app::room::{Duty, Exported, Forget, Holdings, Room, Runner};
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Column, Holds, SubjectKeys};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

pub const ROOM: Room = Room {
    name: "programmes",
    columns,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: Some(|app, subject| Box::pin(holdings(app, subject))),
    objects: None,
    export: Some(|app, keys| Box::pin(export(app, keys))),
    runners: &[Runner { kind: EndEnrolments::KIND, run: |app, task| Box::pin(tasks::end_enrolments(app, task)) }],
    duties: &[Duty { name: "programmes.end", every: TimeDelta::hours(1), run: |app| Box::pin(tasks::end_over(app)) }],
};

fn columns() -> Vec<Column> {
    use Holds::{Office, Plain, Subject};
    [
        Column::of(
            "programme",
            &[
                ("id", Plain),
                ("names", Office),
                ("about", Office),
                ("min_age", Plain),
                ("max_age", Plain),
                ("sex", Plain),
                ("policies", Plain),
                ("places", Plain),
                ("taken", Plain),
                ("admission", Plain),
                ("opens_at", Plain),
                ("closes_at", Plain),
                ("state", Plain),
                ("ended_at", Plain),
                ("version", Plain),
                ("created_at", Plain),
            ],
        ),
        Column::of(
            "enrolment",
            &[
                ("id", Plain),
                ("programme", Plain),
                ("subject", Subject),
                ("state", Plain),
                ("channel", Plain),
                ("entered_by", Office),
                ("applied_at", Plain),
                ("enrolled_at", Plain),
                ("ended_at", Plain),
                ("ended_why", Plain),
            ],
        ),
        Column::of("enrolment_booking", &[("booking", Plain), ("enrolment", Plain)]),
    ]
    .concat()
}

/// His place goes to who waits. That he took part stays while the clinical class is held, and goes with it.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    let living: Vec<_> = rows::all_of(tx, who.subject).await?.into_iter().filter(|row| row.state != ENDED).collect();
    // All at once: two who leave the same programmes would else wait for each other in a circle.
    let programmes: Vec<Uuid> = living.iter().map(|row| row.programme).collect();
    tx.hold(&programmes).await?;
    for row in living {
        enrolment::end(tx, row.id, None, EnrolmentEnd::AccountEnded).await?;
    }
    if who.held.contains(&Class::Clinical) {
        return Ok(());
    }
    let of_his = "DELETE FROM enrolment_booking WHERE enrolment IN (SELECT id FROM enrolment WHERE subject = $1)";
    for sql in [of_his, "DELETE FROM enrolment WHERE subject = $1"] {
        change(tx, sql, [who.subject.into()]).await?;
    }
    Ok(())
}

async fn holdings(app: &App, subject: Uuid) -> Result<Holdings> {
    let rows = rows::all_of(&app.db.reader(), subject).await?;
    let ends = rows.into_iter().map(|row| row.ended_at.unwrap_or(DateTime::<Utc>::MAX_UTC));
    Ok(Holdings { programme_end: ends.max(), ..Holdings::default() })
}

async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let reader = app.db.reader();
    let mut enrolments = Vec::new();
    for row in rows::all_of(&reader, keys.subject).await? {
        let programme = rows::programme(&reader, row.programme).await?;
        enrolments.push(json!({
            "id": row.id, "programme": programme.map(|programme| programme.names), "state": row.state, "channel": row.channel,
            "appliedAt": row.applied_at, "enrolledAt": row.enrolled_at, "endedAt": row.ended_at, "endedWhy": row.ended_why,
            "bookingIds": rows::bookings(&reader, row.id).await?,
        }));
    }
    Ok(vec![Exported { name: "enrolments", rows: enrolments, files: Vec::new() }])
}
