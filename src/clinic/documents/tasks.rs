//! What happens later: objects that nobody names are swept away, and declarations whose bytes never came.

use super::rows;
use crate::adapters::files::Object;
use crate::app::App;
use crate::app::held_objects;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use chrono::TimeDelta;
use futures_util::{StreamExt, TryStreamExt};
use std::collections::HashSet;
use uuid::Uuid;

/// How long an object may lie without a row: an upload writes its row at once.
const ORPHAN_AGE: TimeDelta = TimeDelta::hours(1);
/// How long a declared document waits for its bytes.
const DECLARED_AGE: TimeDelta = TimeDelta::days(1);
/// Objects asked about in one query.
const SWEEP_AT_ONCE: usize = 200;

/// Drops what was declared and never uploaded. The identity that was kept beside it stays, for a later row may rest on it.
pub async fn sweep_declared(app: &App) -> Result<()> {
    app.write(&Actor::house("sweepDeclared"), async |tx: &mut Tx| -> Result<()> {
        let before = tx.now() - DECLARED_AGE;
        rows::change(tx, "DELETE FROM document WHERE state = 'declared' AND created_at < $1", [before.into()]).await.map(drop)
    })
    .await
}

/// Deletes objects that no row of any room names, an hour after they were written: their upload met its end between the
/// bytes and the row. What a killed process left half-written goes too.
pub async fn sweep_orphans(app: &App) -> Result<()> {
    if held_objects::are_held(&app.db).await? {
        return Ok(());
    }
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
