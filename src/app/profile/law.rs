//! What the law says, as data: the rights of a person with their terms, and for every other value of the profile that rests on
//! an act, that act. A rule that is unsettled says by when it is read again; past that day nothing breaks, and people are told.

use super::Profile;
use super::oversight::BreachRule;
use crate::app::deadline::Term;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What a person may demand, or say, of his data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Right {
    /// What is processed, why, on what ground, by whom, how long.
    Information,
    /// The data itself.
    Access,
    /// It was wrong.
    Correction,
    /// Something is missing, or no longer so.
    Addition,
    /// Nothing is done with it while something is being settled.
    Blocking,
    Deletion,
    /// Deletion that cannot be undone, with an act of it.
    Destruction,
    /// That it is not used for this.
    Objection,
    Complaint,
    /// A statement beside what was not corrected or deleted.
    Disagreement,
}

impl Right {
    pub const ALL: [Right; 10] = [
        Right::Information,
        Right::Access,
        Right::Correction,
        Right::Addition,
        Right::Blocking,
        Right::Deletion,
        Right::Destruction,
        Right::Objection,
        Right::Complaint,
        Right::Disagreement,
    ];

    /// As profiles, the contract and the database spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Right::Information => "information",
            Right::Access => "access",
            Right::Correction => "correction",
            Right::Addition => "addition",
            Right::Blocking => "blocking",
            Right::Deletion => "deletion",
            Right::Destruction => "destruction",
            Right::Objection => "objection",
            Right::Complaint => "complaint",
            Right::Disagreement => "disagreement",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.as_str() == word)
    }
}

/// By when a demand is answered. A right may have several, one after the other in time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub right: Right,
    /// Counted from the day on which the demand came, see [`crate::app::deadline`].
    #[serde(rename = "within")]
    pub term: Term,
    /// By how much the term may be extended once, with reasons that are told before it ends. None: not at all.
    #[serde(default, rename = "extend")]
    pub extension: Option<Term>,
    /// The act and article.
    pub source: String,
    pub valid_from: NaiveDate,
    /// The last day on which it holds. None: until another comes.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    /// The day until which somebody reads the law again. None: it is settled.
    #[serde(default)]
    pub review_by: Option<NaiveDate>,
}

impl Rule {
    fn at_once(right: Right) -> Self {
        let (term, valid_from) = (Term::Days(0), NaiveDate::MIN);
        Self { right, term, extension: None, source: String::new(), valid_from, valid_to: None, review_by: None }
    }

    pub fn holds_on(&self, date: NaiveDate) -> bool {
        self.valid_from <= date && self.valid_to.is_none_or(|last| date <= last)
    }
}

/// `[law]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Law {
    pub rights: Vec<Rule>,
    pub values: Vec<Ground>,
    /// By when a breach is told to whom. None: this law names no term.
    pub breach: Vec<BreachRule>,
}

/// On what another value of the profile rests: an age, a number that is asked, a country.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// Where the value stands: `person.own_account_age`.
    pub of: String,
    pub source: String,
    pub valid_from: NaiveDate,
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    #[serde(default)]
    pub review_by: Option<NaiveDate>,
}

/// A rule whose law is to be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Its place in the profile: `right.access`, `retention.clinical`, `person.own_account_age`.
    pub rule: String,
    pub source: String,
    pub review_by: NaiveDate,
    /// The last day on which it holds, where it says one.
    pub valid_to: Option<NaiveDate>,
}

impl Review {
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.review_by < today
    }
}

impl Profile {
    /// The rule of a right on the day on which the demand comes; the request keeps it whatever comes later. Of rules that hold
    /// together the younger wins. Where none holds that day, the nearest earlier one goes on, else the first one to come:
    /// a demand is never without a term. (`profile check` refuses a profile in which a right has no rule at all: it would be
    /// owed the same day.)
    pub fn right(&self, right: Right, date: NaiveDate) -> Rule {
        let rules = || self.law.rights.iter().filter(|rule| rule.right == right);
        let holding = rules().filter(|rule| rule.holds_on(date)).max_by_key(|rule| rule.valid_from);
        let earlier = || rules().filter(|rule| rule.valid_from <= date).max_by_key(|rule| rule.valid_from);
        let any = holding.or_else(earlier).or_else(|| rules().min_by_key(|rule| rule.valid_from));
        any.cloned().unwrap_or_else(|| Rule::at_once(right))
    }

    /// Every rule that says by when it is read again, the nearest day first.
    pub fn reviews(&self) -> Vec<Review> {
        let review = |rule: String, source: &str, review_by: NaiveDate, valid_to| Review {
            rule,
            source: source.to_owned(),
            review_by,
            valid_to,
        };
        let rights = self.law.rights.iter().filter_map(|rule| {
            rule.review_by.map(|by| review(format!("right.{}", rule.right.as_str()), &rule.source, by, rule.valid_to))
        });
        let retention = self
            .retention
            .iter()
            .map(|rule| review(format!("retention.{}", rule.class), &rule.rule, rule.review_by, rule.valid_to));
        let purposes = self.purposes.iter().filter_map(|purpose| {
            purpose.review_by.map(|by| review(format!("purpose.{}", purpose.id), &purpose.source, by, purpose.valid_to))
        });
        let values = self
            .law
            .values
            .iter()
            .filter_map(|ground| ground.review_by.map(|by| review(ground.of.clone(), &ground.source, by, ground.valid_to)));
        let breaches = self.breach_reviews();
        let mut all: Vec<Review> = rights.chain(retention).chain(purposes).chain(values).chain(breaches).collect();
        all.sort_by(|one, other| (one.review_by, &one.rule).cmp(&(other.review_by, &other.rule)));
        all
    }
}
