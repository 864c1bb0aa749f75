//! A visit, as the rooms above may know it.

use super::rows::{self, BOOKED};
use crate::kernel::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// Whose visit it was or will be, and whether it took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    pub doctor: Uuid,
    pub clinic: Uuid,
    pub took_place: bool,
}

/// A patient's booking by its id, as it stands at `now`. One that was cancelled, or is not over, did not take place.
pub async fn visit_of(db: &impl ConnectionTrait, subject: Uuid, booking: Uuid, now: DateTime<Utc>) -> Result<Option<Visit>> {
    let found = rows::find_of(db, subject, booking).await?;
    Ok(found.map(|booking| Visit {
        doctor: booking.doctor,
        clinic: booking.clinic,
        took_place: booking.ends_at <= now && matches!(booking.state.as_str(), BOOKED | "done"),
    }))
}
