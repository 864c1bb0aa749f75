//! Openings as they are counted: by whom, and of how many. Read in the order of the chain, which no transaction that commits
//! late can slip past.

use super::super::db::Db;
use super::super::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use uuid::Uuid;

/// A member of staff opened something of somebody, who is named by his mark.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Opened {
    pub at: DateTime<Utc>,
    who: String,
    pub about: Vec<u8>,
}

impl Opened {
    pub fn staff(&self) -> Option<Uuid> {
        self.who.strip_prefix("staff:").and_then(|id| id.parse().ok())
    }
}

#[derive(FromQueryResult)]
struct Seq {
    seq: i64,
}

/// The openings by staff among the next `limit` lines of the chain after number `after`, and the last of those numbers. What
/// is sealed for staff (a name, a ground) is no patient's. None: the chain ends there.
pub async fn opened_after(db: &Db, after: i64, limit: i64) -> Result<Option<(i64, Vec<Opened>)>> {
    let reader = db.reader();
    let backend = reader.get_database_backend();
    let sql = "SELECT seq FROM audit_chain WHERE seq > $1 AND seq <= $2 ORDER BY seq DESC LIMIT 1";
    let query = Statement::from_sql_and_values(backend, sql, [after.into(), (after + limit).into()]);
    let Some(Seq { seq: last }) = Seq::find_by_statement(query).one(&reader).await? else { return Ok(None) };
    let sql = "SELECT l.at, l.who, l.about FROM audit_chain c JOIN audit_line l ON l.id = c.line_id \
               WHERE c.seq > $1 AND c.seq <= $2 AND l.action = 'open' AND l.about IS NOT NULL AND l.who LIKE 'staff:%' \
               AND (l.class IS NULL OR l.class <> 'staff')";
    let values: [Value; 2] = [after.into(), last.into()];
    let opened = Opened::find_by_statement(Statement::from_sql_and_values(backend, sql, values)).all(&reader).await?;
    Ok(Some((last, opened)))
}
