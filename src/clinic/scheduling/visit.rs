//! A visit, as the rooms above may know it.

use super::rows::{self, Booking, DONE};
use crate::clinic::identity::Clinics;
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A visit is over. Told once of each, at the end of those that took place.
#[derive(Serialize, Deserialize)]
pub struct VisitEnded {
    pub subject: Uuid,
    pub booking: Uuid,
}

impl Task for VisitEnded {
    const KIND: &'static str = "support.visitEnded";
}

/// Whose visit it was or will be, and whether it took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    pub doctor: Uuid,
    pub clinic: Uuid,
    pub ends_at: DateTime<Utc>,
    pub took_place: bool,
}

/// A patient's booking by its id, as it stands at `now`. One that was cancelled, or is not over, did not take place.
pub async fn visit_of(db: &impl ConnectionTrait, subject: Uuid, booking: Uuid, now: DateTime<Utc>) -> Result<Option<Visit>> {
    Ok(rows::find_of(db, subject, booking).await?.map(|booking| of(&booking, now)))
}

/// A booking in these clinics, with whose it is.
pub async fn visit_at(
    db: &impl ConnectionTrait,
    clinics: &Clinics,
    booking: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<(Uuid, Visit)>> {
    let found = rows::find(db, booking).await?.filter(|booking| clinics.serve(booking.clinic));
    Ok(found.map(|booking| (booking.subject, of(&booking, now))))
}

fn of(booking: &Booking, now: DateTime<Utc>) -> Visit {
    Visit { doctor: booking.doctor, clinic: booking.clinic, ends_at: booking.ends_at, took_place: booking.state_at(now) == DONE }
}
