//! A text that grows beside the archive and goes into it at the end, since one file of a ZIP is written at a time. It lies
//! sealed in the file store meanwhile, so that the memory that a copy takes does not grow with the account.

use super::archive::{Archive, Sealing};
use crate::app::App;
use crate::app::stored::{self, Stored};
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::{FileKey, SubjectKeys};
use futures_util::TryStreamExt;
use uuid::Uuid;

pub struct Spool {
    object: Uuid,
    key: FileKey,
    sealing: Sealing,
}

impl Spool {
    /// Whatever a crash leaves of it is swept as an object that no room names.
    pub async fn begin(app: &App, keys: &SubjectKeys) -> Result<Self> {
        let (object, key) = (app.ambient.id(), keys.file_key());
        let writer = app.adapters.files.writer(object).await?;
        Ok(Self { object, key: key.clone(), sealing: Sealing::begin(writer, object, key) })
    }

    pub async fn put(&mut self, text: &str) -> Result<()> {
        self.sealing.put(text.as_bytes()).await
    }

    /// Moves it into the archive, under a name.
    pub async fn into_archive(self, app: &App, archive: &mut Archive, name: &str) -> Result<()> {
        let (bytes, _) = self.sealing.finish().await?;
        let file = Stored::streamed(self.object, self.key, bytes);
        let all = file.all();
        let mut parts = stored::read(app, file, all, stored::ourselves()).await?;
        archive.begin_text(name.to_owned())?;
        while let Some(part) = parts.try_next().await.map_err(|_| Error::Unavailable("a text of an export"))? {
            archive.part(&part).await?;
        }
        archive.end_file();
        app.adapters.files.delete(self.object).await
    }
}
