//! A patient attests that what is known of him is complete, exact and current. What he said, when and by which way is
//! kept as evidence; it is asked again when it has aged, and when what it was said of has changed.

use super::contact_rows::{self, attestation};
use super::desk::DESK;
use super::rows::{self, patient};
use crate::app::App;
use crate::app::profile::Profile;
use crate::kernel::access::Grant;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use chrono::{DateTime, Utc};
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// By which way it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, Serialize, Deserialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum AttestationChannel {
    /// By the patient himself, signed in.
    App,
    Phone,
    Mail,
    Desk,
}

#[derive(Serialize, Deserialize)]
struct Evidence {
    channel: AttestationChannel,
}

impl Personal for Evidence {
    const TABLE: &'static str = "attestation";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Evidence;
}

/// An attestation, opened.
pub struct Attested {
    pub id: Uuid,
    /// The version of the account that it was said of.
    pub version: i64,
    pub at: DateTime<Utc>,
    pub channel: AttestationChannel,
    /// Who wrote it down for him.
    pub staff: Option<Uuid>,
}

/// Stores that the patient attests what is known of him, by himself or by the mouth of a staff member.
///
/// # Errors
/// `profile_required` when there is nothing to attest; what `is_current` says of the version.
pub async fn attest(
    tx: &mut Tx,
    keys: &SubjectKeys,
    channel: AttestationChannel,
    staff: Option<Uuid>,
    is_current: impl Fn(i64) -> Result<()>,
) -> Result<Attested> {
    let row = rows::find_patient(tx, keys.subject).await?.ok_or_else(Error::not_found)?;
    if row.identity.is_none() {
        return Err(Error::refused(Code::ProfileRequired));
    }
    is_current(row.version)?;
    let id = tx.id();
    let new = attestation::ActiveModel {
        id: Set(id),
        subject: Set(keys.subject),
        version: Set(row.version),
        at: Set(tx.now()),
        staff: Set(staff),
        sealed: Set(keys.seal(id, &Evidence { channel })?),
    };
    contact_rows::insert_attestation(tx, new).await?;
    let line = Line::new("attest").on("attestation", id).about(keys).of(Class::Evidence);
    tx.audit(if staff.is_some() { line.because(DESK) } else { line });
    Ok(Attested { id, version: row.version, at: tx.now(), channel, staff })
}

/// Whether a patient is to be asked: he has filled in who he is, and has not attested it as it is now, or too long ago.
pub fn is_due(profile: &Profile, row: &patient::Model, last: Option<&attestation::Model>, now: DateTime<Utc>) -> bool {
    let Some(term) = profile.person.attest_after else { return false };
    row.identity.is_some() && last.is_none_or(|last| last.version != row.version || term.after(last.at) <= now)
}

/// The last attestations of a subject, newest first.
pub async fn list(app: &App, grant: &Grant) -> Result<Vec<Attested>> {
    let rows = contact_rows::attestations(&app.db.reader(), grant.subject()).await?;
    rows.into_iter()
        .map(|row| {
            let Evidence { channel } = grant.open(row.id, &row.sealed)?;
            Ok(Attested { id: row.id, version: row.version, at: row.at, channel, staff: row.staff })
        })
        .collect()
}
