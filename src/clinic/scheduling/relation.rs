//! What the rooms above ask: who comes to whom, and how doctors and clinics are called.

use super::offers;
use super::rows::{self, Booking};
use crate::app::multilingual::Multilingual;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A visit will not take place: what rested on it may have lost its ground.
#[derive(Serialize, Deserialize)]
pub struct VisitCancelled {
    pub subject: Uuid,
    pub doctor: Uuid,
}

impl Task for VisitCancelled {
    const KIND: &'static str = "consultations.visitCancelled";
}

/// A booking gives its time back (it was cancelled, moved, or its hold ended): it is kept for the first who waits for it. The
/// booking as it stood, with the time that is free now.
pub async fn freed(tx: &mut Tx, booking: &Booking) -> Result<()> {
    offers::freed(tx, booking).await
}

/// When the last visit that `subject` booked with `doctor`, to come or past, ends. Cancelled ones don't count.
pub async fn last_visit_with(db: &impl ConnectionTrait, subject: Uuid, doctor: Uuid) -> Result<Option<DateTime<Utc>>> {
    rows::last_visit_with(db, subject, doctor).await
}

/// Whether the clinic is there and works.
pub async fn is_receiving(db: &impl ConnectionTrait, clinic: Uuid) -> Result<bool> {
    Ok(rows::clinic(db, clinic).await?.is_some_and(|row| row.active))
}

/// The doctor's name, also of one who receives no more.
pub async fn doctor_names(db: &impl ConnectionTrait, doctor: Uuid) -> Result<Option<Multilingual>> {
    rows::names(db, "doctor", doctor).await
}

/// The clinic's name, also of one that is closed.
pub async fn clinic_names(db: &impl ConnectionTrait, clinic: Uuid) -> Result<Option<Multilingual>> {
    rows::names(db, "clinic", clinic).await
}

/// Every doctor of a clinic, also those who receive no more.
pub async fn doctors_of(db: &impl ConnectionTrait, clinic: Uuid) -> Result<Vec<Uuid>> {
    rows::doctors_of(db, clinic).await
}
