//! A doctor's time for one service of his: what a booking is checked against, and where else it could go.

use super::rows::{self, DoctorRow, Done, ServiceRow};
use super::slots::Measure;
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

    /// What a visit takes of the doctor's time.
    pub fn measure(&self) -> Measure {
        self.terms.measure
    }

    /// Whether the hours offer this very slot, be it near or far, taken or not.
    pub fn offers(&self, rules: &profile::Booking, visit: Span) -> bool {
        let date = visit.starts_at.with_timezone(&self.zone).date_naive();
        self.times.offered(&self.terms, rules, date..=date, &(visit.starts_at..=visit.starts_at)).contains(&visit)
    }

    /// What is offered on `days`, taken or not.
    pub fn slots(&self, rules: &profile::Booking, now: DateTime<Utc>, days: RangeInclusive<NaiveDate>) -> Vec<Span> {
        self.times.offered(&self.terms, rules, days, &self.terms.window(rules, now))
    }
}
