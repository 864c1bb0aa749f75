//! Readings of rules, and what officers were told of.

use crate::kernel::error::Result;
use crate::kernel::sql::{all, change};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Clone, Debug, FromQueryResult)]
pub struct RuleReview {
    pub id: Uuid,
    pub rule: String,
    /// The day that stood when it was read.
    pub review_by: NaiveDate,
    pub outcome: String,
    pub note: String,
    pub next_review_by: NaiveDate,
    pub officer: Uuid,
    pub at: DateTime<Utc>,
}

pub async fn insert(db: &impl ConnectionTrait, row: &RuleReview) -> Result<()> {
    let sql = "INSERT INTO rule_review (id, rule, review_by, outcome, note, next_review_by, officer, at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = [
        row.id.into(),
        row.rule.as_str().into(),
        row.review_by.into(),
        row.outcome.as_str().into(),
        row.note.as_str().into(),
        row.next_review_by.into(),
        row.officer.into(),
        row.at.into(),
    ];
    change(db, sql, values).await.map(drop)
}

/// The last reading of each rule. There are some dozens of rules, each read once a year or so.
pub async fn last(db: &impl ConnectionTrait) -> Result<HashMap<String, RuleReview>> {
    let rows: Vec<RuleReview> = all(db, "SELECT * FROM rule_review ORDER BY id", []).await?;
    Ok(rows.into_iter().map(|row| (row.rule.clone(), row)).collect())
}

/// Notes that officers are told of a rule and its day. False: they were.
pub async fn note_told(db: &impl ConnectionTrait, rule: &str, due: NaiveDate, now: DateTime<Utc>) -> Result<bool> {
    let sql = "INSERT INTO rule_told (rule, due, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Ok(change(db, sql, [rule.into(), due.into(), now.into()]).await? == 1)
}
