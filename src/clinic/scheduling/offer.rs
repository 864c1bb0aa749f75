//! A doctor's time for one service of his: what a booking is checked against, and where else it could go.

use super::rows::{self, DoctorRow, Done, ServiceRow};
use super::times::{Terms, Times};
use crate::app::profile;
use crate::kernel::error::{Result, Span};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use sea_orm::ConnectionTrait;
use std::ops::RangeInclusive;
use uuid::Uuid;

/// A doctor's time for one service of his, in the clinic of that service: `doctor.clinic` and `doctor.zone` are its.
pub struct Offer {
    pub doctor: DoctorRow,
    pub service: ServiceRow,
    pub zone: Tz,
    terms: Terms,
    times: Times,
}

impl Offer {
    /// `None` for an unknown doctor, or a service that he does not do. Without a service his shortest one counts.
    pub async fn find(db: &impl ConnectionTrait, doctor: Uuid, service: Option<Uuid>) -> Result<Option<Self>> {
        let Some(Done { doctor, service }) = rows::done_by(db, doctor, service).await? else { return Ok(None) };
        let times = Times::hours(db, &[doctor.id], &[doctor.clinic]).await?;
        let terms = Terms::of_done(&doctor, &service)?;
        Ok(Some(Self { zone: terms.zone, doctor, service, terms, times }))
    }

    pub fn length(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.service.duration_min))
    }

    /// What is offered on `days`, taken or not.
    pub fn slots(&self, rules: &profile::Booking, now: DateTime<Utc>, days: RangeInclusive<NaiveDate>) -> Vec<Span> {
        self.times.offered(&self.terms, rules, days, &self.terms.window(rules, now))
    }

    /// What is free on `days`: the doctor, and a machine where the service needs one. Asked of the database.
    pub async fn free(
        &self,
        db: &impl ConnectionTrait,
        rules: &profile::Booking,
        now: DateTime<Utc>,
        days: RangeInclusive<NaiveDate>,
    ) -> Result<Vec<Span>> {
        let slots = self.slots(rules, now, days);
        let (Some(first), Some(last)) = (slots.first(), slots.last()) else { return Ok(slots) };
        let mut times = self.times.clone();
        times.read_taken(db, &[&self.terms], &(first.starts_at..last.ends_at)).await?;
        Ok(times.free(&self.terms, slots, now))
    }
}
