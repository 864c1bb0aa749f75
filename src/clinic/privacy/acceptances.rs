//! Acceptances of the policy: the evidence that stands before the first personal field.

use super::rows::{self, acceptance};
use crate::app::App;
use crate::app::profile::Profile;
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

/// Whether the version is the one in force, and the hash that of its text in this language.
///
/// # Errors
/// `policy_not_in_force`.
pub fn check(profile: &Profile, now: DateTime<Utc>, version: &str, text_hash: &str, lang: Lang) -> Result<()> {
    let is_it =
        profile.in_force(now) && version == profile.policy.version && text_hash.eq_ignore_ascii_case(&profile.policy.hash(lang));
    if is_it { Ok(()) } else { Err(Error::refused(Code::PolicyNotInForce)) }
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
