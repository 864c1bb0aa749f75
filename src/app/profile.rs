//! The profile: jurisdiction and service as data. What one service promises and another forbids is a switch here, never
//! a constant in code. The files that ship are defaults which the operator confirms; they are no legal advice.

use super::multilingual::Multilingual;
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
    #[serde(default)]
    pub cabinet: Cabinet,
    pub sign_in: SignIn,
    pub sessions: Sessions,
    pub person: Person,
    pub booking: Booking,
    #[serde(default)]
    pub billing: Billing,
    pub documents: Documents,
    #[serde(default)]
    pub devices: Devices,
    #[serde(default)]
    pub telemetry: Telemetry,
    pub consultations: Consultations,
    pub support: Support,
    pub notices: Notices,
    #[serde(default, rename = "notice")]
    pub notice_plans: Vec<Plan>,
    pub erasure: Erasure,
    #[serde(default)]
    pub freeze: Freeze,
    #[serde(default)]
    pub export: Export,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    pub name: Multilingual,
    pub address: Multilingual,
    pub email: String,
    pub phones: Vec<String>,
    /// Whom a patient may complain to.
    pub authority: Multilingual,
    pub authority_url: String,
}

/// The policy in force. A published text never changes: a change is another version.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub version: String,
    pub effective_from: NaiveDate,
    pub text: Multilingual,
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
    pub title: Multilingual,
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
    pub title: Multilingual,
    /// What ends at once when it is withdrawn.
    pub stops: Multilingual,
    /// What goes on all the same, and why.
    pub stays: Multilingual,
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

/// What a patient may do in his cabinet by himself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cabinet {
    /// He reads, and the clinic writes.
    #[serde(default)]
    pub read_only: bool,
    /// Operations that are his all the same: sign-out, requests, deletion.
    #[serde(default)]
    pub writable: Vec<String>,
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

/// How paid services are paid. Where the class `billing` is refused, they are paid at the desk.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Billing {
    /// How long a slot is held for its patient to pay.
    pub hold: Period,
    /// Who cancels earlier than this before the visit gets everything back.
    pub refund_until: Period,
    /// Who cancels later gets so many percent back, from 0 to 100.
    pub late_refund_percent: u8,
    /// What the provider's receipt calls the service. The same for all, so that it tells nothing about the patient.
    pub receipt_title: Multilingual,
}

impl Default for Billing {
    fn default() -> Self {
        Self {
            hold: Period::Minutes(15),
            refund_until: Period::Hours(24),
            late_refund_percent: 50,
            receipt_title: Multilingual {
                ru: "Медицинские услуги".into(),
                kk: "Медициналық қызметтер".into(),
                ka: "სამედიცინო მომსახურება".into(),
                en: "Medical services".into(),
            },
        }
    }
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

/// Conversations of patients with doctors and with a clinic's operator.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Consultations {
    /// How long after the visit a patient and his doctor may go on talking.
    pub open_for: Period,
    /// How long a conversation with a clinic's operator stays open.
    pub operator_open_for: Period,
    /// How long after its end a conversation with an operator is kept.
    pub operator_kept: Period,
    /// Whom to call when there is no time to write.
    pub emergency_phone: String,
}

impl Default for Consultations {
    fn default() -> Self {
        Self {
            open_for: Period::Days(30),
            operator_open_for: Period::Days(30),
            operator_kept: Period::Days(90),
            emergency_phone: "112".into(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Support {
    /// A closed ticket is destroyed so long after its closing, with all that it holds.
    pub purge_after: Period,
    /// Of one screenshot, at most 15 MiB.
    pub screenshot_max_bytes: i64,
    /// Ratings of a doctor are shown from so many on: fewer would tell who gave them.
    pub ratings_from: i64,
}

impl Default for Support {
    fn default() -> Self {
        Self { purge_after: Period::Days(90), screenshot_max_bytes: 10 * 1024 * 1024, ratings_from: 5 }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// Between the asking and the doing; it can be undone meanwhile.
    pub grace: Period,
}

/// Forbidding access to one's data.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Freeze {
    /// Whether the patient himself sets and lifts it in the app. The desk does so always.
    pub by_patient: bool,
    /// Whether one's own export stays possible while one's own access is frozen.
    pub own_export: bool,
}

impl Default for Freeze {
    fn default() -> Self {
        Self { by_patient: true, own_export: true }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Export {
    /// How long an archive can be fetched. Then it is deleted.
    pub keep: Period,
}

impl Default for Export {
    fn default() -> Self {
        Self { keep: Period::Days(7) }
    }
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
        if self.billing.late_refund_percent > 100 {
            return wrong("billing.late_refund_percent is more than 100: nobody gets back more than he paid".into());
        }
        if self.sign_in.channels.is_empty() {
            return wrong("sign_in.channels is empty: nobody could sign in".into());
        }
        // A screenshot is held in memory while its metadata is taken out.
        if !(1..=15 * 1024 * 1024).contains(&self.support.screenshot_max_bytes) {
            return wrong("support.screenshot_max_bytes must lie between 1 and 15728640".into());
        }
        if self.support.ratings_from < 1 {
            return wrong("support.ratings_from must be 1 or more".into());
        }
        Ok(())
    }

    pub fn retention_of(&self, class: Class) -> Option<&Retention> {
        self.retention.iter().find(|rule| rule.class == class)
    }

    pub fn refuses(&self, class: Class) -> bool {
        self.refused_classes.contains(&class)
    }

    /// Whether a patient may change something by this operation of the contract.
    pub fn lets_patients_write(&self, operation: &str) -> bool {
        !self.cabinet.read_only || self.cabinet.writable.iter().any(|writable| writable == operation)
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
