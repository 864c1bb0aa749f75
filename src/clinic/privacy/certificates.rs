//! The certificate of an erasure: what was destroyed and held, how, when and on whose wish. Sealed under a key of its
//! own, so that it outlives the account and dies on its own day.

use super::plan::Planned;
use super::rows;
use crate::app::App;
use crate::kernel::access::Openings;
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::{Class, Personal};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The wrapping key of an epoch lives no longer than this.
const EPOCH_MAX: TimeDelta = TimeDelta::days(30);

/// Why it was erased: a word of the contract, with a title in the catalogue.
pub const AT_REQUEST: &str = "subjectRequest";
/// How: data keys destroyed.
pub const CRYPTO_ERASURE: &str = "cryptoErasure";

#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct Certificate {
    pub number: String,
    pub operator_name: String,
    pub operator_address: String,
    pub classes: Vec<Planned>,
    pub method: String,
    /// With this wrapping key every stale copy of a destroyed data key ends, at the latest then.
    pub wrapping_key_ends_at: DateTime<Utc>,
    pub reason: String,
    pub asked_at: DateTime<Utc>,
    pub erased_at: DateTime<Utc>,
}

impl Personal for Certificate {
    const TABLE: &'static str = "certificate";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Evidence;
}

/// When the wrapping key that holds now has ended at the latest.
pub async fn wrapping_key_ends_at(app: &App) -> Result<DateTime<Utc>> {
    let now = app.ambient.now();
    Ok((app.vault.epoch_began().await?.unwrap_or(now) + EPOCH_MAX).max(now))
}

/// The certificate with this record number, for staff who may read it.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, openings: &Openings<'_>, number: &str) -> Result<Certificate> {
    let row = rows::find_certificate(&app.db.reader(), number).await?.ok_or_else(Error::not_found)?;
    let grant = openings.grant_on("certificate", row.id, Class::Evidence, ("certificate", row.id)).await?;
    grant.open(row.id, &row.sealed)
}
