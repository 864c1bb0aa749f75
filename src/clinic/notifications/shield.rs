//! What a representative is told in the inbox of whom he acts for: nothing of what is closed to him.

use crate::app::notices::{Group, Kind};
use crate::clinic::identity::representation::Acting;

/// Kinds that lead to what is clinical, or to an archive of everything.
const OF_CLINICAL: &[Kind] =
    &[Kind::MessageReceived, Kind::DocumentAdded, Kind::TicketAnswered, Kind::FeedbackAsked, Kind::ExportReady];

/// Whether a notice is for whoever acts here. Under a shield it is the account's own alone: that somebody sought care is told by a
/// booking, too.
pub fn is_told(acting: Option<Acting>, kind: &str) -> bool {
    let (Some(acting), Some(kind)) = (acting, Kind::parse(kind)) else { return acting.is_none() };
    (acting.sees_clinical || !OF_CLINICAL.contains(&kind)) && (!acting.is_shielded || kind.group() == Group::Account)
}
