//! What was said of visits, for whoever decides on it and for whoever may read it.

use super::{change, feedback};
use crate::clinic::identity::Clinics;
use crate::kernel::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, Value};
use uuid::Uuid;

/// Nobody but staff reads it yet.
pub const PENDING: &str = "pending";
pub const PUBLISHED: &str = "published";
pub const REFUSED: &str = "refused";

pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<feedback::Model>> {
    Ok(feedback::Entity::find_by_id(id).one(db).await?)
}

/// Whether a visit has its feedback.
pub async fn is_given(db: &impl ConnectionTrait, booking: Uuid) -> Result<bool> {
    Ok(feedback::Entity::find().filter(feedback::Column::Booking.eq(booking)).one(db).await?.is_some())
}

/// Feedback with words that stands in `state`, oldest first; of these clinics.
pub async fn page(
    db: &impl ConnectionTrait,
    clinics: &Clinics,
    state: &str,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<feedback::Model>> {
    let mut found =
        feedback::Entity::find().filter(feedback::Column::State.eq(state)).filter(feedback::Column::Sealed.is_not_null());
    if !clinics.is_everywhere() {
        found = found.filter(feedback::Column::Clinic.is_in(clinics.as_slice().iter().copied()));
    }
    if let Some(after) = after {
        found = found.filter(feedback::Column::Id.gt(after));
    }
    Ok(found.order_by_asc(feedback::Column::Id).limit(limit).all(db).await?)
}

/// What is published of a doctor, newest first.
pub async fn published(
    db: &impl ConnectionTrait,
    doctor: Uuid,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<feedback::Model>> {
    let mut found = feedback::Entity::find().filter(feedback::Column::Doctor.eq(doctor));
    found = found.filter(feedback::Column::State.eq(PUBLISHED)).filter(feedback::Column::Sealed.is_not_null());
    if let Some(before) = before {
        found = found.filter(feedback::Column::Id.lt(before));
    }
    Ok(found.order_by_desc(feedback::Column::Id).limit(limit).all(db).await?)
}

/// Decides on what waits. False: it does not wait any more.
pub async fn decide(
    db: &impl ConnectionTrait,
    id: Uuid,
    by: Uuid,
    state: &str,
    answer: Option<&str>,
    at: DateTime<Utc>,
) -> Result<bool> {
    let sql = "UPDATE feedback SET state = $2, decided_by = $3, answer = $4, decided_at = $5 \
               WHERE id = $1 AND state = $6 AND sealed IS NOT NULL";
    let values: [Value; 6] = [id.into(), state.into(), by.into(), answer.into(), at.into(), PENDING.into()];
    Ok(change(db, sql, values).await? == 1)
}
