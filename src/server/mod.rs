//! The outermost floor: the poem stack, and the rooms' APIs put together into one service.

pub mod compatibility;
mod deletion;
pub mod demo;
mod health;
pub mod http;
pub mod ops;
pub mod problems;
mod sandbox;
pub mod service;
pub mod spec;
pub mod start;
pub mod worker;
