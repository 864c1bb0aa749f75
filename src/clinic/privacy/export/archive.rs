//! The archive: a ZIP that is sealed chunk by chunk as it is written. Nothing of it lies anywhere in the plain, and no more
//! of it than some chunks is ever in memory.

use super::others::Limit;
use crate::adapters::files::Writer;
use crate::kernel::audit::Sealer;
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::{CHUNK_BYTES, FileKey, STREAMED};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Datelike, Timelike, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

/// How hard texts are pressed.
const USUAL: i64 = 6;
/// What people upload is compressed already. It is not simply stored, for a streamed entry tells its length behind its bytes,
/// and readers that stream follow that only for compressed ones.
const FAST: i64 = 1;

/// Names within the archive.
pub const MANIFEST: &str = "manifest.json";
/// Ed25519 over the bytes of the manifest, raw.
pub const SIGNATURE: &str = "manifest.json.sig";
/// What checks it, as OpenSSL reads keys.
pub const KEY: &str = "public-key.pem";

/// What begins the DER of every Ed25519 public key (RFC 8410).
const ED25519_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const CHUNK: usize = CHUNK_BYTES as usize;

/// What the manifest says beside the entries.
pub struct Told {
    pub content: &'static str,
    /// None where the copy leads to nobody.
    pub whose: Option<Whose>,
    /// What was left out for the sake of others, and by which rule.
    pub limits: Vec<Limit>,
    /// What a copy of this kind never holds.
    pub left_out: &'static [&'static str],
    pub at: DateTime<Utc>,
    pub operator: String,
    pub profile: String,
}

/// Of whom it is.
#[derive(Clone, Copy)]
pub struct Whose {
    pub export: Uuid,
    pub subject: Uuid,
}

struct Entry {
    name: String,
    bytes: u64,
    sha256: String,
}

/// A file whose parts are coming.
struct OpenFile {
    name: String,
    bytes: u64,
    hash: Sha256,
}

/// What the ZIP has written and nobody has sealed yet.
#[derive(Clone, Default)]
struct Outlet(Arc<Mutex<Vec<u8>>>);

impl Outlet {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub struct Archive {
    zip: ZipWriter<StreamWriter<Outlet>>,
    outlet: Outlet,
    sealing: Sealing,
    entries: Vec<Entry>,
    open: Option<OpenFile>,
    at: zip::DateTime,
}

impl Archive {
    pub fn begin(writer: Writer, object: Uuid, key: FileKey, now: DateTime<Utc>) -> Result<Self> {
        let outlet = Outlet::default();
        let sealing = Sealing::begin(writer, object, key);
        Ok(Self { zip: ZipWriter::new_stream(outlet.clone()), outlet, sealing, entries: Vec::new(), open: None, at: stamp(now) })
    }

    /// Adds a text, compressed.
    pub async fn text(&mut self, name: &str, plain: &[u8]) -> Result<()> {
        self.start(name, USUAL)?;
        for part in plain.chunks(CHUNK) {
            self.put(part).await?;
        }
        self.note(name, plain.len() as u64, Sha256::digest(plain).into());
        Ok(())
    }

    /// Begins a file. Its parts follow, then its end.
    pub fn begin_file(&mut self, name: String) -> Result<()> {
        self.start(&name, FAST)?;
        self.open = Some(OpenFile { name, bytes: 0, hash: Sha256::new() });
        Ok(())
    }

    /// Begins a text that comes in parts, as a file does.
    pub fn begin_text(&mut self, name: String) -> Result<()> {
        self.start(&name, USUAL)?;
        self.open = Some(OpenFile { name, bytes: 0, hash: Sha256::new() });
        Ok(())
    }

    pub async fn part(&mut self, plain: &[u8]) -> Result<()> {
        if let Some(open) = &mut self.open {
            open.hash.update(plain);
            open.bytes += plain.len() as u64;
        }
        self.put(plain).await
    }

    pub fn end_file(&mut self) {
        if let Some(OpenFile { name, bytes, hash }) = self.open.take() {
            self.note(&name, bytes, hash.finalize().into());
        }
    }

    /// Adds the manifest with its signature and the key that checks it; makes the object visible. Answers its length, its
    /// SHA-256 and the signature, in hexadecimal.
    pub async fn finish(mut self, sealer: &Sealer, told: &Told) -> Result<(u64, String, String)> {
        let manifest = self.manifest(sealer, told)?;
        let signature = sealer.sign_json(&manifest)?;
        self.text(MANIFEST, &manifest).await?;
        self.text(SIGNATURE, &signature).await?;
        self.text(KEY, pem(sealer.public_key()).as_bytes()).await?;
        self.zip.finish().map_err(broken)?;
        let rest = self.outlet.take();
        self.sealing.put(&rest).await?;
        let (bytes, sha256) = self.sealing.finish().await?;
        Ok((bytes, sha256, hex::encode(signature)))
    }

    fn manifest(&self, sealer: &Sealer, told: &Told) -> Result<Vec<u8>> {
        let entry = |entry: &Entry| json!({ "name": entry.name, "bytes": entry.bytes, "sha256": entry.sha256 });
        let manifest = json!({
            "format": 1, "content": told.content, "exportId": told.whose.map(|whose| whose.export),
            "subject": told.whose.map(|whose| whose.subject), "createdAt": told.at, "operator": told.operator,
            "profile": told.profile, "publicKey": hex::encode(sealer.public_key()), "limits": told.limits,
            "leftOut": told.left_out,
            "entries": self.entries.iter().map(entry).collect::<Vec<_>>(),
        });
        serde_json::to_vec_pretty(&manifest).map_err(|_| Error::internal("a manifest could not be written"))
    }

    fn start(&mut self, name: &str, level: i64) -> Result<()> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        let options = options.compression_level(Some(level)).last_modified_time(self.at);
        self.zip.start_file(name, options).map_err(broken)
    }

    async fn put(&mut self, plain: &[u8]) -> Result<()> {
        self.zip.write_all(plain).map_err(|_| Error::internal("an archive could not be written"))?;
        let packed = self.outlet.take();
        self.sealing.put(&packed).await
    }

    fn note(&mut self, name: &str, bytes: u64, sha256: [u8; 32]) {
        self.entries.push(Entry { name: name.to_owned(), bytes, sha256: hex::encode(sha256) });
    }
}

fn broken(error: zip::result::ZipError) -> Error {
    Error::internal(format!("an archive could not be written: {error}"))
}

/// The hour as a ZIP keeps it: to two seconds, from 1980 on.
fn stamp(now: DateTime<Utc>) -> zip::DateTime {
    let small = |number: u32| u8::try_from(number).unwrap_or(0);
    let year = u16::try_from(now.year()).unwrap_or(1980);
    let (day, hour) = ((small(now.month()), small(now.day())), (small(now.hour()), small(now.minute()), small(now.second())));
    zip::DateTime::from_date_and_time(year, day.0, day.1, hour.0, hour.1, hour.2).unwrap_or_default()
}

/// A public key as public tools read it.
pub fn pem(key: [u8; 32]) -> String {
    let der = [&ED25519_PREFIX[..], &key].concat();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

/// Seals what comes, in chunks.
pub struct Sealing {
    writer: Writer,
    object: Uuid,
    key: FileKey,
    /// Of the next chunk.
    index: u64,
    rest: Vec<u8>,
    bytes: u64,
    hash: Sha256,
}

impl Sealing {
    pub fn begin(writer: Writer, object: Uuid, key: FileKey) -> Self {
        Self { writer, object, key, index: 0, rest: Vec::with_capacity(2 * CHUNK), bytes: 0, hash: Sha256::new() }
    }

    pub async fn put(&mut self, plain: &[u8]) -> Result<()> {
        self.hash.update(plain);
        self.bytes += plain.len() as u64;
        self.rest.extend_from_slice(plain);
        while self.rest.len() >= CHUNK {
            let left = self.rest.split_off(CHUNK);
            let chunk = std::mem::replace(&mut self.rest, left);
            self.chunk(&chunk).await?;
        }
        Ok(())
    }

    async fn chunk(&mut self, plain: &[u8]) -> Result<()> {
        let sealed = self.key.seal_chunk(self.object, STREAMED, self.index, plain)?;
        self.index += 1;
        self.writer.put(sealed.into()).await
    }

    pub async fn finish(mut self) -> Result<(u64, String)> {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.chunk(&rest).await?;
        }
        self.writer.finish().await?;
        Ok((self.bytes, hex::encode(self.hash.finalize())))
    }
}
