//! Notifications: what the house tells people, in their inbox and beside it.
//!
//! Tables: `notification` (the inbox), `delivery` (each way that a notice goes, and how that stands), `preference`,
//! `campaign` (what is advertised to those who consent).
//! Invariants: a notice and its way to the phone are written in the transaction that causes them; what leaves the house
//! beside the inbox says that there is a message and nothing of it; freeze, account and consent are looked at in the
//! transaction that marks a delivery as `sending`; of one person, channel and weight the deliveries go in the order of
//! their ids, a later one not before an earlier one has ended. A fallback takes its place when it begins.

pub mod api;
mod campaign;
mod delivery;
mod events;
mod notice;
mod policy;
mod preferences;
mod privacy;
mod quiet;
mod rows;
mod sending;
mod shield;
mod tasks;

pub use crate::app::notices::Kind;
pub use delivery::Deliver;
pub use notice::{remind, tell, tell_marketing, tell_once, tell_until, withdraw};
pub use preferences::wants;
pub use privacy::ROOM;
pub use quiet::until as quiet_until;

use crate::app::room::Together;
use crate::kernel::queue::Task;

/// Deliveries run together, and on a worker of their own.
pub const DELIVERIES: Together =
    Together { kind: Deliver::KIND, run: |app, claimed, slots| Box::pin(delivery::deliver(app, claimed, slots)) };
