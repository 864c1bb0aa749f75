//! The unwrapped keys of one subject. Whoever holds them may seal; opening takes a `Grant`.

use super::super::clock::Ambient;
use super::super::error::{Error, Result};
use super::chunks::FileKey;
use super::class::Class;
use super::sealed::{Key, Personal, Sealed, place};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Clone)]
pub struct SubjectKeys {
    pub subject: Uuid,
    /// How the trail names this subject: an HMAC under his audit key.
    pub mark: [u8; 32],
    keys: BTreeMap<Class, Key>,
    ambient: Ambient,
}

impl SubjectKeys {
    pub(super) fn new(subject: Uuid, keys: BTreeMap<Class, Key>, ambient: Ambient) -> Self {
        let mark = keys.get(&Class::Audit).map_or([0; 32], |key| hmac(key, &[b"mark", subject.as_bytes()]));
        Self { subject, mark, keys, ambient }
    }

    /// Seals `value` for its row.
    ///
    /// # Errors
    /// `not_found` when the class is destroyed.
    pub fn seal<P: Personal>(&self, row: Uuid, value: &P) -> Result<Sealed> {
        let plain = serde_json::to_vec(value).map_err(|_| Error::internal("a value could not be written"))?;
        let sealed = self.key(P::CLASS)?.seal(&self.ambient, &plain, &place(P::TABLE, P::COLUMN, row, self.subject, P::CLASS))?;
        Ok(Sealed(sealed))
    }

    /// Opens what `seal` sealed. Private to the kernel: the way in is a `Grant`.
    pub(in crate::kernel) fn open<P: Personal>(&self, row: Uuid, sealed: &Sealed) -> Result<P> {
        let plain = self.key(P::CLASS)?.open(&sealed.0, &place(P::TABLE, P::COLUMN, row, self.subject, P::CLASS))?;
        serde_json::from_slice(&plain).map_err(|_| Error::internal("an opened value does not read"))
    }

    /// A new key for the bytes of a file. Store it inside a sealed value of the file's row.
    pub fn file_key(&self) -> FileKey {
        FileKey::new(&self.ambient)
    }

    /// A keyed digest that dies with the subject: for idempotency keys and bodies.
    pub fn digest(&self, domain: &'static str, bytes: &[u8]) -> Result<[u8; 32]> {
        Ok(hmac(self.key(Class::Security)?, &[domain.as_bytes(), bytes]))
    }

    pub fn has(&self, class: Class) -> bool {
        self.keys.contains_key(&class)
    }

    fn key(&self, class: Class) -> Result<&Key> {
        self.keys.get(&class).ok_or_else(Error::not_found)
    }
}

/// HMAC-SHA-256 over length-prefixed parts.
#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
pub(in crate::kernel) fn hmac(key: &Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key.0).expect("any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
