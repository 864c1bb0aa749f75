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

/// Most values that one statement binds. Both engines take more; SQLite looks each of them up among those before it.
const VALUES_MAX: usize = 4_000;

/// Inserts rows, many in a statement.
pub async fn insert_many(db: &impl ConnectionTrait, table: &str, columns: &[&str], rows: Vec<Vec<Value>>) -> Result<()> {
    let rows_max = (VALUES_MAX / columns.len().max(1)).max(1);
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let part: Vec<Vec<Value>> = rows.by_ref().take(rows_max).collect();
        let places = (0..part.len()).map(|row| {
            let places: Vec<String> = (1..=columns.len()).map(|place| format!("${}", row * columns.len() + place)).collect();
            format!("({})", places.join(", "))
        });
        let places: Vec<String> = places.collect();
        let sql = format!("INSERT INTO {table} ({}) VALUES {}", columns.join(", "), places.join(", "));
        change(db, &sql, part.into_iter().flatten()).await?;
    }
    Ok(())
}
