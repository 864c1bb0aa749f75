//! The room's tables and every query on them.

mod asked;
mod bookings;
mod calendars;
mod clinics;
mod codes;
mod doctors;
mod equipment;
mod finding;
mod office;
mod reminders;
mod services;
mod waiting;

pub use bookings::*;
pub use calendars::*;
pub use clinics::*;
pub use codes::Codes;
pub use doctors::*;
pub use equipment::*;
pub use finding::*;
pub use office::*;
pub use reminders::*;
pub use services::*;
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
