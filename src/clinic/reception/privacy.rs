//! What reception owes the house: its columns, its part of an erasure and of an export, its tasks and duties.

use super::leads;
use super::rights::Notice;
use super::rows::{self, change};
use super::tasks::{self, EraseMerged};
use crate::app::App;
use crate::app::room::{Duty, Exported, Forget, Room, Runner};
use crate::kernel::access;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::freeze::{self, Origin, Scope};
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Column, Holds, SubjectKeys};
use chrono::TimeDelta;
use serde_json::json;

pub const ROOM: Room = Room {
    name: "reception",
    columns,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: None,
    objects: None,
    export: Some(|app, keys| Box::pin(export(app, keys))),
    runners: &[Runner { kind: EraseMerged::KIND, run: |app, task| Box::pin(tasks::erase_merged(app, task)) }],
    duties: &[Duty { name: "reception.leads", every: TimeDelta::hours(1), run: |app| Box::pin(leads::sweep(app)) }],
};

fn columns() -> Vec<Column> {
    use Holds::{Office, Plain, Sealed, Subject};
    [
        Column::of(
            "registration",
            &[("subject", Subject), ("staff", Office), ("clinic", Plain), ("channel", Plain), ("at", Plain)],
        ),
        Column::of(
            "rights_notice",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("staff", Office),
                ("version", Plain),
                ("at", Plain),
                ("sealed", Sealed(Class::Evidence)),
            ],
        ),
        Column::of(
            "lead",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("clinic", Plain),
                ("staff", Office),
                ("channel", Plain),
                ("state", Plain),
                ("created_at", Plain),
                ("closed_at", Plain),
                ("purge_at", Plain),
                ("sealed", Sealed(Class::Support)),
            ],
        ),
        Column::of(
            "person_merge",
            &[
                ("id", Plain),
                ("survivor", Subject),
                ("other", Subject),
                ("staff", Office),
                ("at", Plain),
                ("survivor_check", Plain),
                ("other_check", Plain),
                ("undone_at", Plain),
                ("undone_by", Office),
            ],
        ),
    ]
    .concat()
}

/// What was merged into an account goes with it: shut at once, and erased by a task of its own. Notices stay as evidence
/// while that is held.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    for merge in rows::merges_of(tx, who.subject).await? {
        access::drop_reasons(tx, merge.id).await?;
        if merge.survivor == who.subject && merge.undone_at.is_none() {
            freeze::set(tx, merge.other, Scope::Staff, Origin::Deletion).await?;
            tx.enqueue(EraseMerged { subject: merge.other }.task().once(format!("{}:{}", EraseMerged::KIND, merge.other)));
        }
    }
    change(tx, "DELETE FROM person_merge WHERE survivor = $1 OR other = $1", [who.subject.into()]).await?;
    change(tx, "DELETE FROM registration WHERE subject = $1", [who.subject.into()]).await?;
    if !who.held.contains(&Class::Evidence) {
        change(tx, "DELETE FROM rights_notice WHERE subject = $1", [who.subject.into()]).await?;
    }
    Ok(())
}

async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let reader = app.db.reader();
    let entered = rows::registration_of(&reader, keys.subject).await?;
    let entered = entered.map(|row| json!({ "at": row.at, "channel": row.channel }));
    let mut notices = Vec::new();
    let told = rows::notices_of(&reader, keys.subject).await?;
    if !told.is_empty() {
        let grant = app.own_grant(keys, Class::Evidence).await?;
        for row in told {
            let notice: Notice = grant.open(row.id, &row.sealed)?;
            notices.push(json!({
                "id": row.id, "version": row.version, "at": row.at, "textHash": notice.text_hash, "language": notice.language,
                "telling": notice.telling, "channel": notice.channel,
            }));
        }
    }
    let merges = rows::merges_of(&reader, keys.subject).await?;
    let merges = merges.into_iter().map(|row| json!({ "id": row.id, "at": row.at, "undoneAt": row.undone_at }));
    Ok(vec![
        Exported { name: "registrations", rows: entered.into_iter().collect(), files: Vec::new() },
        Exported { name: "rightsNotices", rows: notices, files: Vec::new() },
        Exported { name: "merges", rows: merges.collect(), files: Vec::new() },
    ])
}
