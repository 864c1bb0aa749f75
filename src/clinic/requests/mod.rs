//! Requests of persons about their data: information, access, correction, addition, blocking, deletion, destruction,
//! objection, complaint. Made in the app or taken in by staff, answered or refused with reasons by an officer in the term of
//! the law; and the statements by which somebody disagrees with what is known of him.
//!
//! Tables: `person_request`, `request_act`; the statements are the kernel's, since rooms below show them beside the value.
//! A room above those whose things a request names: it looks whether the document is his, and tells people by itself.
//! Invariants: a request keeps the rule of the day on which it came; it is extended once at most, before its term ends, and the
//! person is told; it is closed once, by an answer, a refusal with reasons or its withdrawal; what staff take in stands with
//! the check of who asked; whatever is said in free words is sealed.

mod alarms;
pub mod api;
mod disagreements;
mod due;
mod kind;
mod office;
mod privacy;
mod reading;
mod request;
mod rows;
mod terms;

pub use due::{RequestsDue, requests_due};
pub use kind::{RequestAct, RequestKind};
pub use office::{close, words};
pub use privacy::ROOM;
pub use reading::{Wish, keys_of, wish};
