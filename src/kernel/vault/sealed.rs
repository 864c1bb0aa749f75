//! Sealed values: AES-256-GCM-SIV (RFC 8452, so that a repeated nonce betrays equality and nothing more), with table,
//! column, row, subject and class as associated data. A moved ciphertext fails to open.

use super::super::clock::Ambient;
use super::super::error::{Error, Result};
use super::class::Class;
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use sea_orm::DeriveValueType;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop};

const NONCE_BYTES: usize = 12;

/// A struct that is sealed as one value: one per row and class.
pub trait Personal: Serialize + DeserializeOwned {
    const TABLE: &'static str;
    const COLUMN: &'static str;
    const CLASS: Class;
}

/// Nonce and ciphertext, as they lie in a column.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct Sealed(pub Vec<u8>);

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// 256 bits that are wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key(pub(super) [u8; 32]);

impl Key {
    pub(super) fn new(ambient: &Ambient) -> Self {
        Self(ambient.bytes())
    }

    pub(super) fn seal(&self, ambient: &Ambient, plain: &[u8], bound_to: &[u8]) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE_BYTES] = ambient.bytes();
        let cipher = Aes256GcmSiv::new(&self.0.into());
        let sealed = cipher
            .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: bound_to })
            .map_err(|_| Error::internal("a value could not be sealed"))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// # Errors
    /// `Internal` when a byte was changed, or the value was moved to another row or subject.
    pub(super) fn open(&self, sealed: &[u8], bound_to: &[u8]) -> Result<Vec<u8>> {
        let broken = || Error::internal("a sealed value does not open");
        let (nonce, body) = sealed.split_at_checked(NONCE_BYTES).ok_or_else(broken)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| broken())?;
        let cipher = Aes256GcmSiv::new(&self.0.into());
        cipher.decrypt(&Nonce::from(nonce), Payload { msg: body, aad: bound_to }).map_err(|_| broken())
    }
}

/// The associated data: lengths stand before the parts, so that no two places write the same bytes.
pub(super) fn place(table: &str, column: &str, row: Uuid, subject: Uuid, class: Class) -> Vec<u8> {
    let mut place = Vec::with_capacity(96);
    for part in [table.as_bytes(), column.as_bytes(), row.as_bytes(), subject.as_bytes(), class.as_str().as_bytes()] {
        place.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
        place.extend_from_slice(part);
    }
    place
}
