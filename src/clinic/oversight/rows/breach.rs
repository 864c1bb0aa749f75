//! Breaches, what is owed for them and what was done.

use super::{Count, all, change, one};
use crate::app::multilingual::Paragraphs;
use crate::kernel::error::Result;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

#[derive(Clone, Debug, FromQueryResult)]
pub struct Breach {
    pub id: Uuid,
    pub known_at: DateTime<Utc>,
    pub entered_at: DateTime<Utc>,
    pub staff: Uuid,
    pub classes: serde_json::Value,
    pub people: i64,
    /// What the people are told.
    pub message: Option<Paragraphs>,
    /// Every account is told.
    pub everybody: bool,
    pub told_up_to: Option<Uuid>,
    pub told: i64,
    pub closed_at: Option<DateTime<Utc>>,
    pub sealed: Sealed,
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct Term {
    pub id: Uuid,
    pub breach: Uuid,
    pub step: String,
    pub source: String,
    pub due_at: DateTime<Utc>,
    pub done_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct Act {
    pub id: Uuid,
    pub act: String,
    pub happened_at: DateTime<Utc>,
    pub staff: Uuid,
    pub at: DateTime<Utc>,
    pub sealed: Sealed,
}

/// A breach as one whom it concerns reads of it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Told {
    pub id: Uuid,
    pub known_at: DateTime<Utc>,
    pub told_at: DateTime<Utc>,
    pub message: Option<Paragraphs>,
}

/// What is open of breaches.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Open {
    pub open: i64,
    pub overdue: i64,
    pub next_at: Option<DateTime<Utc>>,
}

#[derive(FromQueryResult)]
struct Subject {
    subject: Uuid,
}

pub async fn insert(db: &impl ConnectionTrait, row: &Breach) -> Result<()> {
    let sql = "INSERT INTO breach (id, known_at, entered_at, staff, classes, people, everybody, told, sealed) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)";
    let values = [
        row.id.into(),
        row.known_at.into(),
        row.entered_at.into(),
        row.staff.into(),
        row.classes.clone().into(),
        row.people.into(),
        row.everybody.into(),
        row.sealed.0.clone().into(),
    ];
    change(db, sql, values).await.map(drop)
}

pub async fn insert_term(db: &impl ConnectionTrait, row: &Term) -> Result<()> {
    let sql = "INSERT INTO breach_term (id, breach, step, source, due_at) VALUES ($1, $2, $3, $4, $5)";
    let values = [row.id.into(), row.breach.into(), row.step.clone().into(), row.source.clone().into(), row.due_at.into()];
    change(db, sql, values).await.map(drop)
}

pub async fn insert_act(db: &impl ConnectionTrait, breach: Uuid, row: &Act) -> Result<()> {
    let sql = "INSERT INTO breach_act (id, breach, act, happened_at, staff, at, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = [
        row.id.into(),
        breach.into(),
        row.act.clone().into(),
        row.happened_at.into(),
        row.staff.into(),
        row.at.into(),
        row.sealed.0.clone().into(),
    ];
    change(db, sql, values).await.map(drop)
}

pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Breach>> {
    one(db, "SELECT * FROM breach WHERE id = $1", [id.into()]).await
}

pub async fn page(db: &impl ConnectionTrait, before: Option<Uuid>, limit: u64) -> Result<Vec<Breach>> {
    let sql = format!("SELECT * FROM breach WHERE id < $1 ORDER BY id DESC LIMIT {limit}");
    all(db, &sql, [before.unwrap_or(Uuid::max()).into()]).await
}

pub async fn terms(db: &impl ConnectionTrait, breach: Uuid) -> Result<Vec<Term>> {
    all(db, "SELECT * FROM breach_term WHERE breach = $1 ORDER BY due_at, id", [breach.into()]).await
}

pub async fn find_term(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Term>> {
    one(db, "SELECT * FROM breach_term WHERE id = $1", [id.into()]).await
}

pub async fn acts(db: &impl ConnectionTrait, breach: Uuid) -> Result<Vec<Act>> {
    all(db, "SELECT id, act, happened_at, staff, at, sealed FROM breach_act WHERE breach = $1 ORDER BY id", [breach.into()]).await
}

/// Notes that the open terms of a step were kept, or missed, at this hour.
pub async fn keep_terms(db: &impl ConnectionTrait, breach: Uuid, step: &str, at: DateTime<Utc>) -> Result<()> {
    let sql = "UPDATE breach_term SET done_at = $3 WHERE breach = $1 AND step = $2 AND done_at IS NULL";
    change(db, sql, [breach.into(), step.into(), at.into()]).await.map(drop)
}

/// False: it is closed, or something is still owed for it.
pub async fn close(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE breach SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL \
               AND NOT EXISTS (SELECT 1 FROM breach_term t WHERE t.breach = breach.id AND t.done_at IS NULL)";
    Ok(change(db, sql, [id.into(), now.into()]).await? == 1)
}

/// False: it is closed, or its people are told something already.
pub async fn begin_telling(db: &impl ConnectionTrait, id: Uuid, message: &Paragraphs, everybody: bool) -> Result<bool> {
    let sql = "UPDATE breach SET message = $2, everybody = $3 WHERE id = $1 AND closed_at IS NULL AND message IS NULL";
    Ok(change(db, sql, [id.into(), message.clone().into(), everybody.into()]).await? == 1)
}

/// Names people whom a breach concerns, each once.
pub async fn concern(db: &impl ConnectionTrait, breach: Uuid, people: &[Uuid]) -> Result<()> {
    for part in people.chunks(500) {
        let mut values: Vec<Value> = vec![breach.into()];
        let rows: Vec<String> = part
            .iter()
            .map(|subject| {
                values.push((*subject).into());
                format!("($1, ${})", values.len())
            })
            .collect();
        let sql = format!("INSERT INTO breach_person (breach, subject) VALUES {} ON CONFLICT DO NOTHING", rows.join(", "));
        change(db, &sql, values).await?;
    }
    Ok(())
}

/// The next people who are not told.
pub async fn untold(db: &impl ConnectionTrait, breach: Uuid, limit: u64) -> Result<Vec<Uuid>> {
    let sql = format!("SELECT subject FROM breach_person WHERE breach = $1 AND told_at IS NULL ORDER BY subject LIMIT {limit}");
    Ok(all::<Subject>(db, &sql, [breach.into()]).await?.into_iter().map(|row| row.subject).collect())
}

/// False: he is told already.
pub async fn note_told(db: &impl ConnectionTrait, breach: Uuid, subject: Uuid, at: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE breach_person SET told_at = $3 WHERE breach = $1 AND subject = $2 AND told_at IS NULL";
    Ok(change(db, sql, [breach.into(), subject.into(), at.into()]).await? == 1)
}

pub async fn go_on(db: &impl ConnectionTrait, breach: Uuid, told_up_to: Option<Uuid>, told: i64) -> Result<()> {
    let sql = "UPDATE breach SET told_up_to = $2, told = told + $3 WHERE id = $1";
    change(db, sql, [breach.into(), told_up_to.into(), told.into()]).await.map(drop)
}

/// What somebody was told of, newest first.
pub async fn told(db: &impl ConnectionTrait, subject: Uuid, before: Option<Uuid>, limit: u64) -> Result<Vec<Told>> {
    let sql = format!(
        "SELECT b.id, b.known_at, p.told_at, b.message FROM breach_person p JOIN breach b ON b.id = p.breach \
         WHERE p.subject = $1 AND p.told_at IS NOT NULL AND b.id < $2 ORDER BY b.id DESC LIMIT {limit}"
    );
    all(db, &sql, [subject.into(), before.unwrap_or(Uuid::max()).into()]).await
}

pub async fn forget(db: &impl ConnectionTrait, subject: Uuid) -> Result<()> {
    change(db, "DELETE FROM breach_person WHERE subject = $1", [subject.into()]).await.map(drop)
}

/// Whether each of these has an account that lives.
pub async fn patients_among(db: &impl ConnectionTrait, people: &[Uuid]) -> Result<i64> {
    let mut n = 0;
    for part in people.chunks(500) {
        let places: Vec<String> = (1..=part.len()).map(|place| format!("${place}")).collect();
        let sql = format!("SELECT count(*) AS n FROM patient WHERE subject IN ({})", places.join(", "));
        n += one::<Count>(db, &sql, part.iter().map(|id| Value::from(*id))).await?.map_or(0, |count| count.n);
    }
    Ok(n)
}

pub async fn open(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Open> {
    let sql = "SELECT (SELECT count(*) FROM breach WHERE closed_at IS NULL) AS open, \
               (SELECT count(*) FROM breach_term WHERE done_at IS NULL AND due_at <= $1) AS overdue, \
               (SELECT min(due_at) FROM breach_term WHERE done_at IS NULL) AS next_at";
    Ok(one::<Open>(db, sql, [now.into()]).await?.unwrap_or(Open { open: 0, overdue: 0, next_at: None }))
}
