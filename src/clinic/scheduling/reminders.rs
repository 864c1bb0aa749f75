//! Reminders follow a booking: planned when it is made or moved, dropped when it will not take place.

use super::rows::Booking;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use uuid::Uuid;

/// A booking stands, at this time.
pub async fn plan(_: &mut Tx, _: &Booking) -> Result<()> {
    Ok(())
}

/// A booking will not take place.
pub async fn drop(_: &mut Tx, _: Uuid) -> Result<()> {
    Ok(())
}
