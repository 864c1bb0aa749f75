//! The bytes on their way out: read and opened chunk by chunk, each authenticated. What was tampered with or cut short
//! ends the answer; it is never served as if it were whole.

use super::document::{Body, OBJECT};
use super::reading;
use crate::app::App;
use crate::app::wire::{Download, Wanted, attachment};
use crate::clinic::identity::Caller;
use crate::kernel::access::Asker;
use crate::kernel::db::Actor;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::{CHUNK_BYTES, Class, FileKey};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use std::io;
use std::ops::Range;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// How many chunks are fetched from the file store at a time: a megabyte.
const CHUNKS_AT_ONCE: u64 = 16;
/// How often a running download asks whether it may go on: a freeze or an ended reason cuts it within a second.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// The content of a complete document, or the part of it that `range` asks for. Whoever is not its patient leaves a line
/// in the trail before the first byte goes.
///
/// # Errors
/// `content_missing` before the upload; `Internal` when the stored object is gone or altered where the answer begins.
pub async fn get(app: &App, caller: &Caller, operation: &'static str, id: Uuid, range: Option<&str>) -> Result<Download> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let (row, grant) = reading::find(app, caller, &openings, id).await?;
    let body: Body = grant.open(id, &row.sealed)?;
    let (Some(object), Some(key)) = (row.object, body.file_key) else { return Err(Error::refused(Code::ContentMissing)) };
    let total = body.size_bytes;
    let wanted = Wanted::of(range, total);
    let bytes = match &wanted {
        Wanted::Whole => Some(0..total),
        Wanted::Part(part) => Some(part.clone()),
        Wanted::Unsatisfiable => None,
    };
    let bytes = match bytes {
        Some(bytes) => {
            let permit = Permit { actor: caller.actor(operation), asker: caller.asker(), subject: row.subject, document: id };
            let file = File { object, key, total };
            Reading::new(app.clone(), file, bytes, permit).begin().await?
        }
        None => stream::empty().boxed(),
    };
    let (media_type, disposition) = (body.media_type, attachment(&body.file_name));
    openings.answer(Download { media_type, disposition, total_bytes: total, wanted, bytes }).await
}

struct File {
    object: Uuid,
    key: FileKey,
    total: u64,
}

/// By what right somebody reads.
struct Permit {
    actor: Actor,
    asker: Asker,
    subject: Uuid,
    document: Uuid,
}

/// A download between two chunks.
struct Reading {
    app: App,
    file: File,
    permit: Permit,
    wanted: Range<u64>,
    /// The chunks that are still to be opened.
    chunks: Range<u64>,
    /// Sealed chunks that were fetched and not opened yet; the first of them is the first of `chunks`.
    fetched: Bytes,
    asked_at: Instant,
}

impl Reading {
    fn new(app: App, file: File, wanted: Range<u64>, permit: Permit) -> Self {
        let (chunks, _) = FileKey::cover(&wanted, file.total);
        Reading { app, file, permit, wanted, chunks, fetched: Bytes::new(), asked_at: Instant::now() }
    }

    /// Opens the first chunk before anything is answered, so that a lost object is an honest failure.
    async fn begin(mut self) -> Result<BoxStream<'static, io::Result<Bytes>>> {
        let first = self.next().await?;
        let rest = stream::try_unfold(self, async |mut reading| {
            reading.ask_again().await?;
            Ok::<_, Error>(reading.next().await?.map(|bytes| (bytes, reading)))
        });
        let rest = rest.map_err(|error| {
            tracing::error!(%error, "a download was broken off");
            io::Error::other("a download was broken off")
        });
        Ok(stream::iter(first.map(Ok)).chain(rest).boxed())
    }

    /// The wanted bytes of the next chunk; none at the end.
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let Some(index) = self.chunks.next() else { return Ok(None) };
        if self.fetched.is_empty() {
            self.fetched = self.fetch(index).await?;
        }
        let start = index * CHUNK_BYTES;
        let plain_bytes = (self.file.total - start).min(CHUNK_BYTES);
        let sealed_bytes = usize::try_from(FileKey::sealed_len(plain_bytes)).unwrap_or(usize::MAX);
        let sealed = self.fetched.split_to(sealed_bytes.min(self.fetched.len()));
        let plain = Bytes::from(self.file.key.open_chunk(self.file.object, self.file.total, index, &sealed)?);
        let place = |at: u64| usize::try_from(at.saturating_sub(start)).unwrap_or(usize::MAX).min(plain.len());
        Ok(Some(plain.slice(place(self.wanted.start)..place(self.wanted.end))))
    }

    /// The sealed chunks from `index` on.
    async fn fetch(&self, index: u64) -> Result<Bytes> {
        let end = self.chunks.end.min(index + CHUNKS_AT_ONCE);
        let plain = index * CHUNK_BYTES..(end * CHUNK_BYTES).min(self.file.total);
        let (_, stored) = FileKey::cover(&plain, self.file.total);
        self.app.adapters.files.read_range(self.file.object, stored).await.map_err(|error| match error {
            Error::Refused(_) => Error::internal("the stored object of a document is gone or cut short"),
            error => error,
        })
    }

    async fn ask_again(&mut self) -> Result<()> {
        if self.asked_at.elapsed() < ASK_EVERY {
            return Ok(());
        }
        // The lines of this opening stand in the trail already: it is the same one, and these are dropped.
        let openings = self.app.openings(self.permit.actor.clone(), self.permit.asker);
        openings.grant(self.permit.subject, Class::Clinical, (OBJECT, self.permit.document)).await?;
        self.asked_at = Instant::now();
        Ok(())
    }
}
