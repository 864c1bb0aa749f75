//! Objects in a folder. The library writes into `<id>#<n>`, syncs the file, renames it and syncs the folder; what it
//! leaves to us are the modes, and the sync after a deletion.

use super::fault;
use crate::kernel::error::{Error, Result};
use chrono::{DateTime, Utc};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

/// A folder of objects. Clones share it.
#[derive(Clone)]
pub struct Disk {
    store: Arc<LocalFileSystem>,
    folder: Arc<Path>,
}

impl Disk {
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let unusable = |error: io::Error| Error::internal(format!("files.path can't be used: {error}"));
        make_private(folder).map_err(unusable)?;
        let folder = folder.canonicalize().map_err(unusable)?;
        let store = LocalFileSystem::new_with_prefix(&folder).map_err(fault)?.with_automatic_cleanup(true).with_fsync(true);
        Ok(Disk { store: Arc::new(store), folder: folder.into() })
    }

    pub(super) fn store(&self) -> &dyn ObjectStore {
        self.store.as_ref()
    }

    /// Only we may read a finished object. While it is written, the mode of the folder guards it.
    pub(super) async fn make_private(&self, id: Uuid) -> Result<()> {
        let file = self.folder.join(id.to_string());
        blocking(move || absent_is_fine(fs::set_permissions(file, Permissions::from_mode(0o600)))).await
    }

    /// Makes deletions durable, which the library does not.
    pub(super) async fn sync_folder(&self) -> Result<()> {
        let folder = self.folder.clone();
        blocking(move || File::open(folder)?.sync_all()).await
    }

    /// The library's lists pass over names that end in `#` and digits, so the probe is never seen.
    pub(super) async fn probe(&self) -> Result<()> {
        let probe = self.folder.join("probe#0");
        blocking(move || {
            File::create(&probe)?.write_all(b"1")?;
            absent_is_fine(fs::remove_file(&probe))
        })
        .await
    }

    pub(super) async fn sweep_unfinished(&self, before: DateTime<Utc>) -> Result<u32> {
        let folder = self.folder.clone();
        blocking(move || {
            let mut swept = 0;
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                let unfinished = entry.file_name().to_string_lossy().contains('#');
                if unfinished && DateTime::<Utc>::from(entry.metadata()?.modified()?) < before {
                    absent_is_fine(fs::remove_file(entry.path()))?;
                    swept += 1;
                }
            }
            Ok(swept)
        })
        .await
    }
}

/// Makes the folder, mode 0700, and its entry durable; an existing folder gets the mode.
fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    let parent: PathBuf = folder.join("..");
    File::open(parent)?.sync_all()
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| Error::Unavailable("files"))?;
    done.map_err(|error| {
        tracing::warn!(%error, "the file store failed");
        Error::Unavailable("files")
    })
}
