//! The profile: jurisdiction and service as data. What one service promises and another forbids is a switch here, never
//! a constant in code. The files that ship are defaults which the operator confirms; they are no legal advice.

mod care;
mod check;
mod desk;
mod holidays;
mod law;
mod laws;
mod oversight;
mod people;
mod policy;
mod reading;
mod records;
mod residency;
mod rights;
mod sharing;
mod statistics;
mod visits;

pub use care::{Billing, Booking, Consultations, Course, Documents, Payer, Support};
pub use check::Wrong;
pub use desk::Desk;
pub use holidays::{Holiday, Holidays, On};
pub use law::{Ground, Law, Review, Right, Rule};
pub use oversight::{BreachRule, BreachStep, Oversight, Within};
pub use people::{Cabinet, Credentials, Devices, Person, Representation, Sessions, SignIn, Staff, Telemetry, Undertaking, Way};
pub use policy::{
    AcceptedBy, AcceptedThrough, Basis, ConsentItem, Incompatible, Operator, Policy, Purpose, Retention, RetentionFrom,
};
pub use records::{AtEnd, Contract, RecordKept, Recordings};
pub use residency::{Carries, Elsewhere, Processor, Residency, Route, Service};
pub use rights::{Erasure, Export, Freeze, StaffNames};
pub use sharing::{Recipient, RecipientBasis, RecipientKind, Sharing};
pub use statistics::Statistics;
pub use visits::{ROOM as ROOM_IN_LINK, Reminding, Video, Waiting};

use super::config::Config;
use super::deadline::{Calendar, Term};
use super::notices::{Channel, Kind, Notices, Plan};
use crate::kernel::error::{Error, Result};
use crate::kernel::lang::Lang;
use crate::kernel::vault::Class;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

/// The profiles that ship, by id.
const SHIPPED: &[(&str, &str)] = &[
    ("ru-telemed", include_str!("../../../profiles/ru-telemed.toml")),
    ("ru-clinic", include_str!("../../../profiles/ru-clinic.toml")),
    ("ru-marketplace", include_str!("../../../profiles/ru-marketplace.toml")),
    ("kz-programme", include_str!("../../../profiles/kz-programme.toml")),
    ("ge-clinic", include_str!("../../../profiles/ge-clinic.toml")),
    ("eu", include_str!("../../../profiles/eu.toml")),
];

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
    /// Published ahead of the day from which it is in force, so that everybody can be told before.
    #[serde(default)]
    pub next_policy: Option<Policy>,
    pub residency: Residency,
    #[serde(default, rename = "processor")]
    pub processors: Vec<Processor>,
    #[serde(default, rename = "purpose")]
    pub purposes: Vec<Purpose>,
    #[serde(default)]
    pub incompatible: Vec<Incompatible>,
    /// Who may get data of patients.
    #[serde(default, rename = "recipient")]
    pub recipients: Vec<Recipient>,
    #[serde(default)]
    pub sharing: Sharing,
    #[serde(default, rename = "consent")]
    pub consents: Vec<ConsentItem>,
    #[serde(rename = "retention")]
    pub retention: Vec<Retention>,
    /// Classes of data that this service neither takes nor holds.
    #[serde(default)]
    pub refused_classes: Vec<Class>,
    #[serde(default)]
    pub cabinet: Cabinet,
    #[serde(default)]
    pub desk: Desk,
    #[serde(default)]
    pub contract: Contract,
    #[serde(default)]
    pub recordings: Recordings,
    pub sign_in: SignIn,
    #[serde(default)]
    pub credentials: Credentials,
    #[serde(default)]
    pub undertaking: Undertaking,
    pub sessions: Sessions,
    #[serde(default)]
    pub staff: Staff,
    pub person: Person,
    #[serde(default)]
    pub representation: Representation,
    pub booking: Booking,
    #[serde(default)]
    pub waiting: Waiting,
    #[serde(default)]
    pub reminders: Vec<Reminding>,
    #[serde(default)]
    pub video: Video,
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
    #[serde(default)]
    pub statistics: Statistics,
    #[serde(default)]
    pub calendar: Calendar,
    #[serde(default)]
    pub law: Law,
    #[serde(default)]
    pub oversight: Oversight,
}

impl Profile {
    /// The ids of the profiles that ship.
    pub fn shipped() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(id, _)| *id)
    }

    /// A profile that ships, by id, or the file at a path.
    ///
    /// # Errors
    /// A sentence that says what is wrong and where.
    pub fn load(name: &str) -> Result<Self> {
        Self::read(&Self::text(name)?).map_err(|wrongs| {
            let wrongs: Vec<String> = wrongs.iter().map(Wrong::to_string).collect();
            Error::internal(format!("profile {name}: {}", wrongs.join("; ")))
        })
    }

    /// The text of a profile that ships, by id, or of the file at a path.
    ///
    /// # Errors
    /// A sentence that names those that ship.
    pub fn text(name: &str) -> Result<String> {
        if let Some((_, text)) = SHIPPED.iter().find(|(id, _)| *id == name) {
            return Ok((*text).to_owned());
        }
        std::fs::read_to_string(name).map_err(|error| {
            let shipped: Vec<&str> = Self::shipped().collect();
            Error::internal(format!("profile {name:?} is neither one that ships ({}) nor a file: {error}", shipped.join(", ")))
        })
    }

    /// The profile in a text.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn read(text: &str) -> Result<Self, Vec<Wrong>> {
        reading::read(text)
    }

    /// Its id and revision: where a text stands that somebody agreed to.
    pub fn named(&self) -> String {
        format!("{} {}", self.id, self.revision)
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

    /// Whether anything may go to an outside service.
    pub fn way_to(&self, service: Service) -> Route<'_> {
        let is_written = |consent: &str| self.consent(consent).is_some_and(|item| item.written);
        residency::route(&self.residency, &self.processors, service, is_written)
    }

    /// # Errors
    /// A sentence for the operator, when a service is configured to which nothing may go.
    pub fn check_processors(&self, config: &Config) -> Result<()> {
        residency::check(self, config)
    }

    /// Which ways a kind of notice goes.
    pub fn notice_plan(&self, kind: Kind) -> Plan {
        self.notice_plans.iter().find(|plan| plan.kind == kind).cloned().unwrap_or_else(|| Plan::usual(kind))
    }

    /// Whether any visit is reminded of by this way.
    pub fn reminds_by(&self, channel: Channel) -> bool {
        let goes = channel != Channel::Push || self.devices.push;
        goes && self.reminders.iter().any(|rule| rule.channel == channel)
    }

    /// The ways that any notice goes, in the order of `Channel::ALL`.
    pub fn notice_channels(&self) -> Vec<Channel> {
        let plans: Vec<Plan> = Kind::ALL.iter().map(|kind| self.notice_plan(*kind)).collect();
        let goes = |channel: &Channel| {
            self.reminds_by(*channel)
                || plans.iter().any(|plan| plan.channels.contains(channel) || plan.fallback.contains(channel))
        };
        let may = |channel: &Channel| *channel != Channel::Push || self.devices.push;
        Channel::ALL.iter().copied().filter(goes).filter(may).collect()
    }

    /// The moment at which a term is over that began with what came at `received`, by this profile's calendar and clock.
    pub fn due(&self, term: Term, received: DateTime<Utc>) -> DateTime<Utc> {
        term.due(received, self.notices.zone, &self.calendar)
    }

    /// Today, where the operator is.
    pub fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        now.with_timezone(&self.notices.zone).date_naive()
    }

    /// The policy that is in force at `now`, or, before the first one is, the one that will be.
    pub fn policy_on(&self, now: DateTime<Utc>) -> &Policy {
        let today = self.today(now);
        self.next_policy.as_ref().filter(|next| next.effective_from <= today).unwrap_or(&self.policy)
    }

    /// The policy that is published and not in force yet.
    pub fn coming_policy(&self, now: DateTime<Utc>) -> Option<&Policy> {
        let today = self.today(now);
        self.next_policy.as_ref().filter(|next| today < next.effective_from)
    }

    /// Whether a policy is in force at `now`.
    pub fn in_force(&self, now: DateTime<Utc>) -> bool {
        self.policy.effective_from <= self.today(now)
    }

    /// Whether somebody has accepted what is in force at `now`: this version, or already the one that comes after it.
    pub fn is_accepted(&self, version: &str, now: DateTime<Utc>) -> bool {
        self.policy_on(now).version == version || self.coming_policy(now).is_some_and(|next| next.version == version)
    }
}
