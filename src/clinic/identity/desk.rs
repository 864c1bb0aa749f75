//! The desk finds a patient who calls, writes or comes: by his exact number, and with no more of him than it takes to see
//! whether it is he.

use super::caller::Caller;
use super::identifier::{self, Identifier};
use super::numbers::{System, masked};
use super::person::{self, Contact, Person};
use super::phone::{normalise_email, normalise_phone};
use super::rows;
use crate::app::App;
use crate::kernel::access::{NewReason, Openings};
use crate::kernel::alias;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::vault::{Class, Index, SubjectKeys};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use uuid::Uuid;

/// The basis of what the desk does for somebody, as the trail and the reasons name it.
pub const DESK: &str = "desk";
/// The basis on which the desk may choose among several whom it was shown. It opens nothing.
pub const CANDIDATE: &str = "candidate";
/// How long the desk may act for whom it found.
const LASTS: TimeDelta = TimeDelta::minutes(15);
/// Searches of one staff member in an hour: more than a desk serves, and too few to try numbers out.
const SEARCHES_MAX: i64 = 60;
const HOUR_S: i64 = 3600;

/// What a patient is looked for by: one of them.
pub enum Sought {
    Phone(String),
    Email(String),
    Number(Identifier),
}

/// A patient who was found.
pub struct Found {
    pub masked: Masked,
    /// Until when the desk may act for him.
    pub until: DateTime<Utc>,
}

/// No more of a patient than it takes to see whether it is he.
pub struct Masked {
    pub subject: Uuid,
    /// Initials.
    pub initials: Option<String>,
    pub birth_year: Option<i32>,
    /// Addresses with all but their ends hidden.
    pub contacts: Vec<String>,
    pub numbers: Vec<(System, String)>,
}

impl Sought {
    fn index(&self, region: &str) -> Result<Index> {
        Ok(match self {
            Sought::Phone(raw) => {
                let value = normalise_phone(raw, Some(region)).map_err(|fault| Error::field("/phone", fault))?;
                Index { kind: "phone", value }
            }
            Sought::Email(raw) => {
                let email = normalise_email(raw).map_err(|fault| Error::field("/email", fault))?;
                Index { kind: "email", value: email.lookup }
            }
            Sought::Number(identifier) => {
                let at = |fault: Fault| Error::field("/identifier/value", fault);
                identifier::index(identifier).map_err(at)?
            }
        })
    }
}

/// The patient who has this address or number, and nothing more of him.
///
/// # Errors
/// `invalid`; `not_found`.
pub async fn subject_of(app: &App, sought: &Sought) -> Result<Uuid> {
    app.vault.find(&sought.index(&app.profile.phone_region)?).await?.ok_or_else(Error::not_found)
}

/// Finds a patient and gives the desk a reason to act for him, for some minutes. He reads both in his access log.
///
/// # Errors
/// `invalid`; `rate_limited`; `not_found`.
pub async fn find(app: &App, caller: &Caller, operation: &'static str, sought: &Sought) -> Result<Found> {
    let index = sought.index(&app.profile.phone_region)?;
    count(app, caller).await?;
    let subject = app.vault.find(&index).await?.ok_or_else(Error::not_found)?;
    let subject = alias::survivor(&app.db.reader(), subject).await?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let (masked, _) = look(app, &openings, subject).await?.ok_or_else(Error::not_found)?;
    let until = take(app, caller, operation, subject).await?;
    openings.answer(Found { masked, until }).await
}

/// Counts a search of this staff member.
///
/// # Errors
/// `rate_limited`.
pub async fn count(app: &App, caller: &Caller) -> Result<()> {
    let searches = Index { kind: "deskSearches", value: caller.id.to_string() };
    if app.vault.count(&searches, HOUR_S).await? > SEARCHES_MAX {
        let into_hour = app.ambient.now().timestamp().rem_euclid(HOUR_S);
        return Err(Error::rate_limited(u32::try_from(HOUR_S - into_hour).unwrap_or(60)));
    }
    Ok(())
}

/// A patient as the desk may see him, and what was opened for it. `None` where there is none. The desk must find whom it
/// freezes and for whom it lifts, so that this rests on what he told, not on a reason that a freeze would stop.
pub async fn look(app: &App, openings: &Openings<'_>, subject: Uuid) -> Result<Option<(Masked, Option<Person>)>> {
    let Some(row) = rows::find_patient(&app.db.reader(), subject).await? else { return Ok(None) };
    let object = ("patient", subject);
    let contact: Contact = openings.grant_on(DESK, subject, Class::Contact, object).await?.open(subject, &row.contact)?;
    let person: Option<Person> = match &row.identity {
        Some(sealed) => Some(openings.grant_on(DESK, subject, Class::Identity, object).await?.open(subject, sealed)?),
        None => None,
    };
    Ok(Some((masked_patient(subject, &contact, person.as_ref()), person)))
}

/// The desk may act for this patient, until the answered hour.
pub async fn take(app: &App, caller: &Caller, operation: &'static str, subject: Uuid) -> Result<DateTime<Utc>> {
    let keys = app.vault.keys(subject).await?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<DateTime<Utc>> { Ok(take_in(tx, caller, &keys)) }).await
}

/// As `take`, in a transaction.
pub fn take_in(tx: &mut Tx, caller: &Caller, keys: &SubjectKeys) -> DateTime<Utc> {
    let reason = reason(tx, caller, keys.subject, DESK);
    tx.allow(reason);
    tx.audit(Line::new("find").on("patient", keys.subject).about(keys).because(DESK));
    tx.now() + LASTS
}

pub fn reason(tx: &Tx, caller: &Caller, subject: Uuid, basis: &'static str) -> NewReason {
    let (from, until, object) = (tx.now(), Some(tx.now() + LASTS), tx.id());
    // What opens nothing is given for the class that holds nothing.
    let class = if basis == DESK { Class::Identity } else { Class::Audit };
    NewReason { subject, party: caller.id, class, basis, object, from, until }
}

fn masked_patient(subject: Uuid, contact: &Contact, person: Option<&Person>) -> Masked {
    let numbers = person.map(|person| person.identifiers.as_slice()).unwrap_or_default();
    Masked {
        subject,
        initials: person.map(initials).filter(|initials| !initials.is_empty()),
        birth_year: person.and_then(|person| person.birth_date).map(|date| date.year()),
        contacts: contact.points.iter().map(|point| ends(&point.target.shown)).collect(),
        numbers: numbers.iter().map(|number| (number.system, masked(number.system, &number.value))).collect(),
    }
}

pub(super) fn initials(person: &Person) -> String {
    let letters = person::names(person).filter_map(|name| name.chars().next()).map(|letter| format!("{letter}."));
    letters.collect::<Vec<_>>().join(" ")
}

/// The first character and the last two, of what is longer than six.
fn ends(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let [first, middle @ .., last, end] = chars.as_slice() else { return "•••".to_owned() };
    if middle.len() > 3 { format!("{first}•••{last}{end}") } else { "•••".to_owned() }
}
