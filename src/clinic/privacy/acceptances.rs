//! Acceptances of the policy: the evidence that stands before the first personal field.

use super::identity_check::DeskChannel;
use super::rows::{self, acceptance};
use crate::app::App;
use crate::app::profile::{AcceptedThrough, Profile};
use crate::clinic::identity;
use crate::kernel::access::Openings;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::lang::Lang;
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use chrono::{DateTime, Utc};
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// On which text, in which language and from where somebody agreed.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct Evidence {
    /// SHA-256 of the text, in hexadecimal.
    pub text_hash: String,
    pub language: Lang,
    pub device_name: Option<String>,
    pub user_agent: Option<String>,
    pub address: String,
    /// Where the desk wrote it down for him.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
    /// Where going on to use the service was the acceptance: in which session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_in: Option<Uuid>,
}

impl Evidence {
    /// Of somebody who was told of a version and went on. From where he did so is the session's matter.
    pub fn by_use(text_hash: String, language: Lang, session: Uuid) -> Self {
        let address = String::new();
        Self { text_hash, language, device_name: None, user_agent: None, address, told: None, used_in: Some(session) }
    }
}

/// How the desk told somebody a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, Serialize, Deserialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum Telling {
    /// He read it himself.
    Shown,
    /// It was read out to him.
    ReadOut,
}

/// By whom and how somebody was told a text.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Told {
    pub staff: Uuid,
    pub telling: Telling,
    pub channel: DeskChannel,
}

/// What the desk says of the policy that somebody accepted before it.
pub struct AtDesk<'a> {
    pub version: &'a str,
    pub text_hash: &'a str,
    pub language: Lang,
    /// The desk's.
    pub address: String,
    pub told: Told,
}

/// Stores that somebody accepted the policy at the desk.
///
/// # Errors
/// `policy_not_in_force`; `refused_by_profile` where it is not accepted by this channel.
pub async fn accept_at_desk(tx: &mut Tx, profile: &Profile, keys: &SubjectKeys, asked: &AtDesk<'_>) -> Result<Uuid> {
    check(profile, tx.now(), asked.version, asked.text_hash, asked.language)?;
    let through = match asked.told.channel {
        DeskChannel::Phone => AcceptedThrough::Phone,
        DeskChannel::Mail => AcceptedThrough::Mail,
        DeskChannel::Desk => AcceptedThrough::Desk,
    };
    check_way(profile, tx.now(), through)?;
    let evidence = Evidence {
        text_hash: asked.text_hash.to_ascii_lowercase(),
        language: asked.language,
        device_name: None,
        user_agent: None,
        address: asked.address.clone(),
        told: Some(asked.told),
        used_in: None,
    };
    Ok(accept(tx, keys, asked.version, &evidence).await?.id)
}

impl Personal for Evidence {
    const TABLE: &'static str = "acceptance";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Evidence;
}

/// An acceptance with its evidence, opened.
pub struct Accepted {
    pub id: Uuid,
    pub version: String,
    pub at: DateTime<Utc>,
    pub evidence: Evidence,
}

/// Whether the version is the one in force, or already published to come after it, and the hash that of its text in this
/// language.
///
/// # Errors
/// `policy_not_in_force`.
pub fn check(profile: &Profile, now: DateTime<Utc>, version: &str, text_hash: &str, lang: Lang) -> Result<()> {
    let current = Some(profile.policy_on(now)).filter(|_| profile.in_force(now));
    let mut acceptable = current.into_iter().chain(profile.coming_policy(now));
    let is_it = acceptable.any(|policy| version == policy.version && text_hash.eq_ignore_ascii_case(&policy.hash(lang)));
    if is_it { Ok(()) } else { Err(Error::refused(Code::PolicyNotInForce)) }
}

/// Whether the policy may be accepted by this way.
///
/// # Errors
/// `refused_by_profile`.
pub fn check_way(profile: &Profile, now: DateTime<Utc>, through: AcceptedThrough) -> Result<()> {
    let goes = profile.policy_on(now).accepted_through.contains(&through);
    if goes { Ok(()) } else { Err(Error::refused(Code::RefusedByProfile)) }
}

/// Stores the evidence and notes the version on the account.
pub async fn accept(tx: &mut Tx, keys: &SubjectKeys, version: &str, evidence: &Evidence) -> Result<Accepted> {
    let id = tx.id();
    let row = acceptance::ActiveModel {
        id: Set(id),
        subject: Set(keys.subject),
        version: Set(version.to_owned()),
        at: Set(tx.now()),
        sealed: Set(keys.seal(id, evidence)?),
    };
    rows::insert(tx, row).await?;
    identity::accept(tx, keys.subject, version).await?;
    tx.audit(Line::new("accept").on("acceptance", id).about(keys).of(Class::Evidence));
    Ok(Accepted { id, version: version.to_owned(), at: tx.now(), evidence: evidence.clone() })
}

/// Every acceptance of `subject`, newest first, for whoever has a grant for it.
pub async fn list(app: &App, openings: &Openings<'_>, subject: Uuid) -> Result<Vec<Accepted>> {
    let rows = rows::acceptances(&app.db.reader(), subject).await?;
    let mut accepted = Vec::with_capacity(rows.len());
    for row in rows {
        let grant = openings.grant(subject, Class::Evidence, ("acceptance", row.id)).await?;
        let evidence = grant.open(row.id, &row.sealed)?;
        accepted.push(Accepted { id: row.id, version: row.version, at: row.at, evidence });
    }
    Ok(accepted)
}
