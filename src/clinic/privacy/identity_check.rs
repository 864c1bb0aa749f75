//! A check of who somebody is: what the desk saw or heard before it acts for a patient. Kept as evidence, with the kind of
//! the document and its last digits, never a scan.

use super::rows::{self, identity_check};
use crate::clinic::identity::{Caller, DESK};
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Set};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// For how long a check stands: one conversation.
const LASTS: TimeDelta = TimeDelta::minutes(15);

/// How somebody came to the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, Serialize, Deserialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum DeskChannel {
    Phone,
    Mail,
    /// He stood there.
    Desk,
}

impl DeskChannel {
    const ALL: [DeskChannel; 3] = [DeskChannel::Phone, DeskChannel::Mail, DeskChannel::Desk];

    pub const fn as_str(self) -> &'static str {
        match self {
            DeskChannel::Phone => "phone",
            DeskChannel::Mail => "mail",
            DeskChannel::Desk => "desk",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, Serialize, Deserialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum IdentityDocument {
    Passport,
    IdentityCard,
    ForeignPassport,
    ResidencePermit,
    BirthCertificate,
    InsurancePolicy,
    Other,
}

/// What was checked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    pub channel: DeskChannel,
    pub document: IdentityDocument,
    pub last_digits: String,
}

impl Personal for Evidence {
    const TABLE: &'static str = "identity_check";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Evidence;
}

/// Records a check, and answers its id and until when it stands.
///
/// # Errors
/// `not_found` for a patient whom this desk did not find in the last minutes.
pub async fn record(tx: &mut Tx, caller: &Caller, keys: &SubjectKeys, evidence: &Evidence) -> Result<(Uuid, DateTime<Utc>)> {
    check_found(tx, caller, keys.subject, tx.now()).await?;
    let (id, until) = (tx.id(), tx.now() + LASTS);
    let row = identity_check::ActiveModel {
        id: Set(id),
        subject: Set(keys.subject),
        staff: Set(caller.id),
        at: Set(tx.now()),
        until: Set(until),
        sealed: Set(keys.seal(id, evidence)?),
    };
    rows::insert(tx, row).await?;
    tx.audit(Line::new("checkIdentity").on("identityCheck", id).about(keys).of(Class::Evidence).because(DESK));
    Ok((id, until))
}

/// Whether the desk has found this patient in the last minutes.
///
/// # Errors
/// `not_found`, as for nobody.
pub async fn check_found(db: &impl ConnectionTrait, caller: &Caller, subject: Uuid, now: DateTime<Utc>) -> Result<()> {
    if access::has_reason(db, subject, caller.id, DESK, now).await? { Ok(()) } else { Err(Error::not_found()) }
}

/// The check of this patient, by this staff member, that stands now.
///
/// # Errors
/// `identity_check_required`.
pub async fn standing(tx: &Tx, caller: &Caller, subject: Uuid) -> Result<Uuid> {
    let check = rows::standing_check(tx, subject, caller.id, tx.now()).await?;
    check.map(|row| row.id).ok_or_else(|| Error::refused(Code::IdentityCheckRequired))
}
