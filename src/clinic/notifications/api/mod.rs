//! What notifications offer over HTTP.

mod events;
mod inbox;
mod preferences;

pub use events::EventsApi;
pub use inbox::InboxApi;
pub use preferences::PreferencesApi;

use crate::app::notices;
use poem_openapi::{Enum, Tags};

#[derive(Tags)]
enum Tag {
    /// What the house tells people
    Notifications,
}

/// What happened.
#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase", remote = "notices::Kind")]
enum NotificationKind {
    BookingConfirmed,
    BookingCancelled,
    PaymentNeeded,
    PaymentFailed,
    RefundMade,
    MessageReceived,
    DocumentAdded,
    TicketAnswered,
    ExportReady,
    FreezeChanged,
    FeedbackAsked,
    EmergencyAccess,
    EmergencyAlert,
    SessionReplayed,
    DeletionBegun,
    Marketing,
}
