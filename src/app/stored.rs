//! Sealed files of the store on their way out: read and opened chunk by chunk, each authenticated. What was tampered with
//! or cut short ends the answer; it is never served as if it were whole.

use super::App;
use super::held_objects;
use super::room::ExportedFile;
use super::wire::{Download, Wanted};
use crate::kernel::error::{Error, Result};
use crate::kernel::queue::{Claimed, Outcome, Task};
use crate::kernel::vault::{CHUNK_BYTES, FileKey, STREAMED};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use std::io;
use std::ops::Range;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// How many chunks are fetched from the file store at a time: a megabyte.
const CHUNKS_AT_ONCE: u64 = 16;
/// How often a running download asks whether it may go on: a freeze or an ended reason cuts it within a second.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// A file in the store, with what opens it.
#[derive(Clone, Debug)]
pub struct Stored {
    object: Uuid,
    key: FileKey,
    bytes: u64,
    /// The length that its chunks are bound to.
    bound_to: u64,
}

impl Stored {
    /// A file whose length was known before it was sealed.
    pub fn new(object: Uuid, key: FileKey, bytes: u64) -> Self {
        Self { object, key, bytes, bound_to: bytes }
    }

    /// A file that was sealed as it came.
    pub fn streamed(object: Uuid, key: FileKey, bytes: u64) -> Self {
        Self { object, key, bytes, bound_to: STREAMED }
    }

    pub fn of(file: &ExportedFile) -> Self {
        Self::new(file.object, file.key.clone(), u64::try_from(file.bytes).unwrap_or(0))
    }

    /// All of it, to be opened.
    pub fn all(&self) -> Range<u64> {
        0..self.bytes
    }
}

/// Whether whoever reads may go on reading. An error breaks the download off.
pub type AskAgain = Box<dyn Fn() -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// What a file is called and what it is, for the headers.
pub struct Label {
    pub media_type: String,
    /// From [`super::wire::attachment`].
    pub disposition: String,
}

/// The answer to a request for a file, or for the part of it that `range` asks for.
///
/// # Errors
/// `Internal` when the stored object is gone or altered where the answer begins.
pub async fn download(app: &App, file: Stored, range: Option<&str>, label: Label, ask: AskAgain) -> Result<Download> {
    let total = file.bytes;
    let wanted = Wanted::of(range, total);
    let bytes = match &wanted {
        Wanted::Whole => read(app, file, 0..total, ask).await?,
        Wanted::Part(part) => read(app, file, part.clone(), ask).await?,
        Wanted::Unsatisfiable => stream::empty().boxed(),
    };
    let Label { media_type, disposition } = label;
    Ok(Download { media_type, disposition, total_bytes: total, wanted, bytes })
}

/// The bytes of a part of a file. The first chunk is opened before this returns, so that a lost object is an honest failure.
pub async fn read(app: &App, file: Stored, wanted: Range<u64>, ask: AskAgain) -> Result<BoxStream<'static, io::Result<Bytes>>> {
    Reading::new(app.clone(), file, wanted, ask).begin().await
}

/// The object is not needed after all, since its row was refused. What can't be deleted now is left to the sweep.
pub async fn drop_object(app: &App, object: Uuid) {
    if let Err(error) = app.adapters.files.delete(object).await {
        tracing::warn!(%error, "an object that no row names is left to the sweep");
    }
}

/// Nobody but ourselves reads: nothing to ask.
pub fn ourselves() -> AskAgain {
    Box::new(|| Box::pin(std::future::ready(Ok(()))))
}

/// A download between two chunks.
struct Reading {
    app: App,
    file: Stored,
    ask: AskAgain,
    wanted: Range<u64>,
    /// The chunks that are still to be opened.
    chunks: Range<u64>,
    /// Sealed chunks that were fetched and not opened yet; the first of them is the first of `chunks`.
    fetched: Bytes,
    asked_at: Instant,
}

impl Reading {
    fn new(app: App, file: Stored, wanted: Range<u64>, ask: AskAgain) -> Self {
        let (chunks, _) = FileKey::cover(&wanted, file.bytes);
        Reading { app, file, ask, wanted, chunks, fetched: Bytes::new(), asked_at: Instant::now() }
    }

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
        let plain_bytes = (self.file.bytes - start).min(CHUNK_BYTES);
        let sealed_bytes = usize::try_from(FileKey::sealed_len(plain_bytes)).unwrap_or(usize::MAX);
        let sealed = self.fetched.split_to(sealed_bytes.min(self.fetched.len()));
        let plain = Bytes::from(self.file.key.open_chunk(self.file.object, self.file.bound_to, index, &sealed)?);
        let place = |at: u64| usize::try_from(at.saturating_sub(start)).unwrap_or(usize::MAX).min(plain.len());
        Ok(Some(plain.slice(place(self.wanted.start)..place(self.wanted.end))))
    }

    /// The sealed chunks from `index` on.
    async fn fetch(&self, index: u64) -> Result<Bytes> {
        let end = self.chunks.end.min(index + CHUNKS_AT_ONCE);
        let plain = index * CHUNK_BYTES..(end * CHUNK_BYTES).min(self.file.bytes);
        let (_, stored) = FileKey::cover(&plain, self.file.bytes);
        self.app.adapters.files.read_range(self.file.object, stored).await.map_err(|error| match error {
            Error::Refused(_) => Error::internal("a stored object is gone or cut short"),
            error => error,
        })
    }

    async fn ask_again(&mut self) -> Result<()> {
        if self.asked_at.elapsed() >= ASK_EVERY {
            (self.ask)().await?;
            self.asked_at = Instant::now();
        }
        Ok(())
    }
}

/// An object whose row is gone. Any room enqueues it; the documents' room runs it.
#[derive(Serialize, Deserialize)]
pub struct DeleteObject {
    pub object: Uuid,
}

impl Task for DeleteObject {
    const KIND: &'static str = "documents.deleteObject";
    /// Back-off ends at an hour, so this is more than a month: an erasure waits for its objects.
    const ATTEMPTS: i32 = 1_000;
}

/// Deletes the bytes, unless a backup that may name them runs. A missing object is fine: somebody was here before.
pub async fn delete_object(app: &App, task: &Claimed) -> Result<Outcome> {
    if held_objects::are_held(&app.db).await? {
        return Ok(Outcome::Retry { after_s: Some(held_objects::LOOK_AGAIN_S), why: "a backup runs" });
    }
    match app.adapters.files.delete(task.read::<DeleteObject>()?.object).await {
        Ok(()) => Ok(Outcome::Done),
        Err(Error::Unavailable(_)) => Ok(Outcome::Retry { after_s: None, why: "the file store is out of reach" }),
        Err(error) => Err(error),
    }
}
