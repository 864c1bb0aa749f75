//! Privacy: what the policy says and who accepted it, consents, freezes, exports, who looked at one's data, and the end of
//! an account.
//!
//! Tables: `acceptance`, `consent`, `freeze_act`, `identity_check`, `personal_export`, `erasure`, `certificate`,
//! `held_record`, `held_opening`, `break_glass`, `policy_version`, `policy_notice`, `legal_hold`, `rule_review`. Invariants: an acceptance
//! points to the text that was in force; of one item a subject has at most one given consent; an erasure goes its steps
//! in order, each at most once as far as its receipt tells, and does nothing that its plan did not say; whoever knows a
//! record number opens nothing without a ground; of one subject at most one export is queued or
//! being built; the desk acts for a patient only with a check of who he is that stands. This room lies below those that hold documents and visits: what they
//! must do at an erasure they do in their own `forget`, and what they hold they say in their `holdings`.

mod acceptances;
pub mod api;
mod break_glass;
mod certificates;
mod claim;
mod consents;
mod due;
mod erasure;
mod export;
mod freeze;
mod held;
pub mod identity_check;
mod legal_holds;
mod number;
mod plan;
mod publication;
mod receipt;
mod replay;
mod reviews;
mod room;
mod rows;
mod tasks;
mod withdrawal_page;

pub use acceptances::{AtDesk, Telling, Told, accept_at_desk};
pub use api::{ACCOUNT_DELETION_PATH, TextLanguage};
pub use consents::{Act as ConsentAct, give_by_act, given_by as consenting, is_given as is_consent_given, may_go_to};
pub use due::{HeldDue, Watched, held_due, watched};
pub use erasure::{Step, advance, begin_at_once};
pub use identity_check::{DeskChannel, check_found, standing as standing_check};
pub use legal_holds::{
    NewLegalHold, Reviewed as ReviewedHold, holds as is_legally_held, lift as lift_legal_hold, list as legal_holds,
    set as set_legal_hold, subject_of as subject_of_record,
};
pub use publication::{TellPolicy, next_to_tell, publish as publish_policies, version_id as policy_version};
pub use replay::replay_tombstones;
pub use reviews::read_until as rules_read;
pub use room::ROOM;
pub use tasks::TelemetryDestroyed;
