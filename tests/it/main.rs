//! One test binary. Every integration test runs on SQLite and on PostgreSQL.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails where it stands")]

mod adapters;
mod authorisation;
mod bad_input;
mod billing;
mod board;
mod calendars;
mod care_catalogue;
mod catalogue;
mod config;
mod consultations;
mod contacts;
mod contract;
mod crash;
mod credentials;
mod devices;
mod documents;
mod doors;
mod erasure;
mod hours;
mod house;
mod http;
mod identity;
mod journey;
mod kernel;
mod life;
mod manifest;
mod notifications;
mod numbers;
mod ops;
mod person_values;
mod policies;
mod privacy;
mod profiles;
mod reception;
mod reminders;
mod representation;
mod scheduling;
mod sessions;
mod slots;
mod staff;
mod support;
mod support_room;
mod telemetry;
mod waiting;
