//! Checkpoints of the trail in a second place, each minute in which something was written.

use crate::adapters::files::{Files, FilesConfig};
use crate::app::App;
use crate::kernel::audit::{self, Copies};
use crate::kernel::error::Result;
use chrono::TimeDelta;
use futures_util::TryStreamExt;
use uuid::Uuid;

pub const EVERY: TimeDelta = TimeDelta::minutes(1);
/// A checkpoint is a line.
const BYTES_MAX: u64 = 4096;

/// Copies the end of the chain to the second place, if one is configured and it is not there yet.
pub async fn send(app: &App) -> Result<()> {
    let Some(place) = &app.config.checkpoints else { return Ok(()) };
    let Some((name, content)) = audit::copy_of_tail(&app.db, &app.sealer).await? else { return Ok(()) };
    let files = Files::open(place)?;
    if files.size(name).await?.is_some() {
        return Ok(());
    }
    let mut writer = files.writer(name).await?;
    writer.put(content.into()).await?;
    writer.finish().await.map(drop)
}

/// What lies in the second place, for the verification.
pub async fn copies(place: &FilesConfig) -> Result<Copies> {
    let files = Files::open(place)?;
    let names: Vec<Uuid> = files.list().await?.map_ok(|object| object.id).try_collect().await?;
    let copies = Copies::of(names);
    let Some(newest) = copies.newest_name() else { return Ok(copies) };
    let bytes = files.size(newest).await?.unwrap_or(0).min(BYTES_MAX);
    let content = files.read_range(newest, 0..bytes).await?;
    Ok(copies.with_newest(content.to_vec()))
}
