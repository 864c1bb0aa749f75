//! Auditors' contracts, their findings with what followed, and who was trained.

use super::{Count, all, change, one};
use crate::kernel::error::Result;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

#[derive(Clone, Debug, FromQueryResult)]
pub struct Engagement {
    pub id: Uuid,
    pub staff: Uuid,
    pub firm: String,
    pub number: String,
    pub clinics: serde_json::Value,
    pub objects: serde_json::Value,
    pub period_from: DateTime<Utc>,
    pub period_to: Option<DateTime<Utc>>,
    pub until: DateTime<Utc>,
    pub set_by: Uuid,
    pub set_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

pub async fn insert_engagement(db: &impl ConnectionTrait, row: &Engagement) -> Result<()> {
    let sql = "INSERT INTO audit_engagement (id, staff, firm, number, clinics, objects, period_from, period_to, until, set_by, set_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let values = [
        row.id.into(),
        row.staff.into(),
        row.firm.clone().into(),
        row.number.clone().into(),
        row.clinics.clone().into(),
        row.objects.clone().into(),
        row.period_from.into(),
        row.period_to.into(),
        row.until.into(),
        row.set_by.into(),
        row.set_at.into(),
    ];
    change(db, sql, values).await.map(drop)
}

/// The newest contract of an auditor that runs now.
pub async fn running(db: &impl ConnectionTrait, staff: Uuid, now: DateTime<Utc>) -> Result<Option<Engagement>> {
    let sql = "SELECT * FROM audit_engagement WHERE staff = $1 AND ended_at IS NULL AND until > $2 ORDER BY id DESC LIMIT 1";
    one(db, sql, [staff.into(), now.into()]).await
}

pub async fn engagements(db: &impl ConnectionTrait, before: Option<Uuid>, limit: u64) -> Result<Vec<Engagement>> {
    let sql = format!("SELECT * FROM audit_engagement WHERE id < $1 ORDER BY id DESC LIMIT {limit}");
    all(db, &sql, [before.unwrap_or(Uuid::max()).into()]).await
}

pub async fn find_engagement(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Engagement>> {
    one(db, "SELECT * FROM audit_engagement WHERE id = $1", [id.into()]).await
}

/// Contracts whose day has come.
pub async fn over(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Engagement>> {
    let sql = "SELECT * FROM audit_engagement WHERE ended_at IS NULL AND until <= $1 ORDER BY until LIMIT 100";
    all(db, sql, [now.into()]).await
}

/// False: it is over.
pub async fn end(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE audit_engagement SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    Ok(change(db, sql, [id.into(), now.into()]).await? == 1)
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct Finding {
    pub id: Uuid,
    pub severity: String,
    pub staff: Uuid,
    pub at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    pub sealed: Sealed,
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct Step {
    pub id: Uuid,
    pub finding: Uuid,
    pub step: String,
    pub policy_version: Option<String>,
    pub due_on: Option<NaiveDate>,
    pub staff: Uuid,
    pub at: DateTime<Utc>,
    pub sealed: Sealed,
}

pub async fn insert_finding(db: &impl ConnectionTrait, row: &Finding) -> Result<()> {
    let sql = "INSERT INTO audit_finding (id, severity, staff, at, sealed) VALUES ($1, $2, $3, $4, $5)";
    let sealed = row.sealed.0.clone();
    change(db, sql, [row.id.into(), row.severity.clone().into(), row.staff.into(), row.at.into(), sealed.into()]).await.map(drop)
}

pub async fn find_finding(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Finding>> {
    one(db, "SELECT * FROM audit_finding WHERE id = $1", [id.into()]).await
}

pub async fn findings(db: &impl ConnectionTrait, before: Option<Uuid>, limit: u64) -> Result<Vec<Finding>> {
    let sql = format!("SELECT * FROM audit_finding WHERE id < $1 ORDER BY id DESC LIMIT {limit}");
    all(db, &sql, [before.unwrap_or(Uuid::max()).into()]).await
}

pub async fn steps(db: &impl ConnectionTrait, finding: Uuid) -> Result<Vec<Step>> {
    all(db, "SELECT * FROM finding_step WHERE finding = $1 ORDER BY id", [finding.into()]).await
}

pub async fn insert_step(db: &impl ConnectionTrait, row: &Step) -> Result<()> {
    let sql = "INSERT INTO finding_step (id, finding, step, policy_version, due_on, staff, at, sealed) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = [
        row.id.into(),
        row.finding.into(),
        row.step.clone().into(),
        row.policy_version.clone().into(),
        row.due_on.into(),
        row.staff.into(),
        row.at.into(),
        row.sealed.0.clone().into(),
    ];
    change(db, sql, values).await.map(drop)
}

/// False: it is closed.
pub async fn close_finding(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE audit_finding SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL";
    Ok(change(db, sql, [id.into(), now.into()]).await? == 1)
}

pub async fn open_findings(db: &impl ConnectionTrait) -> Result<i64> {
    let sql = "SELECT count(*) AS n FROM audit_finding WHERE closed_at IS NULL";
    Ok(one::<Count>(db, sql, []).await?.map_or(0, |count| count.n))
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct Training {
    pub id: Uuid,
    pub staff: Uuid,
    pub topic: String,
    pub trained_on: NaiveDate,
    pub until: Option<NaiveDate>,
    pub set_by: Uuid,
    pub set_at: DateTime<Utc>,
}

pub async fn insert_training(db: &impl ConnectionTrait, row: &Training) -> Result<()> {
    let sql =
        "INSERT INTO staff_training (id, staff, topic, trained_on, until, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = [
        row.id.into(),
        row.staff.into(),
        row.topic.clone().into(),
        row.trained_on.into(),
        row.until.into(),
        row.set_by.into(),
        row.set_at.into(),
    ];
    change(db, sql, values).await.map(drop)
}

/// Trainings, newest first: of one account, or of all.
pub async fn trainings(
    db: &impl ConnectionTrait,
    staff: Option<Uuid>,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Training>> {
    let before = before.unwrap_or(Uuid::max());
    match staff {
        Some(staff) => {
            let sql = format!("SELECT * FROM staff_training WHERE id < $1 AND staff = $2 ORDER BY id DESC LIMIT {limit}");
            all(db, &sql, [before.into(), staff.into()]).await
        }
        None => {
            let sql = format!("SELECT * FROM staff_training WHERE id < $1 ORDER BY id DESC LIMIT {limit}");
            all(db, &sql, [before.into()]).await
        }
    }
}

/// Trainings whose day is over by `day` and that nobody has repeated.
pub async fn expired_trainings(db: &impl ConnectionTrait, day: NaiveDate) -> Result<i64> {
    let sql = "SELECT count(*) AS n FROM staff_training t JOIN staff f ON f.id = t.staff AND f.state = 'active' \
               WHERE t.until <= $1 AND NOT EXISTS (SELECT 1 FROM staff_training r WHERE r.staff = t.staff AND r.topic = t.topic \
               AND (r.until IS NULL OR r.until > $1))";
    Ok(one::<Count>(db, sql, [day.into()]).await?.map_or(0, |count| count.n))
}
