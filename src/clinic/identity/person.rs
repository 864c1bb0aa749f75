//! A patient: who he is, how he is reached, and the state of his account.

use super::PATIENT_CLASSES;
use super::codes::Target;
use super::numbers::{self, System};
use super::person_name::check_name;
use super::representation;
use super::rows::{self, change, patient};
use super::sessions;
use crate::app::App;
use crate::app::profile::Profile;
use crate::kernel::access::{Grant, Openings};
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::text::check_line;
use crate::kernel::vault::{Class, Index, Personal, Reservation, SubjectKeys};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// Oldest birth date that is not taken for a slip of the finger.
const OLDEST: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap();

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Person {
    pub surname: Option<String>,
    pub given_name: Option<String>,
    pub patronymic: Option<String>,
    pub birth_date: Option<NaiveDate>,
    pub sex: Option<String>,
    pub identifiers: Vec<Identifier>,
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Identifier {
    pub system: System,
    pub value: String,
    pub insurer: Option<String>,
    /// Whether a check digit confirmed it.
    pub checked: bool,
}

impl Personal for Person {
    const TABLE: &'static str = "patient";
    const COLUMN: &'static str = "identity";
    const CLASS: Class = Class::Identity;
}

/// How somebody is reached, and since when we know that it is he.
#[derive(Serialize, Deserialize, Clone)]
pub struct Contact {
    pub points: Vec<Point>,
}

#[derive(Serialize, Deserialize, Clone)]
pub struct Point {
    pub target: Target,
    pub verified_at: DateTime<Utc>,
}

impl Personal for Contact {
    const TABLE: &'static str = "patient";
    const COLUMN: &'static str = "contact";
    const CLASS: Class = Class::Contact;
}

/// Surname, given name and patronymic, as they are known.
pub fn display_name(person: &Person) -> String {
    [&person.surname, &person.given_name, &person.patronymic]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The patient behind a verified address; a new one when nobody holds it.
pub async fn by_contact(app: &App, actor: &Actor, target: &Target) -> Result<Arc<SubjectKeys>> {
    let keys = match app.vault.find(&target.index()).await? {
        Some(subject) => app.vault.keys(subject).await?,
        None => {
            let keys = app.vault.create(PATIENT_CLASSES).await?;
            match app.vault.reserve(&keys, &target.index()).await? {
                Reservation::Ours => keys,
                Reservation::Taken(first) => app.vault.keys(first).await?,
            }
        }
    };
    // The register may know him before the record does: somebody stopped between the two, or the record is an older one.
    // The sweep of orphans, which may be about to take him, then leaves him alone.
    if rows::find_patient(&app.db.reader(), keys.subject).await?.is_none() {
        if !app.vault.adopt(keys.subject).await? {
            return Err(Error::Unavailable("this subject has just been forgotten"));
        }
        register(app, actor, &keys, target).await?;
    }
    Ok(keys)
}

/// Writes the row of a patient whose keys and number are durable. Of two at once one writes it.
async fn register(app: &App, actor: &Actor, keys: &SubjectKeys, target: &Target) -> Result<()> {
    let contact = Contact { points: vec![Point { target: target.clone(), verified_at: app.ambient.now() }] };
    let contact = keys.seal(keys.subject, &contact)?;
    app.write(actor, async |tx: &mut Tx| -> Result<()> {
        let row = patient::ActiveModel {
            subject: Set(keys.subject),
            state: Set(rows::ACTIVE.to_owned()),
            identity: Set(None),
            contact: Set(contact.clone()),
            accepted_version: Set(None),
            version: Set(1),
            created_at: Set(tx.now()),
            leaving_since: Set(None),
            erase_at: Set(None),
        };
        if rows::insert_patient(tx, row).await? {
            tx.audit(Line::new("register").about(keys));
        }
        Ok(())
    })
    .await
}

/// Checks a form against the rules and against what the profile allows to be asked. Names every fault at once.
pub fn check(profile: &Profile, form: Person, today: NaiveDate) -> Result<Person> {
    check_from(profile, form, today, profile.person.own_account_age)
}

/// As `check`, for somebody of any age from `youngest` on: a dependant opens no account himself.
pub fn check_from(profile: &Profile, form: Person, today: NaiveDate, youngest: u32) -> Result<Person> {
    let mut faults = Faults::default();
    let rules = &profile.person;
    let mut given: Vec<&str> = Vec::new();
    let name = |value: &Option<String>, field: &'static str, faults: &mut Faults| {
        let value = value.as_deref()?;
        faults.check(format!("/{field}"), check_name(value))
    };
    let person = Person {
        surname: name(&form.surname, "surname", &mut faults),
        given_name: name(&form.given_name, "givenName", &mut faults),
        patronymic: name(&form.patronymic, "patronymic", &mut faults),
        birth_date: form.birth_date.and_then(|date| faults.check("/birthDate", birth_date(date, today, youngest))),
        sex: form.sex.clone(),
        identifiers: identifiers(profile, &form.identifiers, &mut faults),
    };
    for (field, present) in [
        ("surname", form.surname.is_some()),
        ("givenName", form.given_name.is_some()),
        ("patronymic", form.patronymic.is_some()),
        ("birthDate", form.birth_date.is_some()),
        ("sex", form.sex.is_some()),
        ("identifiers", !form.identifiers.is_empty()),
    ] {
        if present {
            given.push(field);
            if !rules.allowed.iter().any(|allowed| allowed == field) {
                faults.add(format!("/{field}"), Fault::NotAsked);
            }
        }
    }
    for field in rules.required.iter().filter(|field| !given.contains(&field.as_str())) {
        faults.add(format!("/{field}"), Fault::Required);
    }
    faults.into_result()?;
    Ok(person)
}

fn birth_date(date: NaiveDate, today: NaiveDate, own_account_age: u32) -> Result<NaiveDate, Fault> {
    match today.years_since(date) {
        None => Err(Fault::InTheFuture),
        Some(_) if date < OLDEST => Err(Fault::OutOfRange),
        Some(age) if age < own_account_age => Err(Fault::OutOfRange),
        Some(_) => Ok(date),
    }
}

fn identifiers(profile: &Profile, given: &[Identifier], faults: &mut Faults) -> Vec<Identifier> {
    let mut taken: Vec<Identifier> = Vec::new();
    for (index, identifier) in given.iter().enumerate() {
        let at = |field: &str| format!("/identifiers/{index}/{field}");
        if !profile.person.identifiers.iter().any(|allowed| allowed == identifier.system.as_str()) {
            faults.add(at("system"), Fault::NotAsked);
            continue;
        }
        if taken.iter().any(|other| other.system == identifier.system) {
            faults.add(at("system"), Fault::Duplicate);
        }
        let insurer = identifier.insurer.as_deref().and_then(|text| faults.check(at("insurer"), check_line(text.trim(), 200)));
        if identifier.system == System::Dms && insurer.as_deref().unwrap_or_default().is_empty() {
            faults.add(at("insurer"), Fault::Required);
        }
        if let Some(normal) = faults.check(at("value"), numbers::normalise(identifier.system, &identifier.value)) {
            taken.push(Identifier { system: identifier.system, value: normal.value, insurer, checked: normal.checked });
        }
    }
    taken
}

/// Takes a checked person: reserves his numbers, then writes him. A number of somebody else is refused, and nothing of the
/// other is told.
pub async fn put(
    app: &App,
    actor: &Actor,
    keys: &SubjectKeys,
    person: &Person,
    may_overwrite: impl Fn(i64) -> Result<()>,
) -> Result<i64> {
    for (index, identifier) in person.identifiers.iter().enumerate() {
        let number = Index { kind: identifier.system.as_str(), value: number_key(identifier) };
        if let Reservation::Taken(_) = app.vault.reserve(keys, &number).await? {
            let mut refusal = Error::refused(Code::IdentifierTaken);
            if let Error::Refused(refusal) = &mut refusal {
                refusal.fields.push(crate::kernel::error::FieldFault {
                    pointer: format!("/identifiers/{index}/value"),
                    fault: Fault::Duplicate,
                });
            }
            return Err(refusal);
        }
    }
    let sealed = keys.seal(keys.subject, person)?;
    let version = app
        .write(actor, async |tx: &mut Tx| -> Result<i64> {
            let row = rows::find_patient(tx, keys.subject).await?.ok_or_else(Error::not_found)?;
            may_overwrite(row.version)?;
            let sql = "UPDATE patient SET identity = $2, version = version + 1 WHERE subject = $1 AND version = $3";
            if change(tx, sql, [keys.subject.into(), sealed.clone().into(), row.version.into()]).await? == 0 {
                return Err(Error::refused(Code::PreconditionFailed));
            }
            tx.audit(Line::new("putProfile").on("patient", keys.subject).about(keys).of(Class::Identity));
            Ok(row.version + 1)
        })
        .await?;
    for system in System::ALL {
        let kept: Vec<String> = person.identifiers.iter().filter(|held| held.system == *system).map(number_key).collect();
        app.vault.release(keys, system.as_str(), &kept).await?;
    }
    Ok(version)
}

/// What the directory knows a number by, however it was typed.
pub fn index(identifier: &Identifier) -> Result<Index, Fault> {
    let value = numbers::normalise(identifier.system, &identifier.value)?.value;
    let insurer = identifier.insurer.as_deref().map(str::trim).map(str::to_owned);
    let normal = Identifier { system: identifier.system, value, insurer, checked: false };
    Ok(Index { kind: identifier.system.as_str(), value: number_key(&normal) })
}

/// The form in which a number is unique: a voluntary policy is so within its insurer.
fn number_key(identifier: &Identifier) -> String {
    match (&identifier.system, &identifier.insurer) {
        (System::Dms, Some(insurer)) => format!("{}|{}", insurer.to_lowercase(), identifier.value),
        _ => identifier.value.clone(),
    }
}

/// The person, for whoever has a grant for it. `None` before he filled in his profile.
pub async fn open(app: &App, openings: &Openings<'_>, subject: Uuid, object: (&'static str, Uuid)) -> Result<Option<Person>> {
    let row = rows::find_patient(&app.db.reader(), subject).await?.ok_or_else(Error::not_found)?;
    let Some(sealed) = row.identity else { return Ok(None) };
    openings.grant(subject, Class::Identity, object).await?.open(subject, &sealed).map(Some)
}

/// As `open`, with a grant for the class `identity` that the caller has got already.
pub async fn open_by(app: &App, grant: &Grant) -> Result<Option<Person>> {
    let row = rows::find_patient(&app.db.reader(), grant.subject()).await?.ok_or_else(Error::not_found)?;
    row.identity.map(|sealed| grant.open(grant.subject(), &sealed)).transpose()
}

/// Notes on the account which version of the policy was accepted. The evidence itself is the privacy room's.
pub async fn accept(tx: &mut Tx, subject: Uuid, version: &str) -> Result<()> {
    change(tx, "UPDATE patient SET accepted_version = $2 WHERE subject = $1", [subject.into(), version.into()]).await.map(drop)
}

/// Begins the grace of a deletion: every other session ends.
///
/// # Errors
/// `deletion_pending` when it has begun already.
pub async fn ask_to_leave(tx: &mut Tx, subject: Uuid, session: Uuid, erase_at: DateTime<Utc>) -> Result<()> {
    let sql = "UPDATE patient SET state = 'leaving', leaving_since = $2, erase_at = $3 WHERE subject = $1 AND state = 'active'";
    if change(tx, sql, [subject.into(), tx.now().into(), erase_at.into()]).await? == 0 {
        return Err(Error::refused(Code::DeletionPending));
    }
    representation::shut(tx, subject).await?;
    sessions::end_all(tx, subject, Some(session)).await
}

/// Undoes a deletion within its grace.
///
/// # Errors
/// `state_conflict` when none was asked for.
pub async fn stay(tx: &mut Tx, subject: Uuid) -> Result<()> {
    let sql =
        "UPDATE patient SET state = 'active', leaving_since = NULL, erase_at = NULL WHERE subject = $1 AND state = 'leaving'";
    if change(tx, sql, [subject.into()]).await? == 0 { Err(Error::refused(Code::StateConflict)) } else { Ok(()) }
}

/// Until when the grace of a deletion lasts, if one was asked for.
pub async fn leaving(app: &App, subject: Uuid) -> Result<Option<DateTime<Utc>>> {
    Ok(rows::find_patient(&app.db.reader(), subject).await?.and_then(|row| row.erase_at))
}

/// Whether the record has an account of this subject.
pub async fn is_known(app: &App, subject: Uuid) -> Result<bool> {
    Ok(rows::find_patient(&app.db.reader(), subject).await?.is_some())
}

/// Subjects whose grace is over.
pub async fn due_to_leave(app: &App) -> Result<Vec<Uuid>> {
    rows::due_to_leave(&app.db.reader(), app.ambient.now()).await
}
