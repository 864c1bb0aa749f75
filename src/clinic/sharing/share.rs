//! What a patient shares himself: chosen documents, with one doctor or one clinic, for a purpose, until a day. It is a consent
//! of its own, ended by one call.

use super::rows::{self, NewShared};
use super::shared::{DOCUMENTS_MAX, Kind, OBJECT, PURPOSE_CHARS, Scope, Words};
use super::warning;
use crate::app::App;
use crate::app::catalogue;
use crate::app::period::Period;
use crate::clinic::documents;
use crate::clinic::identity::{self, Caller, Role};
use crate::clinic::scheduling;
use crate::kernel::access::{self, NewReason};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::lang::Lang;
use crate::kernel::text::check_text;
use crate::kernel::vault::{Class, SubjectKeys};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Shares of one patient that stand at once: more of them nobody keeps in mind.
const LIVING_MAX: i64 = 100;

/// With whom. One of the two.
#[derive(Clone, Copy, Debug)]
pub enum Recipient {
    Doctor(Uuid),
    Clinic(Uuid),
}

pub struct NewShare {
    pub documents: Vec<Uuid>,
    pub to: Recipient,
    pub until: DateTime<Utc>,
    pub words: Words,
}

/// A purpose that says something.
pub fn check_purpose(faults: &mut Faults, purpose: &str) -> String {
    let purpose = match purpose.trim() {
        "" => Err(Fault::Required),
        purpose => check_text(purpose, PURPOSE_CHARS),
    };
    faults.check("/purpose", purpose).unwrap_or_default()
}

/// Nothing is shared without an end, and none lies further off than the profile says.
pub fn check_end(faults: &mut Faults, from: DateTime<Utc>, until: DateTime<Utc>, max: Period) {
    if until <= from {
        faults.add("/until", Fault::InThePast);
    } else if until > max.after(from) {
        faults.add("/until", Fault::OutOfRange);
    }
}

/// Each document once, and not too many.
pub fn check_documents(faults: &mut Faults, documents: &[Uuid]) {
    let mut seen = documents.to_vec();
    seen.sort_unstable();
    seen.dedup();
    if seen.len() != documents.len() {
        faults.add("/documentIds", Fault::Duplicate);
    }
    if documents.len() > DOCUMENTS_MAX {
        faults.add("/documentIds", Fault::TooLong);
    }
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
    let reader = app.db.reader();
    let is_there = match new.to {
        Recipient::Doctor(doctor) => is_doctor(app, doctor).await?,
        Recipient::Clinic(clinic) => scheduling::is_receiving(&reader, clinic).await?,
    };
    if is_there { Ok(()) } else { Err(Error::not_found()) }
}

/// Whether somebody works here as a doctor.
pub async fn is_doctor(app: &App, id: Uuid) -> Result<bool> {
    match identity::staff_member(app, id).await {
        Ok((row, _)) => Ok(Role::parse(&row.role) == Some(Role::Doctor)),
        Err(error) if error.code() == Code::NotFound => Ok(false),
        Err(error) => Err(error),
    }
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
    let (doctor, clinic) = match new.to {
        Recipient::Doctor(doctor) => (Some(doctor), None),
        Recipient::Clinic(clinic) => (None, Some(clinic)),
    };
    let (id, now) = (tx.id(), tx.now());
    let row = NewShared {
        id,
        subject: caller.id,
        kind: Kind::Share,
        doctor,
        clinic,
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

/// Writes it down and gives it its reasons: to the thing itself, whose party its reader is, so that nothing else opens by them.
pub async fn give(tx: &mut Tx, keys: &SubjectKeys, row: NewShared, classes: &[Class], action: &'static str) -> Result<()> {
    let (id, basis, from, until) = (row.id, row.kind.as_str(), row.from, row.until);
    rows::insert(tx, row).await?;
    for class in classes {
        tx.allow(NewReason { subject: keys.subject, party: id, class: *class, basis, object: id, from, until: Some(until) });
    }
    tx.audit(Line::new(action).on(OBJECT, id).about(keys).because(basis));
    Ok(())
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

pub async fn end(tx: &mut Tx, keys: &SubjectKeys, id: Uuid) -> Result<()> {
    if rows::end(tx, id, tx.now()).await? {
        access::end_reasons(tx, id).await?;
        tx.audit(Line::new("endSharedAccess").on(OBJECT, id).about(keys));
    }
    Ok(())
}
