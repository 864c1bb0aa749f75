//! The trail, as an operator verifies it.

use crate::app::App;
use crate::clinic::oversight;
use crate::kernel::audit::{self, Copies, Unsound};
use crate::kernel::error::{Error, Result};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Goes through the chain, and holds it against the checkpoints here and in the second place. Answers, besides, how many there
/// are; None where no second place is configured.
///
/// # Errors
/// `Unavailable` when the second place does not answer: what can't be looked at is not verified.
pub async fn verify_trail(app: &App) -> Result<(audit::Verified, Option<usize>)> {
    let copies = match &app.config.checkpoints {
        Some(place) => Some(oversight::checkpoint_copies(place).await?),
        None => None,
    };
    let count = copies.as_ref().map(Copies::count);
    let verified = audit::verify_with(&app.db, &app.sealer, &copies.unwrap_or_default()).await?;
    Ok((verified, count))
}

/// Holds an exported trail against its signature and against the chain: its lines, or what is wrong.
///
/// # Errors
/// `Internal` when the file can't be read.
pub async fn check_trail_export(app: &App, file: &Path) -> Result<Result<u64, Unsound>> {
    let opened = File::open(file).map_err(|error| Error::internal(format!("{}: {error}", file.display())))?;
    audit::check_export(&app.db, &app.sealer, &mut BufReader::new(opened)).await
}
