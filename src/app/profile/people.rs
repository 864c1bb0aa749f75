//! Who comes in and what is asked of him: sign-in, sessions, the fields of a person, his cabinet, his devices.

use super::super::multilingual::Multilingual;
use super::super::period::Period;
use super::RecordKept;
use crate::kernel::lang::Lang;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

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
    /// Whether the medical record lies here, or in a system beside this cabinet.
    #[serde(default)]
    pub record: RecordKept,
}

/// A way in for patients. Staff sign in by login, password and TOTP, whatever the profile says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// A one-time code to a phone or an e-mail address; whoever is new opens an account by it.
    Code,
    /// The individual identification number, and a code to the phone that is bound to it.
    Iin,
    /// Login and password, issued at the desk.
    Password,
}

impl Way {
    pub const fn as_str(self) -> &'static str {
        match self {
            Way::Code => "code",
            Way::Iin => "iin",
            Way::Password => "password",
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    #[serde(default = "SignIn::usual_ways")]
    pub ways: Vec<Way>,
    /// `sms`, `email`: where the way `code` sends its codes.
    pub channels: Vec<String>,
    pub code_lives: Period,
    /// Wrong codes after which the right one is refused too.
    pub code_attempts: i32,
    pub codes_per_hour_per_contact: i64,
    pub codes_per_hour_per_address: i64,
    /// A number that nobody has shown to be his for so long may belong to somebody else: a code alone opens nothing by it.
    pub number_ages_after: Option<Period>,
    /// To all phones of one country together: what a fraud with dear numbers can cost at most.
    #[serde(default = "SignIn::usual_per_country")]
    pub codes_per_hour_per_country: i64,
    /// Other limits, by country calling code: `"7" = 5000`. 0: none is sent there.
    #[serde(default)]
    pub codes_per_hour_by_country: BTreeMap<String, i64>,
}

impl SignIn {
    fn usual_ways() -> Vec<Way> {
        vec![Way::Code]
    }

    const fn usual_per_country() -> i64 {
        100
    }

    pub fn lets_in(&self, way: Way) -> bool {
        self.ways.contains(&way)
    }

    /// Codes an hour to the phones of a country, by its calling code.
    pub fn codes_per_hour_to(&self, calling_code: u16) -> i64 {
        self.codes_per_hour_by_country.get(&calling_code.to_string()).copied().unwrap_or(self.codes_per_hour_per_country)
    }
}

/// What the desk issues to patients.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Credentials {
    /// How long an issued password waits to be changed.
    pub issued_lives: Period,
    /// Where a patient signs in: printed on his slip, and in its QR code together with his login.
    pub sign_in_address: String,
}

impl Default for Credentials {
    fn default() -> Self {
        Self { issued_lives: Period::Days(7), sign_in_address: String::new() }
    }
}

/// The undertaking of confidentiality that staff accept at their first sign-in. A profile that names no role asks for none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Undertaking {
    pub version: String,
    /// Roles that give it.
    pub roles: Vec<String>,
    pub text: Option<Multilingual>,
}

impl Undertaking {
    /// The text that a role accepts, where it gives an undertaking at all.
    pub fn of(&self, role: &str) -> Option<&Multilingual> {
        self.text.as_ref().filter(|_| self.roles.iter().any(|asked| asked == role))
    }

    /// SHA-256 of a text, in hexadecimal: what an acceptance points to.
    pub fn hash(text: &Multilingual, lang: Lang) -> String {
        hex::encode(Sha256::digest(text.in_lang(lang).as_bytes()))
    }
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
    /// After so long a patient is asked again whether what is known of him is right. Without it he is never asked.
    pub attest_after: Option<Period>,
}

impl Person {
    /// Every field that can be asked. `name` is one name, where surname and the rest are more than is needed; `age` is in
    /// years, where the birth date is.
    pub const FIELDS: &'static [&'static str] =
        &["name", "surname", "givenName", "patronymic", "birthDate", "age", "sex", "identifiers"];
    /// Every kind of number.
    pub const IDENTIFIERS: &'static [&'static str] = &["snils", "oms", "omsLegacy", "dms", "iin", "gePersonal", "passport"];
}

/// Who may act for whom. A profile that says nothing knows no proof, and lets adults choose for themselves alone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Representation {
    /// `birthCertificate`, `guardianship`, `powerOfAttorney`, `courtDecision`: what may be shown.
    pub proofs: Vec<String>,
    /// Whether what is clinical stays closed until the desk has seen the proof.
    pub needs_verification: bool,
    /// From this age on, in years, those who represent a minor see nothing clinical of him.
    pub shield_clinical_from_age: Option<u32>,
    /// At this age, in years, they represent him no longer.
    pub of_age: u32,
}

impl Default for Representation {
    fn default() -> Self {
        Self { proofs: Vec::new(), needs_verification: true, shield_clinical_from_age: None, of_age: 18 }
    }
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
