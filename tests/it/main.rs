//! One test binary. Every integration test runs on SQLite and on PostgreSQL.

mod adapters;
mod kernel;
mod support;
