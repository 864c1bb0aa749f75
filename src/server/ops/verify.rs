//! Whether a backup is still what was written.

use super::engine;
use super::manifest::{self, Kind, MANIFEST, MANIFEST_HASH, Manifest};
use super::place::io;
use crate::kernel::error::{Error, Result};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What a check of a backup found.
#[derive(Debug, Clone)]
pub struct Verified {
    pub folder: PathBuf,
    pub kind: Kind,
    pub created_at: DateTime<Utc>,
    pub files: usize,
    pub bytes: u64,
    /// One sentence for each file that is not as it was written; empty when the backup is sound.
    pub faults: Vec<String>,
}

impl Verified {
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verified { folder, kind, created_at, files, bytes, faults } = self;
        let folder = folder.display();
        writeln!(f, "{folder}: backup of the {kind} of {created_at}, {files} files, {bytes} bytes")?;
        for fault in faults {
            writeln!(f, "  BAD {fault}")?;
        }
        f.write_str(if faults.is_empty() { "  sound\n" } else { "  do not restore it; keep the one before\n" })
    }
}

/// Reads every file of a backup, compares size and SHA-256, and lets the engine's own tool look through the dump.
///
/// # Errors
/// A sentence when the folder is no finished backup, or its manifest was changed.
pub async fn verify_backup(folder: &Path) -> Result<Verified> {
    let owned = folder.to_owned();
    let (manifest, mut faults) = tokio::task::spawn_blocking(move || compared(&owned))
        .await
        .map_err(|_| Error::internal("the check of a backup ended early"))??;
    if let Some(dump) = &manifest.dump
        && !faults.iter().any(|fault| fault.starts_with(&format!("{dump} ")))
        && let Some(fault) = engine::fault_in_dump(&manifest.engine, &folder.join(dump)).await?
    {
        faults.push(format!("{dump} {fault}"));
    }
    let (files, bytes) = (manifest.files.len(), manifest.bytes());
    Ok(Verified { folder: folder.to_owned(), kind: manifest.kind, created_at: manifest.created_at, files, bytes, faults })
}

/// The manifest, and what differs from it.
fn compared(folder: &Path) -> Result<(Manifest, Vec<String>)> {
    let manifest = Manifest::read(folder)?;
    let mut faults = Vec::new();
    for written in &manifest.files {
        match manifest::part(folder, &written.path) {
            Ok(now) if now.bytes != written.bytes => {
                faults.push(format!("{} has {} bytes instead of {}", written.path, now.bytes, written.bytes));
            }
            Ok(now) if now.sha256 != written.sha256 => faults.push(format!("{} was changed: its hash differs", written.path)),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => faults.push(format!("{} is missing", written.path)),
            Err(error) => faults.push(format!("{} can't be read: {error}", written.path)),
        }
    }
    let known: BTreeSet<&str> = manifest.files.iter().map(|part| part.path.as_str()).chain([MANIFEST, MANIFEST_HASH]).collect();
    let mut found = Vec::new();
    paths_below(folder, "", &mut found)?;
    faults.extend(found.iter().filter(|path| !known.contains(path.as_str())).map(|path| format!("{path} is not of this backup")));
    Ok((manifest, faults))
}

fn paths_below(folder: &Path, prefix: &str, found: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(|error| io(folder, &error))? {
        let entry = entry.map_err(|error| io(folder, &error))?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            paths_below(&entry.path(), &format!("{path}/"), found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}
