//! What a doctor offers: his hours, and the time that they make for a service of his.

use super::rows::{self, ClinicRow, DoctorRow, Done, ServiceRow};
use super::slots::{self, DAY_MIN, Opening};
use crate::app::profile;
use crate::clinic::identity::Caller;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Faults, Result, Span};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use sea_orm::ConnectionTrait;
use std::ops::{Range, RangeInclusive};
use uuid::Uuid;

/// Most stretches of a week that one doctor may have.
const OPENINGS_MAX: usize = 100;
/// Most days that one question about time may span.
pub const DAYS_MAX: i64 = 31;

/// The clinic, also a closed one, if it is there and the staff member may act for it.
///
/// # Errors
/// `not_found` for a clinic of others and for none alike.
pub async fn clinic_for(db: &impl ConnectionTrait, caller: &Caller, id: Uuid) -> Result<ClinicRow> {
    if !caller.clinics.serve(id) {
        return Err(Error::not_found());
    }
    rows::clinic(db, id).await?.ok_or_else(Error::not_found)
}

pub fn zone(name: &str) -> Result<Tz> {
    name.parse().map_err(|_| Error::internal("a clinic has an unknown zone"))
}

/// # Errors
/// `invalid` at `/hours/N/…`.
pub fn check_hours(openings: &[Opening]) -> Result<()> {
    let mut faults = Faults::default();
    if openings.len() > OPENINGS_MAX {
        return Err(Error::field("/hours", Fault::TooLong));
    }
    for (index, opening) in openings.iter().enumerate() {
        if !(0..DAY_MIN).contains(&opening.from_min) || opening.to_min <= opening.from_min || opening.to_min > DAY_MIN {
            faults.add(format!("/hours/{index}/to"), Fault::OutOfRange);
        }
        if matches!((opening.valid_from, opening.valid_until), (Some(first), Some(last)) if last < first) {
            faults.add(format!("/hours/{index}/validUntil"), Fault::OutOfRange);
        }
        if openings.iter().take(index).any(|other| other.meets(opening)) {
            faults.add(format!("/hours/{index}"), Fault::Duplicate);
        }
    }
    faults.into_result()
}

/// Puts the hours in the place of all that were there. What is booked stays booked.
pub async fn replace_hours(tx: &mut Tx, caller: &Caller, doctor: Uuid, openings: &[Opening]) -> Result<()> {
    let row = rows::doctor_of_office(tx, doctor).await?.ok_or_else(Error::not_found)?;
    clinic_for(tx, caller, row.clinic).await?;
    let openings: Vec<_> = openings.iter().map(|opening| (tx.id(), *opening)).collect();
    rows::replace_hours(tx, doctor, &openings).await?;
    tx.audit(Line::new("replaceHours").on("doctor", doctor));
    Ok(())
}

/// A doctor's time for one service of his, in the clinic of that service: `doctor.clinic` and `doctor.zone` are its.
pub struct Offer {
    pub doctor: DoctorRow,
    pub service: ServiceRow,
    pub zone: Tz,
    openings: Vec<Opening>,
}

impl Offer {
    /// `None` for an unknown doctor, or a service that he does not do. Without a service his shortest one counts.
    pub async fn find(db: &impl ConnectionTrait, doctor: Uuid, service: Option<Uuid>) -> Result<Option<Self>> {
        let Some(Done { doctor, service }) = rows::done_by(db, doctor, service).await? else { return Ok(None) };
        let openings = rows::hours(db, doctor.id).await?;
        Ok(Some(Self { zone: zone(&doctor.zone)?, doctor, service, openings }))
    }

    pub fn length(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.service.duration_min))
    }

    /// What is offered on `days`, taken or not.
    pub fn slots(&self, rules: &profile::Booking, now: DateTime<Utc>, days: RangeInclusive<NaiveDate>) -> Vec<Span> {
        let window = rules.lead.after(now)..=rules.horizon.after(now);
        slots::offered(&self.openings, self.zone, days, self.length(), &window)
    }
}

/// The instants of whole days of a zone.
///
/// # Errors
/// `invalid` at `?to` when it is before `from`, or more than 31 days are asked for.
pub fn days(zone: Tz, from: NaiveDate, to: NaiveDate) -> Result<Range<DateTime<Utc>>> {
    if to < from || (to - from).num_days() >= DAYS_MAX {
        return Err(Error::field("?to", Fault::OutOfRange));
    }
    match (slots::instant(zone, from, 0), slots::instant(zone, to, DAY_MIN)) {
        (Some(start), Some(end)) => Ok(start..end),
        _ => Err(Error::field("?from", Fault::OutOfRange)),
    }
}
