//! What every test stands on: both engines, a house of its own for each test, and people who live in it.

pub mod clinic;
pub mod house;
pub mod people;
pub mod process;
pub mod stores;
pub mod town;
