//! The desk finds a patient who calls, writes or comes: by his exact number, and with no more of him than it takes to see
//! whether it is he.

use super::caller::Caller;
use super::numbers::{System, masked};
use super::person::{self, Contact, Identifier, Person};
use super::phone::{normalise_email, normalise_phone};
use super::rows;
use crate::app::App;
use crate::kernel::access::NewReason;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::vault::{Class, Index};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use uuid::Uuid;

/// The basis of what the desk does for somebody, as the trail and the reasons name it.
pub const DESK: &str = "desk";
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

/// A patient who was found, masked.
pub struct Found {
    pub subject: Uuid,
    /// Initials.
    pub initials: Option<String>,
    pub birth_year: Option<i32>,
    /// Addresses with all but their ends hidden.
    pub contacts: Vec<String>,
    pub numbers: Vec<(System, String)>,
    /// Until when the desk may act for him.
    pub until: DateTime<Utc>,
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
                person::index(identifier).map_err(at)?
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
    let searches = Index { kind: "deskSearches", value: caller.id.to_string() };
    if app.vault.count(&searches, HOUR_S).await? > SEARCHES_MAX {
        let into_hour = app.ambient.now().timestamp().rem_euclid(HOUR_S);
        return Err(Error::rate_limited(u32::try_from(HOUR_S - into_hour).unwrap_or(60)));
    }
    let subject = app.vault.find(&index).await?.ok_or_else(Error::not_found)?;
    let row = rows::find_patient(&app.db.reader(), subject).await?.ok_or_else(Error::not_found)?;
    let keys = app.vault.keys(subject).await?;
    // The desk must find whom it freezes and for whom it lifts, so that this rests on the number that he told, not on a
    // reason that a freeze would stop.
    let openings = app.openings(caller.actor(operation), caller.asker());
    let object = ("patient", subject);
    let contact: Contact = openings.grant_on(DESK, subject, Class::Contact, object).await?.open(subject, &row.contact)?;
    let person: Option<Person> = match &row.identity {
        Some(sealed) => Some(openings.grant_on(DESK, subject, Class::Identity, object).await?.open(subject, sealed)?),
        None => None,
    };
    let until = app
        .write(&caller.actor(operation), async |tx: &mut Tx| -> Result<DateTime<Utc>> {
            let (from, until, object) = (tx.now(), tx.now() + LASTS, tx.id());
            let (party, class, basis) = (caller.id, Class::Identity, DESK);
            tx.allow(NewReason { subject, party, class, basis, object, from, until: Some(until) });
            tx.audit(Line::new("find").on("patient", subject).about(&keys).because(DESK));
            Ok(until)
        })
        .await?;
    openings.answer(masked_patient(subject, &contact, person.as_ref(), until)).await
}

fn masked_patient(subject: Uuid, contact: &Contact, person: Option<&Person>, until: DateTime<Utc>) -> Found {
    let numbers = person.map(|person| person.identifiers.as_slice()).unwrap_or_default();
    Found {
        subject,
        initials: person.map(initials).filter(|initials| !initials.is_empty()),
        birth_year: person.and_then(|person| person.birth_date).map(|date| date.year()),
        contacts: contact.points.iter().map(|point| ends(&point.target.shown)).collect(),
        numbers: numbers.iter().map(|number| (number.system, masked(number.system, &number.value))).collect(),
        until,
    }
}

fn initials(person: &Person) -> String {
    let names = [&person.surname, &person.given_name, &person.patronymic].into_iter().flatten();
    let letters = names.filter_map(|name| name.chars().next()).map(|letter| format!("{letter}."));
    letters.collect::<Vec<_>>().join(" ")
}

/// The first character and the last two, of what is longer than six.
fn ends(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let [first, middle @ .., last, end] = chars.as_slice() else { return "•••".to_owned() };
    if middle.len() > 3 { format!("{first}•••{last}{end}") } else { "•••".to_owned() }
}
