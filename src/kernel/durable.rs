//! Small private files that appear whole or not at all, whenever the process is killed and however many start at once.

use super::clock::Ambient;
use std::fs::{self, File, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Makes the file (0600) and has it on the disk. False: somebody else made it first, and it stays as it is.
///
/// # Errors
/// Of the file system.
pub fn create(path: &Path, text: &str, ambient: &Ambient) -> Result<bool> {
    let aside = aside(path, text, ambient)?;
    // A link is refused when the name is taken; a rename would overwrite.
    let made = match fs::hard_link(&aside, path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    };
    fs::remove_file(&aside)?;
    sync_folder(path)?;
    made
}

/// Puts the file (0600) in the place of whatever is there.
///
/// # Errors
/// Of the file system.
pub fn replace(path: &Path, text: &str, ambient: &Ambient) -> Result<()> {
    fs::rename(aside(path, text, ambient)?, path)?;
    sync_folder(path)
}

fn aside(path: &Path, text: &str, ambient: &Ambient) -> Result<PathBuf> {
    let aside = path.with_extension(format!("{}.new", ambient.id().simple()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(aside)
}

fn sync_folder(path: &Path) -> Result<()> {
    let folder = path.parent().ok_or_else(|| Error::from(ErrorKind::NotFound))?;
    File::open(folder)?.sync_all()
}
