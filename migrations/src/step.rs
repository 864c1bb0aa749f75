//! A step is SQL that reads the same for both engines, but for the names of a few types.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// Runs `sql`, statement by statement (`;` at the end of a line ends one), with the engine's names for
/// `{uuid} {time} {date} {bytes} {json} {bool} {int}`.
pub async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let names: [(&str, &str); 7] = match manager.get_database_backend() {
        DbBackend::Postgres => [
            ("{uuid}", "uuid"),
            ("{time}", "timestamptz"),
            ("{date}", "date"),
            ("{bytes}", "bytea"),
            ("{json}", "jsonb"),
            ("{bool}", "boolean"),
            ("{int}", "bigint"),
        ],
        _ => [
            ("{uuid}", "uuid_text"),
            ("{time}", "timestamp_with_timezone_text"),
            ("{date}", "date_text"),
            ("{bytes}", "blob"),
            ("{json}", "json_text"),
            ("{bool}", "boolean"),
            ("{int}", "integer"),
        ],
    };
    let sql = names.iter().fold(sql.to_owned(), |sql, (from, to)| sql.replace(from, to));
    for statement in sql.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Runs what one engine alone needs, as a trigger or an exclusion constraint.
pub async fn run_on(manager: &SchemaManager<'_>, backend: DbBackend, statements: &[&str]) -> Result<(), DbErr> {
    if manager.get_database_backend() == backend {
        for statement in statements {
            manager.get_connection().execute_unprepared(statement).await?;
        }
    }
    Ok(())
}
