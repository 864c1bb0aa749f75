//! The operations of the room. No rules and no queries here.

mod own;
mod staff;
mod views;

pub use own::RecordingsApi;
pub use staff::StaffRecordingsApi;

use poem_openapi::Tags;

#[derive(Tags)]
enum Tag {
    /// Recordings of calls
    Recordings,
}
