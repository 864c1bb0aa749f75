//! Contracts of insurer, patient and clinic: what the insurer may read, of which span, from when until when. Registered by an
//! officer from the signed paper; a freeze of the insurers' cabinets shuts it at once, and the patient reads each opening.

use super::given::{check_end, end, give};
use super::rows::{self, NewShared};
use super::shared::{Kind, Scope, Words};
use crate::app::App;
use crate::app::profile::{Recipient, RecipientKind};
use crate::clinic::documents::DocumentKind;
use crate::clinic::identity::Caller;
use crate::clinic::scheduling;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Faults, Result};
use crate::kernel::text::check_line;
use crate::kernel::vault::{Class, SubjectKeys};
use chrono::{DateTime, Utc};
use uuid::Uuid;

const NUMBER_CHARS: usize = 60;
const PAPER_CHARS: usize = 200;

pub struct NewContract {
    pub insurer: String,
    pub clinic: Uuid,
    pub number: String,
    pub paper_mark: String,
    pub fields: Vec<String>,
    pub kinds: Vec<DocumentKind>,
    pub documents_from: DateTime<Utc>,
    pub documents_until: DateTime<Utc>,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// The insurer of this name among the recipients.
pub fn insurer<'a>(app: &'a App, id: &str) -> Option<&'a Recipient> {
    app.profile.recipient(id).filter(|known| known.kind == RecipientKind::Insurer)
}

/// # Errors
/// `invalid`, with every fault; `not_found` for a clinic that is not the caller's.
pub async fn check(app: &App, caller: &Caller, new: &mut NewContract) -> Result<()> {
    let mut faults = Faults::default();
    let line = |text: &str, max| match text.trim() {
        "" => Err(Fault::Required),
        text => check_line(text, max),
    };
    new.number = faults.check("/number", line(&new.number, NUMBER_CHARS)).unwrap_or_default();
    new.paper_mark = faults.check("/paperMark", line(&new.paper_mark, PAPER_CHARS)).unwrap_or_default();
    match insurer(app, &new.insurer) {
        None => faults.add("/insurer", Fault::UnknownValue),
        Some(known) if new.fields.iter().any(|field| !known.fields.contains(field)) => {
            faults.add("/fields", Fault::UnknownValue);
        }
        Some(_) if new.fields.is_empty() && new.kinds.is_empty() => faults.add("/fields", Fault::Required),
        Some(_) => {}
    }
    if new.documents_until <= new.documents_from {
        faults.add("/documentsUntil", Fault::OutOfRange);
    }
    if new.until <= app.ambient.now() {
        faults.add("/until", Fault::InThePast);
    }
    check_end(&mut faults, new.from, new.until, app.profile.sharing.contract_max);
    faults.into_result()?;
    let is_there = scheduling::clinic_names(&app.db.reader(), new.clinic).await?.is_some();
    if is_there && caller.clinics.serve(new.clinic) { Ok(()) } else { Err(Error::not_found()) }
}

/// Registers it, and answers the id.
pub async fn create(tx: &mut Tx, caller: &Caller, keys: &SubjectKeys, new: &NewContract) -> Result<Uuid> {
    let id = tx.id();
    let words = Words { number: Some(new.number.clone()), paper_mark: Some(new.paper_mark.clone()), ..Words::default() };
    let scope = Scope {
        fields: new.fields.clone(),
        kinds: new.kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
        documents_from: Some(new.documents_from),
        documents_until: Some(new.documents_until),
        clinic: Some(new.clinic),
        ..Scope::default()
    };
    let mut classes = vec![Class::Identity];
    if !new.kinds.is_empty() {
        classes.push(Class::Clinical);
    }
    let row = NewShared {
        id,
        subject: keys.subject,
        kind: Kind::Contract,
        doctor: None,
        clinic: None,
        insurer: Some(new.insurer.clone()),
        by_staff: Some(caller.id),
        scope,
        created_at: tx.now(),
        from: new.from,
        until: new.until,
        sealed: keys.seal(id, &words)?,
    };
    give(tx, keys, row, &classes, "registerContract").await?;
    Ok(id)
}

/// Ends a contract before its day. To end it again changes nothing.
///
/// # Errors
/// `not_found`, also for one with a clinic that the caller does not serve.
pub async fn end_by_office(tx: &mut Tx, caller: &Caller, keys: &SubjectKeys, id: Uuid) -> Result<()> {
    let row = rows::find(tx, id).await?.filter(|row| row.kind == Kind::Contract.as_str()).ok_or_else(Error::not_found)?;
    if !row.scope()?.clinic.is_some_and(|clinic| caller.clinics.serve(clinic)) {
        return Err(Error::not_found());
    }
    end(tx, keys, id).await
}
