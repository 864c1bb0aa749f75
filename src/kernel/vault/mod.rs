//! Personal data: sealed, granted, erased. The record holds sealed values by pseudonym; the register (another store)
//! holds the data keys, wrapped by the wrapping key of the epoch, and the directory that leads from a number to a
//! subject. Only a destroyed wrapping key is provable, and it reaches the backups too.

mod burial;
mod chunks;
mod class;
mod directory;
mod epochs;
mod keys;
mod listing;
mod many;
mod register;
mod rotation;
mod sealed;

pub use burial::Tombstone;
pub use chunks::{CHUNK_BYTES, FileKey, STREAMED};
pub use class::{Class, Column, Holds};
pub use directory::{Index, Reservation};
pub use epochs::key_file;
pub use keys::SubjectKeys;
pub use listing::SHARED;
pub use register::Vault;
pub use sealed::{Personal, Sealed};
