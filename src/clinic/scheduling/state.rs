//! Where a booking stands, and where it may go from there. This is the one table of its life: rules ask it, and statements
//! take from it the states that they may change.

/// Asked for; reception has not answered yet. It takes the time meanwhile.
pub const REQUESTED: &str = "requested";
/// Kept for its patient to pay.
pub const HELD: &str = "held";
pub const BOOKED: &str = "booked";
/// The patient is there and waits.
pub const ARRIVED: &str = "arrived";
pub const IN_PROGRESS: &str = "inProgress";
/// The visit is over.
pub const DONE: &str = "done";
/// The patient did not come.
pub const NO_SHOW: &str = "noShow";
pub const CANCELLED: &str = "cancelled";
/// Asked for and not answered, or held and not paid in time.
pub const EXPIRED: &str = "expired";

/// Every legal move, from and to. What is not here is `state_conflict`.
pub const MOVES: &[(&str, &str)] = &[
    // Reception confirms what was asked for; where it has a price, it is held for it then.
    (REQUESTED, BOOKED),
    (REQUESTED, HELD),
    (REQUESTED, CANCELLED),
    (REQUESTED, EXPIRED),
    (HELD, BOOKED),
    (HELD, CANCELLED),
    (HELD, EXPIRED),
    // Paid too late, and the time is still free.
    (EXPIRED, BOOKED),
    (BOOKED, ARRIVED),
    (BOOKED, IN_PROGRESS),
    (BOOKED, DONE),
    (BOOKED, NO_SHOW),
    (BOOKED, CANCELLED),
    (ARRIVED, IN_PROGRESS),
    (ARRIVED, DONE),
    // He went away before he was called.
    (ARRIVED, NO_SHOW),
    (IN_PROGRESS, DONE),
    // The hour alone had ended it, and he never came.
    (DONE, NO_SHOW),
    // He came after all.
    (NO_SHOW, ARRIVED),
];

/// The states in which a booking takes the time of its doctor, its patient and its machine, as the schema has them.
pub const TAKES: &str = "('requested', 'held', 'booked', 'arrived', 'inProgress')";

/// Whether a booking may go from the one state to the other.
pub fn may(from: &str, to: &str) -> bool {
    MOVES.contains(&(from, to))
}

/// The states from which a booking may go to this one, as a list of SQL.
pub fn before(to: &str) -> String {
    let from: Vec<String> = MOVES.iter().filter(|(_, end)| *end == to).map(|(from, _)| format!("'{from}'")).collect();
    format!("({})", from.join(", "))
}

/// The states whose time may still be changed: the visit has not begun and will take place.
pub const MOVABLE: &str = "('requested', 'held', 'booked')";
