//! Sealed bytes in the file store: written whole, read whole or as a stream, each chunk authenticated.

use super::screenshot::{File, OBJECT};
use crate::adapters::files::Writer;
use crate::app::App;
use crate::app::wire::{Download, Wanted, attachment};
use crate::kernel::access::Asker;
use crate::kernel::db::Actor;
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::{CHUNK_BYTES, Class, FileKey};
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::io;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// How often a running download asks whether it may go on.
const ASK_EVERY: Duration = Duration::from_millis(500);

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

/// The object is not needed after all, since its row was refused. What can't be deleted now is left to the sweep.
pub async fn drop_object(app: &App, object: Uuid) {
    if let Err(error) = app.adapters.files.delete(object).await {
        tracing::warn!(%error, "an object that no row names is left to the sweep");
    }
}

/// The whole file, in memory: originals alone, whose size the profile limits.
pub async fn read(app: &App, object: Uuid, file: &File) -> Result<Bytes> {
    let mut plain = BytesMut::with_capacity(usize::try_from(file.bytes).unwrap_or_default());
    for index in 0..file.bytes.div_ceil(CHUNK_BYTES) {
        plain.extend_from_slice(&chunk(app, object, file, index).await?);
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
    /// # Errors
    /// `not_found`, `frozen`: the right has ended meanwhile.
    async fn ask(&self, app: &App) -> Result<()> {
        // The lines of this opening stand in the trail already: it is the same one, and these are dropped.
        let openings = app.openings(self.actor.clone(), self.asker);
        openings.grant(self.subject, self.class, (OBJECT, self.screenshot)).await.map(drop)
    }
}

/// The file as an attachment, chunk by chunk. The first one is opened before anything is answered, so that a lost object
/// is an honest failure.
pub async fn download(app: &App, object: Uuid, file: File, permit: Permit) -> Result<Download> {
    let first = chunk(app, object, &file, 0).await?;
    let (media_type, disposition) = (file.kind.media_type().to_owned(), attachment(file.kind.file_name()));
    let total_bytes = file.bytes;
    let chunks = file.bytes.div_ceil(CHUNK_BYTES);
    let begin = (app.clone(), file, permit, 1, Instant::now());
    let rest = stream::try_unfold(begin, move |(app, file, permit, index, mut asked_at)| async move {
        if index >= chunks {
            return Ok(None);
        }
        if asked_at.elapsed() >= ASK_EVERY {
            permit.ask(&app).await?;
            asked_at = Instant::now();
        }
        let bytes = chunk(&app, object, &file, index).await?;
        Ok::<_, Error>(Some((bytes, (app, file, permit, index + 1, asked_at))))
    });
    let rest = rest.map_err(|error| {
        tracing::error!(%error, "a download was broken off");
        io::Error::other("a download was broken off")
    });
    let bytes = stream::iter([Ok(first)]).chain(rest).boxed();
    Ok(Download { media_type, disposition, total_bytes, wanted: Wanted::Whole, bytes })
}

async fn chunk(app: &App, object: Uuid, file: &File, index: u64) -> Result<Bytes> {
    let start = index * CHUNK_BYTES;
    let (_, stored) = FileKey::cover(&(start..(start + CHUNK_BYTES).min(file.bytes)), file.bytes);
    let sealed = app.adapters.files.read_range(object, stored).await.map_err(|error| match error {
        Error::Refused(_) => Error::internal("the stored object of a screenshot is gone or cut short"),
        error => error,
    })?;
    Ok(file.key.open_chunk(object, file.bytes, index, &sealed)?.into())
}
