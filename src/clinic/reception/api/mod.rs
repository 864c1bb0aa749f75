//! What reception offers over HTTP.

mod number_claims;
mod patient_policies;

pub use number_claims::NumberClaimsApi;
pub use patient_policies::PatientPoliciesApi;

use poem_openapi::Tags;

#[derive(Tags)]
enum Tag {
    /// The desk at work for a person who stands there
    Reception,
}
