//! A patient: who he is, how he is reached, and the state of his account.

use super::PATIENT_CLASSES;
use super::codes::{Channel, Target};
use super::identifier::{self, Identifier, Places};
use super::numbers::{self, System};
use super::person_name::check_name;
use super::representation;
use super::rows::{self, change, patient};
use super::sessions;
use crate::app::App;
use crate::app::profile::Profile;
use crate::kernel::access::{Grant, Openings};
use crate::kernel::alias;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Fault, Faults, FieldFault, Result};
use crate::kernel::vault::{Class, Personal, Reservation, SubjectKeys};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// Oldest birth date that is not taken for a slip of the finger.
const OLDEST: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap();
/// Highest age, in years, that is not taken for one either.
const OLDEST_AGE: u32 = 130;

#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Person {
    /// Where the profile asks for one name and no more.
    pub name: Option<String>,
    pub surname: Option<String>,
    pub given_name: Option<String>,
    pub patronymic: Option<String>,
    pub birth_date: Option<NaiveDate>,
    /// Where the profile asks for the age and not for the birth date.
    pub age: Option<Age>,
    pub sex: Option<String>,
    pub identifiers: Vec<Identifier>,
}

/// How old somebody said he is.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
pub struct Age {
    pub years: u32,
    /// On which day he said so: it was true then.
    pub said_on: NaiveDate,
}

/// A form that passed. Without numbers those of before stay.
pub struct Form {
    pub person: Person,
    pub numbers: Option<Vec<Identifier>>,
}

impl Person {
    /// Whole years. Of an age that somebody said once, at least so many have passed since.
    pub fn age_on(&self, day: NaiveDate) -> Option<i32> {
        let born = self.birth_date.and_then(|born| day.years_since(born));
        let said = || self.age.map(|age| age.years + day.years_since(age.said_on).unwrap_or(0));
        born.or_else(said).and_then(|years| i32::try_from(years).ok())
    }
}

impl Personal for Person {
    const TABLE: &'static str = "patient";
    const COLUMN: &'static str = "identity";
    const CLASS: Class = Class::Identity;
}

/// How somebody is reached: one address of a channel.
#[derive(Serialize, Deserialize, Clone)]
pub struct Contact {
    pub points: Vec<Point>,
}

#[derive(Serialize, Deserialize, Clone)]
pub struct Point {
    pub target: Target,
    /// Since when we know that it is his. None: the desk wrote it down, and no code that went there has been shown yet.
    pub verified_at: Option<DateTime<Utc>>,
    /// When it was last known to be his: by a code, or at the desk. None: when it was verified.
    #[serde(default)]
    pub seen_at: Option<DateTime<Utc>>,
}

impl Point {
    /// An address whose code was shown at `now`.
    pub fn verified(target: Target, now: DateTime<Utc>) -> Self {
        Self { target, verified_at: Some(now), seen_at: Some(now) }
    }

    /// An address that the desk was told at `now`.
    pub fn told(target: Target, now: DateTime<Utc>) -> Self {
        Self { target, verified_at: None, seen_at: Some(now) }
    }

    /// When it was last known to be his.
    pub fn known_at(&self) -> Option<DateTime<Utc>> {
        self.seen_at.max(self.verified_at)
    }
}

impl Contact {
    /// The point with this address.
    pub fn point(&self, target: &Target) -> Option<&Point> {
        self.points.iter().find(|point| point.target.is(target))
    }

    /// The address of a channel.
    pub fn of(&self, channel: Channel) -> Option<&Point> {
        self.points.iter().find(|point| point.target.channel == channel)
    }
}

impl Personal for Contact {
    const TABLE: &'static str = "patient";
    const COLUMN: &'static str = "contact";
    const CLASS: Class = Class::Contact;
}

/// The one name, or surname, given name and patronymic, as they are known.
pub fn display_name(person: &Person) -> String {
    names(person).collect::<Vec<_>>().join(" ")
}

/// Every part of the name that is known, in the order in which it is said.
pub fn names(person: &Person) -> impl Iterator<Item = &str> {
    [&person.name, &person.surname, &person.given_name, &person.patronymic].into_iter().flatten().map(String::as_str)
}

/// The patient behind a verified address; a new one when nobody holds it.
pub async fn by_contact(app: &App, actor: &Actor, target: &Target) -> Result<Arc<SubjectKeys>> {
    let keys = match app.vault.find(&target.index()).await? {
        // Whose account was merged into another comes to that one.
        Some(subject) => app.vault.keys(alias::survivor(&app.db.reader(), subject).await?).await?,
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
    let contact = Contact { points: vec![Point::verified(target.clone(), app.ambient.now())] };
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
pub fn check(profile: &Profile, form: Form, today: NaiveDate) -> Result<Form> {
    check_from(profile, form, today, profile.person.own_account_age)
}

/// As `check`, for somebody of any age from `youngest` on: a dependant opens no account himself.
pub fn check_from(profile: &Profile, form: Form, today: NaiveDate, youngest: u32) -> Result<Form> {
    let mut faults = Faults::default();
    let rules = &profile.person;
    let given = [
        ("name", form.person.name.is_some()),
        ("surname", form.person.surname.is_some()),
        ("givenName", form.person.given_name.is_some()),
        ("patronymic", form.person.patronymic.is_some()),
        ("birthDate", form.person.birth_date.is_some()),
        ("age", form.person.age.is_some()),
        ("sex", form.person.sex.is_some()),
        ("identifiers", form.numbers.as_ref().is_some_and(|numbers| !numbers.is_empty())),
    ];
    let name = |value: &Option<String>, field: &'static str, faults: &mut Faults| {
        let value = value.as_deref()?;
        faults.check(format!("/{field}"), check_name(value))
    };
    let person = Person {
        name: name(&form.person.name, "name", &mut faults),
        surname: name(&form.person.surname, "surname", &mut faults),
        given_name: name(&form.person.given_name, "givenName", &mut faults),
        patronymic: name(&form.person.patronymic, "patronymic", &mut faults),
        birth_date: form.person.birth_date.and_then(|date| faults.check("/birthDate", birth_date(date, today, youngest))),
        age: form.person.age.and_then(|age| faults.check("/age", check_age(age, youngest))),
        sex: form.person.sex,
        identifiers: Vec::new(),
    };
    let numbers = form.numbers.map(|numbers| identifiers(profile, &numbers, &mut faults));
    for (field, is_given) in given {
        if is_given && !rules.allowed.iter().any(|allowed| allowed == field) {
            faults.add(format!("/{field}"), Fault::NotAsked);
        }
        if !is_given && rules.required.iter().any(|required| required == field) {
            faults.add(format!("/{field}"), Fault::Required);
        }
    }
    faults.into_result()?;
    Ok(Form { person, numbers })
}

fn check_age(age: Age, youngest: u32) -> Result<Age, Fault> {
    if (youngest..=OLDEST_AGE).contains(&age.years) { Ok(age) } else { Err(Fault::OutOfRange) }
}

fn birth_date(date: NaiveDate, today: NaiveDate, youngest: u32) -> Result<NaiveDate, Fault> {
    match today.years_since(date) {
        None => Err(Fault::InTheFuture),
        Some(_) if date < OLDEST => Err(Fault::OutOfRange),
        Some(age) if age < youngest => Err(Fault::OutOfRange),
        Some(_) => Ok(date),
    }
}

fn identifiers(profile: &Profile, given: &[Identifier], faults: &mut Faults) -> Vec<Identifier> {
    let mut taken: Vec<Identifier> = Vec::new();
    for (index, number) in given.iter().enumerate() {
        let at = |field: &str| format!("/identifiers/{index}/{field}");
        let [system, value, insurer, country] = [at("system"), at("value"), at("insurer"), at("country")];
        let places = Places { system: &system, value: &value, insurer: &insurer, country: &country };
        let Some(number) = identifier::check(profile, number, &places, faults) else { continue };
        if taken.iter().any(|other| other.excludes(&number)) {
            faults.add(system, Fault::Duplicate);
        }
        taken.push(number);
    }
    taken
}

/// `identifier_taken` at a field.
pub fn taken(pointer: String) -> Error {
    let mut refusal = Error::refused(Code::IdentifierTaken);
    if let Error::Refused(refusal) = &mut refusal {
        refusal.fields.push(FieldFault { pointer, fault: Fault::Duplicate });
    }
    refusal
}

/// Fields of a person that contradict what his IIN was built from: a hint for him, and no fault.
pub fn contradictions(person: &Person, number: &Identifier) -> Vec<&'static str> {
    if number.system != System::Iin {
        return Vec::new();
    }
    let (birth_date, sex) = numbers::hint_of_iin(&number.value);
    let differs = |said: bool, agrees: bool, field: &'static str| (said && !agrees).then_some(field);
    let fields = [
        differs(birth_date.is_some() && person.birth_date.is_some(), birth_date == person.birth_date, "birthDate"),
        differs(sex.is_some() && person.sex.is_some(), sex == person.sex.as_deref(), "sex"),
    ];
    fields.into_iter().flatten().collect()
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

/// Whether a patient has accepted another version than this one, so that this one is still to be accepted.
pub async fn accepts_still(tx: &mut Tx, subject: Uuid, version: &str) -> Result<bool> {
    let row = rows::find_patient(tx, subject).await?;
    Ok(row.is_some_and(|row| row.state == rows::ACTIVE && row.accepted_version.is_some_and(|accepted| accepted != version)))
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
