//! The room's tables and every query on them.

use crate::app::multilingual::{Multilingual, Paragraphs};
use crate::kernel::error::Result;
pub use crate::kernel::sql::change;
use crate::kernel::sql::{all, one};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

/// Takes people, between its days.
pub const OPEN: &str = "open";
pub const ENDED: &str = "ended";
/// Waits for staff to decide.
pub const APPLIED: &str = "applied";
/// Waits for a place.
pub const WAITING: &str = "waiting";
/// Takes part.
pub const ENROLLED: &str = "enrolled";

#[derive(Clone, Debug, FromQueryResult)]
pub struct Programme {
    pub id: Uuid,
    pub names: Multilingual,
    pub about: Option<Paragraphs>,
    /// Whole years, both included.
    pub min_age: Option<i32>,
    pub max_age: Option<i32>,
    /// `male` or `female`, where it is for one of them alone.
    pub sex: Option<String>,
    /// Kinds of policies or numbers, one of which whoever takes part has; with a space between them.
    pub policies: String,
    /// None: as many as come.
    pub places: Option<i64>,
    pub taken: i64,
    /// `atOnce`, `byStaff`.
    pub admission: String,
    pub opens_at: DateTime<Utc>,
    pub closes_at: Option<DateTime<Utc>>,
    pub state: String,
    pub version: i64,
}

impl Programme {
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.state == OPEN && self.opens_at <= now && self.closes_at.is_none_or(|end| now < end)
    }

    /// Places that are left. None: as many as come.
    pub fn left(&self) -> Option<i64> {
        self.places.map(|places| (places - self.taken).max(0))
    }
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct Enrolment {
    pub id: Uuid,
    pub programme: Uuid,
    pub subject: Uuid,
    pub state: String,
    pub channel: String,
    /// The staff member who entered it for him.
    pub entered_by: Option<Uuid>,
    pub applied_at: DateTime<Utc>,
    pub enrolled_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_why: Option<String>,
}

pub async fn insert_programme(db: &impl ConnectionTrait, row: &Programme, now: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO programme (id, names, about, min_age, max_age, sex, policies, places, admission, opens_at, closes_at, \
               state, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let values = said(row).into_iter().chain([row.state.as_str().into(), now.into()]);
    change(db, sql, values).await.map(drop)
}

/// Puts what is said of a programme in the place of what was. False: there are fewer places than are taken, or it has ended.
pub async fn update_programme(db: &impl ConnectionTrait, row: &Programme) -> Result<bool> {
    let sql = "UPDATE programme SET names = $2, about = $3, min_age = $4, max_age = $5, sex = $6, policies = $7, places = $8, \
               admission = $9, opens_at = $10, closes_at = $11, version = version + 1 \
               WHERE id = $1 AND state = 'open' AND ($8 IS NULL OR taken <= $8)";
    Ok(change(db, sql, said(row)).await? == 1)
}

fn said(row: &Programme) -> Vec<Value> {
    vec![
        row.id.into(),
        row.names.clone().into(),
        row.about.clone().into(),
        row.min_age.into(),
        row.max_age.into(),
        row.sex.clone().into(),
        row.policies.as_str().into(),
        row.places.into(),
        row.admission.as_str().into(),
        row.opens_at.into(),
        row.closes_at.into(),
    ]
}

pub async fn programme(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Programme>> {
    one(db, "SELECT * FROM programme WHERE id = $1", [id.into()]).await
}

/// Programmes, newest first; without `ended` those that have not ended.
pub async fn programmes(db: &impl ConnectionTrait, ended: bool, before: Option<Uuid>, limit: u64) -> Result<Vec<Programme>> {
    let among = if ended { "1 = 1" } else { "state = 'open'" };
    let sql = format!("SELECT * FROM programme WHERE {among} AND id < $1 ORDER BY id DESC LIMIT {limit}");
    all(db, &sql, [before.unwrap_or(Uuid::max()).into()]).await
}

/// Programmes whose last day is past and which are not ended yet.
pub async fn over(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Programme>> {
    all(db, "SELECT * FROM programme WHERE state = 'open' AND closes_at <= $1 ORDER BY id", [now.into()]).await
}

/// Ends a programme. False: it has ended.
pub async fn end_programme(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE programme SET state = 'ended', ended_at = $2, version = version + 1 WHERE id = $1 AND state = 'open'";
    Ok(change(db, sql, [id.into(), now.into()]).await? == 1)
}

/// Takes one place of a programme that has not ended. False: none is left.
pub async fn take_place(db: &impl ConnectionTrait, id: Uuid) -> Result<bool> {
    let sql = "UPDATE programme SET taken = taken + 1 WHERE id = $1 AND state = 'open' AND (places IS NULL OR taken < places)";
    Ok(change(db, sql, [id.into()]).await? == 1)
}

pub async fn free_place(db: &impl ConnectionTrait, id: Uuid) -> Result<()> {
    change(db, "UPDATE programme SET taken = taken - 1 WHERE id = $1", [id.into()]).await.map(drop)
}

/// Enters somebody. False: he takes part, or waits, already.
pub async fn insert(db: &impl ConnectionTrait, row: &Enrolment) -> Result<bool> {
    let sql = "INSERT INTO enrolment (id, programme, subject, state, channel, entered_by, applied_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    let values = [
        row.id.into(),
        row.programme.into(),
        row.subject.into(),
        row.state.as_str().into(),
        row.channel.as_str().into(),
        row.entered_by.into(),
        row.applied_at.into(),
    ];
    Ok(change(db, sql, values).await? == 1)
}

pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Enrolment>> {
    one(db, "SELECT * FROM enrolment WHERE id = $1", [id.into()]).await
}

/// Everything in which somebody takes or took part, newest first.
pub async fn all_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<Enrolment>> {
    all(db, "SELECT * FROM enrolment WHERE subject = $1 ORDER BY id DESC", [subject.into()]).await
}

/// The enrolment by which somebody takes part in a programme now.
pub async fn standing(db: &impl ConnectionTrait, subject: Uuid, programme: Uuid) -> Result<Option<Enrolment>> {
    let sql = "SELECT * FROM enrolment WHERE subject = $1 AND programme = $2 AND state = 'enrolled'";
    one(db, sql, [subject.into(), programme.into()]).await
}

/// Enrolments of a programme in one state, in the order in which people came.
pub async fn page(
    db: &impl ConnectionTrait,
    programme: Uuid,
    state: Option<&str>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Enrolment>> {
    let sql =
        format!("SELECT * FROM enrolment WHERE programme = $1 AND ($2 = '' OR state = $2) AND id > $3 ORDER BY id LIMIT {limit}");
    all(db, &sql, [programme.into(), state.unwrap_or_default().into(), after.unwrap_or(Uuid::nil()).into()]).await
}

/// Some of those whose part in a programme has not ended.
pub async fn living(db: &impl ConnectionTrait, programme: Uuid, limit: u64) -> Result<Vec<Enrolment>> {
    let sql = format!("SELECT * FROM enrolment WHERE programme = $1 AND state <> 'ended' ORDER BY id LIMIT {limit}");
    all(db, &sql, [programme.into()]).await
}

pub async fn next_waiting(db: &impl ConnectionTrait, programme: Uuid) -> Result<Option<Enrolment>> {
    let sql = "SELECT * FROM enrolment WHERE programme = $1 AND state = 'waiting' ORDER BY id LIMIT 1";
    one(db, sql, [programme.into()]).await
}

pub async fn set_state(db: &impl ConnectionTrait, id: Uuid, state: &str, enrolled_at: Option<DateTime<Utc>>) -> Result<()> {
    let sql = "UPDATE enrolment SET state = $2, enrolled_at = $3 WHERE id = $1";
    change(db, sql, [id.into(), state.into(), enrolled_at.into()]).await.map(drop)
}

pub async fn end(db: &impl ConnectionTrait, id: Uuid, why: &str, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE enrolment SET state = 'ended', ended_at = $2, ended_why = $3 WHERE id = $1 AND state <> 'ended'";
    Ok(change(db, sql, [id.into(), now.into(), why.into()]).await? == 1)
}

pub async fn hang(db: &impl ConnectionTrait, enrolment: Uuid, booking: Uuid) -> Result<()> {
    let sql = "INSERT INTO enrolment_booking (booking, enrolment) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    change(db, sql, [booking.into(), enrolment.into()]).await.map(drop)
}

#[derive(FromQueryResult)]
struct Hanging {
    booking: Uuid,
}

/// The bookings that hang on an enrolment.
pub async fn bookings(db: &impl ConnectionTrait, enrolment: Uuid) -> Result<Vec<Uuid>> {
    let sql = "SELECT booking FROM enrolment_booking WHERE enrolment = $1 ORDER BY booking";
    let rows: Vec<Hanging> = all(db, sql, [enrolment.into()]).await?;
    Ok(rows.into_iter().map(|row| row.booking).collect())
}
