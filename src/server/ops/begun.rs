//! A backup on its way: written beside its place (`NAME.unfinished`) and renamed at the end, so that a half one never
//! looks whole.

use super::backup::{BackedUp, OBJECTS};
use super::engine::Store;
use super::manifest::{self, Kind, MANIFEST, Manifest, Part};
use super::place::{self, io};
use crate::app::config::Config;
use crate::kernel::error::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// A backup on its way. Dropped before `finish`, it leaves nothing.
pub struct Begun {
    to: PathBuf,
    unfinished: PathBuf,
    pub files: Vec<Part>,
    finished: bool,
}

impl Begun {
    /// Checks the place and makes the folder that is renamed at the end.
    pub fn at(config: &Config, to: &Path) -> Result<Self> {
        let to = place::real(to)?;
        check_place(config, &to)?;
        let (Some(parent), Some(name)) = (to.parent(), to.file_name()) else {
            return Err(Error::internal("a backup needs a folder of its own"));
        };
        place::private_folder(parent)?;
        let unfinished = parent.join(format!("{}.unfinished", name.to_string_lossy()));
        if unfinished.exists() {
            return Err(Error::internal(format!(
                "{} is left of a backup that was interrupted, or another one is writing it: remove it when none runs",
                unfinished.display()
            )));
        }
        place::private_folder(&unfinished.join(OBJECTS))?;
        Ok(Self { to, unfinished, files: Vec::new(), finished: false })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.unfinished.join(name)
    }

    /// Dumps a store and answers the name of the dump.
    pub async fn dump(&mut self, store: &Store, kind: Kind) -> Result<String> {
        let name = format!("{kind}.{}", if store.file().is_some() { "db" } else { "dump" });
        let path = self.path(&name);
        drop(place::private_file(&path)?);
        store.dump(&path).await?;
        self.take(&name)?;
        Ok(name)
    }

    pub fn copy(&mut self, from: &Path, name: &str) -> Result<()> {
        place::copy(from, &self.path(name))?;
        self.take(name)
    }

    fn take(&mut self, name: &str) -> Result<()> {
        let part = manifest::part(&self.unfinished, name).map_err(|error| io(&self.unfinished, &error))?;
        self.files.push(part);
        Ok(())
    }

    /// Writes the manifest over what was gathered and gives the backup its name.
    pub fn finish(mut self, manifest: Manifest) -> Result<BackedUp> {
        let manifest = Manifest { files: std::mem::take(&mut self.files), ..manifest };
        // Only a record has objects.
        if fs::remove_dir(self.unfinished.join(OBJECTS)).is_err() {
            place::sync(&self.unfinished.join(OBJECTS))?;
        }
        manifest.write(&self.unfinished)?;
        place::sync(&self.unfinished)?;
        fs::rename(&self.unfinished, &self.to).map_err(|error| io(&self.to, &error))?;
        self.finished = true;
        if let Some(parent) = self.to.parent() {
            place::sync(parent)?;
        }
        Ok(BackedUp {
            folder: self.to.clone(),
            kind: manifest.kind,
            files: manifest.files.len(),
            bytes: manifest.bytes(),
            register_generation: manifest.register_generation,
            notes: Vec::new(),
        })
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_dir_all(&self.unfinished);
        }
    }
}

/// Each backup lies for itself: not in the installation, not in another backup, not over something.
fn check_place(config: &Config, to: &Path) -> Result<()> {
    if fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some()) || to.is_file() {
        return Err(Error::internal(format!("{} is not empty: each backup gets a folder of its own", to.display())));
    }
    for own in place::own(config) {
        if to.starts_with(place::real(&own)?) {
            return Err(Error::internal(format!(
                "{} lies inside the installation ({}): who copies that would copy both. Choose a folder apart.",
                to.display(),
                own.display()
            )));
        }
    }
    match to.ancestors().skip(1).find(|above| above.join(MANIFEST).exists()) {
        Some(other) => Err(Error::internal(format!(
            "{} lies inside another backup ({}): record, register and wrapping keys lie apart.",
            to.display(),
            other.display()
        ))),
        None => Ok(()),
    }
}
