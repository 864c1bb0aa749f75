//! What an engine's error means. Texts of engines can hold data, so they stay out of our errors: only codes go on.

use super::super::error::Error;
use sea_orm::{DbErr, RuntimeErr, sqlx};

/// An error of the engine that no rule foresaw.
impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match code(&error) {
            Some(code) => Error::Internal(format!("database error {code}")),
            None if is_connection(&error) => Error::Unavailable("the database does not answer"),
            None => Error::Internal(format!("database error: {}", kind(&error))),
        }
    }
}

/// Two rows would overlap in time: PostgreSQL's exclusion constraint (23P01) or the trigger on SQLite (1811).
pub fn is_overlap(error: &DbErr) -> bool {
    matches!(code(error).as_deref(), Some("23P01" | "1811"))
}

/// A constraint of the schema said no; the engine itself is well.
pub(super) fn is_constraint(error: &DbErr) -> bool {
    match code(error) {
        // PostgreSQL: class 23, SQLite: primary code 19 in the low byte.
        Some(code) => code.starts_with("23") && code.len() == 5 || code.parse::<u32>().is_ok_and(|code| code & 0xff == 19),
        None => false,
    }
}

pub(super) fn unavailable(error: DbErr) -> Error {
    let code = code(&error).unwrap_or_else(|| kind(&error).to_owned());
    match error {
        // Every connection is at work: too much at once is no failure of the database.
        DbErr::ConnectionAcquire(_) => tracing::warn!("no connection to the database was free in time"),
        _ => tracing::error!(code, "the database failed"),
    }
    Error::Unavailable("the database does not answer")
}

fn code(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    match error.as_ref() {
        sqlx::Error::Database(error) => error.code().map(|code| code.into_owned()),
        _ => None,
    }
}

fn is_connection(error: &DbErr) -> bool {
    matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) || kind(error) == "connection"
}

fn kind(error: &DbErr) -> &'static str {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => match error.as_ref() {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Protocol(_) => "connection",
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => "a column does not decode",
            _ => "statement",
        },
        DbErr::Type(_) | DbErr::TryIntoErr { .. } => "a column has another type",
        DbErr::RecordNotInserted => "nothing was inserted",
        DbErr::RecordNotUpdated => "nothing was updated",
        _ => "other",
    }
}
