//! Totals that stand outside the policy.

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Statistics {
    /// Groups of visits behind which fewer people stand are neither shown nor kept. At least 2.
    pub threshold: u32,
}

impl Default for Statistics {
    fn default() -> Self {
        Self { threshold: 10 }
    }
}
