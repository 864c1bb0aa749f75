//! Recordings of calls: with staff, with an automatic system, with the desk of a clinic; held here or by somebody else.
//!
//! Tables: `recording`, `recording_listening`. Invariants: there are none where the profile takes none; a caller who refuses is
//! not recorded, and nobody is who was not told of it; what is not known to be somebody's lies under keys of its own, and moves
//! under his once it is; nobody listens without a reason, which stands in the person's access log and beside the recording; what
//! is flagged is shut, and destroyed where the profile refuses what is in it; on its day each is destroyed, unless an officer holds it.

pub mod api;
mod ending;
mod linking;
mod listening;
mod privacy;
mod recording;
mod rows;
mod upload;

pub use privacy::ROOM;
