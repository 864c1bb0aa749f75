//! An emergency: a doctor without a reason opens somebody's record with a ground. It takes no relation and no leave, and
//! no freeze stops it; so it is loud. The patient is told and reads it in his access log, every officer is told, the
//! ground is kept for them, and it ends by itself.

use super::rows::{self, break_glass};
use crate::app::App;
use crate::app::wire::{Cursor, Paging};
use crate::clinic::identity::{self, Caller, Event, Happened, Person};
use crate::kernel::access::{BREAK_GLASS, NewReason};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::disagreement::{self, Disagreement};
use crate::kernel::error::{Error, Result};
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Index, Personal, SubjectKeys};
use chrono::{DateTime, Utc};
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What kind of thing the trail and the notices call it.
const OBJECT: &str = "breakGlass";
/// Emergencies of one doctor in an hour, misses included: more than come, and too few to try numbers out.
const TRIES_MAX: i64 = 20;
const HOUR_S: i64 = 3600;

/// Why a doctor opened a record: his own words, sealed under his own key.
#[derive(Serialize, Deserialize)]
struct Ground {
    text: String,
}

impl Personal for Ground {
    const TABLE: &'static str = "break_glass";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Staff;
}

/// A record that is open.
pub struct Opened {
    pub id: Uuid,
    pub until: DateTime<Utc>,
}

/// An opening, as officers read it.
pub struct Reviewed {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub doctor: Option<String>,
    /// None: the patient's account is gone.
    pub ground: Option<String>,
}

/// Counts a try of this doctor.
///
/// # Errors
/// `rate_limited`.
pub async fn count_try(app: &App, doctor: &Caller) -> Result<()> {
    let tries = Index { kind: "emergencies", value: doctor.id.to_string() };
    if app.vault.count(&tries, HOUR_S).await? <= TRIES_MAX {
        return Ok(());
    }
    let into_hour = app.ambient.now().timestamp().rem_euclid(HOUR_S);
    Err(Error::rate_limited(u32::try_from(HOUR_S - into_hour).unwrap_or(60)))
}

/// Opens the clinical record and the identity of a patient to a doctor, until `until`.
pub async fn open(tx: &mut Tx, doctor: &Caller, keys: &SubjectKeys, ground: &str, until: DateTime<Utc>) -> Result<Opened> {
    let (id, now, subject) = (tx.id(), tx.now(), keys.subject);
    let row = break_glass::ActiveModel {
        id: Set(id),
        subject: Set(subject),
        staff: Set(doctor.id),
        at: Set(now),
        until: Set(until),
        sealed: Set(Some(doctor.keys.seal(id, &Ground { text: ground.to_owned() })?)),
    };
    rows::insert(tx, row).await?;
    for class in [Class::Clinical, Class::Identity] {
        let (party, basis) = (doctor.id, BREAK_GLASS);
        tx.allow(NewReason { subject, party, class, basis, object: id, from: now, until: Some(until) });
    }
    tx.audit(Line::new("breakGlass").on(OBJECT, id).about(keys).of(Class::Clinical).because(BREAK_GLASS));
    // That it could be opened stands in the patient's log, whether anything was then read or not.
    tx.audit(Line::new("open").on("patient", subject).about(keys).of(Class::Clinical).because(BREAK_GLASS));
    tx.enqueue(Happened { subject, event: Event::EmergencyAccess, object: id }.task());
    for officer in identity::officers(tx).await? {
        tx.enqueue(Happened { subject: officer, event: Event::EmergencyAlert, object: id }.task());
    }
    Ok(Opened { id, until })
}

/// Who was opened, so that the doctor sees whether it is the one who lies before him. None: he has filled in no profile.
/// And what he says against what is known of him.
pub async fn who(
    app: &App,
    doctor: &Caller,
    operation: &'static str,
    subject: Uuid,
) -> Result<(Option<Person>, Vec<Disagreement>)> {
    let openings = app.openings(doctor.actor(operation), doctor.asker());
    let grant = openings.grant(subject, Class::Identity, ("patient", subject)).await?;
    let person = identity::open_person_by(app, &grant).await?;
    let disagreements = disagreement::standing(&app.db.reader(), &grant).await?;
    openings.answer((person, disagreements)).await
}

/// A page of openings with their grounds, newest first, and where the next one begins.
pub async fn list(
    app: &App,
    officer: &Caller,
    operation: &'static str,
    page: &Paging<Uuid>,
) -> Result<(Vec<Reviewed>, Option<Cursor>)> {
    let mut found = rows::glass_page(&app.db.reader(), page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| row.id)?;
    let openings = app.openings(officer.actor(operation), officer.asker());
    let mut reviewed = Vec::with_capacity(found.len());
    for row in found {
        let grant = openings.grant_on("oversight", row.staff, Class::Staff, (OBJECT, row.id)).await?;
        let ground: Option<Ground> = row.sealed.map(|sealed| grant.open(row.id, &sealed)).transpose()?;
        reviewed.push(Reviewed {
            id: row.id,
            at: row.at,
            until: row.until,
            doctor: identity::staff_name(app, row.staff).await?,
            ground: ground.map(|ground| ground.text),
        });
    }
    openings.answer((reviewed, next_cursor)).await
}
