//! The room's tables and every query on them.

mod conversations;
mod messages;

pub use conversations::*;
pub use messages::*;

use crate::kernel::sql::{all, change, one};

/// On which side of a conversation somebody stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Patient,
    Staff,
}

impl Side {
    /// The column of the number up to which this side has read, and what tells the other side's messages.
    const fn reading(self) -> (&'static str, &'static str) {
        match self {
            Side::Patient => ("patient_read", "author IS NOT NULL"),
            Side::Staff => ("staff_read", "author IS NULL"),
        }
    }
}
