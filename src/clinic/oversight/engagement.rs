//! Auditors work by contract: of whom, of what, and until when they may read. Without a contract that runs an auditor reads
//! nothing here; when the last one is over his account is shut.

use super::rows::findings::{self as rows, Engagement};
use crate::app::App;
use crate::clinic::identity::{self, Caller, Clinics, Role};
use crate::kernel::audit::{Line, Scope};
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::text::check_line;
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use uuid::Uuid;

const OBJECT: &str = "auditEngagement";
const LINE_CHARS: usize = 200;
/// An engagement has an end: longer than this is none.
const LONGEST: TimeDelta = TimeDelta::days(3 * 366);

/// A contract to be noted.
pub struct NewEngagement {
    pub staff: Uuid,
    pub firm: String,
    pub number: String,
    /// Whose staff's acts he reads. None: everybody's.
    pub clinics: Vec<Uuid>,
    /// Which kinds of objects. None: all.
    pub objects: Vec<String>,
    pub period_from: DateTime<Utc>,
    /// None: up to now, each day.
    pub period_to: Option<DateTime<Utc>>,
    pub until: DateTime<Utc>,
}

impl NewEngagement {
    /// # Errors
    /// `invalid`, with every fault.
    pub fn check(mut self, now: DateTime<Utc>) -> Result<Self> {
        let mut faults = Faults::default();
        let filled = |text: &str| match text.trim() {
            "" => Err(Fault::Required),
            line => check_line(line, LINE_CHARS),
        };
        self.firm = faults.check("/firm", filled(&self.firm)).unwrap_or_default();
        self.number = faults.check("/contractNumber", filled(&self.number)).unwrap_or_default();
        let is_word = |word: &String| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric());
        if !self.objects.iter().all(is_word) {
            faults.add("/objectKinds", Fault::BadCharacters);
        }
        if self.until <= now {
            faults.add("/until", Fault::InThePast);
        } else if self.until > now + LONGEST {
            faults.add("/until", Fault::OutOfRange);
        }
        if self.period_to.is_some_and(|to| to <= self.period_from) {
            faults.add("/periodTo", Fault::OutOfRange);
        }
        faults.into_result()?;
        Ok(self)
    }
}

/// Notes a contract of an auditor.
///
/// # Errors
/// `not_found` for no account; `invalid` at `/staffId` for one that is no auditor's, and at `/clinicIds` for a clinic that is none.
pub async fn begin(tx: &mut Tx, officer: &Caller, new: &NewEngagement) -> Result<Uuid> {
    let roles = identity::roles_of_staff(tx, &[new.staff]).await?;
    if roles.get(&new.staff).ok_or_else(Error::not_found)? != Role::Auditor.as_str() {
        return Err(Error::field("/staffId", Fault::UnknownValue));
    }
    if !identity::are_clinics(tx, &Clinics::of(new.clinics.clone())).await? {
        return Err(Error::field("/clinicIds", Fault::UnknownValue));
    }
    let id = tx.id();
    let json = |value: serde_json::Result<serde_json::Value>| value.map_err(|_| Error::internal("a list could not be written"));
    let row = Engagement {
        id,
        staff: new.staff,
        firm: new.firm.clone(),
        number: new.number.clone(),
        clinics: json(serde_json::to_value(&new.clinics))?,
        objects: json(serde_json::to_value(&new.objects))?,
        period_from: new.period_from,
        period_to: new.period_to,
        until: new.until,
        set_by: officer.id,
        set_at: tx.now(),
        ended_at: None,
    };
    rows::insert_engagement(tx, &row).await?;
    tx.audit(Line::new("engage").on(OBJECT, id));
    Ok(id)
}

/// Ends a contract before its day.
///
/// # Errors
/// `not_found`; `state_conflict` once it is over.
pub async fn end(tx: &mut Tx, id: Uuid) -> Result<()> {
    let row = rows::find_engagement(tx, id).await?.ok_or_else(Error::not_found)?;
    let now = tx.now();
    if !rows::end(tx, id, now).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    tx.audit(Line::new("endEngagement").on(OBJECT, id));
    shut(tx, row.staff).await
}

/// Shuts the account of an auditor of whom no contract runs any more.
async fn shut(tx: &mut Tx, staff: Uuid) -> Result<()> {
    let now = tx.now();
    if rows::running(tx, staff, now).await?.is_none() {
        identity::suspend(tx, staff).await?;
        identity::end_sessions(tx, staff, None).await?;
        tx.audit(Line::new("changeStaff").on("staff", staff).because("suspended"));
    }
    Ok(())
}

/// Ends what has come to its day.
pub async fn sweep(app: &App) -> Result<()> {
    for row in rows::over(&app.db.reader(), app.ambient.now()).await? {
        app.write(&Actor::house("endEngagements"), async |tx: &mut Tx| -> Result<()> {
            let now = tx.now();
            if rows::end(tx, row.id, now).await? {
                tx.audit(Line::new("endEngagement").on(OBJECT, row.id));
                shut(tx, row.staff).await?;
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

pub fn read_list<T: DeserializeOwned>(json: &serde_json::Value) -> Result<Vec<T>> {
    serde_json::from_value(json.clone()).map_err(|_| Error::internal("a list of a contract does not read"))
}

/// An officer may act; an auditor only while a contract of his runs.
///
/// # Errors
/// `forbidden`.
pub async fn check(app: &App, caller: &Caller) -> Result<()> {
    contract(app, caller).await.map(drop)
}

async fn contract(app: &App, caller: &Caller) -> Result<Option<Engagement>> {
    if caller.role != Role::Auditor {
        return Ok(None);
    }
    let running = rows::running(&app.db.reader(), caller.id, app.ambient.now()).await?;
    running.map(Some).ok_or_else(|| Error::refused(Code::Forbidden))
}

/// What of the trail the caller may see, between these hours: an officer all of it, an auditor what his contract says.
///
/// # Errors
/// `forbidden` for an auditor without a contract that runs.
pub async fn scope(app: &App, caller: &Caller, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Scope> {
    let Some(row) = contract(app, caller).await? else { return Ok(Scope { from, to, staff: None, objects: Vec::new() }) };
    let clinics: Vec<Uuid> = read_list(&row.clinics)?;
    let staff = match clinics.is_empty() {
        true => None,
        false => Some(identity::staff_of(&app.db.reader(), &Clinics::of(clinics)).await?),
    };
    Ok(Scope {
        from: from.max(row.period_from),
        to: row.period_to.map_or(to, |end| to.min(end)),
        staff,
        objects: read_list(&row.objects)?,
    })
}
