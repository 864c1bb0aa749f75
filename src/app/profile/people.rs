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
    /// Of the allowed ones.
    pub required: Vec<String>,
    /// Of [`Person::FIELDS`]. Every other field is refused as excessive.
    pub allowed: Vec<String>,
    /// Of [`Person::IDENTIFIERS`].
    pub identifiers: Vec<String>,
    /// Youngest age, in years, of somebody who opens an account of his own.
    pub own_account_age: u32,
}

impl Person {
    /// Every field that can be asked. `name` is one name, where surname and the rest are more than is needed; `age` is in
    /// years, where the birth date is.
    pub const FIELDS: &'static [&'static str] =
        &["name", "surname", "givenName", "patronymic", "birthDate", "age", "sex", "identifiers"];
    /// Every kind of number.
    pub const IDENTIFIERS: &'static [&'static str] = &["snils", "oms", "omsLegacy", "dms", "iin", "gePersonal", "passport"];
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
