//! What the trail tells the person whom it is about: who opened his data, when and on what basis.

use super::super::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use uuid::Uuid;

/// A stretch of the list, newest first.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The last line of the page before.
    pub before: Option<Uuid>,
    pub limit: u64,
}

/// Somebody of the staff, or a representative, opened something.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Opening {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    /// `staff:` and the account, or `representative:` and his mark.
    who: String,
    pub object_kind: Option<String>,
    pub object_id: Option<Uuid>,
    pub class: Option<String>,
    pub basis: Option<String>,
}

impl Opening {
    /// The account that opened it.
    pub fn staff(&self) -> Option<Uuid> {
        self.who.strip_prefix("staff:").and_then(|id| id.parse().ok())
    }

    /// The mark of the representative who opened it.
    pub fn representative(&self) -> Option<[u8; 32]> {
        let mark = hex::decode(self.who.strip_prefix("representative:")?).ok()?;
        mark.try_into().ok()
    }
}

/// Openings by staff and representatives of the data of one subject, who is named by his mark. Ids of lines are made by the hour, so that
/// they sort as the openings happened.
pub async fn openings_about(db: &impl ConnectionTrait, mark: [u8; 32], page: Page) -> Result<Vec<Opening>> {
    let before = page.before.unwrap_or(Uuid::max());
    let sql = "SELECT id, at, who, object_kind, object_id, class, basis FROM audit_line \
               WHERE about = $1 AND id < $2 AND action = 'open' AND (who LIKE 'staff:%' OR who LIKE 'representative:%') \
               ORDER BY id DESC LIMIT $3";
    let limit = i64::try_from(page.limit).unwrap_or(i64::MAX);
    let values: [Value; 3] = [mark.to_vec().into(), before.into(), limit.into()];
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(Opening::find_by_statement(query).all(db).await?)
}

/// The last openings by staff of the data of one subject that rest on one basis, newest first.
pub async fn openings_because(
    db: &impl ConnectionTrait,
    mark: [u8; 32],
    basis: &'static str,
    since: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Opening>> {
    let sql = "SELECT id, at, who, object_kind, object_id, class, basis FROM audit_line \
               WHERE about = $1 AND basis = $2 AND at >= $3 AND action = 'open' AND who LIKE 'staff:%' ORDER BY id DESC LIMIT $4";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values: [Value; 4] = [mark.to_vec().into(), basis.into(), since.into(), limit.into()];
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(Opening::find_by_statement(query).all(db).await?)
}
