//! What happens later: the bytes of forgotten documents are deleted; objects that nobody names are swept away.

use crate::adapters::files::Object;
use crate::app::App;
use crate::kernel::error::{Error, Result};
use crate::kernel::queue::{Claimed, Outcome, Task};
use chrono::TimeDelta;
use futures_util::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use uuid::Uuid;

/// How long an object may lie without a row: an upload writes its row at once.
const ORPHAN_AGE: TimeDelta = TimeDelta::hours(1);
/// Objects asked about in one query.
const SWEEP_AT_ONCE: usize = 200;

#[derive(Serialize, Deserialize)]
pub struct DeleteObject {
    pub object: Uuid,
}

impl Task for DeleteObject {
    const KIND: &'static str = "documents.deleteObject";
    /// Back-off ends at an hour, so this is more than a month: an erasure waits for its objects.
    const ATTEMPTS: i32 = 1_000;
}

/// Deletes the bytes. A missing object is fine: somebody was here before.
pub async fn delete_object(app: &App, task: &Claimed) -> Result<Outcome> {
    match app.adapters.files.delete(task.read::<DeleteObject>()?.object).await {
        Ok(()) => Ok(Outcome::Done),
        Err(Error::Unavailable(_)) => Ok(Outcome::Retry { after_s: None, why: "the file store is out of reach" }),
        Err(error) => Err(error),
    }
}

/// Deletes objects that no row of any room names, an hour after they were written: their upload met its end between the
/// bytes and the row. What a killed process left half-written goes too.
pub async fn sweep_orphans(app: &App) -> Result<()> {
    let files = &app.adapters.files;
    let before = app.ambient.now() - ORPHAN_AGE;
    let old = files.list().await?.try_filter(|object| std::future::ready(object.written_at < before));
    let mut batches = old.map_ok(|object: Object| object.id).try_chunks(SWEEP_AT_ONCE);
    let mut swept = 0;
    while let Some(batch) = batches.next().await {
        let batch = batch.map_err(|broken| broken.1)?;
        let named = named(app, &batch).await?;
        for orphan in batch.into_iter().filter(|object| !named.contains(object)) {
            files.delete(orphan).await?;
            swept += 1;
        }
    }
    let unfinished = files.sweep_unfinished(before).await?;
    if swept > 0 || unfinished > 0 {
        tracing::info!(swept, unfinished, "objects that no row names were deleted");
    }
    Ok(())
}

async fn named(app: &App, objects: &[Uuid]) -> Result<HashSet<Uuid>> {
    let mut named = HashSet::new();
    for names in app.rooms.iter().filter_map(|room| room.objects) {
        named.extend(names(app, objects).await?);
    }
    Ok(named)
}
