//! What a running server holds, and what every room's API speaks.

pub mod catalogue;
pub mod wire;
