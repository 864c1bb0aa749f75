//! What a copy holds: all of it, or the clinical part for a doctor; as it is, or without anything that leads to the person.

use crate::app::room::Exported;
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Everything, for the person.
    Whole,
    /// Of everything what leads to nobody.
    Anonymised,
    /// The clinical part, for a doctor.
    Extract,
    /// Of the clinical part what leads to nobody.
    AnonymisedExtract,
}

impl Content {
    const ALL: [Content; 4] = [Content::Whole, Content::Anonymised, Content::Extract, Content::AnonymisedExtract];

    pub const fn as_str(self) -> &'static str {
        match self {
            Content::Whole => "whole",
            Content::Anonymised => "anonymised",
            Content::Extract => "extract",
            Content::AnonymisedExtract => "anonymisedExtract",
        }
    }

    /// What is not known is taken for the copy that tells least.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|content| content.as_str() == text).unwrap_or(Content::AnonymisedExtract)
    }

    pub const fn is_anonymised(self) -> bool {
        matches!(self, Content::Anonymised | Content::AnonymisedExtract)
    }

    pub const fn is_extract(self) -> bool {
        matches!(self, Content::Extract | Content::AnonymisedExtract)
    }
}

/// Parts that belong to a medical record. Conversations have reasons of their own, which a doctor of a visit does not hold; the
/// identities that are kept beside documents repeat numbers, and the account says of whom it is.
const CLINICAL: &[&str] = &["account", "documents", "bookings", "episodes", "disagreements"];
/// What of the account a medical record must carry.
const OF_ACCOUNT: &[&str] = &["id", "profile"];
const OF_PROFILE: &[&str] = &["name", "surname", "givenName", "patronymic", "birthDate", "age", "sex"];

/// Leaves of the parts of a room what a doctor may take with him.
pub fn clinical(parts: Vec<Exported>) -> Vec<Exported> {
    let mut parts: Vec<Exported> = parts.into_iter().filter(|part| CLINICAL.contains(&part.name)).collect();
    for part in &mut parts {
        match part.name {
            "account" => part.rows.iter_mut().for_each(|row| *row = of_account(row)),
            // What was declared and not uploaded is nobody's document yet.
            "documents" => part.rows.retain(|row| row["state"] == "complete"),
            _ => {}
        }
    }
    parts
}

fn of_account(row: &Value) -> Value {
    let only = |value: &Value, names: &[&str]| -> Value {
        names.iter().filter_map(|name| Some(((*name).to_owned(), value.get(name)?.clone()))).collect()
    };
    let mut account = only(row, OF_ACCOUNT);
    account["profile"] = row.get("profile").filter(|profile| profile.is_object()).map_or(json!({}), |it| only(it, OF_PROFILE));
    account
}
