//! What every test stands on: both engines, each test on stores of its own.

pub mod stores;
