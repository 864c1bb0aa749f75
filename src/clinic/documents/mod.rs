//! Documents: what a patient uploads and what doctors write about him, with the bytes sealed chunk by chunk.
//!
//! Tables: `document`, `record_identity`. Invariants: a document is declared in JSON, and complete once bytes of the
//! declared size, hash and type lie in the file store under `object`; complete ones never change. A declared document
//! is its author's alone. Beside the first clinical row and each conclusion stands the minimal identity that a medical
//! record must carry. No link ever opens a file: all bytes pass through a grant.

pub mod api;
mod document;
mod download;
mod export;
mod privacy;
mod reading;
mod rows;
mod snapshot;
mod tasks;
mod upload;

pub use api::DocumentView;
pub use document::{Document, DocumentKind};
pub use download::get_by as download_by;
pub use privacy::{ROOM, destroy};
pub use reading::{By, Span, are_complete, held_list, list_by, within};
pub use snapshot::{Occasion, Snapshot};
