//! The room's tables and every query on them.

mod bookings;
mod calendars;
mod office;
mod reminders;
mod waiting;

pub use bookings::*;
pub use calendars::*;
pub use office::*;
pub use reminders::*;
pub use waiting::*;

use crate::kernel::sql::{all, change, one};

/// Kept for its patient to pay.
pub const HELD: &str = "held";
pub const BOOKED: &str = "booked";
pub const CANCELLED: &str = "cancelled";
/// Held, and not paid in time.
pub const EXPIRED: &str = "expired";
/// Booked, and the visit is over.
pub const DONE: &str = "done";
