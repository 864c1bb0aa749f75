//! The room's tables and every query on them.

mod bookings;
mod courses;
mod office;
mod taking;
mod wishes;

pub use super::state::{ARRIVED, BOOKED, CANCELLED, DONE, HELD, IN_PROGRESS};
pub use bookings::*;
pub use courses::*;
pub use office::*;
pub use taking::*;
pub use wishes::*;

use crate::kernel::sql::{all, change, one};
