//! One test binary. Every integration test runs on SQLite and on PostgreSQL.

mod adapters;
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails where it stands")]

mod catalogue;
mod contract;
mod http;
mod kernel;
mod numbers;
mod person_values;
mod support;
