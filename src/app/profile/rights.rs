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
}

impl Default for Export {
    fn default() -> Self {
        Self { keep: Period::Days(7) }
    }
}
