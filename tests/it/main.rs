//! The one test binary.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails where it stands")]

mod catalogue;
mod contract;
mod http;
