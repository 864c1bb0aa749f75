//! What happens later: an erasure goes its steps, classes that a withdrawn consent allowed are destroyed, held data dies
//! on its day.

use super::erasure;
use super::held;
use super::rows;
use crate::app::App;
use crate::clinic::identity;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use crate::kernel::invalidation::Topic;
use crate::kernel::queue::{Claimed, Outcome, Task};
use crate::kernel::vault::Class;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub struct Erase {
    pub subject: Uuid,
}

impl Task for Erase {
    const KIND: &'static str = "privacy.erase";
}

#[derive(Serialize, Deserialize)]
pub struct DestroyClasses {
    pub subject: Uuid,
    pub classes: Vec<Class>,
}

impl Task for DestroyClasses {
    const KIND: &'static str = "privacy.destroyClasses";
}

/// A fact for the room above that keeps telemetry: what was collected until `at` is destroyed already; its rows may go.
#[derive(Serialize, Deserialize)]
pub struct TelemetryDestroyed {
    pub subject: Uuid,
    pub at: DateTime<Utc>,
}

impl Task for TelemetryDestroyed {
    const KIND: &'static str = "privacy.telemetryDestroyed";
}

/// Goes every step that is left.
pub async fn erase(app: &App, task: &Claimed) -> Result<Outcome> {
    let subject = task.read::<Erase>()?.subject;
    while erasure::advance(app, subject).await?.is_some() {}
    Ok(Outcome::Done)
}

/// Destroys the keys of classes that nothing allows any more.
pub async fn destroy_classes(app: &App, task: &Claimed) -> Result<Outcome> {
    let DestroyClasses { subject, classes } = task.read()?;
    app.vault.destroy_classes(subject, &classes).await?;
    app.write(&Actor::house("destroyClasses"), async |tx: &mut Tx| -> Result<()> {
        tx.invalidate(Topic::Keys, subject);
        if classes.contains(&Class::Telemetry) {
            tx.enqueue(TelemetryDestroyed { subject, at: tx.now() }.task());
        }
        Ok(())
    })
    .await?;
    Ok(Outcome::Done)
}

/// Enqueues the erasures whose grace is over, and those that stopped half-way: their task may be dead.
pub async fn find_due(app: &App) -> Result<()> {
    let mut due: BTreeSet<Uuid> = identity::due_to_leave(app).await?.into_iter().collect();
    due.extend(rows::running(&app.db.reader()).await?);
    if due.is_empty() {
        return Ok(());
    }
    app.write(&Actor::house("findDue"), async |tx: &mut Tx| -> Result<()> {
        for subject in &due {
            tx.enqueue(Erase { subject: *subject }.task().once(format!("{}:{subject}", Erase::KIND)));
        }
        Ok(())
    })
    .await
}

/// Destroys what was held and has come due.
pub async fn retention(app: &App) -> Result<()> {
    held::sweep(app).await
}
