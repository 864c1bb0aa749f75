//! How many requests wait, and how long: for those who answer for them.

use crate::kernel::error::Result;
use crate::kernel::sql::one;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};

#[derive(Clone, Debug, FromQueryResult)]
pub struct RequestsDue {
    pub open: i64,
    /// Those whose term ends before `until`; the overdue are not among them.
    pub due: i64,
    pub overdue: i64,
    pub next_at: Option<DateTime<Utc>>,
}

pub async fn requests_due(db: &impl ConnectionTrait, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<RequestsDue> {
    let sql = "SELECT (SELECT count(*) FROM person_request WHERE closed_at IS NULL) AS open, \
               (SELECT count(*) FROM person_request WHERE closed_at IS NULL AND due_at > $1 AND due_at <= $2) AS due, \
               (SELECT count(*) FROM person_request WHERE closed_at IS NULL AND due_at <= $1) AS overdue, \
               (SELECT min(due_at) FROM person_request WHERE closed_at IS NULL) AS next_at";
    let found = one::<RequestsDue>(db, sql, [now.into(), until.into()]).await?;
    Ok(found.unwrap_or(RequestsDue { open: 0, due: 0, overdue: 0, next_at: None }))
}
