//! Files on their way in: sealed chunk by chunk into the store as they come, checked against what was declared of them.

use super::App;
use super::stored::{self, Stored};
use super::wire::Upload;
use crate::adapters::antivirus::Scanned;
use crate::adapters::files::Writer;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::{CHUNK_BYTES, FileKey};
use bytes::BytesMut;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What was said of a file before it came.
pub struct Declared<'a> {
    pub media_type: &'a str,
    /// Exactly so many bytes come.
    pub size_bytes: u64,
    /// In hexadecimal, where it was said.
    pub sha256: Option<&'a str>,
}

/// Seals the whole upload into a new object. Answers it, and the SHA-256 of the content. On an error nothing is left of it.
///
/// # Errors
/// `size_mismatch`, `checksum_mismatch`, `content_not_as_declared`; what the upload refuses.
pub async fn seal(app: &App, key: &FileKey, declared: &Declared<'_>, upload: &mut Upload) -> Result<(Uuid, String)> {
    let object = app.ambient.id();
    let writer = app.adapters.files.writer(object).await?;
    let mut sealing = Sealing { writer, object, key, declared, index: 0, hash: Sha256::new() };
    match sealing.all(upload).await {
        Ok(sha256) => sealing.writer.finish().await.map(|()| (object, sha256)),
        Err(error) => {
            if let Err(left) = sealing.writer.abort().await {
                tracing::warn!(error = %left, "an unfinished object could not be aborted");
            }
            Err(error)
        }
    }
}

/// Whether the scanner, where there is one, calls what was stored clean.
///
/// # Errors
/// `content_infected`; `Unavailable` while the scanner is down.
pub async fn scan(app: &App, file: Stored) -> Result<()> {
    if !app.adapters.antivirus.is_there() {
        return Ok(());
    }
    let bytes = stored::read(app, file.clone(), file.all(), stored::ourselves()).await?;
    match app.adapters.antivirus.scan_all(bytes).await? {
        Scanned::Clean => Ok(()),
        Scanned::Found => Err(Error::refused(Code::ContentInfected)),
    }
}

struct Sealing<'a> {
    writer: Writer,
    object: Uuid,
    key: &'a FileKey,
    declared: &'a Declared<'a>,
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
            if taken > self.declared.size_bytes {
                return Err(mismatch());
            }
            rest.extend_from_slice(&part);
            while rest.len() >= chunk_bytes {
                self.chunk(&rest.split_to(chunk_bytes)).await?;
            }
        }
        if taken != self.declared.size_bytes {
            return Err(mismatch());
        }
        if !rest.is_empty() {
            self.chunk(&rest).await?;
        }
        let sha256 = hex::encode(std::mem::take(&mut self.hash).finalize());
        match self.declared.sha256 {
            Some(declared) if declared != sha256 => Err(Error::refused(Code::ChecksumMismatch)),
            _ => Ok(sha256),
        }
    }

    async fn chunk(&mut self, plain: &[u8]) -> Result<()> {
        if self.index == 0 && infer::get(plain).is_none_or(|found| found.mime_type() != self.declared.media_type) {
            return Err(Error::refused(Code::ContentNotAsDeclared));
        }
        self.hash.update(plain);
        let sealed = self.key.seal_chunk(self.object, self.declared.size_bytes, self.index, plain)?;
        self.index += 1;
        self.writer.put(sealed.into()).await
    }
}
