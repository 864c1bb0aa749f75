//! The operations of the room. No rules and no queries here.

mod feedback;
mod moderation;
mod review;
mod screenshots;
mod staff;
mod tickets;
mod views;

pub use feedback::FeedbackApi;
pub use moderation::ModerationApi;
pub use review::ReviewApi;
pub use screenshots::ScreenshotsApi;
pub use staff::StaffTicketsApi;
pub use tickets::TicketsApi;

use poem_openapi::Tags;

#[derive(Tags)]
enum Tag {
    /// Support
    Support,
    /// Support, for staff
    StaffSupport,
    /// Feedback
    Feedback,
}
