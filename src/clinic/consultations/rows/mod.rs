//! The room's tables and every query on them.

mod conversations;
mod messages;

pub use conversations::*;
pub use messages::*;

use crate::kernel::error::Result;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

/// On which side of a conversation somebody stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Patient,
    Staff,
}

impl Side {
    /// The column of the number up to which this side has read, and what tells the other side's messages.
    const fn reading(self) -> (&'static str, &'static str) {
        match self {
            Side::Patient => ("patient_read", "author IS NOT NULL"),
            Side::Staff => ("staff_read", "author IS NULL"),
        }
    }
}

/// Runs a statement and answers how many rows it changed.
pub async fn change(db: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await?.rows_affected())
}

async fn all<R>(db: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<R>>
where
    R: FromQueryResult,
{
    Ok(R::find_by_statement(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).all(db).await?)
}

async fn one<R>(db: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Option<R>>
where
    R: FromQueryResult,
{
    Ok(R::find_by_statement(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).one(db).await?)
}
