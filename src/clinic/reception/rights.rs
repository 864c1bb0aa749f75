//! That somebody was told his rights: evidence beside the acceptance of the policy, by whom and how.

use super::rows::{self, rights_notice};
use crate::app::profile::{Policy, Profile};
use crate::clinic::identity::Caller;
use crate::clinic::privacy::{DeskChannel, Telling};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::lang::Lang;
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Set};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which text somebody was told, and how.
pub struct Said {
    pub version: String,
    pub text_hash: String,
    pub language: Lang,
    pub telling: Telling,
}

/// What is sealed of a notice.
#[derive(Serialize, Deserialize)]
pub struct Notice {
    /// SHA-256 of the text, in hexadecimal.
    pub text_hash: String,
    pub language: Lang,
    pub telling: Telling,
    pub channel: DeskChannel,
}

impl Personal for Notice {
    const TABLE: &'static str = "rights_notice";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Evidence;
}

/// The text that is told now.
///
/// # Errors
/// `not_found` where the profile has none.
pub fn text(profile: &Profile) -> Result<&Policy> {
    profile.desk.rights.as_ref().ok_or_else(Error::not_found)
}

/// Whether it is the text that is told now.
///
/// # Errors
/// `refused_by_profile` where there is none; `policy_not_in_force`.
pub fn check(profile: &Profile, said: &Said, now: DateTime<Utc>) -> Result<()> {
    let text = profile.desk.rights.as_ref().ok_or_else(|| Error::refused(Code::RefusedByProfile))?;
    let is_it = text.effective_from <= now.date_naive()
        && said.version == text.version
        && said.text_hash.eq_ignore_ascii_case(&text.hash(said.language));
    if is_it { Ok(()) } else { Err(Error::refused(Code::PolicyNotInForce)) }
}

/// Writes down that he was told.
pub async fn record(tx: &mut Tx, caller: &Caller, keys: &SubjectKeys, said: &Said, channel: DeskChannel) -> Result<()> {
    let id = tx.id();
    let notice =
        Notice { text_hash: said.text_hash.to_ascii_lowercase(), language: said.language, telling: said.telling, channel };
    let row = rights_notice::ActiveModel {
        id: Set(id),
        subject: Set(keys.subject),
        staff: Set(caller.id),
        version: Set(said.version.clone()),
        at: Set(tx.now()),
        sealed: Set(keys.seal(id, &notice)?),
    };
    rows::insert(tx, row).await?;
    tx.audit(Line::new("tellRights").on("rightsNotice", id).about(keys).of(Class::Evidence));
    Ok(())
}

/// # Errors
/// `rights_notice_required` where the profile wants a notice of the text that is told now, and there is none of him.
pub async fn require(db: &impl ConnectionTrait, profile: &Profile, subject: Uuid) -> Result<()> {
    let Some(text) = profile.desk.rights.as_ref().filter(|_| profile.desk.rights_notice) else { return Ok(()) };
    let told = rows::was_told(db, subject, &text.version).await?;
    if told { Ok(()) } else { Err(Error::refused(Code::RightsNoticeRequired)) }
}
