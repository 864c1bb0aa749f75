//! A recording of nobody becomes somebody's.

use super::recording::{self, Body, OBJECT};
use super::rows::{self, Recording, change};
use crate::app::App;
use crate::clinic::identity::{Caller, DESK};
use crate::clinic::privacy;
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::invalidation::Topic;
use crate::kernel::queue::{Claimed, Outcome, Task};
use crate::kernel::vault::Class;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Destroys the keys under which a recording lay before it was somebody's: a task, so that none is left over.
#[derive(Serialize, Deserialize)]
pub struct DestroyKeys {
    subject: Uuid,
}

impl Task for DestroyKeys {
    const KIND: &'static str = "recordings.destroyKeys";
}

pub async fn destroy_keys(app: &App, task: &Claimed) -> Result<Outcome> {
    app.vault.destroy(task.read::<DestroyKeys>()?.subject, &[]).await?;
    Ok(Outcome::Done)
}

/// It is now known whose call it was: what is sealed moves under his keys, and those of the recording alone are destroyed.
///
/// # Errors
/// `not_found` for whom this desk did not find; `state_conflict` when it is somebody's already, or somebody was quicker.
pub async fn link(app: &App, caller: &Caller, operation: &'static str, id: Uuid, patient: Uuid) -> Result<()> {
    let reader = app.db.reader();
    privacy::check_found(&reader, caller, patient, app.ambient.now()).await?;
    let row = recording::find(&reader, caller, id).await?;
    if row.known {
        return Err(Error::refused(Code::StateConflict));
    }
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant_on(DESK, row.subject, Class::Recording, (OBJECT, id)).await?;
    let body: Body = openings.answer(grant.open(id, &row.sealed)?).await?;
    let keys = app.vault.ensure(patient, &[Class::Recording]).await?;
    let (was, row) = (row.subject, Recording { subject: patient, known: true, sealed: keys.seal(id, &body)?, ..row });
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        privacy::check_found(tx, caller, patient, tx.now()).await?;
        if !rows::replace(tx, &row, None).await? {
            return Err(Error::refused(Code::StateConflict));
        }
        // Whoever listened to it, listened to him.
        change(tx, "UPDATE recording_listening SET subject = $2 WHERE recording = $1", [id.into(), patient.into()]).await?;
        access::forget(tx, was).await?;
        tx.invalidate(Topic::Keys, was);
        tx.invalidate(Topic::Keys, patient);
        tx.enqueue(DestroyKeys { subject: was }.task());
        tx.audit(Line::new("link").on(OBJECT, id).about(&keys).of(Class::Recording).because(DESK));
        Ok(())
    })
    .await
}
