//! Opening an engine as it has to be opened.

use super::super::error::{Error, Result};
use super::faults;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// Which engine a database URL speaks of.
    pub fn of(url: &str) -> Result<Self> {
        if url.starts_with("sqlite:") {
            Ok(Engine::Sqlite)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Engine::Postgres)
        } else {
            Err(Error::internal("a database URL starts with sqlite: or postgres:"))
        }
    }
}

/// Statements that each connection keeps prepared: more than the house has on its ways that are gone often.
const PREPARED: usize = 400;

/// Connections of a node to PostgreSQL.
pub(super) const CONNECTIONS: u32 = 20;

pub(super) async fn readers(engine: Engine, url: &str) -> Result<DatabaseConnection> {
    match engine {
        Engine::Sqlite => open(sqlite(url, 4)).await,
        Engine::Postgres => open(options(url, CONNECTIONS)).await,
    }
}

pub(super) async fn sqlite_writer(url: &str) -> Result<DatabaseConnection> {
    private_file(url)?;
    open(sqlite(url, 1)).await
}

/// Makes a missing database file with mode 0600; SQLite gives its companions the same mode.
fn private_file(url: &str) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(Error::internal(format!("the database {path} can't be made: {error}")))
        }
        _ => Ok(()),
    }
}

async fn open(options: ConnectOptions) -> Result<DatabaseConnection> {
    Database::connect(options).await.map_err(faults::unavailable)
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .idle_timeout(Duration::from_secs(60))
        .connect_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_postgres_opts(|options| options.statement_cache_capacity(PREPARED));
    options
}

/// `synchronous=FULL`: what was acknowledged is on the disk; group commit pays for it. `secure_delete`: what was
/// deleted is overwritten.
fn sqlite(url: &str, connections: u32) -> ConnectOptions {
    let mut options = options(url, connections);
    options.idle_timeout(None::<Duration>).max_lifetime(None::<Duration>).map_sqlx_sqlite_opts(|options| {
        options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(PREPARED)
            .pragma("secure_delete", "ON")
    });
    options
}
