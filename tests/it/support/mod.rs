//! What every test stands on: both engines, a house of its own for each test, and people who live in it.

pub mod auditor;
pub mod canary;
pub mod clinic;
pub mod house;
pub mod log;
pub mod money;
pub mod people;
pub mod places;
pub mod process;
pub mod scan;
pub mod stores;
pub mod town;
