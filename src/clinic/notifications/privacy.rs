//! What notifications owe the house: their columns, their part of an erasure and of an export, their tasks and duties.

use super::campaign::{self, QueueCampaign};
use super::rows::{self, change};
use super::tasks;
use super::{policy, preferences};
use crate::app::App;
use crate::app::room::{Duty, Exported, Forget, Room, Runner};
use crate::clinic::identity::Happened;
use crate::clinic::privacy::TellPolicy;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Column, Holds, SubjectKeys};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::json;

/// Notices of an inbox that an export holds at most, and how many are read at a time.
const EXPORTED_AT_ONCE: u64 = 500;

pub const ROOM: Room = Room {
    name: "notifications",
    columns,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: None,
    objects: None,
    export: Some(|app, keys| Box::pin(export(app, keys))),
    runners: &[
        Runner { kind: Happened::KIND, run: |app, task| Box::pin(tasks::tell_from_below(app, task)) },
        Runner { kind: TellPolicy::KIND, run: |app, task| Box::pin(policy::tell_page(app, task)) },
        Runner { kind: QueueCampaign::KIND, run: |app, task| Box::pin(campaign::queue_slice(app, task)) },
    ],
    duties: &[
        Duty { name: "notifications.sweep", every: TimeDelta::days(1), run: |app| Box::pin(tasks::sweep(app)) },
        Duty { name: "notifications.stranded", every: TimeDelta::minutes(5), run: |app| Box::pin(tasks::free_stranded(app)) },
    ],
};

fn columns() -> Vec<Column> {
    use Holds::{Office, Plain, Sealed, Subject};
    [
        // That there was a booking or a document stands in the plain beside the pseudonym anyway: the kind says no more.
        Column::of(
            "notification",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("kind", Plain),
                ("object", Plain),
                ("text", Plain),
                ("at", Plain),
                ("read_at", Plain),
                ("until", Plain),
            ],
        ),
        Column::of(
            "delivery",
            &[
                ("id", Plain),
                ("notification", Plain),
                ("subject", Subject),
                ("channel", Plain),
                ("lane", Plain),
                ("state", Plain),
                ("campaign", Plain),
                ("ended_at", Plain),
            ],
        ),
        // The house's own words, addressed to nobody.
        Column::of(
            "campaign",
            &[
                ("id", Plain),
                ("author", Office),
                ("channel", Plain),
                ("purpose", Plain),
                ("title", Office),
                ("body", Office),
                ("state", Plain),
                ("queued_up_to", Plain),
                ("slices", Plain),
                ("queued", Plain),
                ("created_at", Plain),
                ("queued_at", Plain),
            ],
        ),
        Column::of(
            "preference",
            &[("subject", Subject), ("sealed", Sealed(Class::Contact)), ("version", Plain), ("changed_at", Plain)],
        ),
    ]
    .concat()
}

/// Nothing of it is held: what was told is known by what it was told of.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    for sql in [
        "DELETE FROM delivery WHERE subject = $1",
        "DELETE FROM notification WHERE subject = $1",
        "DELETE FROM preference WHERE subject = $1",
    ] {
        change(tx, sql, [who.subject.into()]).await?;
    }
    Ok(())
}

async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let reader = app.db.reader();
    let mut notices = Vec::new();
    let mut before = None;
    loop {
        let page = rows::page(&reader, keys.subject, before, EXPORTED_AT_ONCE).await?;
        before = page.last().map(|row| row.id);
        let is_last = (page.len() as u64) < EXPORTED_AT_ONCE;
        notices.extend(page.into_iter().map(|row| {
            json!({
                "id": row.id, "kind": row.kind, "objectId": row.object, "text": row.text, "at": time(row.at),
                "readAt": row.read_at.map(time),
            })
        }));
        if is_last {
            break;
        }
    }
    let deliveries = rows::deliveries(&reader, keys.subject).await?.into_iter().map(|row| {
        json!({
            "notificationId": row.notification, "channel": row.channel, "state": row.state, "campaignId": row.campaign, "endedAt": row.ended_at.map(time),
        })
    });
    let mut wishes = Vec::new();
    if let Some(row) = rows::preference(&reader, keys.subject).await? {
        let (preferences, _) = preferences::read(app, keys.subject).await?;
        wishes.push(json!({ "preferences": preferences, "changedAt": time(row.changed_at) }));
    }
    let part = |name, rows| Exported { name, rows, files: Vec::new() };
    Ok(vec![part("notifications", notices), part("deliveries", deliveries.collect()), part("preferences", wishes)])
}
