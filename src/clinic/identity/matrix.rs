//! The order of access: which roles may call which operation. It is one file, `openapi/access.toml`, which the server asks
//! at each call, officers read and tests compare with what every role really gets. So the three cannot differ.

use super::caller::Role;
use crate::kernel::error::{Error, Result};
use std::collections::BTreeMap;
use std::sync::LazyLock;

const FILE: &str = include_str!("../../../openapi/access.toml");

/// Who may call one operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Without signing in.
    pub anyone: bool,
    /// A patient, for what is his own.
    pub own: bool,
    /// In the order of `Role::STAFF`.
    pub staff: Vec<Role>,
}

/// By operation. A file that does not read opens nothing to anybody; that it reads is tested.
static MATRIX: LazyLock<BTreeMap<String, Row>> = LazyLock::new(|| read(FILE).unwrap_or_default());

/// Whether a staff member of this role may call the operation. What has no row is for nobody.
pub fn allows(operation: &str, role: Role) -> bool {
    MATRIX.get(operation).is_some_and(|row| row.staff.contains(&role))
}

pub fn rows() -> impl Iterator<Item = (&'static str, &'static Row)> {
    MATRIX.iter().map(|(operation, row)| (operation.as_str(), row))
}

/// Reads the file's text.
///
/// # Errors
/// A sentence that names the first word which is none.
pub fn read(text: &str) -> Result<BTreeMap<String, Row>> {
    let words: BTreeMap<String, Vec<String>> =
        toml::from_str(text).map_err(|error| Error::internal(format!("openapi/access.toml: {error}")))?;
    words.into_iter().map(|(operation, words)| row(&operation, &words).map(|row| (operation, row))).collect()
}

fn row(operation: &str, words: &[String]) -> Result<Row> {
    let mut row = Row::default();
    let mut named = Vec::new();
    for word in words {
        match word.as_str() {
            "anyone" => row.anyone = true,
            "self" => row.own = true,
            "staff" => named.extend(Role::STAFF),
            word => match Role::parse(word).filter(|role| *role != Role::Patient) {
                Some(role) => named.push(role),
                None => return Err(Error::internal(format!("openapi/access.toml: {operation} names {word:?}"))),
            },
        }
    }
    row.staff = Role::STAFF.iter().copied().filter(|role| named.contains(role)).collect();
    Ok(row)
}
