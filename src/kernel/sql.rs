//! Statements written out, for the rooms' `rows.rs`: `$1` places, the same text on both engines.

use super::error::Result;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

fn statement(db: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}

/// Runs a statement and answers how many rows it changed.
pub async fn change(db: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
    Ok(db.execute_raw(statement(db, sql, values)).await?.rows_affected())
}

/// Every row of a query.
pub async fn all<R>(db: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<R>>
where
    R: FromQueryResult,
{
    Ok(R::find_by_statement(statement(db, sql, values)).all(db).await?)
}

/// The first row of a query, if there is one.
pub async fn one<R>(db: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Option<R>>
where
    R: FromQueryResult,
{
    Ok(R::find_by_statement(statement(db, sql, values)).one(db).await?)
}
