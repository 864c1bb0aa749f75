//! Who comes in and what is asked of him: sign-in, sessions, the fields of a person, his cabinet, his devices.

use super::super::period::Period;
use serde::Deserialize;

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

/// Who works here, as the contract spells the roles.
pub const STAFF_ROLES: [&str; 8] =
    ["doctor", "reception", "callCentre", "support", "insurer", "officer", "auditor", "administrator"];

/// People who work here.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Staff {
    /// Roles that sign in with a code of an authenticator app beside the password, or with a passkey. Others may.
    pub second_factor: Vec<String>,
    /// How long a doctor may read what he opened in an emergency.
    pub break_glass: Period,
}

impl Default for Staff {
    /// Whoever can open sealed data, and whoever says who can.
    fn default() -> Self {
        Self { second_factor: STAFF_ROLES.map(str::to_owned).to_vec(), break_glass: Period::Minutes(60) }
    }
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
