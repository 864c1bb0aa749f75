//! On what ground data is used: who answers for it, the policy, purposes, consents, and how long each class is kept.

use super::super::multilingual::Multilingual;
use super::super::period::Period;
use crate::kernel::lang::Lang;
use crate::kernel::vault::Class;
use chrono::NaiveDate;
use serde::Deserialize;
use sha2::{Digest, Sha256};

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
    /// How somebody who accepted an earlier version comes to accept this one.
    #[serde(default)]
    pub acceptance: AcceptedBy,
    /// By which ways it may be accepted at all.
    #[serde(default = "every_way")]
    pub accepted_through: Vec<AcceptedThrough>,
}

/// How a new version of the policy comes to be accepted. It never gives a consent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcceptedBy {
    /// By an act of its own. Until then what takes personal data answers `acceptance_required`.
    #[default]
    Act,
    /// By going on to use the service after the day from which it is in force, once he was told of it.
    ContinuedUse,
}

/// Where somebody accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcceptedThrough {
    /// He himself, in an app or a cabinet.
    App,
    /// On the telephone: it is read out.
    Phone,
    Mail,
    /// He stands at the desk, to book or to be entered.
    Desk,
}

fn every_way() -> Vec<AcceptedThrough> {
    vec![AcceptedThrough::App, AcceptedThrough::Phone, AcceptedThrough::Mail, AcceptedThrough::Desk]
}

impl Policy {
    /// SHA-256 of the text, in hexadecimal: what an acceptance points to.
    pub fn hash(&self, lang: Lang) -> String {
        Self::hash_of(&self.text, lang)
    }

    /// As `hash`, of a text that was published.
    pub fn hash_of(text: &Multilingual, lang: Lang) -> String {
        hex::encode(Sha256::digest(text.in_lang(lang).as_bytes()))
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
    /// The act and article on which the basis rests.
    #[serde(default)]
    pub source: String,
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    #[serde(default)]
    pub review_by: Option<NaiveDate>,
}

/// `[[incompatible]]`: two purposes whose data never meet in one query. A test of the house reads all queries for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incompatible {
    /// By their ids.
    pub purposes: [String; 2],
    /// The act that forbids it.
    pub source: String,
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
    /// Given by the act of booking or of calling to have it done, and not by a tick: who only looks around gives nothing.
    #[serde(default)]
    pub by_act: bool,
    /// Given in writing alone: the desk has the signed paper, and a tick does not do.
    #[serde(default)]
    pub written: bool,
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
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    pub review_by: NaiveDate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetentionFrom {
    LastEncounter,
    Erasure,
    EndOfYear,
    /// The end of the last contract. One that stands at the erasure ends with it.
    ContractEnd,
    /// The end of the last programme in which he took part, or of his part in it.
    ProgrammeEnd,
}
