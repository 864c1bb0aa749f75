//! Records beside the visit: whether calls are recorded, what hangs on a contract, and whether the medical record is kept here.

use super::super::period::Period;
use serde::Deserialize;

/// `[recordings]`: calls with staff, with an automatic system, with the desk of a clinic.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recordings {
    /// Whether there are any. Needs the class `recording`, which `refused_classes` must not name.
    pub taken: bool,
    /// How long one is kept from the day of the call.
    pub keep: Period,
    pub max_bytes: i64,
    pub media_types: Vec<String>,
    /// How long somebody may listen once he has said why.
    pub listening: Period,
}

impl Default for Recordings {
    fn default() -> Self {
        Self {
            taken: false,
            keep: Period::Days(180),
            max_bytes: 64 * 1024 * 1024,
            media_types: ["audio/mpeg", "audio/ogg", "audio/x-wav"].map(str::to_owned).to_vec(),
            listening: Period::Hours(1),
        }
    }
}

/// `[contract]`: the contract of a patient with the clinic.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Contract {
    /// Whether login and password are issued to nobody without one that stands.
    pub required: bool,
    pub at_end: AtEnd,
}

/// What the end of the last contract brings about. From it a term may be counted (`from = "contract_end"`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtEnd {
    /// Nothing: the account is the patient's own.
    #[default]
    Stays,
    /// His cabinet is shut until there is another one. What is held goes on being kept.
    Shuts,
}

/// Where the medical record is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKept {
    /// Here: this is the clinic's system.
    #[default]
    Here,
    /// In a system of the clinic: this is a cabinet beside it, and nothing clinical lies in it.
    Elsewhere,
}

impl RecordKept {
    pub const fn as_str(self) -> &'static str {
        match self {
            RecordKept::Here => "here",
            RecordKept::Elsewhere => "elsewhere",
        }
    }
}
