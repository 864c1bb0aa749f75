//! The operations of the room. No rules and no queries here.

mod alerts;
mod auditors;
mod breaches;
mod files;
mod findings;
mod overview;
mod trail;
mod trainings;

pub use alerts::OpeningAlertsApi;
pub use auditors::AuditorsApi;
pub use breaches::{BreachesApi, OwnBreachesApi};
pub use findings::FindingsApi;
pub use overview::OverviewApi;
pub use trail::AuditTrailApi;
pub use trainings::TrainingsApi;

use poem_openapi::{Object, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// What is watched over the house itself: alerts, auditors, breaches, trainings
    Oversight,
}

/// What was entered.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct EnteredRecord {
    id: Uuid,
}

/// Free words about the house. They are sealed under the keys of who wrote them.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct OversightNote {
    #[oai(validator(min_length = 1, max_length = 4000))]
    text: String,
}
