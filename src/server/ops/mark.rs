//! Whether an installation is a sandbox, for good; and the lock that keeps a second server off a SQLite store.

use super::engine::Store;
use super::{meta, place};
use crate::app::config::Config;
use crate::kernel::clock::Ambient;
use crate::kernel::db::Db;
use crate::kernel::error::{Error, Result};
use feldsher_migrations::Record;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const SANDBOX: &str = "sandbox";
const REAL: &str = "real";

/// Writes into the record how it is run, the first time; later only compares. The record is created and migrated when it
/// is missing, so this may come before everything else.
///
/// # Errors
/// A sentence when the record was run the other way before.
pub async fn check_mark(config: &Config, ambient: &Ambient, sandbox: bool) -> Result<()> {
    if let Some(folder) = Store::of(&config.record_url())?.folder() {
        place::private_folder(folder)?;
    }
    let db = Db::open(&config.record_url(), ambient.clone()).await?;
    let marked = mark(&db, sandbox).await;
    db.close().await;
    marked
}

async fn mark(db: &Db, sandbox: bool) -> Result<()> {
    db.migrate::<Record>().await?;
    match (meta::keep_first(db, meta::MODE, if sandbox { SANDBOX } else { REAL }).await?.as_str(), sandbox) {
        (SANDBOX, true) | (REAL, false) => Ok(()),
        (_, true) => Err(Error::internal(
            "this record was run without --sandbox before: real people may be in it, and a sandbox shows every message and \
             moves the clock. Give the sandbox a data and a keys folder of its own.",
        )),
        (_, false) => Err(Error::internal(
            "this record was run with --sandbox before: its clock was moved and its messages were shown to anybody. Start \
             for real with a data and a keys folder of their own.",
        )),
    }
}

/// Whether the record is marked as a sandbox; `None` when it was never served.
pub(super) async fn is_sandbox(record: &Db) -> Result<Option<bool>> {
    Ok(meta::get(record, meta::MODE).await?.map(|mode| mode == SANDBOX))
}

/// Keeps other servers off the SQLite stores until it is dropped. Nothing is locked on PostgreSQL, which serves many.
#[must_use = "the stores are locked as long as this is held"]
#[derive(Debug)]
pub struct ServeLock {
    held: Vec<File>,
}

impl Drop for ServeLock {
    /// Given back by word and not by closing alone: a tool that is just being started holds a copy of the file until it has become
    /// its own program, and would hold the lock with it.
    fn drop(&mut self) {
        for file in &self.held {
            // It was held, and the end of the process would give it back as well.
            let _ = file.unlock();
        }
    }
}

/// Locks the folder of each SQLite store (`serve.lock`). The system gives the lock back when the process ends, however
/// it ends.
///
/// # Errors
/// A sentence when another server holds it.
pub fn lock_serve(config: &Config) -> Result<ServeLock> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for url in [config.record_url(), config.register_url()] {
        if let Some(folder) = Store::of(&url)?.folder() {
            place::private_folder(folder)?;
            folders.push(place::real(folder)?);
        }
    }
    // Two locks of one process on one file would exclude each other.
    folders.dedup();
    Ok(ServeLock { held: folders.iter().map(|folder| lock(folder)).collect::<Result<_>>()? })
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("serve.lock");
    let failed = |error: std::io::Error| Error::internal(format!("{}: {error}", path.display()));
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::internal(format!(
            "another feldsher serves {}: one server at a time works on a SQLite store. Stop the other one, or move to \
             PostgreSQL (record_url, register_url).",
            folder.display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}
