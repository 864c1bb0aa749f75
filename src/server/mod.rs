//! The outermost floor: the poem stack, and the rooms' APIs put together into one service.

pub mod http;
pub mod problems;
pub mod spec;
