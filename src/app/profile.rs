//! The profile: jurisdiction and service as data. What one service promises and another forbids is a switch here, never
//! a constant in code. The files that ship are defaults which the operator confirms; they are no legal advice.

use super::notices::{Channel, Kind, Notices, Plan};
use super::period::Period;
use crate::kernel::error::{Error, Result};
use crate::kernel::lang::Lang;
use crate::kernel::vault::Class;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The profiles that ship, by id.
const SHIPPED: &[(&str, &str)] = &[("ru-telemed", include_str!("../../profiles/ru-telemed.toml"))];

/// Names of telemetry events in a profile: with versions and days they make the groups that are counted.
const EVENTS_MAX: usize = 100;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub id: String,
    pub revision: String,
    /// ISO 3166-1, lower case.
    pub country: String,
    pub default_language: Lang,
    /// CLDR region for phone numbers written without `+`.
    pub phone_region: String,
    /// The operator has read the file and stands for it.
    pub confirmed_by_operator: bool,
    pub operator: Operator,
    pub policy: Policy,
    #[serde(default, rename = "purpose")]
    pub purposes: Vec<Purpose>,
    #[serde(default, rename = "consent")]
    pub consents: Vec<ConsentItem>,
    #[serde(rename = "retention")]
    pub retention: Vec<Retention>,
    /// Classes of data that this service neither takes nor holds.
    #[serde(default)]
    pub refused_classes: Vec<Class>,
    pub sign_in: SignIn,
    pub sessions: Sessions,
    pub person: Person,
    pub booking: Booking,
    pub documents: Documents,
    #[serde(default)]
    pub devices: Devices,
    #[serde(default)]
    pub telemetry: Telemetry,
    pub notices: Notices,
    #[serde(default, rename = "notice")]
    pub notice_plans: Vec<Plan>,
    pub erasure: Erasure,
}

/// A text that people read, in the four languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    pub ru: String,
    pub kk: String,
    pub ka: String,
    pub en: String,
}

impl Texts {
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ru => &self.ru,
            Lang::Kk => &self.kk,
            Lang::Ka => &self.ka,
            Lang::En => &self.en,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    pub name: Texts,
    pub address: Texts,
    pub email: String,
    pub phones: Vec<String>,
    /// Whom a patient may complain to.
    pub authority: Texts,
    pub authority_url: String,
}

/// The policy in force. A published text never changes: a change is another version.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub version: String,
    pub effective_from: NaiveDate,
    pub text: Texts,
}

impl Policy {
    /// SHA-256 of the text, in hexadecimal: what an acceptance points to.
    pub fn hash(&self, lang: Lang) -> String {
        hex::encode(Sha256::digest(self.text.in_lang(lang).as_bytes()))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    Consent,
    Contract,
    MedicalLaw,
    LegalDuty,
}

impl Basis {
    pub const fn as_str(self) -> &'static str {
        match self {
            Basis::Consent => "consent",
            Basis::Contract => "contract",
            Basis::MedicalLaw => "medicalLaw",
            Basis::LegalDuty => "legalDuty",
        }
    }
}

/// What data is used for, and on what basis.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    pub id: String,
    pub basis: Basis,
    pub classes: Vec<Class>,
    pub title: Texts,
}

/// An item that a person can consent to apart from everything else: purpose × recipient × channel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentItem {
    pub id: String,
    pub purpose: String,
    pub recipient: String,
    #[serde(default)]
    pub channel: Option<String>,
    pub title: Texts,
    /// What ends at once when it is withdrawn.
    pub stops: Texts,
    /// What goes on all the same, and why.
    pub stays: Texts,
    /// Data that this consent alone allowed, destroyed by its withdrawal.
    #[serde(default)]
    pub destroys: Vec<Class>,
}

/// How long a class is kept after the account's end, and from which event.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    pub class: Class,
    pub keep: Period,
    pub from: RetentionFrom,
    /// The act and article.
    pub rule: String,
    pub valid_from: NaiveDate,
    pub review_by: NaiveDate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetentionFrom {
    LastEncounter,
    Erasure,
    EndOfYear,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// `sms`, `email`.
    pub channels: Vec<String>,
    pub code_lives: Period,
    /// Wrong codes after which the right one is refused too.
    pub code_attempts: i32,
    pub codes_per_hour_per_contact: i64,
    pub codes_per_hour_per_address: i64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    pub access_lives: Period,
    pub patient_idle: Period,
    pub patient_absolute: Period,
    pub staff_idle: Period,
    pub staff_absolute: Period,
}

/// Which fields about a person may be asked at all.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub required: Vec<String>,
    pub allowed: Vec<String>,
    /// `snils`, `oms`, `omsLegacy`, `dms`, `iin`, `gePersonal`.
    pub identifiers: Vec<String>,
    /// Youngest age, in years, of somebody who opens an account of his own.
    pub own_account_age: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Booking {
    /// A slot nearer than this is not offered.
    pub lead: Period,
    /// A slot further than this is not offered.
    pub horizon: Period,
    /// How long after the visit its doctor may still open what he needs for it.
    pub treatment: Period,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    pub max_bytes: i64,
    /// Media types that are taken.
    pub media_types: Vec<String>,
}

/// What a device may tell of itself. A profile that says nothing takes nothing.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Devices {
    /// Model, system, version of the app.
    pub registry: bool,
    /// Tokens by which the phone is woken.
    pub push: bool,
}

/// What an app may tell of its use. A profile that says nothing takes nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Telemetry {
    pub collect: bool,
    /// The consent item without which nothing is taken.
    pub consent: String,
    /// How long samples are kept. Totals, which name nobody, stay.
    pub keep: Option<Period>,
    /// Groups of fewer people are not shown, and not kept longer than the samples.
    pub threshold: u32,
    /// Names of events that are stored; others are counted.
    pub events: Vec<String>,
    /// Names of attributes that are stored; others are dropped.
    pub attributes: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// Between the asking and the doing; it can be undone meanwhile.
    pub grace: Period,
}

impl Profile {
    /// A profile that ships, by id, or the file at a path.
    ///
    /// # Errors
    /// A sentence that says what is wrong and where.
    pub fn load(name: &str) -> Result<Self> {
        let text = match SHIPPED.iter().find(|(id, _)| *id == name) {
            Some((_, text)) => (*text).to_owned(),
            None => std::fs::read_to_string(name).map_err(|error| {
                let shipped: Vec<&str> = SHIPPED.iter().map(|(id, _)| *id).collect();
                Error::internal(format!(
                    "profile {name:?} is neither one that ships ({}) nor a file: {error}",
                    shipped.join(", ")
                ))
            })?,
        };
        let profile: Profile = toml::from_str(&text).map_err(|error| Error::internal(format!("profile {name}: {error}")))?;
        profile.check()?;
        Ok(profile)
    }

    fn check(&self) -> Result<()> {
        let wrong = |what: String| Err(Error::internal(format!("profile {}: {what}", self.id)));
        for class in [Class::Clinical, Class::Billing, Class::Evidence] {
            if !self.refused_classes.contains(&class) && self.retention_of(class).is_none() {
                return wrong(format!(
                    "class {class} has no retention rule; say how long it is kept, from which event and by which act"
                ));
            }
        }
        for field in &self.person.required {
            if !self.person.allowed.contains(field) {
                return wrong(format!("person.required names {field}, which person.allowed does not"));
            }
        }
        for consent in &self.consents {
            if !self.purposes.iter().any(|purpose| purpose.id == consent.purpose && purpose.basis == Basis::Consent) {
                return wrong(format!("consent {} has no purpose {} on the basis of consent", consent.id, consent.purpose));
            }
        }
        let telemetry = &self.telemetry;
        if telemetry.collect && (self.consent(&telemetry.consent).is_none() || telemetry.keep.is_none()) {
            return wrong("telemetry.collect needs telemetry.keep, and in telemetry.consent an item of the consents".into());
        }
        if telemetry.collect && (telemetry.threshold < 2 || telemetry.events.len() > EVENTS_MAX) {
            return wrong(format!("telemetry.threshold is at least 2, and telemetry.events names at most {EVENTS_MAX}"));
        }
        for item in self.notices.needs_consent.values() {
            if self.consent(item).is_none() {
                return wrong(format!("notices.needs_consent names {item}, and there is no such consent"));
            }
        }
        let is_word = |name: &&String| !name.is_empty() && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric());
        if let Some(name) = telemetry.events.iter().chain(&telemetry.attributes).find(|name| !is_word(name)) {
            return wrong(format!("telemetry names {name:?}, which is not a word of Latin letters and digits"));
        }
        if self.sign_in.channels.is_empty() {
            return wrong("sign_in.channels is empty: nobody could sign in".into());
        }
        Ok(())
    }

    pub fn retention_of(&self, class: Class) -> Option<&Retention> {
        self.retention.iter().find(|rule| rule.class == class)
    }

    pub fn refuses(&self, class: Class) -> bool {
        self.refused_classes.contains(&class)
    }

    pub fn consent(&self, id: &str) -> Option<&ConsentItem> {
        self.consents.iter().find(|item| item.id == id)
    }

    /// Which ways a kind of notice goes.
    pub fn notice_plan(&self, kind: Kind) -> Plan {
        self.notice_plans.iter().find(|plan| plan.kind == kind).cloned().unwrap_or_else(|| Plan::usual(kind))
    }

    /// The ways that any notice goes, in the order of `Channel::ALL`.
    pub fn notice_channels(&self) -> Vec<Channel> {
        let plans: Vec<Plan> = Kind::ALL.iter().map(|kind| self.notice_plan(*kind)).collect();
        let goes =
            |channel: &Channel| plans.iter().any(|plan| plan.channels.contains(channel) || plan.fallback.contains(channel));
        let may = |channel: &Channel| *channel != Channel::Push || self.devices.push;
        Channel::ALL.iter().copied().filter(goes).filter(may).collect()
    }

    /// Whether the policy is in force at `now`.
    pub fn in_force(&self, now: DateTime<Utc>) -> bool {
        self.policy.effective_from <= now.date_naive()
    }
}
