//! Programmes: of the state, of a foundation, of the clinic itself. Whom one is for, how many places it has, who takes part.
//!
//! Tables: `programme`, `enrolment`, `enrolment_booking`. Invariants: the places that are taken are those of the enrolments that
//! stand, and never more than there are, however many come at once; nobody takes part twice at a time; who comes when no place
//! is left waits, and gets the next one in the order in which he came; a programme that ends ends the part of everybody in it, and
//! from then on terms run. That somebody takes part is protected like what is known of his health.

pub mod api;
mod enrolment;
mod office;
mod privacy;
mod programme;
mod rows;
mod tasks;

pub use enrolment::{hang as hang_booking, standing as standing_enrolment};
pub use office::is_there as is_programme;
pub use privacy::ROOM;
