//! What every room's API speaks: bodies in, replies and problems out, and the values that both are made of.
//!
//! An operation reads its JSON by [`Body`], answers `Result<Reply<T>, Failure>` (or [`Created`], [`Accepted`],
//! [`NoContent`]) and lets `?` turn a `kernel::Error` into a [`Failure`]. Everything else (language, request id, headers)
//! is put on by the server floor.

mod asked;
mod body;
mod bytes;
mod disposition;
pub mod events;
mod failure;
mod json;
mod page;
mod printed;
mod problem;
mod range;
mod replies;
pub mod schema;
mod values;

pub use asked::{AskedLang, ClientAddr, RequestId};
pub use body::Body;
pub use bytes::{Download, Upload};
pub use disposition::attachment;
pub use events::Events;
pub use failure::{Failure, answer};
pub use page::{Cursor, Limit, MAX_LIMIT, Paging};
pub use printed::Printed;
pub use problem::{FieldCode, FieldProblem, FreeSpan, Problem, ProblemCode};
pub use range::Wanted;
pub use replies::{Accepted, Created, ETag, NoContent, Reply};
pub use values::{Date, Instant, Money};

/// How JSON travels: RFC 8259 knows no charset parameter, and some generated clients compare the type literally.
pub const JSON: &str = "application/json";

/// How every failure travels (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";
