//! A store as a whole, by the engine's own tools: dumped while it is in use, looked through, loaded.

mod postgres;
mod sqlite;

use crate::kernel::db::Engine;
use crate::kernel::error::Result;
use postgres::Postgres;
use std::path::{Path, PathBuf};

pub enum Store {
    /// The file.
    Sqlite(PathBuf),
    Postgres(Postgres),
}

impl Store {
    pub fn of(url: &str) -> Result<Self> {
        match Engine::of(url)? {
            Engine::Sqlite => Ok(Store::Sqlite(sqlite::file(url)?)),
            Engine::Postgres => Ok(Store::Postgres(Postgres::of(url)?)),
        }
    }

    /// The file of a SQLite store.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Store::Sqlite(file) => Some(file),
            Store::Postgres(_) => None,
        }
    }

    /// The folder of a SQLite store.
    pub fn folder(&self) -> Option<&Path> {
        self.file().and_then(Path::parent).map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
    }

    /// The name that manifests give the engine.
    pub fn engine(&self) -> &'static str {
        match self {
            Store::Sqlite(_) => SQLITE,
            Store::Postgres(_) => POSTGRES,
        }
    }

    /// Whether there is something: the file, or a table in the database.
    ///
    /// # Errors
    /// `Unavailable` when PostgreSQL does not answer.
    pub async fn exists(&self) -> Result<bool> {
        match self {
            Store::Sqlite(file) => Ok(file.exists()),
            Store::Postgres(database) => database.has_tables().await,
        }
    }

    /// Whether nothing is there that a restored store could collide with: SQLite would play a journal that was left
    /// behind into the new file.
    pub async fn is_vacant(&self) -> Result<bool> {
        match self {
            Store::Sqlite(file) => Ok(["", "-wal", "-shm", "-journal"].iter().all(|end| !sqlite::beside(file, end).exists())),
            Store::Postgres(database) => Ok(!database.has_tables().await?),
        }
    }

    /// A consistent copy of a store that is in use, into the empty file `to`.
    pub async fn dump(&self, to: &Path) -> Result<()> {
        match self {
            Store::Sqlite(file) => sqlite::dump(file, to).await,
            Store::Postgres(database) => database.dump(to).await,
        }
    }

    /// Fills an empty place with a dump, whole or not at all.
    pub async fn load(&self, from: &Path) -> Result<()> {
        match self {
            Store::Sqlite(file) => sqlite::load(file, from),
            Store::Postgres(database) => database.load(from).await,
        }
    }
}

const SQLITE: &str = "sqlite";
const POSTGRES: &str = "postgres";

/// What is wrong inside a dump, by the engine's own check.
pub async fn fault_in_dump(engine: &str, dump: &Path) -> Result<Option<String>> {
    match engine {
        SQLITE => sqlite::fault_in(dump).await,
        POSTGRES => postgres::fault_in(dump).await,
        _ => Ok(Some("the engine is unknown to this version".to_owned())),
    }
}
