//! Private calendars: who may read which, by a token that is kept as its digest; and what stands in them.

use super::{all, change, one};
use crate::app::multilingual::Multilingual;
use crate::kernel::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use std::ops::Range;
use uuid::Uuid;

/// One address under which somebody's calendar is read.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Feed {
    pub id: Uuid,
    /// A patient, or a doctor by his staff account.
    pub owner: Uuid,
    pub lang: String,
    pub created_at: DateTime<Utc>,
}

/// A visit as a calendar shows it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Appointment {
    pub id: Uuid,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub clinic_names: Multilingual,
    pub addresses: Multilingual,
}

const FEED: &str = "SELECT id, owner, lang, created_at FROM calendar_feed";

pub async fn insert_feed(db: &impl ConnectionTrait, feed: &Feed, hash: &[u8]) -> Result<()> {
    let sql = "INSERT INTO calendar_feed (id, owner, lang, hash, created_at) VALUES ($1, $2, $3, $4, $5)";
    let values: [Value; 5] =
        [feed.id.into(), feed.owner.into(), feed.lang.as_str().into(), hash.to_vec().into(), feed.created_at.into()];
    change(db, sql, values).await.map(drop)
}

pub async fn feed_by_hash(db: &impl ConnectionTrait, hash: &[u8]) -> Result<Option<Feed>> {
    one(db, &format!("{FEED} WHERE hash = $1"), [hash.to_vec().into()]).await
}

pub async fn feeds(db: &impl ConnectionTrait, owner: Uuid) -> Result<Vec<Feed>> {
    all(db, &format!("{FEED} WHERE owner = $1 ORDER BY id"), [owner.into()]).await
}

pub async fn delete_feed(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<bool> {
    Ok(change(db, "DELETE FROM calendar_feed WHERE id = $1 AND owner = $2", [id.into(), owner.into()]).await? == 1)
}

pub async fn forget_feeds(db: &impl ConnectionTrait, owner: Uuid) -> Result<()> {
    change(db, "DELETE FROM calendar_feed WHERE owner = $1", [owner.into()]).await.map(drop)
}

const APPOINTMENT: &str = "SELECT b.id, b.starts_at, b.ends_at, c.names AS clinic_names, c.addresses FROM booking b \
                           JOIN clinic c ON c.id = b.clinic";

pub async fn appointment(db: &impl ConnectionTrait, booking: Uuid) -> Result<Option<Appointment>> {
    one(db, &format!("{APPOINTMENT} WHERE b.id = $1"), [booking.into()]).await
}

/// The visits within a stretch of time, in order: a doctor's, or a patient's own.
pub async fn appointments(
    db: &impl ConnectionTrait,
    (is_doctor, owner): (bool, Uuid),
    within: &Range<DateTime<Utc>>,
    limit: u64,
) -> Result<Vec<Appointment>> {
    let column = if is_doctor { "doctor" } else { "subject" };
    let sql = format!(
        "{APPOINTMENT} WHERE b.{column} = $1 AND b.starts_at >= $2 AND b.starts_at < $3 \
         AND b.state IN ('booked', 'arrived', 'inProgress', 'done') ORDER BY b.starts_at, b.id LIMIT {limit}"
    );
    all(db, &sql, [owner.into(), within.start.into(), within.end.into()]).await
}
