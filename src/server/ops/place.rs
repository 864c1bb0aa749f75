//! Folders and files that only we may read, and whether two of them lie apart.

use crate::adapters::files::FilesConfig;
use crate::app::config::Config;
use crate::kernel::error::{Error, Result};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

pub fn io(path: &Path, error: &std::io::Error) -> Error {
    Error::internal(format!("{}: {error}", path.display()))
}

/// Makes a folder and its parents (0700), or takes the one that is there.
pub fn private_folder(path: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| io(path, &error))
}

/// Makes a new empty file (0600). What it is filled with by other programs keeps the mode.
pub fn private_file(path: &Path) -> Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| io(path, &error))
}

/// Has the content of a file, or the entries of a folder, on the disk.
pub fn sync(path: &Path) -> Result<()> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|error| io(path, &error))
}

/// Copies `from` to the new file `to` (0600) and has it on the disk.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut source = File::open(from).map_err(|error| io(from, &error))?;
    let mut target = private_file(to)?;
    std::io::copy(&mut source, &mut target).and_then(|_| target.sync_all()).map_err(|error| io(to, &error))
}

/// The path without links and dots. Its end may be missing yet.
pub fn real(path: &Path) -> Result<PathBuf> {
    let whole = std::path::absolute(path).map_err(|error| io(path, &error))?;
    match whole.canonicalize() {
        Ok(real) => Ok(real),
        Err(error) if error.kind() == ErrorKind::NotFound => match (whole.parent(), whole.file_name()) {
            (Some(parent), Some(name)) => Ok(real(parent)?.join(name)),
            _ => Err(io(path, &error)),
        },
        Err(error) => Err(io(path, &error)),
    }
}

/// Refuses places of which one is, or lies in, another: whoever copied the outer one would have both.
///
/// # Errors
/// A sentence that names the two.
pub fn check_apart(places: &[&Path]) -> Result<()> {
    let real: Vec<PathBuf> = places.iter().map(|place| real(place)).collect::<Result<_>>()?;
    for (index, one) in real.iter().enumerate() {
        for other in &real[index + 1..] {
            if one.starts_with(other) || other.starts_with(one) {
                return Err(Error::internal(format!(
                    "{} and {} are the same folder or one lies in the other: who finds one has both. Choose two folders that \
                     lie apart, better two machines.",
                    one.display(),
                    other.display()
                )));
            }
        }
    }
    Ok(())
}

/// Where the installation itself lies.
pub fn own(config: &Config) -> Vec<PathBuf> {
    let mut own = vec![config.data.clone(), config.keys.clone(), config.wrapping()];
    if let FilesConfig::Disk { path } = config.files() {
        own.push(path);
    }
    own
}
