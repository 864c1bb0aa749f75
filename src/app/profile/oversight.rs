//! What the house watches over itself, and by when it tells of a breach.

use super::Profile;
use super::law::Review;
use super::people::STAFF_ROLES;
use crate::app::deadline::Term;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, de::Error as _};
use std::collections::BTreeMap;

/// `[oversight]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Oversight {
    /// How many different people a member of staff opens in an hour before officers are told, by role. A role that is not
    /// named is not counted.
    pub openings_per_hour: BTreeMap<String, u32>,
    /// The same for all who work for one clinic, together. 0: not counted.
    pub clinic_openings_per_hour: u32,
}

impl Default for Oversight {
    /// More than a day's work brings in an hour: a doctor sees four to six people, a desk twenty.
    fn default() -> Self {
        let usual = [
            ("doctor", 40),
            ("reception", 80),
            ("callCentre", 80),
            ("support", 40),
            ("insurer", 60),
            ("officer", 40),
            ("auditor", 5),
            ("administrator", 20),
        ];
        Self {
            openings_per_hour: usual.into_iter().map(|(role, people)| (role.to_owned(), people)).collect(),
            clinic_openings_per_hour: 400,
        }
    }
}

/// What is owed when a breach becomes known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BreachStep {
    /// The authority is told that it happened.
    Authority,
    /// The authority is told what was found out.
    Result,
    /// The people concerned are told.
    People,
}

impl BreachStep {
    pub const ALL: [BreachStep; 3] = [BreachStep::Authority, BreachStep::Result, BreachStep::People];

    pub const fn as_str(self) -> &'static str {
        match self {
            BreachStep::Authority => "authority",
            BreachStep::Result => "result",
            BreachStep::People => "people",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == word)
    }
}

/// A term that counts in hours from the moment, or in days as every other term of the law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    Hours(u16),
    Term(Term),
}

impl<'de> Deserialize<'de> for Within {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let hours = text.strip_suffix('h').and_then(|hours| hours.parse().ok()).map(Within::Hours);
        hours
            .or_else(|| Term::parse(&text).map(Within::Term))
            .ok_or_else(|| D::Error::custom(format!("{text:?} is not a term like 72h, 1wd or 30d")))
    }
}

/// By when one step is owed. One of a step holds on a day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreachRule {
    pub step: BreachStep,
    /// Counted from the moment at which the breach became known.
    pub within: Within,
    /// The act and article.
    pub source: String,
    pub valid_from: NaiveDate,
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    #[serde(default)]
    pub review_by: Option<NaiveDate>,
}

impl Profile {
    /// What is owed for a breach that became known at this moment, and by when: what ends first comes first.
    pub fn breach_terms(&self, known_at: DateTime<Utc>) -> Vec<(&BreachRule, DateTime<Utc>)> {
        let day = self.today(known_at);
        let holds = |rule: &&BreachRule| rule.valid_from <= day && rule.valid_to.is_none_or(|last| day <= last);
        let due = |rule: &BreachRule| match rule.within {
            Within::Hours(hours) => known_at + TimeDelta::hours(i64::from(hours)),
            Within::Term(term) => self.due(term, known_at),
        };
        let mut owed: Vec<_> = self.law.breach.iter().filter(holds).map(|rule| (rule, due(rule))).collect();
        owed.sort_by_key(|(_, due_at)| *due_at);
        owed
    }

    pub(super) fn breach_reviews(&self) -> impl Iterator<Item = Review> {
        self.law.breach.iter().filter_map(|rule| {
            Some(Review {
                rule: format!("breach.{}", rule.step.as_str()),
                source: rule.source.clone(),
                review_by: rule.review_by?,
                valid_to: rule.valid_to,
            })
        })
    }
}

pub fn check(profile: &Profile, wrong: &mut impl FnMut(&str, String)) {
    for role in profile.oversight.openings_per_hour.keys().filter(|role| !STAFF_ROLES.contains(&role.as_str())) {
        let reason = format!("it names {role}, which is none of {}", STAFF_ROLES.join(", "));
        wrong("oversight.openings_per_hour", reason);
    }
    for rule in &profile.law.breach {
        let place = format!("law.breach.{}", rule.step.as_str());
        if rule.source.trim().is_empty() {
            wrong(&place, "it names no act: say in which law and article it stands".to_owned());
        }
        if rule.valid_to.is_some_and(|last| last < rule.valid_from) {
            wrong(&place, "valid_to lies before valid_from".to_owned());
        }
    }
}
