//! Courses of treatment: one open course of a patient with a doctor at a time.

use super::{all, change, one};
use crate::kernel::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

#[derive(Clone, Debug, FromQueryResult)]
pub struct Episode {
    pub id: Uuid,
    pub subject: Uuid,
    pub doctor: Uuid,
    pub clinic: Uuid,
    pub opened_at: DateTime<Utc>,
    /// None: it goes on.
    pub closed_at: Option<DateTime<Utc>>,
}

const EPISODE: &str = "SELECT id, subject, doctor, clinic, opened_at, closed_at FROM episode";

/// Opens a course unless one is open. Answers whether it did.
pub async fn open_episode(db: &impl ConnectionTrait, row: &Episode) -> Result<bool> {
    let sql = "INSERT INTO episode (id, subject, doctor, clinic, opened_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let values: [Value; 5] = [row.id.into(), row.subject.into(), row.doctor.into(), row.clinic.into(), row.opened_at.into()];
    Ok(change(db, sql, values).await? == 1)
}

/// The open course of a patient with a doctor.
pub async fn episode_with(db: &impl ConnectionTrait, subject: Uuid, doctor: Uuid) -> Result<Option<Episode>> {
    one(db, &format!("{EPISODE} WHERE subject = $1 AND doctor = $2 AND closed_at IS NULL"), [subject.into(), doctor.into()]).await
}

pub async fn episode(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Episode>> {
    one(db, &format!("{EPISODE} WHERE id = $1"), [id.into()]).await
}

/// A patient's courses, newest first, from before `before` on.
pub async fn episodes_of(db: &impl ConnectionTrait, subject: Uuid, before: Option<Uuid>, limit: u64) -> Result<Vec<Episode>> {
    let sql = format!("{EPISODE} WHERE subject = $1 AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT {limit}");
    all(db, &sql, [subject.into(), before.into()]).await
}

/// Every course of a patient, oldest first.
pub async fn every_episode_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<Episode>> {
    all(db, &format!("{EPISODE} WHERE subject = $1 ORDER BY id"), [subject.into()]).await
}

/// Lets the visits of a patient with a doctor, of now and to come, join a course.
pub async fn join_episode(db: &impl ConnectionTrait, row: &Episode, visit: Uuid) -> Result<()> {
    let sql = "UPDATE booking SET episode = $1 WHERE subject = $2 AND doctor = $3 AND episode IS NULL \
               AND (id = $4 OR (starts_at > $5 AND state IN ('requested', 'held', 'booked')))";
    let values: [Value; 5] = [row.id.into(), row.subject.into(), row.doctor.into(), visit.into(), row.opened_at.into()];
    change(db, sql, values).await.map(drop)
}

/// Closes a course. Answers whether it was open.
pub async fn close_episode(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE episode SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL";
    Ok(change(db, sql, [id.into(), now.into()]).await? == 1)
}

/// Closes every course of a patient.
pub async fn close_episodes_of(db: &impl ConnectionTrait, subject: Uuid, now: DateTime<Utc>) -> Result<()> {
    let sql = "UPDATE episode SET closed_at = $2 WHERE subject = $1 AND closed_at IS NULL";
    change(db, sql, [subject.into(), now.into()]).await.map(drop)
}

/// When the last course of a patient ended; one that goes on has lasted until now.
pub async fn last_course(db: &impl ConnectionTrait, subject: Uuid, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
    let rows = every_episode_of(db, subject).await?;
    Ok(rows.into_iter().map(|row| row.closed_at.unwrap_or(now)).max())
}

/// Leaves of a patient's courses only that somebody was treated.
pub async fn depersonalise_episodes(db: &impl ConnectionTrait, subject: Uuid, stand_in: Uuid) -> Result<()> {
    let sql = "UPDATE episode SET subject = $2 WHERE subject = $1";
    change(db, sql, [subject.into(), stand_in.into()]).await.map(drop)
}
