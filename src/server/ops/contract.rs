//! The contract on the command line: printed, held against a committed file, or against one that apps were made from.

use crate::kernel::error::{Error, Result};
use crate::server::{compatibility, service};
use std::path::Path;

/// What to print, and whether all is well: the contract itself; or how `check` differs; or what would break after `diff`.
pub fn openapi(check: Option<&Path>, diff: Option<&Path>) -> Result<(String, bool)> {
    let contract = service::contract()?;
    let written = serde_json::to_string_pretty(&contract).map_err(|_| Error::internal("the contract is no JSON"))?;
    if let Some(path) = check {
        let is_same = read(path)? == format!("{written}\n");
        let file = path.display();
        let differs = format!("{file} is not what the code says; write it anew with `feldsher openapi > {file}`");
        return Ok((if is_same { format!("{file} is what the code says") } else { differs }, is_same));
    }
    let Some(path) = diff else { return Ok((written, true)) };
    let old = serde_json::from_str(&read(path)?).map_err(|_| Error::internal(format!("{} is no JSON", path.display())))?;
    let breaches = compatibility::breaches(&old, &contract);
    let count = match breaches.len() {
        0 => "nothing breaks".to_owned(),
        count => format!("{count} breaking"),
    };
    Ok((breaches.iter().cloned().chain([count]).collect::<Vec<_>>().join("\n"), breaches.is_empty()))
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| Error::internal(format!("{}: {error}", path.display())))
}
