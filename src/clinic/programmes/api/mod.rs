//! The operations of the room. No rules and no queries here.

mod enrolments;
mod office;
mod views;

pub use enrolments::EnrolmentsApi;
pub use office::ProgrammeOfficeApi;

use poem_openapi::Tags;

#[derive(Tags)]
enum Tag {
    /// Programmes, and taking part in them
    Programmes,
}
