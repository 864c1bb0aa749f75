//! One object on its way in.

use super::{Files, fault, path};
use crate::kernel::error::{Error, Result};
use crate::kernel::guard::outside;
use bytes::Bytes;
use object_store::{ObjectStoreExt, PutPayload, PutPayloadMut, WriteMultipart};
use std::mem;
use uuid::Uuid;

/// The size of a part. S3 refuses smaller ones (save the last), and ends at 10,000 parts: 80 GB an object.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Parts on their way at a time. With the one that fills, a writer holds 24 MiB at most.
const PARTS_IN_FLIGHT: usize = 2;

/// Collects the bytes of one object, which appears whole at [`Writer::finish`] or never. Dropped before, it is aborted.
pub struct Writer {
    files: Files,
    id: Uuid,
    stage: Stage,
}

enum Stage {
    /// Less than a part so far, and so one request if it ends here; most documents do.
    Small(PutPayloadMut),
    Large(WriteMultipart),
    Over,
}

impl Writer {
    pub(super) fn new(files: Files, id: Uuid) -> Self {
        Writer { files, id, stage: Stage::Small(PutPayloadMut::new()) }
    }

    /// Appends `bytes`, and waits while the store is slower than the sender.
    ///
    /// # Errors
    /// `Unavailable`; the writer is then over, and leaves nothing behind.
    pub async fn put(&mut self, bytes: Bytes) -> Result<()> {
        outside("files.put")?;
        if let Stage::Small(buffer) = &mut self.stage {
            if buffer.content_length() + bytes.len() < PART_BYTES {
                buffer.extend_from_slice(&bytes);
                return Ok(());
            }
            self.enlarge().await?;
        }
        let Stage::Large(upload) = &mut self.stage else {
            return Err(Error::internal("files.put: the writer is over"));
        };
        // One part at a time, so that a large `bytes` does not put all its parts on their way at once.
        for piece in bytes.chunks(PART_BYTES) {
            if let Err(error) = upload.wait_for_capacity(PARTS_IN_FLIGHT).await {
                self.end();
                return Err(fault(error));
            }
            upload.write(piece);
        }
        Ok(())
    }

    /// Makes the object visible and durable, in place of an older one of the same id. The caller may go away
    /// meanwhile: the object is then whole, or absent.
    pub async fn finish(mut self) -> Result<()> {
        outside("files.finish")?;
        let (files, id) = (self.files.clone(), self.id);
        let stage = mem::replace(&mut self.stage, Stage::Over);
        detached(async move {
            match stage {
                Stage::Small(buffer) => files.store().put(&path(id), buffer.freeze()).await,
                Stage::Large(upload) => upload.finish().await,
                Stage::Over => return Err(Error::internal("files.finish: the writer is over")),
            }
            .map_err(fault)?;
            match &files {
                Files::Disk(disk) => disk.make_private(id).await,
                Files::Memory(_) | Files::S3(_) => Ok(()),
            }
        })
        .await
    }

    /// Gives the object up and waits until the store has forgotten its parts.
    pub async fn abort(mut self) -> Result<()> {
        outside("files.abort")?;
        match mem::replace(&mut self.stage, Stage::Over) {
            Stage::Large(upload) => detached(async move { upload.abort().await.map_err(fault) }).await,
            Stage::Small(_) | Stage::Over => Ok(()),
        }
    }

    async fn enlarge(&mut self) -> Result<()> {
        let upload = self.files.store().put_multipart(&path(self.id)).await.map_err(fault)?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        if let Stage::Small(buffer) = mem::replace(&mut self.stage, Stage::Over) {
            let payload: PutPayload = buffer.freeze();
            payload.iter().for_each(|block| upload.put(block.clone()));
        }
        self.stage = Stage::Large(upload);
        Ok(())
    }

    fn end(&mut self) {
        if let Stage::Large(upload) = mem::replace(&mut self.stage, Stage::Over)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move {
                if let Err(error) = upload.abort().await {
                    tracing::warn!(%error, "an unfinished object could not be aborted");
                }
            });
        }
    }
}

/// A request that is cancelled drops its futures. The last steps of an object run in a task of their own, so that
/// they end all the same.
async fn detached(work: impl Future<Output = Result<()>> + Send + 'static) -> Result<()> {
    tokio::spawn(work).await.map_err(|_| Error::Unavailable("files"))?
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.end();
    }
}
