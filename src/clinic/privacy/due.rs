//! How much is held, kept and opened just now: for those who answer for it.

use crate::kernel::error::Result;
use crate::kernel::sql::one;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// Held records, and when the next one is destroyed.
#[derive(Clone, Debug, FromQueryResult)]
pub struct HeldDue {
    /// Records of which something is held.
    pub held: i64,
    /// Those of which something is destroyed before `until`.
    pub due: i64,
    pub next_at: Option<DateTime<Utc>>,
    /// Those that were destroyed altogether since `since`.
    pub destroyed: i64,
}

/// Legal holds that stand, and emergencies since a day.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Watched {
    pub holds: i64,
    pub holds_ending: i64,
    pub emergencies: i64,
}

pub async fn held_due(db: &impl ConnectionTrait, since: DateTime<Utc>, until: DateTime<Utc>) -> Result<HeldDue> {
    let sql = "SELECT (SELECT count(*) FROM held_record WHERE destroyed_at IS NULL) AS held, \
               (SELECT count(*) FROM held_record WHERE destroyed_at IS NULL AND next_at <= $2) AS due, \
               (SELECT min(next_at) FROM held_record WHERE destroyed_at IS NULL) AS next_at, \
               (SELECT count(*) FROM held_record WHERE destroyed_at >= $1) AS destroyed";
    Ok(one::<HeldDue>(db, sql, [since.into(), until.into()]).await?.unwrap_or(HeldDue {
        held: 0,
        due: 0,
        next_at: None,
        destroyed: 0,
    }))
}

pub async fn watched(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Watched> {
    let sql = "SELECT (SELECT count(*) FROM legal_hold WHERE lifted_at IS NULL AND until > $1) AS holds, \
               (SELECT count(*) FROM legal_hold WHERE lifted_at IS NULL AND until > $1 AND until <= $3) AS holds_ending, \
               (SELECT count(*) FROM break_glass WHERE at >= $2) AS emergencies";
    let watched = one::<Watched>(db, sql, [now.into(), since.into(), until.into()]).await?;
    Ok(watched.unwrap_or(Watched { holds: 0, holds_ending: 0, emergencies: 0 }))
}
