//! Legal holds: an officer keeps classes of somebody's data from an erasure, since a court or an authority asked for them.
//! What is held so stays blocked, with that rule, until its day or until the officer lifts it. The person reads it in his
//! plan; where the law forbids to tell him why, he reads only that there is a duty to keep it.
//!
//! Only classes whose rows the rooms keep when they are held can be named. A hold concerns erasures: what a term of its own
//! ends (a closed ticket, telemetry) ends by that term.

use super::held;
use super::plan::Part;
use super::rows::{self, change, legal_hold};
use crate::app::App;
use crate::app::wire::{Cursor, Paging};
use crate::clinic::identity::{self, Caller};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::text::{check_line, check_text};
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Set};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const OBJECT: &str = "legalHold";
/// What a person reads in place of a rule that he must not be told.
pub const UNTOLD: &str = "legalHold";
const RULE_CHARS: usize = 300;
const GROUND_CHARS: usize = 1000;
/// Longer than any retention: a hold has an end.
const LONGEST: TimeDelta = TimeDelta::days(50 * 366);

/// Why it is held: the officer's own words, sealed under his own key.
#[derive(Serialize, Deserialize)]
struct Ground {
    text: String,
}

impl Personal for Ground {
    const TABLE: &'static str = "legal_hold";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Staff;
}

/// A hold to be set.
pub struct NewLegalHold {
    pub classes: Vec<Class>,
    /// The act and article, or the court and its number.
    pub rule: String,
    pub ground: String,
    pub until: DateTime<Utc>,
    /// Whether the person may read the rule.
    pub is_told: bool,
}

impl NewLegalHold {
    /// # Errors
    /// `invalid`, with every fault.
    pub fn check(mut self, now: DateTime<Utc>) -> Result<Self> {
        let mut faults = Faults::default();
        let filled = |text: String| if text.is_empty() { Err(Fault::Required) } else { Ok(text) };
        self.rule = faults.check("/rule", check_line(self.rule.trim(), RULE_CHARS).and_then(filled)).unwrap_or_default();
        self.ground = faults.check("/ground", check_text(self.ground.trim(), GROUND_CHARS).and_then(filled)).unwrap_or_default();
        self.classes.sort_unstable();
        self.classes.dedup();
        if self.classes.is_empty() {
            faults.add("/classes", Fault::Required);
        }
        if self.until <= now {
            faults.add("/until", Fault::InThePast);
        } else if self.until > now + LONGEST {
            faults.add("/until", Fault::OutOfRange);
        }
        faults.into_result()?;
        Ok(self)
    }
}

/// A hold with its ground, for the officers.
pub struct Reviewed {
    pub row: legal_hold::Model,
    pub classes: Vec<Class>,
    /// None when the person's data is gone.
    pub ground: Option<String>,
    pub officer: Option<String>,
}

/// Whom a record number leads to, within the grace of his deletion or after it.
///
/// # Errors
/// `not_found`.
pub async fn subject_of(app: &App, number: &str) -> Result<Uuid> {
    let number = super::number::parse(number).ok_or_else(Error::not_found)?;
    let reader = app.db.reader();
    if let Some(held) = rows::find_held(&reader, &number).await? {
        return Ok(held.subject);
    }
    let asked = rows::find_erasure_by_number(&reader, &number).await?.filter(|row| row.state != rows::DONE);
    asked.map(|row| row.subject).ok_or_else(Error::not_found)
}

/// Sets a hold. What is held already after an erasure is held for longer.
///
/// # Errors
/// `state_conflict` while an erasure goes its steps.
pub async fn set(tx: &mut Tx, officer: &Caller, keys: &SubjectKeys, new: &NewLegalHold) -> Result<Uuid> {
    let subject = keys.subject;
    if rows::find_erasure(tx, subject).await?.is_some_and(|row| row.state == rows::RUNNING) {
        return Err(Error::refused(Code::StateConflict));
    }
    let id = tx.id();
    let row = legal_hold::ActiveModel {
        id: Set(id),
        subject: Set(subject),
        classes: Set(rows::write_json(&new.classes)?),
        rule: Set(new.rule.clone()),
        told: Set(new.is_told),
        officer: Set(officer.id),
        set_at: Set(tx.now()),
        until: Set(new.until),
        lifted_at: Set(None),
        lifted_by: Set(None),
        sealed: Set(Some(officer.keys.seal(id, &Ground { text: new.ground.clone() })?)),
    };
    rows::insert(tx, row).await?;
    let part = Part { rule: told_rule(new.is_told, &new.rule), until: new.until, legal: Some(id) };
    held::rehold(tx, subject, |class, parts| {
        if new.classes.contains(&class) {
            parts.push(part.clone());
        }
    })
    .await?;
    audit(tx, "holdLegally", id, keys);
    Ok(id)
}

/// Lifts a hold. What nothing else holds is destroyed by the next daily sweep.
///
/// # Errors
/// `not_found`; `state_conflict` once it is over.
pub async fn lift(tx: &mut Tx, officer: &Caller, id: Uuid) -> Result<()> {
    let row = rows::find_legal_hold(tx, id).await?.ok_or_else(Error::not_found)?;
    let sql = "UPDATE legal_hold SET lifted_at = $2, lifted_by = $3 WHERE id = $1 AND lifted_at IS NULL AND until > $2";
    if change(tx, sql, [id.into(), tx.now().into(), officer.id.into()]).await? == 0 {
        return Err(Error::refused(Code::StateConflict));
    }
    held::rehold(tx, row.subject, |_, parts| parts.retain(|part| part.legal != Some(id))).await?;
    tx.audit(Line::new("liftHold").on(OBJECT, id));
    Ok(())
}

fn audit(tx: &mut Tx, action: &'static str, id: Uuid, keys: &SubjectKeys) {
    let line = Line::new(action).on(OBJECT, id);
    // After an erasure nothing marks him in the trail any more.
    tx.audit(if keys.has(Class::Audit) { line.about(keys) } else { line });
}

/// What holds of a subject's classes on a day, by class.
pub async fn standing(db: &impl ConnectionTrait, subject: Uuid, day: DateTime<Utc>) -> Result<Vec<(Class, Part)>> {
    let mut parts = Vec::new();
    for row in rows::legal_holds_of(db, subject, day).await? {
        let part = Part { rule: told_rule(row.told, &row.rule), until: row.until, legal: Some(row.id) };
        let classes: Vec<Class> = rows::read_json(&row.classes)?;
        parts.extend(classes.into_iter().map(|class| (class, part.clone())));
    }
    Ok(parts)
}

/// Whether an officer keeps this class of somebody's data now.
pub async fn holds(db: &impl ConnectionTrait, subject: Uuid, class: Class, day: DateTime<Utc>) -> Result<bool> {
    Ok(standing(db, subject, day).await?.iter().any(|(held, _)| *held == class))
}

fn told_rule(is_told: bool, rule: &str) -> String {
    if is_told { rule.to_owned() } else { UNTOLD.to_owned() }
}

/// A page of holds with their grounds, newest first, and where it goes on.
pub async fn list(
    app: &App,
    officer: &Caller,
    operation: &'static str,
    page: &Paging<Uuid>,
) -> Result<(Vec<Reviewed>, Option<Cursor>)> {
    let mut found = rows::legal_hold_page(&app.db.reader(), page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| row.id)?;
    let openings = app.openings(officer.actor(operation), officer.asker());
    let mut reviewed = Vec::with_capacity(found.len());
    for row in found {
        let ground = match &row.sealed {
            Some(sealed) => {
                let grant = openings.grant_on("oversight", row.officer, Class::Staff, (OBJECT, row.id)).await?;
                Some(grant.open::<Ground>(row.id, sealed)?.text)
            }
            None => None,
        };
        let officer = identity::staff_name(app, row.officer).await?;
        reviewed.push(Reviewed { classes: rows::read_json(&row.classes)?, ground, officer, row });
    }
    openings.answer((reviewed, next_cursor)).await
}
