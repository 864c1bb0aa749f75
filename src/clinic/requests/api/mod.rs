//! The operations of the room. No rules and no queries here.

mod disagreements;
mod legal_holds;
mod requests;
mod staff;
mod views;

pub use disagreements::DisagreementsApi;
pub use legal_holds::LegalHoldsApi;
pub use requests::RequestsApi;
pub use staff::StaffRequestsApi;

use poem_openapi::Tags;

#[derive(Tags)]
enum Tag {
    /// What a person asks about his data, and what he says against it
    Requests,
    /// Requests about data, for staff
    StaffRequests,
}
