//! The live queue: who waits before whom at a doctor's door, and how long it may take. The rule is one that a patient can be told:
//! those who are there are called in the order of their hours, whoever is late behind whoever came before the same hour; each
//! takes as long as the visits of this doctor took today on average, or, before two of them are over, as long as they are planned
//! for; and nobody is called before his hour because others stayed away.

use super::rows::{ARRIVED, Booking, IN_PROGRESS};
use chrono::{DateTime, TimeDelta, Utc};

/// So many visits say something about the day.
const TELLING: usize = 2;

/// Somebody's place at a doctor's door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// How many are before him, whoever is inside included.
    pub before: usize,
    pub wait: TimeDelta,
}

/// The place of one who has arrived among the bookings of his doctor's day. `None` for one who has not, or is inside already.
pub fn place(day: &[Booking], of: &Booking, now: DateTime<Utc>) -> Option<Place> {
    if of.state_at(now) != ARRIVED {
        return None;
    }
    let usual = usual_length(day);
    let length = |visit: &Booking| usual.unwrap_or(visit.ends_at - visit.starts_at);
    let order = |visit: &Booking| (visit.starts_at, visit.arrived_at, visit.id);
    let of_his = day.iter().filter(|visit| visit.doctor == of.doctor && visit.id != of.id);
    let mut place = Place { before: 0, wait: TimeDelta::zero() };
    for visit in of_his {
        let left = match visit.state_at(now) {
            IN_PROGRESS => length(visit) - (now - visit.begun_at.unwrap_or(now)),
            ARRIVED if order(visit) < order(of) => length(visit),
            _ => continue,
        };
        place.before += 1;
        place.wait += left.max(TimeDelta::zero());
    }
    place.wait = place.wait.max(of.starts_at - now);
    Some(place)
}

/// How long the visits that were begun and finished today took on average.
fn usual_length(day: &[Booking]) -> Option<TimeDelta> {
    let lengths: Vec<TimeDelta> = day
        .iter()
        .filter_map(|visit| Some(visit.finished_at? - visit.begun_at?))
        .filter(|length| *length > TimeDelta::zero())
        .collect();
    let count = i32::try_from(lengths.len()).ok().filter(|_| lengths.len() >= TELLING)?;
    Some(lengths.into_iter().sum::<TimeDelta>() / count)
}

/// Whole minutes, rounded up.
pub fn minutes(wait: TimeDelta) -> i64 {
    (wait.num_seconds().max(0) + 59) / 60
}
