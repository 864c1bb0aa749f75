//! The plan of an erasure: per class, whether it is destroyed or held, by which rule and until when.

use super::legal_holds;
use super::rows;
use crate::app::App;
use crate::app::profile::{Profile, Retention, RetentionFrom};
use crate::kernel::error::Result;
use crate::kernel::vault::{Class, Column, SubjectKeys};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What becomes of one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Planned {
    pub class: Class,
    /// None: destroyed.
    pub held: Option<Hold>,
}

/// Why a class stays, blocked, and until when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// The act and article.
    pub rule: String,
    pub until: DateTime<Utc>,
    /// Everything that holds it, where officers hold it beside the law: when one of them ends, the others go on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// One of several rules that hold a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    pub rule: String,
    pub until: DateTime<Utc>,
    /// The legal hold that it is. None: the profile's rule.
    pub legal: Option<Uuid>,
}

impl Hold {
    /// What holds longest stands for all. `None`: nothing holds.
    pub fn of(parts: Vec<Part>) -> Option<Self> {
        let longest = parts.iter().max_by_key(|part| part.until)?;
        Some(Self { rule: longest.rule.clone(), until: longest.until, parts })
    }

    pub fn into_parts(self) -> Vec<Part> {
        if self.parts.is_empty() { vec![Part { rule: self.rule, until: self.until, legal: None }] } else { self.parts }
    }
}

impl Planned {
    /// With what officers hold beside the profile's rule.
    fn under(self, legal: &[(Class, Part)]) -> Self {
        let class = self.class;
        let of_class: Vec<Part> = legal.iter().filter(|(of, _)| *of == class).map(|(_, part)| part.clone()).collect();
        if of_class.is_empty() {
            return self;
        }
        let own = self.held.map(Hold::into_parts).unwrap_or_default();
        Self { class, held: Hold::of(own.into_iter().chain(of_class).collect()) }
    }
}

/// What is known of a subject's data, apart from his keys.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    pub last_encounter: Option<DateTime<Utc>>,
    pub last_payment: Option<DateTime<Utc>>,
    pub has_evidence: bool,
    pub contract_end: Option<DateTime<Utc>>,
    pub programme_end: Option<DateTime<Utc>>,
}

/// The plan for an erasure on `day`, of a subject who has keys for `classes`.
pub fn plan(profile: &Profile, classes: &[Class], known: Known, day: DateTime<Utc>) -> Vec<Planned> {
    classes.iter().map(|class| Planned { class: *class, held: hold(profile, *class, known, day) }).collect()
}

fn hold(profile: &Profile, class: Class, known: Known, day: DateTime<Utc>) -> Option<Hold> {
    let rule = profile.retention_of(class).filter(|_| !profile.refuses(class))?;
    let holds_something = match class {
        // A key is made at the first sign-in; what makes a medical record of it is an encounter.
        Class::Clinical => known.last_encounter.is_some(),
        Class::Evidence => known.has_evidence,
        // A charge that nobody paid is no record of money.
        Class::Billing => known.last_payment.is_some(),
        _ => true,
    };
    let until = rule.keep.after(begins(rule, known, day)?);
    (holds_something && until > day).then(|| Hold { rule: rule.rule.clone(), until, parts: Vec::new() })
}

/// The event from which a term runs. `None`: it never happened.
fn begins(rule: &Retention, known: Known, day: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match rule.from {
        RetentionFrom::LastEncounter => known.last_encounter,
        RetentionFrom::Erasure => Some(day),
        // What would end later ends with the account.
        RetentionFrom::ContractEnd => known.contract_end.map(|end| end.min(day)),
        RetentionFrom::ProgrammeEnd => known.programme_end.map(|end| end.min(day)),
        RetentionFrom::EndOfYear => {
            let year = known.last_payment.filter(|_| rule.class == Class::Billing).unwrap_or(day).year();
            NaiveDate::from_ymd_opt(year + 1, 1, 1).map(|new_year| new_year.and_time(NaiveTime::MIN).and_utc())
        }
    }
}

/// The plan for `subject`, erased on `day`, from what every room says of him now.
pub async fn of(app: &App, subject: Uuid, keys: Option<&SubjectKeys>, day: DateTime<Utc>) -> Result<Vec<Planned>> {
    let columns: Vec<Column> = app.rooms.iter().flat_map(|room| (room.columns)()).collect();
    let has_evidence = rows::any_evidence(&app.db.reader(), &columns, subject).await?;
    let mut known = Known { has_evidence, ..Known::default() };
    for tells in app.rooms.iter().filter_map(|room| room.holdings) {
        let told = tells(app, subject).await?;
        known.last_encounter = known.last_encounter.max(told.last_encounter);
        known.last_payment = known.last_payment.max(told.last_payment);
        known.contract_end = known.contract_end.max(told.contract_end);
        known.programme_end = known.programme_end.max(told.programme_end);
    }
    // The key of the marks holds no data: it is destroyed always, and nobody would understand its name.
    let of_data = |class: &Class| *class != Class::Audit && keys.is_some_and(|keys| keys.has(*class));
    let classes: Vec<Class> = Class::ALL.iter().copied().filter(of_data).collect();
    let legal = legal_holds::standing(&app.db.reader(), subject, day).await?;
    Ok(plan(&app.profile, &classes, known, day).into_iter().map(|planned| planned.under(&legal)).collect())
}

/// The classes that stay.
pub fn held_classes(plan: &[Planned]) -> Vec<Class> {
    plan.iter().filter(|planned| planned.held.is_some()).map(|planned| planned.class).collect()
}
