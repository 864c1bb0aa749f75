//! SQLite: `VACUUM INTO` reads one snapshot while writers go on, and leaves no deleted byte in the copy.

use super::super::place::{self, io};
use crate::kernel::error::{Error, Result};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub fn file(url: &str) -> Result<PathBuf> {
    let options: SqliteConnectOptions = url.parse().map_err(|_| Error::internal("a sqlite: URL does not read"))?;
    Ok(options.get_filename().to_owned())
}

async fn open(
    file: &Path,
    how: impl Fn(SqliteConnectOptions) -> SqliteConnectOptions + Send + Sync + 'static,
) -> Result<DatabaseConnection> {
    let path = file.to_owned();
    let mut options = ConnectOptions::new("sqlite:");
    options.max_connections(1).sqlx_logging(false).map_sqlx_sqlite_opts(move |options| {
        how(options.filename(&path).in_memory(false).shared_cache(false).create_if_missing(false))
    });
    Ok(Database::connect(options).await?)
}

pub async fn dump(file: &Path, to: &Path) -> Result<()> {
    let to = to.to_str().ok_or_else(|| Error::internal("the path of a backup has to be UTF-8"))?;
    let db = open(file, |options| options.busy_timeout(Duration::from_secs(30))).await?;
    let vacuum = Statement::from_sql_and_values(db.get_database_backend(), "VACUUM INTO $1", [to.into()]);
    let done = db.execute_raw(vacuum).await;
    db.close().await?;
    done?;
    place::sync(Path::new(to))
}

/// The path with `end` behind its name.
pub fn beside(file: &Path, end: &str) -> PathBuf {
    let mut beside = file.as_os_str().to_owned();
    beside.push(end);
    beside.into()
}

/// Copies beside the place and renames, so that a half-copied store never bears the name.
pub fn load(file: &Path, from: &Path) -> Result<()> {
    let beside = beside(file, ".restoring");
    let _ = fs::remove_file(&beside);
    place::copy(from, &beside)?;
    fs::rename(&beside, file).map_err(|error| io(file, &error))?;
    place::sync(file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}

pub async fn fault_in(dump: &Path) -> Result<Option<String>> {
    // Immutable: a check leaves no journal beside the backup.
    let Ok(db) = open(dump, |options| options.read_only(true).immutable(true)).await else {
        return Ok(Some("is not a SQLite database".to_owned()));
    };
    let check = Statement::from_string(db.get_database_backend(), "PRAGMA integrity_check(1)");
    let answer = match db.query_one_raw(check).await {
        Ok(Some(row)) => row.try_get_by_index::<String>(0).unwrap_or_default(),
        _ => "no answer".to_owned(),
    };
    let _ = db.close().await;
    Ok((answer != "ok").then(|| "does not pass SQLite's integrity check".to_owned()))
}
