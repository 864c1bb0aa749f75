//! What a person can demand of his data: its end, its freeze, a copy.

use super::super::period::Period;
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// Between the asking and the doing; it can be undone meanwhile.
    pub grace: Period,
}

/// Forbidding access to one's data.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Freeze {
    /// Whether the patient himself sets and lifts it in the app. The desk does so always.
    pub by_patient: bool,
    /// Whether one's own export stays possible while one's own access is frozen.
    pub own_export: bool,
}

impl Default for Freeze {
    fn default() -> Self {
        Self { by_patient: true, own_export: true }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Export {
    /// How long an archive can be fetched. Then it is deleted.
    pub keep: Period,
    /// How staff stand in it who wrote or opened something.
    pub staff: StaffNames,
    /// The act and article that limit the access where it would harm others: told with whatever is left out for them.
    pub others_rule: String,
}

/// How those who work here are named to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StaffNames {
    Names,
    /// By what they are, and not who.
    Roles,
}

impl Default for Export {
    fn default() -> Self {
        Self { keep: Period::Days(7), staff: StaffNames::Names, others_rule: "rights and freedoms of others".to_owned() }
    }
}
