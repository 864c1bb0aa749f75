//! Objects: sealed bytes under a UUID, on disk, in S3 or in memory, with the same behaviour on all three. An object
//! is whole or absent: a reader never meets one half-written.

mod disk;
mod writer;

pub use disk::Disk;
pub use writer::Writer;

use super::peer_url;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::guard::outside;
use crate::kernel::secret::Secret;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream::{BoxStream, StreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use serde::Deserialize;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// The most that one `read_range` answers.
pub const READ_BYTES: u64 = 16 * 1024 * 1024;

/// `[files]`; `kind = "disk"` in `feldsher-data/files` unless set.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum FilesConfig {
    /// Nothing outlives the process.
    Memory {},
    Disk {
        /// A folder of our own, made if missing, mode 0700. Default `feldsher-data/files`.
        #[serde(default = "files_folder")]
        path: PathBuf,
    },
    /// Set a rule on the bucket that aborts incomplete multipart uploads after a day: a process that is killed can't.
    S3 {
        bucket: String,
        /// Default `us-east-1`, which most stores other than Amazon's accept.
        #[serde(default = "us_east_1")]
        region: String,
        /// Default: Amazon's endpoint of the region. https, unless the host is loopback or `allow_http` is set.
        #[serde(default)]
        endpoint: Option<String>,
        access_key_id: String,
        secret_access_key: Secret,
        /// The bucket in the path instead of in the host name. Default true.
        #[serde(default = "yes")]
        path_style: bool,
        /// Lets plain HTTP leave this machine. Default false.
        #[serde(default)]
        allow_http: bool,
    },
}

fn files_folder() -> PathBuf {
    PathBuf::from("feldsher-data/files")
}

fn us_east_1() -> String {
    "us-east-1".to_owned()
}

fn yes() -> bool {
    true
}

impl Default for FilesConfig {
    fn default() -> Self {
        FilesConfig::Disk { path: files_folder() }
    }
}

/// The store of objects. Clones share it.
#[derive(Clone)]
pub enum Files {
    Memory(Arc<InMemory>),
    Disk(Disk),
    S3(Arc<AmazonS3>),
}

/// What the list tells of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object {
    pub id: Uuid,
    pub bytes: u64,
    /// By the clock of the store.
    pub written_at: DateTime<Utc>,
}

impl Files {
    pub fn memory() -> Self {
        Files::Memory(Arc::new(InMemory::new()))
    }

    /// # Errors
    /// `Internal` with a sentence for the operator when a setting can't work or the folder can't be made.
    pub fn open(config: &FilesConfig) -> Result<Self> {
        match config {
            FilesConfig::Memory {} => Ok(Files::memory()),
            FilesConfig::Disk { path } => Ok(Files::Disk(Disk::open(path)?)),
            FilesConfig::S3 { bucket, region, endpoint, access_key_id, secret_access_key, path_style, allow_http } => {
                if let Some(endpoint) = endpoint {
                    peer_url("files.endpoint", endpoint, *allow_http)?;
                }
                let plain = endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"));
                let mut builder = AmazonS3Builder::new()
                    .with_bucket_name(bucket)
                    .with_region(region)
                    .with_access_key_id(access_key_id)
                    .with_secret_access_key(secret_access_key.reveal())
                    .with_virtual_hosted_style_request(!path_style)
                    .with_client_options(client_options().with_allow_http(plain))
                    .with_retry(retries());
                if let Some(endpoint) = endpoint {
                    builder = builder.with_endpoint(endpoint);
                }
                let store = builder.build().map_err(|error| Error::internal(format!("files: {error}")))?;
                Ok(Files::S3(Arc::new(store)))
            }
        }
    }

    /// Begins an object; an older one with the same id stays until [`Writer::finish`].
    pub async fn writer(&self, id: Uuid) -> Result<Writer> {
        outside("files.writer")?;
        Ok(Writer::new(self.clone(), id))
    }

    /// Exactly the bytes of `range`, at most [`READ_BYTES`].
    ///
    /// # Errors
    /// `not_found`; `range_not_satisfiable` when the object ends before the range does; `Unavailable`.
    pub async fn read_range(&self, id: Uuid, range: Range<u64>) -> Result<Bytes> {
        outside("files.read_range")?;
        let length = range.end.saturating_sub(range.start);
        if length > READ_BYTES {
            return Err(Error::internal("files.read_range: asked for too much at once"));
        }
        let exact = |bytes: &Bytes| bytes.len() as u64 == length;
        let answer = match length {
            0 => Ok(Bytes::new()),
            _ => self.store().get_range(&path(id), range.clone()).await,
        };
        if let Ok(bytes) = &answer
            && length > 0
            && exact(bytes)
        {
            return Ok(bytes.clone());
        }
        // The stores differ in what they say of a range beyond the end; the size settles it.
        match self.size(id).await? {
            None => Err(Error::not_found()),
            Some(size) if size < range.end => Err(Error::refused(Code::RangeNotSatisfiable)),
            Some(_) => {
                answer.map_err(fault).and_then(|bytes| if exact(&bytes) { Ok(bytes) } else { Err(Error::Unavailable("files")) })
            }
        }
    }

    /// Removes an object for good; a missing one is fine.
    pub async fn delete(&self, id: Uuid) -> Result<()> {
        outside("files.delete")?;
        match self.store().delete(&path(id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(fault(error)),
        }
        match self {
            Files::Disk(disk) => disk.sync_folder().await,
            Files::Memory(_) | Files::S3(_) => Ok(()),
        }
    }

    /// Size in bytes, or `None` when there is no such object.
    pub async fn size(&self, id: Uuid) -> Result<Option<u64>> {
        outside("files.size")?;
        match self.store().head(&path(id)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    /// Every object, in no order and page by page, so that millions need no memory. What bears no id is passed over.
    pub async fn list(&self) -> Result<BoxStream<'static, Result<Object>>> {
        outside("files.list")?;
        let objects = self.store().list(None).filter_map(async |meta| match meta {
            Ok(meta) => {
                let id = meta.location.as_ref().parse().ok()?;
                Some(Ok(Object { id, bytes: meta.size, written_at: meta.last_modified }))
            }
            Err(error) => Some(Err(fault(error))),
        });
        Ok(objects.boxed())
    }

    /// Whether objects can be kept just now: the folder takes a file, or the bucket answers.
    ///
    /// # Errors
    /// `Unavailable`, or `Internal` when the store refuses our keys.
    pub async fn check(&self) -> Result<()> {
        outside("files.check")?;
        match self {
            Files::Memory(_) => Ok(()),
            Files::Disk(disk) => disk.probe().await,
            // A list tells a missing bucket from an empty one, which a question for one object does not.
            Files::S3(store) => match store.list(Some(&path(Uuid::nil()))).next().await {
                None | Some(Ok(_)) => Ok(()),
                Some(Err(object_store::Error::NotFound { .. })) => Err(Error::Unavailable("files")),
                Some(Err(error)) => Err(fault(error)),
            },
        }
    }

    /// Removes what killed processes left half-written before `before`, and tells how many. Writers that live longer
    /// than that would lose their work, so leave them an hour. S3 does the same by the rule of its bucket.
    pub async fn sweep_unfinished(&self, before: DateTime<Utc>) -> Result<u32> {
        outside("files.sweep_unfinished")?;
        match self {
            Files::Disk(disk) => disk.sweep_unfinished(before).await,
            Files::Memory(_) | Files::S3(_) => Ok(0),
        }
    }

    fn store(&self) -> &dyn ObjectStore {
        match self {
            Files::Memory(store) => store.as_ref(),
            Files::Disk(disk) => disk.store(),
            Files::S3(store) => store.as_ref(),
        }
    }
}

/// The library's own prints keys.
impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Files::Memory(_) => "Files::Memory",
            Files::Disk(_) => "Files::Disk",
            Files::S3(_) => "Files::S3",
        })
    }
}

fn path(id: Uuid) -> Path {
    Path::from(id.to_string())
}

fn client_options() -> ClientOptions {
    ClientOptions::new().with_connect_timeout(Duration::from_secs(5)).with_timeout(Duration::from_secs(60))
}

/// Short, because a caller waits; what takes longer is repeated by the task that asked.
fn retries() -> RetryConfig {
    RetryConfig { backoff: BackoffConfig::default(), max_retries: 3, retry_timeout: Duration::from_secs(20) }
}

/// Names are UUIDs and the bytes are never in it, so the library's text may go to the log.
fn fault(error: object_store::Error) -> Error {
    use object_store::Error as Store;
    match error {
        Store::NotFound { .. } => Error::not_found(),
        Store::PermissionDenied { .. } | Store::Unauthenticated { .. } => Error::internal(format!("files: {error}")),
        Store::NotSupported { .. } | Store::NotImplemented { .. } | Store::InvalidPath { .. } => {
            Error::internal(format!("files: {error}"))
        }
        other => {
            tracing::warn!(error = %other, "the file store failed");
            Error::Unavailable("files")
        }
    }
}
