//! Contracts of patients with the clinic: number, date, parties, end, the signed copy.
//!
//! Table: `service_contract`. Invariants: the desk enters and ends one for a patient whom it has found and whose identity it has
//! checked; one that stands has begun and its last day is not past; where the profile asks for one, login and password are issued
//! to nobody without it; where the profile says so, the end of the last one shuts the patient's cabinet until there is another,
//! and from it terms are counted (`from = "contract_end"`).

pub mod api;
mod contract;
mod privacy;
mod rows;

pub use contract::require;
pub use privacy::ROOM;
