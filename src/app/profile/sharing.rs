//! Who else may get data: how long what is shared may last, and the register of recipients.

use super::super::multilingual::Multilingual;
use super::super::period::Period;
use super::Profile;
use serde::Deserialize;

/// How long each kind of shared access may last at most.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sharing {
    pub share_max: Period,
    pub referral_max: Period,
    pub contract_max: Period,
    /// How long a doctor who stated his ground reads what is blocked.
    pub blocked_open: Period,
}

impl Default for Sharing {
    fn default() -> Self {
        Self {
            share_max: Period::Days(90),
            referral_max: Period::Days(90),
            contract_max: Period::Years(5),
            blocked_open: Period::Hours(1),
        }
    }
}

/// What a recipient is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "camelCase")]
#[oai(rename_all = "camelCase")]
pub enum RecipientKind {
    Partner,
    /// Another clinic.
    Clinic,
    CallCentre,
    Insurer,
    /// By law.
    Authority,
}

/// On what ground a recipient gets anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "camelCase")]
#[oai(rename_all = "camelCase")]
pub enum RecipientBasis {
    /// A consent that names this recipient: an item of the profile with it as its `recipient`, given now.
    Consent,
    /// A contract of insurer, patient and clinic that is in force.
    Contract,
    /// A demand that the law lets him make.
    Law,
}

impl RecipientBasis {
    pub const fn as_str(self) -> &'static str {
        match self {
            RecipientBasis::Consent => "consent",
            RecipientBasis::Contract => "contract",
            RecipientBasis::Law => "law",
        }
    }
}

/// Somebody who may get data of patients, which, what for and on what ground. Whoever is not named gets nothing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    pub id: String,
    pub kind: RecipientKind,
    pub name: Multilingual,
    pub purpose: Multilingual,
    pub basis: RecipientBasis,
    /// Of [`Recipient::FIELDS`].
    pub fields: Vec<String>,
    /// The act and article, where the basis is the law.
    #[serde(default)]
    pub source: String,
}

impl Recipient {
    /// Everything of a person that can be disclosed by a field.
    pub const FIELDS: &'static [&'static str] =
        &["name", "surname", "givenName", "patronymic", "birthDate", "sex", "phone", "email"];
}

impl Profile {
    pub fn recipient(&self, id: &str) -> Option<&Recipient> {
        self.recipients.iter().find(|recipient| recipient.id == id)
    }
}

/// What is wrong with the register of recipients.
pub fn check(profile: &Profile, wrong: &mut impl FnMut(&str, String)) {
    for recipient in &profile.recipients {
        let place = format!("recipient.{}", recipient.id);
        if profile.recipients.iter().filter(|other| other.id == recipient.id).count() > 1 {
            wrong(&place, "there are two of this id".to_owned());
        }
        for field in recipient.fields.iter().filter(|field| !Recipient::FIELDS.contains(&field.as_str())) {
            wrong(&place, format!("fields names {field}, which is none of {}", Recipient::FIELDS.join(", ")));
        }
        let has_consent = profile.consents.iter().any(|item| item.recipient == recipient.id);
        if recipient.basis == RecipientBasis::Consent && !has_consent {
            wrong(&place, "its basis is a consent, and no consent has it as its recipient".to_owned());
        }
        if recipient.basis == RecipientBasis::Law && recipient.source.is_empty() {
            wrong(&place, "its basis is the law; say by source which act and article".to_owned());
        }
        if (recipient.kind == RecipientKind::Insurer) != (recipient.basis == RecipientBasis::Contract) {
            wrong(&place, "an insurer gets data by contract, and nobody else does".to_owned());
        }
    }
}
