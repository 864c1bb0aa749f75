//! What is counted of openings, and the alerts.

use super::{Count, all, change, one};
use crate::kernel::error::Result;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

#[derive(Clone, Debug, FromQueryResult)]
pub struct Alert {
    pub id: Uuid,
    /// `staff:` or `clinic:` and the id.
    pub party: String,
    pub role: Option<String>,
    pub people: i64,
    pub threshold: i64,
    pub slot: DateTime<Utc>,
    pub at: DateTime<Utc>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub resolved_by: Option<Uuid>,
    pub sealed: Option<Sealed>,
}

#[derive(FromQueryResult)]
struct Seq {
    seq: i64,
}

/// Up to which number of the chain openings are counted.
pub async fn counted(db: &impl ConnectionTrait) -> Result<i64> {
    Ok(one::<Seq>(db, "SELECT seq FROM opening_count WHERE one = 1", []).await?.map_or(0, |row| row.seq))
}

/// False: somebody else has counted meanwhile.
pub async fn advance(db: &impl ConnectionTrait, from: i64, to: i64) -> Result<bool> {
    let sql = "UPDATE opening_count SET seq = $2 WHERE one = 1 AND seq = $1";
    Ok(change(db, sql, [from.into(), to.into()]).await? == 1)
}

/// Notes marks, each once.
pub async fn note(db: &impl ConnectionTrait, marks: &[(String, DateTime<Utc>, Vec<u8>)]) -> Result<()> {
    for part in marks.chunks(300) {
        let mut values: Vec<Value> = Vec::with_capacity(part.len() * 3);
        let rows: Vec<String> = part
            .iter()
            .map(|(party, slot, about)| {
                values.extend([party.clone().into(), (*slot).into(), about.clone().into()]);
                format!("(${}, ${}, ${})", values.len() - 2, values.len() - 1, values.len())
            })
            .collect();
        let sql = format!("INSERT INTO opening_mark (party, slot, about) VALUES {} ON CONFLICT DO NOTHING", rows.join(", "));
        change(db, &sql, values).await?;
    }
    Ok(())
}

/// How many different people a party opened in the slots after `after` up to `slot`.
pub async fn people(db: &impl ConnectionTrait, party: &str, after: DateTime<Utc>, slot: DateTime<Utc>) -> Result<i64> {
    let sql = "SELECT count(DISTINCT about) AS n FROM opening_mark WHERE party = $1 AND slot > $2 AND slot <= $3";
    Ok(one::<Count>(db, sql, [party.into(), after.into(), slot.into()]).await?.map_or(0, |count| count.n))
}

pub async fn forget_before(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<()> {
    change(db, "DELETE FROM opening_mark WHERE slot < $1", [before.into()]).await.map(drop)
}

/// Whether a party was told of within `window` of a slot.
pub async fn is_told(db: &impl ConnectionTrait, party: &str, slot: DateTime<Utc>, window: TimeDelta) -> Result<bool> {
    let sql = "SELECT count(*) AS n FROM opening_alert WHERE party = $1 AND slot > $2 AND slot < $3";
    let values = [party.into(), (slot - window).into(), (slot + window).into()];
    Ok(one::<Count>(db, sql, values).await?.is_some_and(|count| count.n > 0))
}

pub async fn insert_alert(db: &impl ConnectionTrait, row: &Alert) -> Result<()> {
    let sql = "INSERT INTO opening_alert (id, party, role, people, threshold, slot, at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = [
        row.id.into(),
        row.party.clone().into(),
        row.role.clone().into(),
        row.people.into(),
        row.threshold.into(),
        row.slot.into(),
        row.at.into(),
    ];
    change(db, sql, values).await.map(drop)
}

pub async fn find_alert(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Alert>> {
    one(db, "SELECT * FROM opening_alert WHERE id = $1", [id.into()]).await
}

/// Alerts, newest first; with `open`, those that nobody has resolved.
pub async fn alerts(db: &impl ConnectionTrait, open: bool, before: Option<Uuid>, limit: u64) -> Result<Vec<Alert>> {
    let open = if open { " AND resolved_at IS NULL" } else { "" };
    let sql = format!("SELECT * FROM opening_alert WHERE id < $1{open} ORDER BY id DESC LIMIT {limit}");
    all(db, &sql, [before.unwrap_or(Uuid::max()).into()]).await
}

/// False: it is resolved.
pub async fn resolve(db: &impl ConnectionTrait, id: Uuid, by: (Uuid, DateTime<Utc>), note: Sealed) -> Result<bool> {
    let sql = "UPDATE opening_alert SET resolved_at = $2, resolved_by = $3, sealed = $4 WHERE id = $1 AND resolved_at IS NULL";
    Ok(change(db, sql, [id.into(), by.1.into(), by.0.into(), note.0.into()]).await? == 1)
}

pub async fn open_alerts(db: &impl ConnectionTrait) -> Result<i64> {
    let sql = "SELECT count(*) AS n FROM opening_alert WHERE resolved_at IS NULL";
    Ok(one::<Count>(db, sql, []).await?.map_or(0, |count| count.n))
}
