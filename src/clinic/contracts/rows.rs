//! The room's table and every query on it.

use crate::kernel::error::Result;
pub use crate::kernel::sql::change;
use crate::kernel::sql::{all, one};
use crate::kernel::vault::Sealed;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

pub const STANDING: &str = "standing";

#[derive(Clone, Debug, FromQueryResult)]
pub struct Contract {
    pub id: Uuid,
    pub subject: Uuid,
    pub clinic: Option<Uuid>,
    pub staff: Uuid,
    pub state: String,
    pub starts_on: NaiveDate,
    /// The last day. None: until somebody ends it.
    pub ends_on: Option<NaiveDate>,
    pub document: Option<Uuid>,
    pub ended_at: Option<DateTime<Utc>>,
    pub sealed: Sealed,
}

pub async fn insert(db: &impl ConnectionTrait, row: &Contract, now: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO service_contract (id, subject, clinic, staff, state, starts_on, ends_on, document, entered_at, sealed) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = [
        row.id.into(),
        row.subject.into(),
        row.clinic.into(),
        row.staff.into(),
        row.state.as_str().into(),
        row.starts_on.into(),
        row.ends_on.into(),
        row.document.into(),
        now.into(),
        row.sealed.0.clone().into(),
    ];
    change(db, sql, values).await.map(drop)
}

pub async fn find_of(db: &impl ConnectionTrait, subject: Uuid, id: Uuid) -> Result<Option<Contract>> {
    one(db, "SELECT * FROM service_contract WHERE id = $1 AND subject = $2", [id.into(), subject.into()]).await
}

/// Every contract of somebody, newest first.
pub async fn all_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<Contract>> {
    all(db, "SELECT * FROM service_contract WHERE subject = $1 ORDER BY id DESC", [subject.into()]).await
}

/// One that stands on a day.
pub async fn standing(db: &impl ConnectionTrait, subject: Uuid, today: NaiveDate) -> Result<Option<Contract>> {
    let sql = "SELECT * FROM service_contract WHERE subject = $1 AND state = 'standing' AND starts_on <= $2 \
               AND (ends_on IS NULL OR ends_on >= $2) ORDER BY id DESC LIMIT 1";
    one(db, sql, [subject.into(), today.into()]).await
}

/// Those whose last day is past and which are not ended yet.
pub async fn over(db: &impl ConnectionTrait, today: NaiveDate, limit: u64) -> Result<Vec<Contract>> {
    let sql = format!("SELECT * FROM service_contract WHERE state = 'standing' AND ends_on < $1 ORDER BY id LIMIT {limit}");
    all(db, &sql, [today.into()]).await
}

/// Ends one. False: it has ended.
pub async fn end(db: &impl ConnectionTrait, id: Uuid, by: Option<Uuid>, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE service_contract SET state = 'ended', ended_at = $2, ended_by = $3 WHERE id = $1 AND state = 'standing'";
    Ok(change(db, sql, [id.into(), now.into(), by.into()]).await? == 1)
}
