//! One number of a person, with what is known of the policy behind it: how it is checked, and when two of them are the same.

use super::numbers::{self, System};
use crate::app::profile::Profile;
use crate::kernel::error::{Fault, Faults};
use crate::kernel::text::check_line;
use crate::kernel::vault::Index;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const INSURER_CHARS: usize = 200;

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Identifier {
    pub system: System,
    pub value: String,
    /// The company behind a policy.
    pub insurer: Option<String>,
    /// Who issued a passport: ISO 3166-1, two capitals.
    pub country: Option<String>,
    /// Whether a check digit confirmed it.
    pub checked: bool,
    /// Of an insurance policy: its term, its scan and what the desk said of it.
    pub policy: Option<PolicyRecord>,
}

/// What is known of an insurance policy beside its number.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct PolicyRecord {
    pub id: Uuid,
    pub declared_at: DateTime<Utc>,
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it is valid.
    pub valid_to: Option<NaiveDate>,
    /// A document of the person's own.
    pub scan: Option<Uuid>,
    pub judgement: Option<Judgement>,
}

/// What a staff member said who saw the policy.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    pub is_verified: bool,
    pub by: Uuid,
    pub at: DateTime<Utc>,
}

impl Identifier {
    /// As somebody typed it.
    pub fn raw(system: System, value: String, insurer: Option<String>, country: Option<String>) -> Self {
        Self { system, value, insurer, country, checked: false, policy: None }
    }

    /// What the directory knows the number by: a voluntary policy is unique within its insurer, a passport within its country.
    pub fn index(&self) -> Index {
        let value = match (self.system, &self.insurer, &self.country) {
            (System::Dms, Some(insurer), _) => format!("{}|{}", insurer.to_lowercase(), self.value),
            (System::Passport, _, Some(country)) => format!("{country}|{}", numbers::same_looking(&self.value)),
            _ => self.value.clone(),
        };
        Index { kind: self.system.as_str(), value }
    }

    pub fn is_same_number(&self, other: &Identifier) -> bool {
        self.system == other.system && self.index().value == other.index().value
    }

    /// Whether both can't be had at once: one number of a kind, one voluntary policy of an insurer.
    pub fn excludes(&self, other: &Identifier) -> bool {
        let insurer = |one: &Identifier| one.insurer.as_deref().map(str::to_lowercase);
        self.system == other.system && (self.system != System::Dms || insurer(self) == insurer(other))
    }
}

/// Where the parts of an identifier stand in a request.
pub struct Places<'a> {
    pub system: &'a str,
    pub value: &'a str,
    pub insurer: &'a str,
    pub country: &'a str,
}

/// Checks one number as it was typed, and that the profile asks for such. Notes the faults.
pub fn check(profile: &Profile, given: &Identifier, places: &Places<'_>, faults: &mut Faults) -> Option<Identifier> {
    let system = given.system;
    if !profile.person.identifiers.iter().any(|allowed| allowed == system.as_str()) {
        faults.add(places.system, Fault::NotAsked);
        return None;
    }
    let insurer = given.insurer.as_deref().and_then(|text| faults.check(places.insurer, insurer(text)));
    if system == System::Dms && given.insurer.as_deref().unwrap_or_default().trim().is_empty() {
        faults.add(places.insurer, Fault::Required);
    }
    let country = given.country.as_deref().and_then(|text| faults.check(places.country, country(text, system)));
    if system == System::Passport && given.country.is_none() {
        faults.add(places.country, Fault::Required);
    }
    let normal = faults.check(places.value, numbers::normalise(system, &given.value))?;
    let insurer = insurer.filter(|insurer| !insurer.is_empty());
    Some(Identifier { system, value: normal.value, insurer, country, checked: normal.checked, policy: None })
}

/// The name of a company as it is kept: one line, spaces squeezed.
fn insurer(text: &str) -> Result<String, Fault> {
    let line = check_line(text.trim(), INSURER_CHARS)?;
    Ok(line.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn country(text: &str, system: System) -> Result<String, Fault> {
    match text.as_bytes() {
        _ if system != System::Passport => Err(Fault::NotAsked),
        [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => Ok(text.to_ascii_uppercase()),
        _ => Err(Fault::BadFormat),
    }
}

/// What the directory knows a number by, however it was typed. To look somebody up by it.
pub fn index(given: &Identifier) -> Result<Index, Fault> {
    let value = numbers::normalise(given.system, &given.value)?.value;
    let insurer = given.insurer.as_deref().map(insurer).transpose()?;
    let country = given.country.as_deref().map(|text| country(text, given.system)).transpose()?;
    Ok(Identifier { value, insurer, country, ..given.clone() }.index())
}
