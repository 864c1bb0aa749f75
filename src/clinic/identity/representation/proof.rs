//! By what somebody represents somebody, how far it reaches, and the reasons that follow.

use super::rows::VERIFIED;
use super::{OBJECT, Representation};
use crate::app::profile;
use crate::kernel::access::NewReason;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::vault::{Class, Personal};
use serde::{Deserialize, Serialize};

/// By what somebody represents somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename = "RepresentationKind", rename_all = "camelCase")]
pub enum Kind {
    /// A parent.
    BirthCertificate,
    /// A guardian or curator.
    Guardianship,
    PowerOfAttorney,
    CourtDecision,
    /// The represented person himself chose him, in his account.
    Granted,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::BirthCertificate => "birthCertificate",
            Kind::Guardianship => "guardianship",
            Kind::PowerOfAttorney => "powerOfAttorney",
            Kind::CourtDecision => "courtDecision",
            Kind::Granted => "granted",
        }
    }

    pub fn parse(text: &str) -> Result<Self> {
        let all = [Kind::BirthCertificate, Kind::Guardianship, Kind::PowerOfAttorney, Kind::CourtDecision, Kind::Granted];
        all.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| Error::internal("a representation of an unknown kind"))
    }

    /// # Errors
    /// `refused_by_profile` for a proof that the profile does not take.
    pub fn check(self, rules: &profile::Representation) -> Result<()> {
        let is_taken = self != Kind::Granted && rules.proofs.iter().any(|proof| proof == self.as_str());
        if is_taken { Ok(()) } else { Err(Error::refused(Code::RefusedByProfile)) }
    }
}

/// How far it reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename = "RepresentationScope", rename_all = "camelCase")]
pub enum Scope {
    /// Everything that is not the represented person's alone.
    All,
    /// The person, bookings and payments: nothing clinical.
    Booking,
}

impl Scope {
    pub const fn as_str(self) -> &'static str {
        match self {
            Scope::All => "all",
            Scope::Booking => "booking",
        }
    }

    pub fn parse(text: &str) -> Result<Self> {
        let all = [Scope::All, Scope::Booking];
        all.into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| Error::internal("a representation of an unknown scope"))
    }
}

/// What was shown, or said to be there: the last characters of its number, never a scan.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proof {
    pub last_digits: String,
}

impl Personal for Proof {
    const TABLE: &'static str = "representation";
    const COLUMN: &'static str = "proof";
    const CLASS: Class = Class::Evidence;
}

impl Proof {
    /// # Errors
    /// `invalid` at `/lastDigits`: two to six letters or digits.
    pub fn check(raw: &str) -> Result<Self> {
        let last_digits = raw.trim().to_owned();
        let fault = match last_digits.chars().count() {
            0 => Some(Fault::Required),
            1 => Some(Fault::TooShort),
            2..=6 if last_digits.chars().all(char::is_alphanumeric) => None,
            2..=6 => Some(Fault::BadCharacters),
            _ => Some(Fault::TooLong),
        };
        fault.map_or(Ok(Self { last_digits }), |fault| Err(Error::field("/lastDigits", fault)))
    }
}

const FOR_BOOKING: &[Class] = &[Class::Identity, Class::Contact, Class::Billing, Class::Evidence];
const FOR_ALL: &[Class] = &[
    Class::Identity,
    Class::Contact,
    Class::Billing,
    Class::Evidence,
    Class::Clinical,
    Class::Recording,
    Class::Support,
    Class::Telemetry,
];

/// Whether what is clinical is open by it, apart from a shield.
pub fn is_full(row: &Representation, rules: &profile::Representation) -> bool {
    row.scope == Scope::All.as_str() && (row.state == VERIFIED || !rules.needs_verification)
}

/// What the representative may open of the represented person in the sessions by this representation; and each of the two, in a session of
/// his own, who the other one is.
pub fn give_reasons(tx: &mut Tx, row: &Representation, rules: &profile::Representation) {
    let Some(representative) = row.representative else { return };
    let classes = if is_full(row, rules) { FOR_ALL } else { FOR_BOOKING };
    let by_session = classes.iter().map(|class| (row.subject, row.id, *class));
    let each_other = [(row.subject, representative, Class::Identity), (representative, row.subject, Class::Identity)];
    for (subject, party, class) in by_session.chain(each_other) {
        let (from, until) = (tx.now(), row.until);
        tx.allow(NewReason { subject, party, class, basis: OBJECT, object: row.id, from, until });
    }
}
