//! One test binary. Every integration test runs on SQLite and on PostgreSQL.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails where it stands")]

mod adapters;
mod catalogue;
mod contract;
mod http;
mod identity;
mod kernel;
mod numbers;
mod person_values;
mod privacy;
mod support;
