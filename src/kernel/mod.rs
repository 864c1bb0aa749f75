//! The ground floor: no medical meaning, no HTTP.

pub mod error;
pub mod lang;
