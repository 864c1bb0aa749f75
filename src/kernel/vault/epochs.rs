//! The third place: wrapping keys, one file per epoch, mode 0600. Every data key in the register is wrapped by one of
//! them. When an epoch ends its file is overwritten and removed, and with it every stale copy of a destroyed data key.

use super::super::clock::Ambient;
use super::super::durable;
use super::super::error::{Error, Result};
use super::sealed::Key;
use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{Seek, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub(super) struct Wrapping {
    folder: PathBuf,
    ambient: Ambient,
    known: Mutex<HashMap<i32, Key>>,
}

impl Wrapping {
    pub fn open(folder: &Path, ambient: Ambient) -> Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| io(folder, &error))?;
        Ok(Self { folder: folder.to_owned(), ambient, known: Mutex::default() })
    }

    /// The wrapping key of `epoch`.
    ///
    /// # Errors
    /// `Internal` when the file is gone: the epoch was ended, or the folder is not the one that belongs to the register.
    pub fn get(&self, epoch: i32) -> Result<Key> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = known.get(&epoch) {
            return Ok(key.clone());
        }
        let path = self.path(epoch);
        let text = fs::read_to_string(&path).map_err(|error| io(&path, &error))?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| Error::internal(format!("{} is not a key", path.display())))?;
        known.insert(epoch, Key(bytes));
        Ok(Key(bytes))
    }

    /// Makes the key of a new epoch and has it on the disk. An epoch that has one keeps it.
    pub fn create(&self, epoch: i32) -> Result<Key> {
        let path = self.path(epoch);
        if path.exists() {
            return self.get(epoch);
        }
        let key = Key::new(&self.ambient);
        if !durable::create(&path, &hex::encode(key.0), &self.ambient).map_err(|error| io(&path, &error))? {
            return self.get(epoch);
        }
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(epoch, key.clone());
        Ok(key)
    }

    /// Ends an epoch: overwrites the key, removes the file, forgets it.
    pub fn destroy(&self, epoch: i32) -> Result<()> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&epoch);
        let path = self.path(epoch);
        if !path.exists() {
            return Ok(());
        }
        let mut file = OpenOptions::new().write(true).open(&path).map_err(|error| io(&path, &error))?;
        file.rewind()
            .and_then(|()| file.write_all(&[b'0'; 64]))
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::remove_file(&path))
            .and_then(|()| fs::File::open(&self.folder)?.sync_all())
            .map_err(|error| io(&path, &error))
    }

    fn path(&self, epoch: i32) -> PathBuf {
        self.folder.join(key_file(epoch))
    }
}

/// The name of an epoch's file in the folder of the wrapping keys.
pub fn key_file(epoch: i32) -> String {
    format!("epoch-{epoch:06}.key")
}

fn io(path: &Path, error: &std::io::Error) -> Error {
    Error::internal(format!("{}: {error}", path.display()))
}
