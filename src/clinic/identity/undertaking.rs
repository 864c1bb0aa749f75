//! The undertaking of confidentiality: what the staff whom the profile names accept before they see anybody's data. Kept as
//! evidence: which text, in which language, when and from where.

use super::caller::{Caller, Role};
use super::credential_rows::{self as rows, undertaking};
use crate::app::App;
use crate::app::profile;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::lang::Lang;
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// An acceptance that was checked against the text in force.
pub struct Given {
    version: String,
    evidence: Evidence,
}

#[derive(Clone, Serialize, Deserialize)]
struct Evidence {
    /// SHA-256 of the text, in hexadecimal.
    text_hash: String,
    language: Lang,
    address: String,
}

impl Personal for Evidence {
    const TABLE: &'static str = "undertaking";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Staff;
}

/// The text in force for a role, if it gives an undertaking: version, text, hash.
pub fn in_force(app: &App, role: Role, lang: Lang) -> Option<(&str, &str, String)> {
    let asked = &app.profile.undertaking;
    asked.of(role.as_str()).map(|text| (asked.version.as_str(), text.in_lang(lang), profile::Undertaking::hash(text, lang)))
}

/// Whether what somebody accepts is what is asked of him.
///
/// # Errors
/// `policy_not_in_force`.
pub fn check(app: &App, role: Role, version: &str, text_hash: &str, language: Lang, addr: IpAddr) -> Result<Given> {
    let is_it =
        in_force(app, role, language).is_some_and(|(asked, _, hash)| asked == version && hash.eq_ignore_ascii_case(text_hash));
    if !is_it {
        return Err(Error::refused(Code::PolicyNotInForce));
    }
    let evidence = Evidence { text_hash: text_hash.to_lowercase(), language, address: addr.to_string() };
    Ok(Given { version: version.to_owned(), evidence })
}

/// Stores it.
pub async fn give(tx: &mut Tx, keys: &SubjectKeys, given: &Given) -> Result<()> {
    let id = tx.id();
    let row = undertaking::ActiveModel {
        id: Set(id),
        staff: Set(keys.subject),
        version: Set(given.version.clone()),
        at: Set(tx.now()),
        sealed: Set(keys.seal(id, &given.evidence)?),
    };
    rows::insert_undertaking(tx, row).await?;
    tx.audit(Line::new("giveUndertaking").on("undertaking", id).of(Class::Staff));
    Ok(())
}

/// As `give`, by itself: for a new version, or where it was not given with the change of credentials.
pub async fn give_now(app: &App, caller: &Caller, operation: &'static str, given: &Given) -> Result<()> {
    app.write(&caller.actor(operation), async |tx: &mut Tx| give(tx, &caller.keys, given).await).await
}
