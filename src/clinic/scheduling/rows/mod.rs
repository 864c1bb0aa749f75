//! The room's tables and every query on them.

mod bookings;
mod office;

pub use bookings::*;
pub use office::*;

use crate::kernel::error::Result;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

/// Kept for its patient to pay.
pub const HELD: &str = "held";
pub const BOOKED: &str = "booked";
pub const CANCELLED: &str = "cancelled";
/// Held, and not paid in time.
pub const EXPIRED: &str = "expired";
/// Booked, and the visit is over.
pub const DONE: &str = "done";

/// Runs a statement and answers how many rows it changed.
async fn change(db: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
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
