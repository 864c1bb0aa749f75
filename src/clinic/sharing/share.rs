//! What a patient shares himself: chosen documents, with one doctor or one clinic, for a purpose, until a day. It is a consent
//! of its own, ended by one call.

use super::given::{Recipient, check_documents, check_end, check_purpose, end, give};
use super::rows::{self, NewShared};
use super::shared::{Kind, Scope, Words};
use super::warning;
use crate::app::App;
use crate::app::catalogue;
use crate::clinic::documents;
use crate::clinic::identity::Caller;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::lang::Lang;
use crate::kernel::vault::Class;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Shares of one patient that stand at once: more of them nobody keeps in mind.
const LIVING_MAX: i64 = 100;

pub struct NewShare {
    pub documents: Vec<Uuid>,
    pub to: Recipient,
    pub until: DateTime<Utc>,
    pub words: Words,
}

/// # Errors
/// `invalid`, with every fault; `not_found` for a doctor or clinic that is none.
pub async fn check(app: &App, new: &mut NewShare, lang: Lang) -> Result<()> {
    let mut faults = Faults::default();
    new.words.purpose = check_purpose(&mut faults, &new.words.purpose);
    check_documents(&mut faults, &new.documents);
    check_end(&mut faults, app.ambient.now(), new.until, app.profile.sharing.share_max);
    if new.words.warning_version.as_deref() != Some(warning::version().as_str()) {
        faults.add("/warningVersion", Fault::UnknownValue);
    }
    faults.into_result()?;
    // As it was shown: what somebody acknowledged must be readable when the catalogue has changed.
    new.words.warning = Some(catalogue::text(lang, "sharing-warning", &[]));
    new.to.check(app).await
}

/// Shares, and answers the id.
///
/// # Errors
/// `not_found` for a document that is not his own; `state_conflict` when a hundred shares of his stand already.
pub async fn create(tx: &mut Tx, caller: &Caller, new: &NewShare) -> Result<Uuid> {
    if !documents::are_complete(tx, caller.id, None, &new.documents).await? {
        return Err(Error::not_found());
    }
    if rows::living_shares(tx, caller.id, tx.now()).await? >= LIVING_MAX {
        return Err(Error::refused(Code::StateConflict));
    }
    let (id, now) = (tx.id(), tx.now());
    let row = NewShared {
        id,
        subject: caller.id,
        kind: Kind::Share,
        doctor: new.to.doctor(),
        clinic: new.to.clinic(),
        insurer: None,
        by_staff: None,
        scope: Scope { documents: new.documents.clone(), ..Scope::default() },
        created_at: now,
        from: now,
        until: new.until,
        sealed: caller.keys.seal(id, &new.words)?,
    };
    give(tx, &caller.keys, row, &[Class::Clinical, Class::Identity], "share").await?;
    Ok(id)
}

/// Ends a share of the caller's own. To end it again changes nothing.
///
/// # Errors
/// `not_found`.
pub async fn end_own(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<()> {
    let row = rows::find(tx, id).await?.filter(|row| row.subject == caller.id && row.kind == Kind::Share.as_str());
    row.ok_or_else(Error::not_found)?;
    end(tx, &caller.keys, id).await
}
