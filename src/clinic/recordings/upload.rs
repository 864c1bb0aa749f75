//! The audio on its way in.

use super::recording;
use super::recording::{Body, OBJECT};
use super::rows::{self, COMPLETE, DECLARED, Recording};
use crate::app::App;
use crate::app::receiving::{self, Declared};
use crate::app::stored::{self, Stored};
use crate::app::wire::Upload;
use crate::clinic::identity::{Caller, DESK};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::Class;
use uuid::Uuid;

/// Takes the audio of a recording, from whoever has noted it.
///
/// # Errors
/// `not_found`, also for what somebody else has noted; `content_present`; `state_conflict` where none is awaited;
/// `size_mismatch`, `checksum_mismatch`, `content_not_as_declared`, `content_infected`: nothing is kept then.
pub async fn put(app: &App, caller: &Caller, operation: &'static str, id: Uuid, mut upload: Upload) -> Result<()> {
    let taken = take(app, caller, operation, id, &mut upload).await;
    if taken.is_err() {
        upload.discard().await;
    }
    taken
}

async fn take(app: &App, caller: &Caller, operation: &'static str, id: Uuid, upload: &mut Upload) -> Result<()> {
    let row = recording::find(&app.db.reader(), caller, id).await?;
    match row.state.as_str() {
        _ if row.staff != caller.id => return Err(Error::not_found()),
        DECLARED => {}
        COMPLETE => return Err(Error::refused(Code::ContentPresent)),
        _ => return Err(Error::refused(Code::StateConflict)),
    }
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant_on(DESK, row.subject, Class::Recording, (OBJECT, id)).await?;
    let mut body: Body = openings.answer(grant.open(id, &row.sealed)?).await?;
    let media_type = body.media_type.clone().ok_or_else(|| Error::internal("declared audio has no type"))?;
    if !upload.may_be(&media_type) {
        return Err(Error::refused(Code::ContentNotAsDeclared));
    }
    let keys = app.vault.keys(row.subject).await?;
    let key = keys.file_key();
    let declared = Declared { media_type: &media_type, size_bytes: body.size_bytes, sha256: body.sha256.as_deref() };
    let (object, sha256) = receiving::seal(app, &key, &declared, upload).await?;
    if let Err(error) = receiving::scan(app, Stored::new(object, key.clone(), body.size_bytes)).await {
        stored::drop_object(app, object).await;
        return Err(error);
    }
    (body.sha256, body.file_key) = (Some(sha256), Some(key));
    let row = Recording { state: COMPLETE.to_owned(), object: Some(object), sealed: keys.seal(id, &body)?, ..row };
    let completed = app
        .write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
            if !rows::replace(tx, &row, Some(tx.now())).await? {
                return Err(Error::refused(Code::StateConflict));
            }
            tx.audit(Line::new("complete").on(OBJECT, id).about(&keys).of(Class::Recording));
            Ok(())
        })
        .await;
    // A refusal was certainly rolled back; after any other error the commit may stand, and the sweep asks the rows.
    if let Err(Error::Refused(_)) = &completed {
        stored::drop_object(app, object).await;
    }
    completed
}
