//! Carriers: slips, discs, film, copies on paper, media of backups. What was made, who keeps it, to whom it was issued, how it was
//! destroyed.
//!
//! Tables: `carrier`, `carrier_act`. Invariants: each carrier has a number of its own, and one state; nothing happens to what is
//! destroyed; a copy of somebody's data is entered by a desk that has found him, its description is sealed, and he sees where it
//! went; when he is erased the carrier stays in the register as one of nobody.

pub mod api;
mod carrier;
mod privacy;
mod rows;

pub use privacy::ROOM;
