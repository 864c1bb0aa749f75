//! Objects are not deleted while a backup runs: the dump of the record names them, and they are copied after it. The backup
//! says so in the record, and prolongs it while it goes on; one that was killed holds them up until its mark runs out.

use crate::kernel::db::{Actor, Db, Tx};
use crate::kernel::error::Result;
use crate::kernel::sql::{change, one};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use sea_orm::FromQueryResult;

const META: &str = "backup_runs_until";
/// So long the mark of a backup holds; a dump must come to its end within it, and copying prolongs it.
const HOLDS: TimeDelta = TimeDelta::hours(6);
/// How often copying prolongs it.
pub const PROLONGED_EVERY: TimeDelta = TimeDelta::minutes(30);
/// Seconds after which a deletion that waits looks again.
pub const LOOK_AGAIN_S: u32 = 300;

#[derive(FromQueryResult)]
struct Mark {
    value: String,
}

/// A backup begins, or goes on.
pub async fn hold(record: &Db) -> Result<()> {
    set(record, record.ambient.now() + HOLDS).await
}

/// A backup has come to its end.
pub async fn release(record: &Db) -> Result<()> {
    set(record, record.ambient.now()).await
}

async fn set(record: &Db, until: DateTime<Utc>) -> Result<()> {
    let value = until.to_rfc3339_opts(SecondsFormat::Millis, true);
    record
        .write(&Actor::house("holdObjects"), async |tx: &mut Tx| -> Result<()> {
            let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            change(tx, sql, [META.into(), value.clone().into()]).await.map(drop)
        })
        .await
}

/// Whether a backup runs, so that no object may go.
pub async fn are_held(record: &Db) -> Result<bool> {
    let mark: Option<Mark> = one(&record.reader(), "SELECT value FROM meta WHERE name = $1", [META.into()]).await?;
    let until = mark.and_then(|mark| mark.value.parse::<DateTime<Utc>>().ok());
    Ok(until.is_some_and(|until| record.ambient.now() < until))
}
