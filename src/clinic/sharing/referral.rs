//! Referrals: a doctor who treats a patient lets another doctor see chosen documents of his, or the whole record, or lets the
//! doctors of a clinic see chosen documents, from a day until a day. No consent is asked for; it opens what it names, and ends
//! by itself.

use super::given::{Recipient, check_documents, check_end, check_purpose, end, give, may_open};
use super::rows::{self, NewShared};
use super::shared::{Kind, Scope, Words};
use crate::app::App;
use crate::clinic::documents;
use crate::clinic::identity::Caller;
use crate::kernel::access::{BLOCKED, BREAK_GLASS, NewReason};
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Faults, Result};
use crate::kernel::vault::{Class, SubjectKeys};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// Bases that make nobody a treating doctor: an emergency, a ground for what is blocked, an archive, and a referral itself, which
/// is not passed on.
const NOT_TREATING: &[&str] = &[BREAK_GLASS, BLOCKED, "held", "referral", "share"];

/// A request that was sent again after a lost reply names a beginning that has just passed.
const SLOW: TimeDelta = TimeDelta::minutes(5);

pub struct NewReferral {
    pub to: Recipient,
    /// None: the whole record, which goes to a doctor alone.
    pub documents: Vec<Uuid>,
    pub purpose: String,
    /// None: from now on.
    pub from: Option<DateTime<Utc>>,
    pub until: DateTime<Utc>,
}

/// # Errors
/// `not_found` for a patient whom the caller does not treat, and for a doctor or clinic that is none; `invalid`.
pub async fn check(app: &App, caller: &Caller, patient: Uuid, new: &mut NewReferral) -> Result<()> {
    let now = app.ambient.now();
    if !may_open(app, caller, patient, Class::Clinical, NOT_TREATING).await? {
        return Err(Error::not_found());
    }
    let mut faults = Faults::default();
    new.purpose = check_purpose(&mut faults, &new.purpose);
    check_documents(&mut faults, &new.documents);
    if new.from.is_some_and(|from| from < now - SLOW) {
        faults.add("/from", Fault::InThePast);
    }
    check_end(&mut faults, new.from.unwrap_or(now), new.until, app.profile.sharing.referral_max);
    // The whole record is read as a treating doctor's, and a clinic treats nobody.
    if new.documents.is_empty() && new.to.clinic().is_some() {
        faults.add("/documentIds", Fault::Required);
    }
    faults.into_result()?;
    if new.to == Recipient::Doctor(caller.id) {
        return Err(Error::not_found());
    }
    new.to.check(app).await
}

/// Refers, and answers the id.
///
/// # Errors
/// `not_found` for a document that is not the patient's.
pub async fn create(tx: &mut Tx, caller: &Caller, keys: &SubjectKeys, new: &NewReferral) -> Result<Uuid> {
    let subject = keys.subject;
    if !documents::are_complete(tx, subject, None, &new.documents).await? {
        return Err(Error::not_found());
    }
    let (id, record, from) = (tx.id(), new.documents.is_empty(), new.from.unwrap_or(tx.now()));
    let words = Words { purpose: new.purpose.clone(), ..Words::default() };
    let row = NewShared {
        id,
        subject,
        kind: Kind::Referral,
        doctor: new.to.doctor(),
        clinic: new.to.clinic(),
        insurer: None,
        by_staff: Some(caller.id),
        scope: Scope { documents: new.documents.clone(), record, ..Scope::default() },
        created_at: tx.now(),
        from,
        until: new.until,
        sealed: keys.seal(id, &words)?,
    };
    give(tx, keys, row, &[Class::Clinical, Class::Identity], "refer").await?;
    // For the whole record the doctor himself is the party, as by a booking: he reads it where he reads his patients.
    if let Some(party) = new.to.doctor().filter(|_| record) {
        for class in [Class::Clinical, Class::Identity] {
            let basis = Kind::Referral.as_str();
            tx.allow(NewReason { subject, party, class, basis, object: id, from, until: Some(new.until) });
        }
    }
    Ok(id)
}

/// Takes back what the caller referred. To take it back again changes nothing.
///
/// # Errors
/// `not_found`.
pub async fn end_own(tx: &mut Tx, caller: &Caller, keys: &SubjectKeys, id: Uuid) -> Result<()> {
    let row = rows::find(tx, id).await?.filter(|row| row.by_staff == Some(caller.id) && row.kind == Kind::Referral.as_str());
    row.ok_or_else(Error::not_found)?;
    end(tx, keys, id).await
}
