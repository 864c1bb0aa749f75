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

/// The places of an `IN (…)` after the `after`th, and its values. Filled up to the next power of two with the last of them, so
/// that lists of all lengths share a handful of texts: each connection keeps those prepared that it has seen.
pub fn list<T: Clone + Into<Value>>(after: usize, items: &[T]) -> (String, Vec<Value>) {
    let Some(last) = items.last() else { return ("NULL".to_owned(), Vec::new()) };
    let count = items.len().next_power_of_two();
    let values = items.iter().chain(std::iter::repeat(last)).take(count).map(|item| item.clone().into()).collect();
    let places: Vec<String> = (after + 1..=after + count).map(|place| format!("${place}")).collect();
    (places.join(", "), values)
}

/// As `list`, of rows: `($1, $2), ($3, $4)`. Of rows that are said twice one counts: where it matters, the statement says so.
pub fn rows(after: usize, rows: &[Vec<Value>]) -> (String, Vec<Value>) {
    let Some(last) = rows.last() else { return (String::new(), Vec::new()) };
    let (count, columns) = (rows.len().next_power_of_two(), last.len());
    let values = rows.iter().chain(std::iter::repeat(last)).take(count).flatten().cloned().collect();
    let row = |row: usize| {
        let places: Vec<String> = (1..=columns).map(|place| format!("${}", after + row * columns + place)).collect();
        format!("({})", places.join(", "))
    };
    ((0..count).map(row).collect::<Vec<_>>().join(", "), values)
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
