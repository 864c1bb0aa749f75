//! Patients: names, birth dates and telephone numbers by their order, so that a trial knows whom it may sign in.

use crate::app::App;
use crate::app::profile::Profile;
use crate::clinic::identity::{AddressChannel, Contact, PATIENT_CLASSES, Person, Point, Target, person_listings};
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::sql::insert_many;
use crate::kernel::vault::{Index, SHARED, SubjectKeys};
use chrono::{Days, NaiveDate};
use sea_orm::Value;
use std::ops::Range;

const SURNAMES: [&str; 12] = [
    "Иванова",
    "Петрова",
    "Сидорова",
    "Ахметова",
    "Ким",
    "Соколова",
    "Лебедева",
    "Козлова",
    "Новикова",
    "Морозова",
    "Волкова",
    "Зайцева",
];
const GIVEN_NAMES: [&str; 10] = ["Анна", "Мария", "Елена", "Ольга", "Айгерим", "Нино", "Татьяна", "Ирина", "Светлана", "Дарья"];
const BORN_FROM: NaiveDate = NaiveDate::from_ymd_opt(1940, 1, 1).unwrap();
/// Sixty-five years: everybody is of age.
const BIRTH_DATES: u64 = 23_741;

/// Somebody whose keys and directory entries are durable.
pub struct Made {
    pub number: u64,
    pub keys: SubjectKeys,
    person: Person,
    target: Target,
}

/// His telephone number.
fn phone(number: u64) -> String {
    format!("+7916{number:07}")
}

fn person(number: u64) -> Person {
    let pick = |of: &[&str], by: u64| {
        usize::try_from(by % of.len() as u64).ok().and_then(|at| of.get(at)).map(|name| (*name).to_owned())
    };
    Person {
        surname: pick(&SURNAMES, number),
        given_name: pick(&GIVEN_NAMES, number / SURNAMES.len() as u64),
        birth_date: BORN_FROM.checked_add_days(Days::new(number % BIRTH_DATES)),
        sex: Some("female".to_owned()),
        ..Person::default()
    }
}

pub async fn make(app: &App, numbers: Range<u64>) -> Result<Vec<Made>> {
    let mut people = Vec::new();
    for number in numbers {
        let target = Target::check(&app.profile, AddressChannel::Sms, &phone(number))?;
        people.push((number, person(number), target));
    }
    let found_by = |(_, person, target): &(u64, Person, Target)| {
        let listed = person_listings(person).into_iter().map(|value| Index { kind: SHARED, value });
        listed.chain([target.index()]).collect()
    };
    let found_by: Vec<Vec<Index>> = people.iter().map(found_by).collect();
    let keys = app.vault.create_many(PATIENT_CLASSES, &found_by).await?;
    Ok(people.into_iter().zip(keys).map(|((number, person, target), keys)| Made { number, keys, person, target }).collect())
}

pub async fn insert(tx: &mut Tx, profile: &Profile, made: &[Made]) -> Result<()> {
    let now = tx.now();
    let row = |one: &Made| -> Result<Vec<Value>> {
        let subject = one.keys.subject;
        let contact = Contact { points: vec![Point::verified(one.target.clone(), now)] };
        let (identity, contact) = (one.keys.seal(subject, &one.person)?, one.keys.seal(subject, &contact)?);
        let accepted = profile.policy.version.clone();
        Ok(vec![subject.into(), "active".into(), identity.into(), contact.into(), accepted.into(), 1i64.into(), now.into()])
    };
    let rows = made.iter().map(row).collect::<Result<_>>()?;
    let columns = &["subject", "state", "identity", "contact", "accepted_version", "version", "created_at"];
    insert_many(tx, "patient", columns, rows).await
}
