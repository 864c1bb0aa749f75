//! The operations of the room. No rules and no queries here.

mod attestations;
mod bookings;
mod credentials;
mod leads;
mod merges;
mod number_claims;
mod patient_policies;
mod patients;
mod recovery;
mod waiting;

pub use attestations::PatientAttestationsApi;
pub use bookings::DeskBookingsApi;
pub use credentials::CredentialsApi;
pub use leads::LeadsApi;
pub use merges::MergesApi;
pub use number_claims::NumberClaimsApi;
pub use patient_policies::PatientPoliciesApi;
pub use patients::PatientsApi;
pub use recovery::RecoveryApi;
pub use waiting::PatientWaitingApi;

use poem_openapi::Tags;

#[derive(Tags)]
enum Tag {
    /// Work at the desk on behalf of patients
    Reception,
    /// Those who only asked
    Leads,
}
