//! The operations of the room. No rules and no queries here.

mod feedback;
mod review;
mod screenshots;
mod staff;
mod tickets;
mod views;

pub use feedback::FeedbackApi;
pub use review::ReviewApi;
pub use screenshots::ScreenshotsApi;
pub use staff::StaffTicketsApi;
pub use tickets::TicketsApi;

use crate::app::wire::Cursor;
use crate::clinic::identity::Caller;
use crate::kernel::error::{Error, Fault, Result};
use poem_openapi::Tags;
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Support
    Support,
    /// Support, for staff
    StaffSupport,
    /// Feedback
    Feedback,
}

/// Where a page of the caller's own list begins. The cursor of somebody else is none.
fn place(cursor: Option<Cursor>, caller: &Caller) -> Result<Option<Uuid>> {
    let Some(cursor) = cursor else { return Ok(None) };
    let (owner, place): (Uuid, Uuid) = cursor.place()?;
    if owner == caller.id { Ok(Some(place)) } else { Err(Error::field("?cursor", Fault::BadFormat)) }
}

/// The cursor after the last item, when there are more.
fn next(caller: &Caller, last: Option<Uuid>, more: bool) -> Result<Option<Cursor>> {
    last.filter(|_| more).map(|last| Cursor::after(&(caller.id, last))).transpose()
}
