//! Leads: somebody who only asked. Kept under keys of his own, for a short while, and then destroyed with them.

use super::rows::{self, CLOSED, OPEN, change, lead};
use crate::app::App;
use crate::app::profile::Profile;
use crate::app::wire::{Cursor, Paging};
use crate::clinic::identity::Caller;
use crate::clinic::identity::person_name::check_name;
use crate::clinic::identity::phone::{normalise_email, normalise_phone};
use crate::clinic::privacy::DeskChannel;
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::invalidation::Topic;
use crate::kernel::text::check_text;
use crate::kernel::vault::{Class, Index, Personal};
use poem_openapi::types::{ParseFromJSON, ToJSON};
use sea_orm::{ConnectionTrait, Set};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub const OBJECT: &str = "lead";
/// The basis on which a desk opens the leads of its clinic.
pub const LEAD: &str = "lead";
const INTENT_CHARS: usize = 2000;
/// Leads of one staff member in an hour.
const LEADS_MAX: i64 = 120;
const HOUR_S: i64 = 3600;
/// What a sweep takes at once.
const SWEPT_AT_ONCE: u64 = 500;

/// What somebody said who asked.
#[derive(Serialize, Deserialize, Clone)]
pub struct Lead {
    pub name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    /// `male`, `female`.
    pub sex: Option<String>,
    /// In years. Never a birth date.
    pub age: Option<i32>,
    pub intent: String,
}

impl Personal for Lead {
    const TABLE: &'static str = "lead";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Support;
}

impl Lead {
    /// # Errors
    /// `invalid`, with every field at fault.
    pub fn check(self, profile: &Profile) -> Result<Self> {
        let mut faults = Faults::default();
        let phone = |raw: String| normalise_phone(&raw, Some(&profile.phone_region));
        let intent = check_text(self.intent.trim(), INTENT_CHARS).and_then(|text| match text.is_empty() {
            true => Err(Fault::Required),
            false => Ok(text),
        });
        let checked = Self {
            name: faults.check("/name", check_name(&self.name)).unwrap_or_default(),
            phone: self.phone.and_then(|raw| faults.check("/phone", phone(raw))),
            email: self.email.and_then(|raw| faults.check("/email", normalise_email(&raw).map(|email| email.shown))),
            sex: self.sex,
            age: self.age,
            intent: faults.check("/intent", intent).unwrap_or_default(),
        };
        faults.into_result()?;
        Ok(checked)
    }
}

/// Writes down that somebody asked.
///
/// # Errors
/// `class_refused` where the service takes no such data; `rate_limited`.
pub async fn create<T>(
    app: &App,
    caller: &Caller,
    (operation, key, asked): (&'static str, &str, &serde_json::Value),
    (lead, channel): (&Lead, DeskChannel),
    answer: impl Fn(&lead::Model) -> T,
) -> Result<T>
where
    T: ToJSON + ParseFromJSON,
{
    check_taken(app)?;
    let actor = caller.actor(operation);
    if let Some(first) = app.kept(&actor, &caller.keys, key, asked).await? {
        return Ok(first);
    }
    let of_staff = Index { kind: "leadsBy", value: caller.id.to_string() };
    if app.vault.count(&of_staff, HOUR_S).await? > LEADS_MAX {
        let into_hour = app.ambient.now().timestamp().rem_euclid(HOUR_S);
        return Err(Error::rate_limited(u32::try_from(HOUR_S - into_hour).unwrap_or(60)));
    }
    let keys = app.vault.create(&[Class::Support]).await?;
    // No account will ever follow: he is no orphan for the sweep.
    app.vault.settle(keys.subject).await?;
    let written = app
        .write_once(&actor, &caller.keys, key, asked, async |tx: &mut Tx| {
            let id = tx.id();
            let row = lead::Model {
                id,
                subject: keys.subject,
                clinic: caller.clinic,
                staff: caller.id,
                channel: channel.as_str().to_owned(),
                state: OPEN.to_owned(),
                created_at: tx.now(),
                closed_at: None,
                purge_at: app.profile.desk.lead_lives.after(tx.now()),
                sealed: keys.seal(id, lead)?,
            };
            let answer = answer(&row);
            rows::insert(tx, insertable(row)).await?;
            tx.audit(Line::new("create").on(OBJECT, id).about(&keys).of(Class::Support));
            Ok(answer)
        })
        .await;
    // Refused, or another request with this key was faster: nothing points to these keys.
    let is_decided = matches!(written, Ok(_) | Err(Error::Refused(_)));
    if is_decided && rows::lead_of(&app.db.reader(), keys.subject).await?.is_none() {
        app.vault.destroy(keys.subject, &[]).await?;
    }
    written
}

fn insertable(row: lead::Model) -> lead::ActiveModel {
    lead::ActiveModel {
        id: Set(row.id),
        subject: Set(row.subject),
        clinic: Set(row.clinic),
        staff: Set(row.staff),
        channel: Set(row.channel),
        state: Set(row.state),
        created_at: Set(row.created_at),
        closed_at: Set(row.closed_at),
        purge_at: Set(row.purge_at),
        sealed: Set(row.sealed),
    }
}

/// A page of the leads of the caller's clinics in one state, newest first, and where it goes on. Each opening leaves its line.
pub async fn list(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    state: &str,
    page: &Paging<Uuid>,
) -> Result<(Vec<(lead::Model, Lead)>, Option<Cursor>)> {
    let mut rows = rows::leads(&app.db.reader(), &caller.clinics, state, page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut rows, |row| row.id)?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let mut leads = Vec::with_capacity(rows.len());
    for row in rows {
        let grant = openings.grant_on(LEAD, row.subject, Class::Support, (OBJECT, row.id)).await?;
        let lead = grant.open(row.id, &row.sealed)?;
        leads.push((row, lead));
    }
    openings.answer((leads, next_cursor)).await
}

/// An open lead of the caller's clinics, opened.
///
/// # Errors
/// `not_found`; `state_conflict` once it is closed.
pub async fn open(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<Lead> {
    let row = rows::find_lead(&app.db.reader(), &caller.clinics, id).await?.ok_or_else(Error::not_found)?;
    if row.state != OPEN {
        return Err(Error::refused(Code::StateConflict));
    }
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant_on(LEAD, row.subject, Class::Support, (OBJECT, row.id)).await?;
    let lead = grant.open(row.id, &row.sealed)?;
    openings.answer(lead).await
}

/// Whether it is a lead of the caller's clinics.
pub async fn is_theirs(db: &impl ConnectionTrait, caller: &Caller, id: Uuid) -> Result<bool> {
    Ok(rows::find_lead(db, &caller.clinics, id).await?.is_some())
}

/// Nothing more is to be done for him. To close it again changes nothing.
///
/// # Errors
/// `not_found`.
pub async fn close(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<()> {
    let row = rows::find_lead(tx, &caller.clinics, id).await?.ok_or_else(Error::not_found)?;
    let sql = "UPDATE lead SET state = $2, closed_at = $3 WHERE id = $1 AND state = $4";
    change(tx, sql, [row.id.into(), CLOSED.into(), tx.now().into(), OPEN.into()]).await?;
    tx.audit(Line::new("close").on(OBJECT, id).of(Class::Support));
    Ok(())
}

/// He has become a patient: the lead is closed, and destroyed by the next sweep.
///
/// # Errors
/// `not_found`; `state_conflict` once it is closed.
pub async fn convert(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<()> {
    let row = rows::find_lead(tx, &caller.clinics, id).await?.ok_or_else(Error::not_found)?;
    let sql = "UPDATE lead SET state = $2, closed_at = $3, purge_at = $3 WHERE id = $1 AND state = $4";
    if change(tx, sql, [row.id.into(), CLOSED.into(), tx.now().into(), OPEN.into()]).await? == 0 {
        return Err(Error::refused(Code::StateConflict));
    }
    tx.audit(Line::new("convert").on(OBJECT, id).of(Class::Support));
    Ok(())
}

/// Destroys the leads whose day has come, the keys before the row that leads to them.
pub async fn sweep(app: &App) -> Result<()> {
    for row in rows::leads_to_purge(&app.db.reader(), app.ambient.now(), SWEPT_AT_ONCE).await? {
        app.vault.destroy(row.subject, &[]).await?;
        app.write(&Actor::house("purgeLead"), async |tx: &mut Tx| -> Result<()> {
            change(tx, "DELETE FROM lead WHERE id = $1", [row.id.into()]).await?;
            access::forget(tx, row.subject).await?;
            tx.invalidate(Topic::Keys, row.subject);
            tx.audit(Line::new("purge").on(OBJECT, row.id).of(Class::Support));
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// # Errors
/// `class_refused`.
pub fn check_taken(app: &App) -> Result<()> {
    if app.profile.refuses(Class::Support) { Err(Error::refused(Code::ClassRefused)) } else { Ok(()) }
}
