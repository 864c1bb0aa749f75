//! What an installation remembers about itself: rows of the record's `meta`, and how far both stores have come.

use crate::kernel::db::{Actor, Db, Reader, Tx};
use crate::kernel::error::Result;
use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

/// `sandbox` or `real`: how the record was run first, and so how it is run for good.
pub const MODE: &str = "mode";
/// The generation of the register up to which this record has carried out its tombstones.
pub const REGISTER_GENERATION: &str = "register_generation";
pub const LAST_BACKUP_RECORD_AT: &str = "last_backup_record_at";
pub const LAST_BACKUP_REGISTER_AT: &str = "last_backup_register_at";

#[derive(FromQueryResult)]
struct Text {
    value: String,
}

#[derive(FromQueryResult)]
struct Number {
    n: i64,
}

/// The value under `name`, if there is one.
pub async fn get(db: &Db, name: &str) -> Result<Option<String>> {
    let reader = db.reader();
    let sql = "SELECT value FROM meta WHERE name = $1";
    let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, [name.into()]);
    Ok(Text::find_by_statement(query).one(&reader).await?.map(|row| row.value))
}

/// Keeps `value` under `name` unless there is one; answers the value that holds.
pub async fn keep_first(db: &Db, name: &'static str, value: &str) -> Result<String> {
    db.write(&Actor::house("meta.keep"), async |tx: &mut Tx| -> Result<String> {
        let backend = tx.get_database_backend();
        let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        tx.execute_raw(Statement::from_sql_and_values(backend, sql, [name.into(), value.into()])).await?;
        let query = Statement::from_sql_and_values(backend, "SELECT value FROM meta WHERE name = $1", [name.into()]);
        Ok(Text::find_by_statement(query).one(tx).await?.map_or_else(|| value.to_owned(), |row| row.value))
    })
    .await
}

/// Writes the hour under `name`.
pub async fn set_hour(db: &Db, name: &'static str, at: DateTime<Utc>) -> Result<()> {
    let value = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    db.write(&Actor::house("meta.set"), async |tx: &mut Tx| -> Result<()> {
        let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [name.into(), value.clone().into()]))
            .await?;
        Ok(())
    })
    .await
}

/// The hour under `name`; one that does not read counts as none.
pub async fn hour(db: &Db, name: &str) -> Result<Option<DateTime<Utc>>> {
    Ok(get(db, name).await?.and_then(|value| value.parse().ok()))
}

/// The generation of the register that this record has seen; 0 for a record that never saw an erasure.
pub async fn generation_seen(record: &Db) -> Result<i64> {
    Ok(get(record, REGISTER_GENERATION).await?.and_then(|value| value.parse().ok()).unwrap_or(0))
}

/// The generation of the register itself.
pub async fn generation_of(register: &Db) -> Result<i64> {
    number(&register.reader(), "SELECT n FROM generation").await.map(|n| n.unwrap_or(0))
}

/// The steps of the schema that were applied, by name, oldest first.
pub async fn applied(db: &Db) -> Result<Vec<String>> {
    let reader = db.reader();
    let sql = "SELECT version AS value FROM seaql_migrations ORDER BY version";
    let rows = Text::find_by_statement(Statement::from_string(reader.get_database_backend(), sql)).all(&reader).await?;
    Ok(rows.into_iter().map(|row| row.value).collect())
}

/// The `n` of the first row of a query without parameters.
pub async fn number(reader: &Reader<'_>, sql: &str) -> Result<Option<i64>> {
    let query = Statement::from_string(reader.get_database_backend(), sql);
    Ok(Number::find_by_statement(query).one(reader).await?.map(|row| row.n))
}
