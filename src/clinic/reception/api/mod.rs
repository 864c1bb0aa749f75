//! What reception offers over HTTP.

mod attestations;
mod recovery;

pub use attestations::PatientAttestationsApi;
pub use recovery::RecoveryApi;

use poem_openapi::Tags;

#[derive(Tags)]
enum Tag {
    /// Patients, for the desk
    Desk,
}
