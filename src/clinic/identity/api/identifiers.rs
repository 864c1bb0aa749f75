//! National numbers and policies, as the contract spells them.

use super::super::identifier::Identifier;
use super::super::numbers::{System, masked};
use super::super::person::{self, Person};
use poem_openapi::{Enum, Object};

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase", remote = "System")]
pub enum IdentifierSystem {
    Snils,
    Oms,
    OmsLegacy,
    Dms,
    Iin,
    GePersonal,
    Passport,
}

/// A national number or an insurance policy.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewIdentifier {
    pub system: IdentifierSystem,
    #[oai(validator(min_length = 1, max_length = 64))]
    pub value: String,
    /// The company behind a voluntary policy (`dms`), required there.
    #[oai(validator(max_length = 200))]
    pub insurer: Option<String>,
    /// The country that issued a `passport`, required there and refused elsewhere: ISO 3166-1, two letters.
    #[oai(validator(max_length = 2))]
    pub country: Option<String>,
}

impl From<NewIdentifier> for Identifier {
    fn from(new: NewIdentifier) -> Self {
        Identifier::raw(new.system.into(), new.value, new.insurer, new.country)
    }
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum IdentifierState {
    /// It is in the profile.
    Held,
    /// The desk has to settle whose it is: come with the document.
    Pending,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub(super) struct IdentifierView {
    system: IdentifierSystem,
    /// The last characters; the number itself is not sent back.
    masked: String,
    insurer: Option<String>,
    country: Option<String>,
    /// Whether a check digit confirmed the number.
    checked: bool,
    state: IdentifierState,
    /// Fields of the profile that say otherwise than the number does: `birthDate`, `sex`. A hint, for numbers that do not
    /// tell the truth have been issued.
    contradicts: Option<Vec<String>>,
}

impl IdentifierView {
    pub(super) fn of(person: &Person, number: &Identifier, is_claimed: bool) -> Self {
        let contradicts: Vec<String> = person::contradictions(person, number).into_iter().map(str::to_owned).collect();
        Self {
            masked: masked(number.system, &number.value),
            system: number.system.into(),
            insurer: number.insurer.clone(),
            country: number.country.clone(),
            checked: number.checked,
            state: if is_claimed { IdentifierState::Pending } else { IdentifierState::Held },
            contradicts: Some(contradicts).filter(|fields| !fields.is_empty()),
        }
    }
}
