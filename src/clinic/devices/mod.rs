//! Devices: the installations of the app, the tokens by which they are woken, and what they tell of themselves.
//!
//! Tables: `installation`, `push_token`, `telemetry_batch`, `telemetry_mark`, `telemetry_total`; in the register the kind
//! `pushToken`. Invariants: of one app's installation an account has at most one row; both ids are keyed digests of what
//! they stand for, under the account's own key, so that a row is found again and leads nowhere; a push token belongs to
//! whoever holds it in the register's directory, and wakes a phone only while the session lives in which it was registered;
//! totals name no subject and no mark of one.

pub mod api;
mod installation;
mod privacy;
mod rows;
mod scrub;
mod statistics;
mod tasks;
mod telemetry;
mod token;
mod totals;

pub use installation::{with_phone, zone_of};
pub use privacy::ROOM;
pub use token::{PushToken, drop_token, tokens_of};
