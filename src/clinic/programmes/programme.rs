//! What is said of a programme, and whom it is for.

use super::rows::{OPEN, Programme};
use crate::app::App;
use crate::app::multilingual::{Multilingual, Paragraphs, line};
use crate::clinic::identity::numbers::System;
use crate::clinic::identity::{Person, Sex, open_person};
use crate::kernel::access::Asker;
use crate::kernel::db::Actor;
use crate::kernel::error::{Code, Error, Fault, Faults, Reason, Refusal, Result};
use chrono::{DateTime, NaiveDate, Utc};
use std::ops::RangeInclusive;
use uuid::Uuid;

const AGE: RangeInclusive<i32> = 0..=130;
const PLACES: RangeInclusive<i64> = 1..=10_000_000;

/// How somebody comes to take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "camelCase")]
pub enum ProgrammeAdmission {
    /// At once, while a place is left.
    AtOnce,
    /// When staff have admitted him.
    ByStaff,
}

impl ProgrammeAdmission {
    pub const fn as_str(self) -> &'static str {
        match self {
            ProgrammeAdmission::AtOnce => "atOnce",
            ProgrammeAdmission::ByStaff => "byStaff",
        }
    }

    /// What the database says is one of them.
    pub fn parse(word: &str) -> Self {
        if word == "byStaff" { ProgrammeAdmission::ByStaff } else { ProgrammeAdmission::AtOnce }
    }
}

/// What a programme is to be.
pub struct ProgrammeForm {
    pub names: Multilingual,
    pub about: Option<Paragraphs>,
    pub min_age: Option<i32>,
    pub max_age: Option<i32>,
    pub sex: Option<Sex>,
    pub policies: Vec<String>,
    pub places: Option<i64>,
    pub admission: ProgrammeAdmission,
    pub opens_at: DateTime<Utc>,
    pub closes_at: Option<DateTime<Utc>>,
}

impl ProgrammeForm {
    /// # Errors
    /// `invalid`, with every field at fault.
    pub fn check(self, id: Uuid) -> Result<Programme> {
        let mut faults = Faults::default();
        for (pointer, age) in [("/minAge", self.min_age), ("/maxAge", self.max_age)] {
            if age.is_some_and(|age| !AGE.contains(&age)) {
                faults.add(pointer, Fault::OutOfRange);
            }
        }
        if matches!((self.min_age, self.max_age), (Some(least), Some(most)) if most < least) {
            faults.add("/maxAge", Fault::OutOfRange);
        }
        if self.places.is_some_and(|places| !PLACES.contains(&places)) {
            faults.add("/places", Fault::OutOfRange);
        }
        if self.closes_at.is_some_and(|end| end <= self.opens_at) {
            faults.add("/closesAt", Fault::OutOfRange);
        }
        for (index, system) in self.policies.iter().enumerate() {
            if System::parse(system).is_none() {
                faults.add(format!("/policies/{index}"), Fault::UnknownValue);
            }
        }
        let row = Programme {
            id,
            names: self.names.check("/names", &mut faults, line),
            about: self.about.as_ref().map(|about| about.check("/about", &mut faults)),
            min_age: self.min_age,
            max_age: self.max_age,
            sex: self.sex.map(Sex::word),
            policies: self.policies.join(" "),
            places: self.places,
            taken: 0,
            admission: self.admission.as_str().to_owned(),
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            state: OPEN.to_owned(),
            version: 1,
        };
        faults.into_result()?;
        Ok(row)
    }
}

/// What of a programme's limits does not fit somebody today. Unlike a visit, of which a doctor judges, a place is given by what
/// is known: what he has not said fits nothing.
pub async fn misfits(app: &App, subject: Uuid, programme: &Programme) -> Result<Vec<Reason>> {
    let is_limited = programme.min_age.is_some() || programme.max_age.is_some() || programme.sex.is_some();
    if !is_limited && programme.policies.is_empty() {
        return Ok(Vec::new());
    }
    let openings = app.openings(Actor::house("eligibility"), Asker { id: subject, medical: false });
    let person = open_person(app, &openings, subject, ("patient", subject)).await?.unwrap_or_default();
    let misfits = against(programme, &person, app.profile.today(app.ambient.now()));
    openings.answer(misfits).await
}

fn against(programme: &Programme, person: &Person, day: NaiveDate) -> Vec<Reason> {
    let mut against = Vec::new();
    let fits = |age: i32| programme.min_age.is_none_or(|least| least <= age) && programme.max_age.is_none_or(|most| age <= most);
    let is_for_ages = programme.min_age.is_some() || programme.max_age.is_some();
    if is_for_ages && !person.age_on(day).is_some_and(fits) {
        against.push(Reason::AgeLimit);
    }
    if programme.sex.is_some() && programme.sex != person.sex {
        against.push(Reason::SexLimit);
    }
    let has = |word: &str| person.identifiers.iter().any(|number| number.system.as_str() == word);
    if !programme.policies.is_empty() && !programme.policies.split_whitespace().any(has) {
        against.push(Reason::PolicyMissing);
    }
    against
}

/// The refusal that names all of it.
pub fn not_eligible(reasons: Vec<Reason>) -> Error {
    Error::Refused(Box::new(Refusal { reasons, ..Refusal::new(Code::NotEligible) }))
}
