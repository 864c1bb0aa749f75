//! The room's tables and every query on them.

pub mod breach;
pub mod findings;
pub mod openings;

pub use crate::kernel::sql::{all, change, one};

use sea_orm::FromQueryResult;

#[derive(FromQueryResult)]
pub struct Count {
    pub n: i64,
}
