//! Oversight: what is watched over the house itself. Who opens unusually many people; what an auditor may read of the trail,
//! and what came of his findings; what is due; breaches, and who was told of them in time; who was trained; checkpoints of the
//! trail in a second place.
//!
//! Tables: `opening_count`, `opening_mark`, `opening_alert`, `audit_engagement`, `audit_finding`, `finding_step`, `breach`,
//! `breach_term`, `breach_act`, `breach_person`, `staff_training`. The highest room: it calls all others, and none calls it.
//! Invariants: openings are counted from the trail, each line once, however many nodes there are; of one party there is one alert
//! in an hour; an auditor reads nothing without a contract that runs, and nothing beyond its scope; a finding goes from
//! assessment to measure to policy and skips none; a person is told of a breach once; its terms are those of the day on which it
//! became known.

mod alarms;
mod alerts;
pub mod api;
mod breach;
mod checkpoints;
mod configuration;
mod counting;
mod engagement;
mod findings;
mod overview;
mod privacy;
mod rows;
mod telling;
mod training;
mod words;

pub use checkpoints::copies as checkpoint_copies;
pub use configuration::note as note_configuration;
pub use privacy::ROOM;
