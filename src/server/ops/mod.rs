//! What an operator does with an installation that stands: mark it, lock it, back it up, restore it, ask what ails it.
//! The command line calls these and prints what they answer. Their texts are for administrators, in English.
//!
//! Backups follow the stores. The record (data by pseudonym, with the objects), the register (who is who, with the keys
//! of the trail) and the wrapping keys go to three places, each by a call of its own, because whoever holds all three
//! reads everything. Restoring goes the other way round: register and wrapping keys first, then the record.

mod backup;
mod begun;
mod bundle;
mod contract;
mod doctor;
mod engine;
mod generate;
mod health;
mod manifest;
mod mark;
mod meta;
mod place;
mod profile;
mod restore;
mod trail;
mod verify;

pub use backup::{BackedUp, backup_record, backup_register, backup_wrapping};
pub use bundle::check_bundle;
pub use contract::openapi;
pub use doctor::{Finding, Severity, doctor};
pub use generate::{Generated, Size, generate};
pub use health::healthcheck;
pub use manifest::{Kind, Manifest, Part};
pub use mark::{ServeLock, check_mark, lock_serve};
pub use place::check_apart;
pub use profile::{Readings, check_profile, readings};
pub use restore::{Restored, restore_record, restore_register, restore_wrapping};
pub use trail::{check_trail_export, verify_trail};
pub use verify::{Verified, verify_backup};
