//! The ground floor: no medical meaning, no HTTP.

pub mod access;
pub mod alias;
pub mod audit;
pub mod block;
pub mod card;
pub mod clock;
pub mod db;
pub mod disagreement;
pub mod durable;
pub mod error;
pub mod freeze;
pub mod guard;
pub mod invalidation;
pub mod lang;
pub mod lease;
pub mod manifest;
pub mod memory;
pub mod network;
pub mod once;
pub mod queue;
pub mod secret;
pub mod sql;
pub mod text;
pub mod vault;
pub mod waiters;
