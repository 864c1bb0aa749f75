//! Access that is shared: what kind it is, what it opens and to whom, what was said when it was given.

use crate::kernel::vault::{Class, Personal};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How an audit line names it.
pub const OBJECT: &str = "sharedAccess";
/// Longest purpose, in characters.
pub const PURPOSE_CHARS: usize = 500;
/// Documents that one share or referral names at most.
pub const DOCUMENTS_MAX: usize = 50;

/// Who gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename = "SharedAccessKind", rename_all = "camelCase")]
pub enum Kind {
    /// The patient himself, to a doctor or a clinic.
    Share,
    /// A doctor who treats him, to another doctor.
    Referral,
    /// A contract of insurer, patient and clinic.
    Contract,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Share, Kind::Referral, Kind::Contract];

    /// Also the basis of its reasons.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Share => "share",
            Kind::Referral => "referral",
            Kind::Contract => crate::kernel::access::CONTRACT,
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What it opens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Scope {
    /// These documents.
    pub documents: Vec<Uuid>,
    /// The whole clinical record, as a booking would.
    pub record: bool,
    /// Of the profile: by the words of `Recipient::FIELDS`.
    pub fields: Vec<String>,
    /// Documents of these kinds.
    pub kinds: Vec<String>,
    /// That were completed within this span.
    pub documents_from: Option<DateTime<Utc>>,
    pub documents_until: Option<DateTime<Utc>>,
    /// The clinic that is the third party of a contract.
    pub clinic: Option<Uuid>,
}

/// What was said when it was given.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Words {
    pub purpose: String,
    /// The warning that the patient acknowledged, as it stood.
    pub warning: Option<String>,
    pub warning_version: Option<String>,
    /// Of a contract.
    pub number: Option<String>,
    /// Where the signed paper lies.
    pub paper_mark: Option<String>,
}

impl Personal for Words {
    const TABLE: &'static str = "shared_access";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Evidence;
}
