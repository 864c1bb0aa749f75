//! What consultations offer over HTTP.

mod patients;
mod staff;
mod views;

pub use patients::ConversationsApi;
pub use staff::StaffConversationsApi;

use poem_openapi::Tags;

#[derive(Tags)]
enum Tag {
    /// Conversations with doctors and with a clinic's operator
    Conversations,
    /// Conversations, for staff
    StaffConversations,
}
