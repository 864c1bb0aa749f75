//! Consultations: a patient writes with a doctor, or with the operator (the reception) of a clinic.
//!
//! Tables: `conversation`, `message`. Invariants: of one pair at most one conversation is open; messages of a conversation
//! are numbered without gaps in the order in which they were committed, so whoever has read up to one misses none before
//! it; a conversation with a doctor is clinical and takes documents, one with an operator is `support` and takes none.
//!
//! *Why the operator's is not clinical:* the reception is no medical staff, and health data are for medical staff alone. So
//! what is written to it is sealed under another key, says `readBy: reception` and warns the patient before he writes,
//! refuses documents with `class_refused`, and is destroyed a term after its end rather than held as a record.
//!
//! *Who reads:* each conversation has a reason of its own, given to the conversation and not to the doctor. Whoever
//! stands on its other side opens by it what is said in it, and nothing else of the patient; it ends with the conversation.
//! A document that is attached is opened by the doctor's own reason for the clinical class, as every other document is.

pub mod api;
mod content;
mod conversation;
mod message;
mod privacy;
mod reading;
mod rows;

pub use privacy::ROOM;
