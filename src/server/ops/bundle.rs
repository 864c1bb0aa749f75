//! Checking a claim bundle.

use super::place::io;
use crate::kernel::audit::{self, Sealer};
use crate::kernel::error::{Error, Result};
use std::path::Path;

/// What is said of a bundle that holds: by a public key in hexadecimal, or by the keys of this installation.
///
/// # Errors
/// A sentence that says what does not hold.
pub fn check_bundle(file: &Path, public_key: Option<&str>, sealer: Option<&Sealer>) -> Result<String> {
    let bytes = std::fs::read(file).map_err(|error| io(file, &error))?;
    let mut key = [0; 32];
    match (public_key, sealer) {
        (Some(text), _) => hex::decode_to_slice(text.trim(), &mut key)
            .map_err(|_| Error::internal("--public-key is 32 bytes in hexadecimal: 64 characters"))?,
        (None, Some(sealer)) => key = sealer.public_key(),
        (None, None) => return Err(Error::internal("there is no key to check the bundle with")),
    }
    let checked = audit::check_bundle(&bytes, key, sealer)?;
    let linked = match checked.linked {
        Some(linked) => format!("{linked} of them hold their place in the chain"),
        None => "their place in the chain is checked by the installation alone".to_owned(),
    };
    Ok(format!("{} to {}: {} lines, the signature holds; {linked}", checked.from, checked.to, checked.lines))
}
