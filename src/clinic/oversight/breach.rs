//! The register of breaches: when one became known, what it touched, what is owed for it and by when, who was told, and how it
//! ended. The terms are those of the profile on the day on which it became known.

use super::alarms;
use super::alerts::name;
use super::rows::breach::{self as rows, Act, Breach, Term, Told};
use super::telling;
use super::words::{self, ActText, BreachText};
use crate::app::App;
use crate::app::multilingual::Paragraphs;
use crate::app::profile::BreachStep;
use crate::app::wire::{Cursor, Paging};
use crate::clinic::identity::Caller;
use crate::kernel::access::Openings;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::vault::Class;
use chrono::{DateTime, TimeDelta, Utc};
use poem_openapi::Enum;
use std::collections::BTreeSet;
use uuid::Uuid;

const OBJECT: &str = "breach";
pub const CLOSED: &str = "closed";
/// A breach is entered soon, or as one that was found in old papers: no earlier.
const OLDEST: TimeDelta = TimeDelta::days(5 * 366);
/// Clocks differ a little.
const SLACK: TimeDelta = TimeDelta::minutes(5);

/// Who was told.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "camelCase")]
pub enum BreachNotice {
    /// The authority, that it happened.
    Authority,
    /// The authority, what was found out.
    Result,
    /// The people concerned, by another way than the inbox.
    People,
}

impl BreachNotice {
    pub const fn step(self) -> BreachStep {
        match self {
            BreachNotice::Authority => BreachStep::Authority,
            BreachNotice::Result => BreachStep::Result,
            BreachNotice::People => BreachStep::People,
        }
    }
}

/// A breach to be entered.
pub struct NewBreach {
    pub known_at: DateTime<Utc>,
    pub classes: Vec<String>,
    pub people: i64,
    pub text: String,
}

impl NewBreach {
    /// # Errors
    /// `invalid`, with every fault.
    pub fn check(mut self, now: DateTime<Utc>) -> Result<Self> {
        let mut faults = Faults::default();
        self.classes.sort_unstable();
        self.classes.dedup();
        if self.classes.is_empty() {
            faults.add("/classes", Fault::Required);
        } else if !self.classes.iter().all(|class| Class::parse(class).is_some_and(|class| class != Class::Audit)) {
            faults.add("/classes", Fault::UnknownValue);
        }
        check_hour("/knownAt", self.known_at, now, &mut faults);
        faults.into_result()?;
        self.text = words::said("/text", &self.text)?;
        Ok(self)
    }
}

fn check_hour(pointer: &'static str, at: DateTime<Utc>, now: DateTime<Utc>, faults: &mut Faults) {
    if at > now + SLACK || at < now - OLDEST {
        faults.add(pointer, Fault::OutOfRange);
    }
}

/// Enters a breach with its terms, and sets their alarms.
pub async fn enter(tx: &mut Tx, app: &App, caller: &Caller, new: &NewBreach) -> Result<Uuid> {
    let (id, entered_at) = (tx.id(), tx.now());
    let classes = serde_json::to_value(&new.classes).map_err(|_| Error::internal("a list could not be written"))?;
    let row = Breach {
        id,
        known_at: new.known_at,
        entered_at,
        staff: caller.id,
        classes,
        people: new.people,
        message: None,
        everybody: false,
        told_up_to: None,
        told: 0,
        closed_at: None,
        sealed: caller.keys.seal(id, &BreachText { text: new.text.clone() })?,
    };
    rows::insert(tx, &row).await?;
    for (rule, due_at) in app.profile.breach_terms(new.known_at) {
        let (step, source) = (rule.step.as_str().to_owned(), rule.source.clone());
        let term = Term { id: tx.id(), breach: id, step, source, due_at, done_at: None };
        rows::insert_term(tx, &term).await?;
        alarms::set(tx, &term);
    }
    tx.audit(Line::new("enterBreach").on(OBJECT, id));
    tracing::warn!(breach = %id, people = new.people, "a breach was entered");
    Ok(id)
}

/// Notes that somebody was told, when and how.
///
/// # Errors
/// `not_found`; `state_conflict` once it is closed; `invalid` for an hour that is none.
pub async fn note(tx: &mut Tx, caller: &Caller, id: Uuid, of: (BreachNotice, DateTime<Utc>), text: &str) -> Result<()> {
    let (notice, happened_at) = of;
    let row = rows::find(tx, id).await?.ok_or_else(Error::not_found)?;
    let mut faults = Faults::default();
    check_hour("/at", happened_at, tx.now(), &mut faults);
    if happened_at < row.known_at {
        faults.add("/at", Fault::OutOfRange);
    }
    faults.into_result()?;
    if row.closed_at.is_some() {
        return Err(Error::refused(Code::StateConflict));
    }
    let step = notice.step().as_str();
    rows::keep_terms(tx, id, step, happened_at).await?;
    act(tx, caller, id, (step, happened_at), text).await
}

async fn act(tx: &mut Tx, caller: &Caller, breach: Uuid, of: (&str, DateTime<Utc>), text: &str) -> Result<()> {
    let (id, at) = (tx.id(), tx.now());
    let sealed = caller.keys.seal(id, &ActText { text: text.to_owned() })?;
    let act = Act { id, act: of.0.to_owned(), happened_at: of.1, staff: caller.id, at, sealed };
    rows::insert_act(tx, breach, &act).await?;
    tx.audit(Line::new("noteBreach").on(OBJECT, breach).because(of.0));
    Ok(())
}

/// Whom to tell, and what.
pub struct NewTelling {
    /// None: everybody who has an account.
    pub people: Option<Vec<Uuid>>,
    pub message: Paragraphs,
}

/// Tells people in their inbox, page by page. A breach tells its people once.
///
/// # Errors
/// `not_found`; `state_conflict` once they are told or it is closed; `invalid` at `/patientIds` for who is none.
pub async fn tell_people(tx: &mut Tx, id: Uuid, new: &NewTelling) -> Result<()> {
    rows::find(tx, id).await?.ok_or_else(Error::not_found)?;
    if let Some(people) = &new.people {
        let different: Vec<Uuid> = people.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let known = rows::patients_among(tx, &different).await?;
        if usize::try_from(known) != Ok(different.len()) {
            return Err(Error::field("/patientIds", Fault::UnknownValue));
        }
        rows::concern(tx, id, &different).await?;
    }
    if !rows::begin_telling(tx, id, &new.message, new.people.is_none()).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    telling::begin(tx, id);
    tx.audit(Line::new("tellPeople").on(OBJECT, id));
    Ok(())
}

/// Closes a breach of which nothing is owed any more, with a summary.
///
/// # Errors
/// `not_found`; `state_conflict`.
pub async fn close(tx: &mut Tx, caller: &Caller, id: Uuid, summary: &str) -> Result<()> {
    rows::find(tx, id).await?.ok_or_else(Error::not_found)?;
    let now = tx.now();
    if !rows::close(tx, id, now).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    act(tx, caller, id, (CLOSED, now), summary).await
}

/// A breach with its words.
pub struct Reviewed {
    pub row: Breach,
    pub text: String,
    pub author: Option<String>,
    pub terms: Vec<Term>,
    pub acts: Vec<(Act, String, Option<String>)>,
}

/// A page of breaches, newest first.
pub async fn list(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    page: &Paging<Uuid>,
) -> Result<(Vec<Reviewed>, Option<Cursor>)> {
    let mut found = rows::page(&app.db.reader(), page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| row.id)?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let mut reviewed = Vec::with_capacity(found.len());
    for row in found {
        reviewed.push(open(app, &openings, row).await?);
    }
    openings.answer((reviewed, next_cursor)).await
}

/// One breach.
///
/// # Errors
/// `not_found`.
pub async fn get(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<Reviewed> {
    let row = rows::find(&app.db.reader(), id).await?.ok_or_else(Error::not_found)?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let reviewed = open(app, &openings, row).await?;
    openings.answer(reviewed).await
}

async fn open(app: &App, openings: &Openings<'_>, row: Breach) -> Result<Reviewed> {
    let reader = app.db.reader();
    let text = words::open::<BreachText>(openings, row.staff, (OBJECT, row.id), row.id, &row.sealed).await?;
    let mut acts = Vec::new();
    for act in rows::acts(&reader, row.id).await? {
        let text = words::open::<ActText>(openings, act.staff, (OBJECT, row.id), act.id, &act.sealed).await?;
        let author = name(app, Some(act.staff)).await?;
        acts.push((act, text, author));
    }
    let terms = rows::terms(&reader, row.id).await?;
    Ok(Reviewed { text, author: name(app, Some(row.staff)).await?, terms, acts, row })
}

/// A page of what the caller was told of.
pub async fn own(app: &App, subject: Uuid, page: &Paging<Uuid>) -> Result<(Vec<Told>, Option<Cursor>)> {
    let mut found = rows::told(&app.db.reader(), subject, page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| row.id)?;
    Ok((found, next_cursor))
}
