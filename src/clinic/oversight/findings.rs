//! What an audit found, and what came of it: an assessment of the harm, then measures, then the version of the policy in which
//! they stand. Each is written by somebody on a day, and none is skipped.

use super::alerts::name;
use super::rows::findings::{self as rows, Finding, Step};
use super::words::{self, FindingText, StepText};
use crate::app::App;
use crate::app::wire::{Cursor, Paging};
use crate::clinic::identity::Caller;
use crate::clinic::privacy;
use crate::kernel::access::Openings;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Result};
use chrono::NaiveDate;
use poem_openapi::Enum;
use uuid::Uuid;

const OBJECT: &str = "auditFinding";

#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "camelCase")]
pub enum FindingSeverity {
    Low,
    Medium,
    High,
}

impl FindingSeverity {
    pub const fn as_str(self) -> &'static str {
        match self {
            FindingSeverity::Low => "low",
            FindingSeverity::Medium => "medium",
            FindingSeverity::High => "high",
        }
    }

    pub fn parse(word: &str) -> Result<Self> {
        let all = [FindingSeverity::Low, FindingSeverity::Medium, FindingSeverity::High];
        all.into_iter().find(|it| it.as_str() == word).ok_or_else(|| Error::internal("a finding of an unknown severity"))
    }
}

#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "camelCase")]
pub enum FindingStep {
    /// What harm it did, or could do.
    Assessment,
    /// What was, or will be, changed for it.
    Measure,
    /// The version of the policy in which it stands.
    Policy,
}

impl FindingStep {
    pub const fn as_str(self) -> &'static str {
        match self {
            FindingStep::Assessment => "assessment",
            FindingStep::Measure => "measure",
            FindingStep::Policy => "policy",
        }
    }

    pub fn parse(word: &str) -> Result<Self> {
        let all = [FindingStep::Assessment, FindingStep::Measure, FindingStep::Policy];
        all.into_iter().find(|it| it.as_str() == word).ok_or_else(|| Error::internal("a finding went an unknown step"))
    }

    /// What must have been written before.
    const fn after(self) -> Option<FindingStep> {
        match self {
            FindingStep::Assessment => None,
            FindingStep::Measure => Some(FindingStep::Assessment),
            FindingStep::Policy => Some(FindingStep::Measure),
        }
    }
}

/// A step to be written.
pub struct NewStep {
    pub step: FindingStep,
    pub text: String,
    pub policy_version: Option<String>,
    /// By when a measure is to be taken.
    pub due_on: Option<NaiveDate>,
}

/// A finding with its words and what followed.
pub struct Reviewed {
    pub row: Finding,
    pub text: String,
    pub author: Option<String>,
    pub steps: Vec<ReviewedStep>,
}

pub struct ReviewedStep {
    pub row: Step,
    pub text: String,
    pub author: Option<String>,
}

pub async fn enter(tx: &mut Tx, caller: &Caller, severity: FindingSeverity, text: &str) -> Result<Uuid> {
    let (id, at) = (tx.id(), tx.now());
    let sealed = caller.keys.seal(id, &FindingText { text: text.to_owned() })?;
    let row = Finding { id, severity: severity.as_str().to_owned(), staff: caller.id, at, closed_at: None, sealed };
    rows::insert_finding(tx, &row).await?;
    tx.audit(Line::new("find").on(OBJECT, id));
    Ok(id)
}

/// Whether a step names a policy where, and only where, it is about one; and one that was published.
///
/// # Errors
/// `invalid` at `/policyVersion`.
pub async fn check_policy(app: &App, new: &NewStep) -> Result<()> {
    let fault = match (&new.policy_version, new.step) {
        (None, FindingStep::Policy) => Some(Fault::Required),
        (Some(_), FindingStep::Assessment | FindingStep::Measure) => Some(Fault::NotAsked),
        (Some(version), FindingStep::Policy) if privacy::policy_version(app, version).await?.is_none() => {
            Some(Fault::UnknownValue)
        }
        _ => None,
    };
    fault.map_or(Ok(()), |fault| Err(Error::field("/policyVersion", fault)))
}

/// Writes what followed from a finding.
///
/// # Errors
/// `not_found`; `state_conflict` when it is closed, and before what must come first.
pub async fn follow(tx: &mut Tx, caller: &Caller, finding: Uuid, new: &NewStep) -> Result<Uuid> {
    // Two steps at once would each see the other as missing.
    tx.hold(&[finding]).await?;
    let row = rows::find_finding(tx, finding).await?.ok_or_else(Error::not_found)?;
    let gone: Vec<String> = rows::steps(tx, finding).await?.into_iter().map(|step| step.step).collect();
    let is_ready = new.step.after().is_none_or(|before| gone.iter().any(|step| step == before.as_str()));
    if row.closed_at.is_some() || !is_ready {
        return Err(Error::refused(Code::StateConflict));
    }
    let (id, at) = (tx.id(), tx.now());
    let sealed = caller.keys.seal(id, &StepText { text: new.text.clone() })?;
    let step = Step {
        id,
        finding,
        step: new.step.as_str().to_owned(),
        policy_version: new.policy_version.clone(),
        due_on: new.due_on,
        staff: caller.id,
        at,
        sealed,
    };
    rows::insert_step(tx, &step).await?;
    tx.audit(Line::new("follow").on(OBJECT, finding).because(new.step.as_str()));
    Ok(id)
}

/// Closes a finding of which at least the harm was assessed.
///
/// # Errors
/// `not_found`; `state_conflict`.
pub async fn close(tx: &mut Tx, finding: Uuid) -> Result<()> {
    tx.hold(&[finding]).await?;
    rows::find_finding(tx, finding).await?.ok_or_else(Error::not_found)?;
    let is_assessed = !rows::steps(tx, finding).await?.is_empty();
    let now = tx.now();
    if !is_assessed || !rows::close_finding(tx, finding, now).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    tx.audit(Line::new("close").on(OBJECT, finding));
    Ok(())
}

/// A page of findings, newest first, with what followed.
pub async fn list(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    page: &Paging<Uuid>,
) -> Result<(Vec<Reviewed>, Option<Cursor>)> {
    let mut found = rows::findings(&app.db.reader(), page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| row.id)?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let mut reviewed = Vec::with_capacity(found.len());
    for row in found {
        reviewed.push(open(app, &openings, row).await?);
    }
    openings.answer((reviewed, next_cursor)).await
}

/// One finding.
///
/// # Errors
/// `not_found`.
pub async fn get(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<Reviewed> {
    let row = rows::find_finding(&app.db.reader(), id).await?.ok_or_else(Error::not_found)?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let reviewed = open(app, &openings, row).await?;
    openings.answer(reviewed).await
}

async fn open(app: &App, openings: &Openings<'_>, row: Finding) -> Result<Reviewed> {
    let text = words::open::<FindingText>(openings, row.staff, (OBJECT, row.id), row.id, &row.sealed).await?;
    let mut steps = Vec::new();
    for step in rows::steps(&app.db.reader(), row.id).await? {
        let text = words::open::<StepText>(openings, step.staff, (OBJECT, row.id), step.id, &step.sealed).await?;
        steps.push(ReviewedStep { text, author: name(app, Some(step.staff)).await?, row: step });
    }
    Ok(Reviewed { text, author: name(app, Some(row.staff)).await?, steps, row })
}
