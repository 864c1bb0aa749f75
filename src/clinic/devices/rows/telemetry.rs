//! Batches of telemetry, marks and totals.

use super::super::totals::Counted;
use super::{all, change};
use crate::kernel::error::Result;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

#[derive(FromQueryResult)]
pub struct Batch {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub sealed: Sealed,
}

#[derive(FromQueryResult)]
struct Mark {
    mark: Vec<u8>,
}

/// A sum of totals over some days.
#[derive(FromQueryResult)]
pub struct TotalRow {
    pub platform: String,
    pub app_version: String,
    pub event: String,
    pub outcome: String,
    pub bucket: i32,
    pub events: i64,
    pub duration_ms: i64,
}

/// The most people of a group on one of some days.
#[derive(FromQueryResult)]
pub struct PeopleRow {
    pub platform: String,
    pub app_version: String,
    pub event: String,
    pub people: i64,
}

/// Inserts a batch in one round trip. False: the subject has sent `most` since `since`.
pub async fn insert_batch(
    db: &impl ConnectionTrait,
    id: Uuid,
    subject: Uuid,
    at: DateTime<Utc>,
    sealed: Sealed,
    since: DateTime<Utc>,
    most: i64,
) -> Result<bool> {
    let sql = "INSERT INTO telemetry_batch (id, subject, at, sealed) SELECT $1, $2, $3, $4 \
               WHERE (SELECT count(*) FROM telemetry_batch WHERE subject = $2 AND at > $5) < $6";
    let values = [id.into(), subject.into(), at.into(), sealed.into(), since.into(), most.into()];
    Ok(change(db, sql, values).await? == 1)
}

pub async fn batches(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<Batch>> {
    all(db, "SELECT id, at, sealed FROM telemetry_batch WHERE subject = $1 ORDER BY at, id", [subject.into()]).await
}

/// Sets marks, and answers those that were not set yet.
pub async fn insert_marks(db: &impl ConnectionTrait, day: NaiveDate, marks: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>> {
    if marks.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (2..marks.len() + 2).map(|place| format!("(${place}, $1)")).collect();
    let sql =
        format!("INSERT INTO telemetry_mark (mark, day) VALUES {} ON CONFLICT DO NOTHING RETURNING mark", places.join(", "));
    let values = std::iter::once(day.into()).chain(marks.into_iter().map(Into::into));
    Ok(all::<Mark>(db, &sql, values).await?.into_iter().map(|row| row.mark).collect())
}

/// Adds to the totals in one statement.
pub async fn add_totals(db: &impl ConnectionTrait, counted: &Counted, shard: i32) -> Result<()> {
    let mut values: Vec<Value> =
        vec![counted.day.into(), counted.platform.into(), counted.app_version.as_str().into(), shard.into()];
    let mut places = Vec::with_capacity(counted.sums.len());
    for ((event, outcome, bucket), sum) in &counted.sums {
        let [a, b, c, d, e, f] = std::array::from_fn(|offset| values.len() + 1 + offset);
        places.push(format!("($1, $2, $3, $4, ${a}, ${b}, ${c}, ${d}, ${e}, ${f})"));
        let row: [Value; 6] = [
            event.as_str().into(),
            outcome.as_str().into(),
            (*bucket).into(),
            sum.events.into(),
            sum.duration_ms.into(),
            sum.people.into(),
        ];
        values.extend(row);
    }
    let sql = format!(
        "INSERT INTO telemetry_total (day, platform, app_version, shard, event, outcome, bucket, events, duration_ms, people) \
         VALUES {} ON CONFLICT (day, platform, app_version, event, outcome, bucket, shard) DO UPDATE SET \
         events = telemetry_total.events + excluded.events, duration_ms = telemetry_total.duration_ms + excluded.duration_ms, \
         people = telemetry_total.people + excluded.people",
        places.join(", ")
    );
    change(db, &sql, values).await.map(drop)
}

pub async fn totals(db: &impl ConnectionTrait, from: NaiveDate, to: NaiveDate) -> Result<Vec<TotalRow>> {
    let sql = "SELECT platform, app_version, event, outcome, bucket, CAST(sum(events) AS bigint) AS events, \
               CAST(sum(duration_ms) AS bigint) AS duration_ms FROM telemetry_total WHERE day BETWEEN $1 AND $2 \
               GROUP BY platform, app_version, event, outcome, bucket";
    all(db, sql, [from.into(), to.into()]).await
}

pub async fn people(db: &impl ConnectionTrait, from: NaiveDate, to: NaiveDate) -> Result<Vec<PeopleRow>> {
    let sql = "SELECT platform, app_version, event, CAST(max(people) AS bigint) AS people FROM \
               (SELECT day, platform, app_version, event, sum(people) AS people FROM telemetry_total \
               WHERE day BETWEEN $1 AND $2 GROUP BY day, platform, app_version, event) AS daily \
               GROUP BY platform, app_version, event";
    all(db, sql, [from.into(), to.into()]).await
}

/// Drops the totals of days before `before` behind which fewer than `threshold` people stand.
pub async fn drop_small_groups(db: &impl ConnectionTrait, before: NaiveDate, threshold: i64) -> Result<u64> {
    let sql = "DELETE FROM telemetry_total WHERE day < $1 AND (SELECT sum(t.people) FROM telemetry_total t \
               WHERE t.day = telemetry_total.day AND t.platform = telemetry_total.platform \
               AND t.app_version = telemetry_total.app_version AND t.event = telemetry_total.event) < $2";
    change(db, sql, [before.into(), threshold.into()]).await
}
