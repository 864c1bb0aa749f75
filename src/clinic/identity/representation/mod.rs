//! Representation: somebody acts for somebody else, by a proof, in a scope, until an end.
//!
//! A representative acts by a session of the represented person's account that his own session opened. So every operation of
//! a patient works for a dependant unchanged, and whatever ends the representation, or the session that it rests on,
//! ends that session. What he may open are the reasons that the representation gave, whose party it is itself; each
//! opening leaves a line, which the represented person reads. What he may not do stands in `app::representation`.

mod acting;
mod change;
mod coming_of_age;
mod desk;
mod invitation;
mod privacy;
mod proof;
mod rows;
mod session;
mod view;

pub use acting::{Acting, acting, check_birth_date, check_own_account};
pub use change::{NewDependant, declare, end_by_representative, end_by_subject};
pub use coming_of_age::run as come_of_age;
pub use desk::{Found, Recorded, end_at_desk, found, record, verify};
pub use invitation::{CODE_LIVES, Invitation, invite, redeem};
pub use privacy::{Dependant, columns, export, forget, hand_over, left_alone, prepare_hand_over, shut};
pub use proof::{Kind, Proof, Scope};
pub use rows::representation::Model as Representation;
pub use rows::{is_party, is_represented};
pub use session::open as open_session;
pub use view::{Shown, dependants, marks, representatives};

/// How an audit line names a representation, and the basis of what is opened by one.
pub const OBJECT: &str = "representation";
