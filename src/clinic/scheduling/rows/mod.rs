//! The room's tables and every query on them.

mod asked;
mod bookings;
mod calendars;
mod clinics;
mod codes;
mod courses;
mod doctors;
mod equipment;
mod finding;
mod hours;
mod office;
mod reminders;
mod services;
mod statistics;
mod taken;
mod taking;
mod waiting;
mod wishes;

pub use super::state::{ARRIVED, BOOKED, CANCELLED, DONE, HELD, IN_PROGRESS};
pub use bookings::*;
pub use calendars::*;
pub use clinics::*;
pub use codes::Codes;
pub use courses::*;
pub use doctors::*;
pub use equipment::*;
pub use finding::*;
pub use hours::*;
pub use office::*;
pub use reminders::*;
pub use services::*;
pub use statistics::*;
pub use taken::*;
pub use taking::*;
pub use waiting::*;
pub use wishes::*;

use crate::kernel::sql::{all, change, one};
