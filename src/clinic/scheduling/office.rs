//! What the whole office asks: whose clinic it is, by which clock it goes, what its days are.

pub use super::offer::Offer;
use super::rows::{self, ClinicRow};
use super::slots::{self, DAY_MIN};
use crate::clinic::identity::Caller;
use crate::kernel::error::{Error, Fault, Result};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use sea_orm::ConnectionTrait;
use std::ops::Range;
use uuid::Uuid;

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
