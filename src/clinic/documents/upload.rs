//! The bytes on their way in: sealed chunk by chunk, checked against the declaration, and visible only when all was well.

use super::document::{Body, OBJECT, author_of};
use super::{reading, rows};
use crate::adapters::antivirus::Scanned;
use crate::adapters::files::Writer;
use crate::app::App;
use crate::app::stored::{self, Stored};
use crate::app::wire::Upload;
use crate::clinic::identity::{Caller, Role};
use crate::clinic::notifications::{self, Kind};
use crate::kernel::access::check_own;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::{CHUNK_BYTES, Class, FileKey, SubjectKeys};
use bytes::BytesMut;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use uuid::Uuid;

/// Takes the content of a declared document.
///
/// # Errors
/// `content_present` when it is complete; `forbidden` when somebody else declared it; `size_mismatch`,
/// `checksum_mismatch`, `content_not_as_declared`, `content_infected`, `too_large`: nothing is kept then, and it can be
/// tried again. `Unavailable` while the scanner is down.
pub async fn put(app: &App, caller: &Caller, operation: &'static str, id: Uuid, mut upload: Upload) -> Result<()> {
    let stored = store(app, caller, operation, id, &mut upload).await;
    if stored.is_err() {
        upload.discard().await;
    }
    stored
}

async fn store(app: &App, caller: &Caller, operation: &'static str, id: Uuid, upload: &mut Upload) -> Result<()> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let (row, grant) = reading::find(app, caller, &openings, (id, reading::By::Caller)).await?;
    if row.author != author_of(caller) {
        return Err(Error::refused(Code::Forbidden));
    }
    if row.state == rows::COMPLETE {
        return Err(Error::refused(Code::ContentPresent));
    }
    let mut body: Body = grant.open(id, &row.sealed)?;
    openings.answer(()).await?;
    if !upload.may_be(&body.media_type) {
        return Err(Error::refused(Code::ContentNotAsDeclared));
    }
    let keys = app.vault.keys(row.subject).await?;
    let key = keys.file_key();
    let object = app.ambient.id();
    body.sha256 = Some(seal(app.adapters.files.writer(object).await?, object, &key, &body, upload).await?);
    body.file_key = Some(key);
    if let Err(error) = scan(app, object, &body).await {
        drop_object(app, object).await;
        return Err(error);
    }
    let completed = complete(app, caller, operation, &keys, (id, object, &body)).await;
    // A refusal was certainly rolled back. After any other error the commit may stand all the same, so that the object
    // is left to the sweep, which asks the rows.
    if let Err(Error::Refused(_)) = &completed {
        drop_object(app, object).await;
    }
    completed
}

/// Whether the scanner, where there is one, calls what was stored clean. Before that no row names it, so that nobody is
/// served what is harmful, or what nobody has looked at because the scanner is down.
async fn scan(app: &App, object: Uuid, body: &Body) -> Result<()> {
    let Some(key) = body.file_key.clone().filter(|_| app.adapters.antivirus.is_there()) else { return Ok(()) };
    let file = Stored::new(object, key, body.size_bytes);
    let bytes = stored::read(app, file.clone(), file.all(), stored::ourselves()).await?;
    match app.adapters.antivirus.scan_all(bytes).await? {
        Scanned::Clean => Ok(()),
        Scanned::Found => Err(Error::refused(Code::ContentInfected)),
    }
}

async fn drop_object(app: &App, object: Uuid) {
    if let Err(error) = app.adapters.files.delete(object).await {
        tracing::warn!(%error, "an object that no row names is left to the sweep");
    }
}

async fn complete(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    keys: &Arc<SubjectKeys>,
    (id, object, body): (Uuid, Uuid, &Body),
) -> Result<()> {
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        if caller.role == Role::Patient {
            check_own(tx, caller.id).await?;
        }
        let sql = "UPDATE document SET state = 'complete', object = $2, completed_at = $3, sealed = $4, version = version + 1 \
                   WHERE id = $1 AND state = 'declared'";
        let values = [id.into(), object.into(), tx.now().into(), keys.seal(id, body)?.into()];
        if rows::change(tx, sql, values).await? == 0 {
            let gone = rows::find(tx, id).await?.is_none();
            return Err(if gone { Error::not_found() } else { Error::refused(Code::ContentPresent) });
        }
        if caller.role != Role::Patient {
            notifications::tell(tx, keys.subject, Kind::DocumentAdded, id).await?;
        }
        tx.audit(Line::new("complete").on(OBJECT, id).about(keys).of(Class::Clinical));
        Ok(())
    })
    .await
}

/// Seals the whole upload into `writer` and answers its SHA-256. On an error nothing is left of the object.
async fn seal(writer: Writer, object: Uuid, key: &FileKey, body: &Body, upload: &mut Upload) -> Result<String> {
    let mut sealing = Sealing { writer, object, key, body, index: 0, hash: Sha256::new() };
    match sealing.all(upload).await {
        Ok(sha256) => sealing.writer.finish().await.map(|()| sha256),
        Err(error) => {
            if let Err(left) = sealing.writer.abort().await {
                tracing::warn!(error = %left, "an unfinished object could not be aborted");
            }
            Err(error)
        }
    }
}

struct Sealing<'a> {
    writer: Writer,
    object: Uuid,
    key: &'a FileKey,
    body: &'a Body,
    /// Of the next chunk.
    index: u64,
    hash: Sha256,
}

impl Sealing<'_> {
    /// Holds one chunk and one part of the request at a time.
    async fn all(&mut self, upload: &mut Upload) -> Result<String> {
        let chunk_bytes = usize::try_from(CHUNK_BYTES).unwrap_or(usize::MAX);
        let mismatch = || Error::refused(Code::SizeMismatch);
        let mut taken = 0;
        let mut rest = BytesMut::with_capacity(chunk_bytes);
        while let Some(part) = upload.part().await? {
            taken += part.len() as u64;
            if taken > self.body.size_bytes {
                return Err(mismatch());
            }
            rest.extend_from_slice(&part);
            while rest.len() >= chunk_bytes {
                self.chunk(&rest.split_to(chunk_bytes)).await?;
            }
        }
        if taken != self.body.size_bytes {
            return Err(mismatch());
        }
        if !rest.is_empty() {
            self.chunk(&rest).await?;
        }
        let sha256 = hex::encode(std::mem::take(&mut self.hash).finalize());
        match &self.body.sha256 {
            Some(declared) if *declared != sha256 => Err(Error::refused(Code::ChecksumMismatch)),
            _ => Ok(sha256),
        }
    }

    async fn chunk(&mut self, plain: &[u8]) -> Result<()> {
        if self.index == 0 && infer::get(plain).is_none_or(|found| found.mime_type() != self.body.media_type) {
            return Err(Error::refused(Code::ContentNotAsDeclared));
        }
        self.hash.update(plain);
        let sealed = self.key.seal_chunk(self.object, self.body.size_bytes, self.index, plain)?;
        self.index += 1;
        self.writer.put(sealed.into()).await
    }
}
