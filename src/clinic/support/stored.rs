//! Sealed bytes in the file store: written whole, read whole or as a stream, each chunk authenticated.

use super::screenshot::{File, OBJECT};
use crate::adapters::files::Writer;
use crate::app::App;
pub use crate::app::stored::drop_object;
use crate::app::stored::{self, AskAgain, Label, Stored};
use crate::app::wire::{Download, attachment};
use crate::kernel::access::Asker;
use crate::kernel::db::Actor;
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::{CHUNK_BYTES, Class, FileKey};
use bytes::{Bytes, BytesMut};
use futures_util::stream::TryStreamExt;
use uuid::Uuid;

/// Seals `plain` under `key` into a new object and answers its id. On an error nothing is left.
pub async fn write(app: &App, key: &FileKey, plain: &[u8]) -> Result<Uuid> {
    let object = app.ambient.id();
    let mut writer = app.adapters.files.writer(object).await?;
    match fill(&mut writer, object, key, plain).await {
        Ok(()) => writer.finish().await.map(|()| object),
        Err(error) => {
            if let Err(left) = writer.abort().await {
                tracing::warn!(error = %left, "an unfinished object could not be aborted");
            }
            Err(error)
        }
    }
}

async fn fill(writer: &mut Writer, object: Uuid, key: &FileKey, plain: &[u8]) -> Result<()> {
    let step = usize::try_from(CHUNK_BYTES).unwrap_or(usize::MAX);
    for (index, chunk) in (0..).zip(plain.chunks(step)) {
        writer.put(key.seal_chunk(object, plain.len() as u64, index, chunk)?.into()).await?;
    }
    Ok(())
}

/// The whole file, in memory: originals alone, whose size the profile limits.
pub async fn read(app: &App, object: Uuid, file: &File) -> Result<Bytes> {
    let stored = Stored::new(object, file.key.clone(), file.bytes);
    let mut parts = stored::read(app, stored.clone(), stored.all(), stored::ourselves()).await?;
    let mut plain = BytesMut::with_capacity(usize::try_from(file.bytes).unwrap_or_default());
    while let Some(part) =
        parts.try_next().await.map_err(|_| Error::internal("the stored object of a screenshot is cut short"))?
    {
        plain.extend_from_slice(&part);
    }
    Ok(plain.freeze())
}

/// By what right somebody reads: asked again while the bytes go, so that a freeze or an ended reason cuts them off.
pub struct Permit {
    pub actor: Actor,
    pub asker: Asker,
    pub subject: Uuid,
    pub class: Class,
    pub screenshot: Uuid,
}

impl Permit {
    /// The lines of this opening stand in the trail already: it is the same one, and these are dropped.
    fn ask_again(self, app: &App) -> AskAgain {
        let app = app.clone();
        Box::new(move || {
            let (app, actor) = (app.clone(), self.actor.clone());
            let (asker, subject, class, screenshot) = (self.asker, self.subject, self.class, self.screenshot);
            Box::pin(async move { app.openings(actor, asker).grant(subject, class, (OBJECT, screenshot)).await.map(drop) })
        })
    }
}

/// The file as an attachment.
pub async fn download(app: &App, object: Uuid, file: File, permit: Permit) -> Result<Download> {
    let label = Label { media_type: file.kind.media_type().to_owned(), disposition: attachment(file.kind.file_name()) };
    stored::download(app, Stored::new(object, file.key, file.bytes), None, label, permit.ask_again(app)).await
}
