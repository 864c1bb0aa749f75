//! Files: a random key each, and chunks of 64 KiB, each authenticated with the file's id, its length and the chunk's
//! index. So ranges can be read, and a truncated, reordered or swapped file fails.

use super::super::clock::Ambient;
use super::super::error::{Error, Result};
use super::sealed::Key;
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use std::ops::Range;
use uuid::Uuid;

/// Bytes of plaintext in a chunk; the last one may be shorter.
pub const CHUNK_BYTES: u64 = 64 * 1024;
/// The length to which the chunks of a file are bound that is sealed before its end is known. Whoever keeps its row keeps
/// the true length sealed there, so that a file cut short fails all the same.
pub const STREAMED: u64 = 0;
/// What a sealed chunk is longer by.
const TAG_BYTES: u64 = 16;

/// The key of one file. Lies only inside a sealed value.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub struct FileKey(#[serde(with = "hex::serde")] [u8; 32]);

impl std::fmt::Debug for FileKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileKey")
    }
}

impl FileKey {
    pub(super) fn new(ambient: &Ambient) -> Self {
        Self(Key::new(ambient).0)
    }

    /// The length of the stored object for a file of `total` bytes.
    pub fn sealed_len(total: u64) -> u64 {
        total + total.div_ceil(CHUNK_BYTES) * TAG_BYTES
    }

    /// Which chunks, and which bytes of the object, hold the bytes `wanted` of the file.
    pub fn cover(wanted: &Range<u64>, total: u64) -> (Range<u64>, Range<u64>) {
        let chunks = wanted.start / CHUNK_BYTES..wanted.end.div_ceil(CHUNK_BYTES);
        let step = CHUNK_BYTES + TAG_BYTES;
        let bytes = chunks.start * step..(chunks.end * step).min(Self::sealed_len(total));
        (chunks, bytes)
    }

    pub fn seal_chunk(&self, file: Uuid, total: u64, index: u64, plain: &[u8]) -> Result<Vec<u8>> {
        let place = place(file, total, index);
        self.cipher()
            .encrypt(&nonce(index), Payload { msg: plain, aad: &place })
            .map_err(|_| Error::internal("a chunk could not be sealed"))
    }

    pub fn open_chunk(&self, file: Uuid, total: u64, index: u64, sealed: &[u8]) -> Result<Vec<u8>> {
        let place = place(file, total, index);
        self.cipher()
            .decrypt(&nonce(index), Payload { msg: sealed, aad: &place })
            .map_err(|_| Error::internal("a chunk of a file does not open"))
    }

    fn cipher(&self) -> Aes256GcmSiv {
        Aes256GcmSiv::new(&self.0.into())
    }
}

/// The key is used for one file alone, so the index is a nonce that never repeats for other bytes.
fn nonce(index: u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&index.to_le_bytes());
    Nonce::from(nonce)
}

fn place(file: Uuid, total: u64, index: u64) -> [u8; 32] {
    let mut place = [0; 32];
    place[..16].copy_from_slice(file.as_bytes());
    place[16..24].copy_from_slice(&total.to_le_bytes());
    place[24..].copy_from_slice(&index.to_le_bytes());
    place
}
