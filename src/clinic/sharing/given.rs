//! What shares, referrals and contracts have in common: a recipient, a purpose, an end, reasons of their own.

use super::rows::{self, NewShared};
use super::shared::{DOCUMENTS_MAX, OBJECT, PURPOSE_CHARS};
use crate::app::App;
use crate::app::period::Period;
use crate::clinic::identity::{self, Caller, Role};
use crate::clinic::scheduling;
use crate::kernel::access::{self, NewReason};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::freeze::{self, Scope};
use crate::kernel::text::check_text;
use crate::kernel::vault::{Class, SubjectKeys};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// To whom. One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    Doctor(Uuid),
    /// Every doctor of this clinic.
    Clinic(Uuid),
}

impl Recipient {
    /// # Errors
    /// `invalid` for neither of them, and for both.
    pub fn of(doctor: Option<Uuid>, clinic: Option<Uuid>) -> Result<Self> {
        match (doctor, clinic) {
            (Some(doctor), None) => Ok(Recipient::Doctor(doctor)),
            (None, Some(clinic)) => Ok(Recipient::Clinic(clinic)),
            (None, None) => Err(Error::field("/doctorId", Fault::Required)),
            (Some(_), Some(_)) => Err(Error::field("/clinicId", Fault::NotAsked)),
        }
    }

    pub fn doctor(self) -> Option<Uuid> {
        if let Recipient::Doctor(doctor) = self { Some(doctor) } else { None }
    }

    pub fn clinic(self) -> Option<Uuid> {
        if let Recipient::Clinic(clinic) = self { Some(clinic) } else { None }
    }

    /// # Errors
    /// `not_found` for nobody who works here as a doctor, and for a clinic that receives nobody.
    pub async fn check(self, app: &App) -> Result<()> {
        let is_there = match self {
            Recipient::Doctor(doctor) => is_doctor(app, doctor).await?,
            Recipient::Clinic(clinic) => scheduling::is_receiving(&app.db.reader(), clinic).await?,
        };
        if is_there { Ok(()) } else { Err(Error::not_found()) }
    }
}

async fn is_doctor(app: &App, id: Uuid) -> Result<bool> {
    match identity::staff_member(app, id).await {
        Ok((row, _)) => Ok(Role::parse(&row.role) == Some(Role::Doctor)),
        Err(error) if error.code() == Code::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a doctor could open a class of a patient's now by a reason of another basis than these, blocks aside. Nothing is opened.
pub async fn may_open(app: &App, doctor: &Caller, patient: Uuid, class: Class, but: &[&'static str]) -> Result<bool> {
    let (reader, now) = (app.db.reader(), app.ambient.now());
    let frozen = freeze::standing(&reader, patient).await?;
    let has_reason = access::has_reason_but(&reader, (patient, doctor.id), class, but, now).await?;
    Ok(has_reason && frozen.iter().all(|freeze| freeze.scope != Scope::Staff))
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

/// Ends it, with all that it opens. To end it again changes nothing.
pub async fn end(tx: &mut Tx, keys: &SubjectKeys, id: Uuid) -> Result<()> {
    if rows::end(tx, id, tx.now()).await? {
        access::end_reasons(tx, id).await?;
        tx.audit(Line::new("endSharedAccess").on(OBJECT, id).about(keys));
    }
    Ok(())
}
