//! What the desk does for people: telling them their rights, keeping those who only asked.

use super::super::period::Period;
use super::Policy;
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Desk {
    /// Whether the desk enters nobody, and books nobody, of whom it is not recorded that he was told his rights.
    pub rights_notice: bool,
    /// What he is told, apart from the policy.
    pub rights: Option<Policy>,
    /// How long somebody is kept who only asked.
    pub lead_lives: Period,
}

impl Default for Desk {
    fn default() -> Self {
        Self { rights_notice: false, rights: None, lead_lives: Period::Days(30) }
    }
}
