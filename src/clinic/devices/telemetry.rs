//! Telemetry: what an app tells of its use. Samples lie sealed, by batches, under a key of their own that dies with the
//! consent. Beside them stand totals that never knew a person.

use super::rows;
use super::totals::{self, Counted};
use crate::app::App;
use crate::app::apps::{Platform, Version};
use crate::app::profile;
use crate::clinic::identity::Caller;
use crate::clinic::privacy;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::{Class, Personal, Sealed};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Batches that one person may send in an hour. An app gathers, and sends when it has something.
const BATCHES_MAX: i64 = 60;
const WINDOW: TimeDelta = TimeDelta::hours(1);
const RETRY_S: u32 = 900;

/// An attribute that was kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Number(f64),
    Word(String),
}

/// One event, scrubbed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    pub name: String,
    pub at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ok: Option<bool>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Value>,
}

/// What one app sent at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    pub platform: Platform,
    pub app_version: Version,
    pub os_version: Option<String>,
    pub model: Option<String>,
    pub samples: Vec<Sample>,
}

impl Personal for Batch {
    const TABLE: &'static str = "telemetry_batch";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Telemetry;
}

/// A batch on its way: sealed for its row, and counted.
#[derive(Clone)]
pub struct Ready {
    id: Uuid,
    sealed: Sealed,
    counted: Counted,
}

/// Whether telemetry is taken from this person now.
///
/// # Errors
/// `refused_by_profile`; `consent_required`.
pub async fn check(app: &App, caller: &Caller) -> Result<()> {
    if !app.profile.telemetry.collect {
        return Err(Error::refused(Code::RefusedByProfile));
    }
    let given = privacy::is_consent_given(&app.db.reader(), caller.id, &app.profile.telemetry.consent).await?;
    if given { Ok(()) } else { Err(Error::refused(Code::ConsentRequired)) }
}

/// Seals and counts a batch. `unknown`: events whose name the profile doesn't list.
pub async fn prepare(app: &App, caller: &Caller, batch: &Batch, unknown: usize) -> Result<Ready> {
    let id = app.ambient.id();
    let keys = app.vault.ensure(caller.id, &[Class::Telemetry]).await?;
    let counted = totals::count(&keys, app.ambient.now().date_naive(), batch, unknown)?;
    Ok(Ready { id, sealed: keys.seal(id, batch)?, counted })
}

/// Stores a batch: the samples in one row, what they add to the totals in another statement.
///
/// # Errors
/// `consent_required` when it was withdrawn meanwhile; `rate_limited`.
pub async fn store(tx: &mut Tx, caller: &Caller, rules: &profile::Telemetry, ready: Ready) -> Result<()> {
    if !privacy::is_consent_given(tx, caller.id, &rules.consent).await? {
        return Err(Error::refused(Code::ConsentRequired));
    }
    let now = tx.now();
    if !rows::insert_batch(tx, ready.id, caller.id, now, ready.sealed, now - WINDOW, BATCHES_MAX).await? {
        return Err(Error::rate_limited(RETRY_S));
    }
    totals::add(tx, ready.counted).await?;
    tx.audit(Line::new("sendTelemetry").on("telemetryBatch", ready.id).about(&caller.keys).of(Class::Telemetry));
    Ok(())
}
