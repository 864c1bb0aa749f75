//! The tag of what the office writes.

use poem_openapi::Tags;

#[derive(Tags)]
pub(super) enum Tag {
    /// Clinics, services and doctors, for their administrator
    Office,
}
