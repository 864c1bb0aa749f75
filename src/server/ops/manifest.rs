//! What a backup says about itself: `manifest.json`, with the size and the SHA-256 of each file, and beside it
//! `manifest.sha256`, so that the manifest itself is checked too (`sha256sum -c` reads it).

use super::place::{self, io};
use crate::kernel::error::{Error, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};

pub const MANIFEST: &str = "manifest.json";
pub const MANIFEST_HASH: &str = "manifest.sha256";

/// Which of the three places a backup is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Record,
    Register,
    Wrapping,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Record => "record",
            Kind::Register => "register",
            Kind::Wrapping => "wrapping",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    pub kind: Kind,
    pub created_at: DateTime<Utc>,
    /// `sqlite`, `postgres`, or `files` for wrapping keys.
    pub engine: String,
    /// The steps of the schema that were applied, oldest first.
    pub schema: Vec<String>,
    /// Of a record: the generation of the register that it has seen, at most. Of a register: its own, at least.
    pub register_generation: i64,
    /// The dump of the store, by name; none for wrapping keys.
    pub dump: Option<String>,
    pub files: Vec<Part>,
}

/// One file of a backup.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    /// Below the folder of the backup, with `/` between.
    pub path: String,
    pub bytes: u64,
    /// Hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// Reads the manifest of a finished backup.
    ///
    /// # Errors
    /// A sentence when there is none, or when it was changed.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(MANIFEST);
        let text = fs::read(&path).map_err(|error| {
            Error::internal(format!("{} is not a finished backup: its manifest can't be read ({error})", folder.display()))
        })?;
        let hash_path = folder.join(MANIFEST_HASH);
        let kept = fs::read_to_string(&hash_path).map_err(|error| io(&hash_path, &error))?;
        if kept != hash_line(&text) {
            return Err(Error::internal(format!("{} was changed: it does not have the hash beside it", path.display())));
        }
        let manifest: Manifest = serde_json::from_slice(&text)
            .map_err(|_| Error::internal(format!("{} was written by another version: it does not read", path.display())))?;
        match manifest.files.iter().find(|part| !is_inside(&part.path)) {
            Some(_) => Err(Error::internal(format!("{} names a file outside its folder", path.display()))),
            None => Ok(manifest),
        }
    }

    pub fn write(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(|_| Error::internal("a manifest could not be written"))?;
        for (name, content) in [(MANIFEST, text.as_slice()), (MANIFEST_HASH, hash_line(&text).as_bytes())] {
            let path = folder.join(name);
            let mut file = place::private_file(&path)?;
            file.write_all(content).and_then(|()| file.sync_all()).map_err(|error| io(&path, &error))?;
        }
        Ok(())
    }

    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|part| part.bytes).sum()
    }

    /// The path of the dump inside `folder`.
    ///
    /// # Errors
    /// A sentence when the backup has none.
    pub fn dump_in(&self, folder: &Path) -> Result<PathBuf> {
        let name = self.dump.as_ref().filter(|name| self.files.iter().any(|part| part.path == **name));
        name.map(|name| folder.join(name)).ok_or_else(|| Error::internal(format!("{} holds no dump", folder.display())))
    }
}

fn hash_line(text: &[u8]) -> String {
    format!("{}  {MANIFEST}\n", hex::encode(Sha256::digest(text)))
}

/// A manifest may come from anywhere: it must not lead out of its folder.
fn is_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

/// Reads a file through: its size and hash, as a part of name `path`.
pub fn part(folder: &Path, path: &str) -> std::io::Result<Part> {
    let mut file = File::open(folder.join(path))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(Part { path: path.to_owned(), bytes, sha256: hex::encode(hash.finalize()) });
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
}
