//! What notifications offer over HTTP.

mod campaigns;
mod events;
mod inbox;
mod preferences;

pub use campaigns::CampaignsApi;
pub use events::EventsApi;
pub use inbox::InboxApi;
pub use preferences::PreferencesApi;

use poem_openapi::Tags;

#[derive(Tags)]
enum Tag {
    /// What the house tells people
    Notifications,
}
