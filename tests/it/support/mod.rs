//! What every test stands on: both engines, a house of its own for each test, and people who live in it.

#[path = "../../peers/apns.rs"]
pub mod apns;
pub mod auditor;
pub mod authenticator;
pub mod canary;
pub mod clinic;
pub mod crowd;
#[path = "../../peers/fcm.rs"]
pub mod fcm;
pub mod house;
pub mod log;
pub mod money;
pub mod people;
pub mod pictures;
pub mod places;
pub mod process;
pub mod scan;
pub mod stores;
pub mod town;
mod town_life;
mod town_records;
mod town_watched;
pub mod virus;
