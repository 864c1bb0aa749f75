//! A contract: entered at the desk, ended there or on its last day, and what its end brings about.

use super::rows::{self, Contract, STANDING};
use crate::app::App;
use crate::app::multilingual::line;
use crate::app::profile::{AtEnd, Profile};
use crate::clinic::documents;
use crate::clinic::identity::{Caller, DESK};
use crate::clinic::notifications::{self, Kind};
use crate::clinic::privacy;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::freeze::{self, Origin, Scope};
use crate::kernel::text::check_line;
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use chrono::NaiveDate;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How an audit line names it.
pub const OBJECT: &str = "contract";
const NUMBER_CHARS: usize = 64;
const ENDED_AT_ONCE: u64 = 200;

/// What is sealed of a contract.
#[derive(Serialize, Deserialize, Clone)]
pub struct Terms {
    pub number: String,
    /// With whom: the clinic, as the contract names it.
    pub party: String,
    /// Who signed for the patient, where it was not he.
    #[serde(default)]
    pub signed_by: Option<String>,
}

impl Personal for Terms {
    const TABLE: &'static str = "service_contract";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Evidence;
}

/// A contract to be entered.
pub struct NewContract<'a> {
    pub number: &'a str,
    pub party: &'a str,
    pub signed_by: Option<&'a str>,
    pub starts_on: NaiveDate,
    pub ends_on: Option<NaiveDate>,
    /// The signed copy: a complete document of the patient.
    pub document: Option<Uuid>,
}

impl NewContract<'_> {
    /// # Errors
    /// `invalid`, with every field at fault.
    pub fn check(&self, today: NaiveDate) -> Result<Terms> {
        let mut faults = Faults::default();
        let number = check_line(self.number.trim(), NUMBER_CHARS);
        let number = number.and_then(|number| if number.is_empty() { Err(Fault::Required) } else { Ok(number) });
        let terms = Terms {
            number: faults.check("/number", number).unwrap_or_default(),
            party: faults.check("/party", line(self.party)).unwrap_or_default(),
            signed_by: self.signed_by.and_then(|name| faults.check("/signedBy", line(name))),
        };
        if self.starts_on > today {
            faults.add("/startsOn", Fault::InTheFuture);
        }
        if self.ends_on.is_some_and(|end| end < self.starts_on) {
            faults.add("/endsOn", Fault::OutOfRange);
        } else if self.ends_on.is_some_and(|end| end < today) {
            faults.add("/endsOn", Fault::InThePast);
        }
        faults.into_result()?;
        Ok(terms)
    }
}

/// Enters a contract of a patient whom this desk has found and checked. A cabinet that the end of the last one had shut is open.
///
/// # Errors
/// `not_found` for whom it did not find, and for what is no document of his; `identity_check_required`.
pub async fn enter(
    tx: &mut Tx,
    caller: &Caller,
    keys: &SubjectKeys,
    (new, terms): (&NewContract<'_>, &Terms),
) -> Result<Contract> {
    privacy::check_found(tx, caller, keys.subject, tx.now()).await?;
    privacy::standing_check(tx, caller, keys.subject).await?;
    if let Some(document) = new.document
        && !documents::are_complete(tx, keys.subject, None, &[document]).await?
    {
        return Err(Error::not_found());
    }
    let id = tx.id();
    let row = Contract {
        id,
        subject: keys.subject,
        clinic: caller.clinic,
        staff: caller.id,
        state: STANDING.to_owned(),
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        document: new.document,
        ended_at: None,
        sealed: keys.seal(id, terms)?,
    };
    rows::insert(tx, &row, tx.now()).await?;
    freeze::lift(tx, keys.subject, Origin::Contract).await?;
    tx.audit(Line::new("enterContract").on(OBJECT, id).about(keys).of(Class::Evidence).because(DESK));
    Ok(row)
}

/// Ends a contract before its day, for a patient whom this desk has found and checked.
///
/// # Errors
/// `not_found`; `identity_check_required`; `state_conflict` when it has ended.
pub async fn end_at_desk(tx: &mut Tx, profile: &Profile, caller: &Caller, keys: &SubjectKeys, id: Uuid) -> Result<()> {
    privacy::check_found(tx, caller, keys.subject, tx.now()).await?;
    privacy::standing_check(tx, caller, keys.subject).await?;
    let row = rows::find_of(tx, keys.subject, id).await?.ok_or_else(Error::not_found)?;
    end(tx, profile, &row, Some(caller.id)).await
}

/// Ends a contract. Where it was the last one, the profile says what becomes of the cabinet.
///
/// # Errors
/// `state_conflict` when it has ended.
async fn end(tx: &mut Tx, profile: &Profile, row: &Contract, by: Option<Uuid>) -> Result<()> {
    if !rows::end(tx, row.id, by, tx.now()).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    tx.audit(Line::new("endContract").on(OBJECT, row.id).of(Class::Evidence));
    let is_last = rows::standing(tx, row.subject, profile.today(tx.now())).await?.is_none();
    if is_last && profile.contract.at_end == AtEnd::Shuts {
        freeze::set(tx, row.subject, Scope::Patient, Origin::Contract).await?;
        notifications::tell(tx, row.subject, Kind::FreezeChanged, row.id).await?;
    }
    Ok(())
}

/// Ends those whose last day is past.
pub async fn end_over(app: &App) -> Result<()> {
    let today = app.profile.today(app.ambient.now());
    for row in rows::over(&app.db.reader(), today, ENDED_AT_ONCE).await? {
        let ended = app.write(&Actor::house("endContract"), async |tx: &mut Tx| end(tx, &app.profile, &row, None).await).await;
        match ended {
            // The desk was quicker.
            Err(Error::Refused(refusal)) if refusal.code == Code::StateConflict => {}
            ended => ended?,
        }
    }
    Ok(())
}

/// Whether somebody has the contract that the profile asks for.
///
/// # Errors
/// `contract_required`.
pub async fn require(db: &impl ConnectionTrait, profile: &Profile, subject: Uuid, today: NaiveDate) -> Result<()> {
    if !profile.contract.required || rows::standing(db, subject, today).await?.is_some() {
        return Ok(());
    }
    Err(Error::refused(Code::ContractRequired))
}
