//! The bytes on their way in: sealed chunk by chunk, checked against the declaration, and visible only when all was well.

use super::document::{Body, OBJECT, author_of};
use super::{reading, rows};
use crate::app::App;
use crate::app::receiving::{self, Declared};
use crate::app::stored::{self, Stored};
use crate::app::wire::Upload;
use crate::clinic::identity::{Caller, Role};
use crate::clinic::notifications::{self, Kind};
use crate::kernel::access::check_own;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::{Class, SubjectKeys};
use std::sync::Arc;
use uuid::Uuid;

/// Takes the content of a declared document.
///
/// # Errors
/// `content_present` when it is complete; `forbidden` when somebody else declared it; `size_mismatch`,
/// `checksum_mismatch`, `content_not_as_declared`, `content_infected`, `too_large`: nothing is kept then, and it can be
/// tried again. `Unavailable` while the scanner is down.
pub async fn put(app: &App, caller: &Caller, operation: &'static str, id: Uuid, mut upload: Upload) -> Result<()> {
    let stored = store(app, caller, operation, id, &mut upload).await;
    if stored.is_err() {
        upload.discard().await;
    }
    stored
}

async fn store(app: &App, caller: &Caller, operation: &'static str, id: Uuid, upload: &mut Upload) -> Result<()> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let (row, grant) = reading::find(app, caller, &openings, (id, reading::By::Caller)).await?;
    if row.author != author_of(caller) {
        return Err(Error::refused(Code::Forbidden));
    }
    if row.state == rows::COMPLETE {
        return Err(Error::refused(Code::ContentPresent));
    }
    let mut body: Body = grant.open(id, &row.sealed)?;
    openings.answer(()).await?;
    if !upload.may_be(&body.media_type) {
        return Err(Error::refused(Code::ContentNotAsDeclared));
    }
    let keys = app.vault.keys(row.subject).await?;
    let key = keys.file_key();
    let declared = Declared { media_type: &body.media_type, size_bytes: body.size_bytes, sha256: body.sha256.as_deref() };
    let (object, sha256) = receiving::seal(app, &key, &declared, upload).await?;
    body.sha256 = Some(sha256);
    body.file_key = Some(key);
    if let Err(error) = scan(app, object, &body).await {
        stored::drop_object(app, object).await;
        return Err(error);
    }
    let completed = complete(app, caller, operation, &keys, (id, object, &body)).await;
    // A refusal was certainly rolled back. After any other error the commit may stand all the same, so that the object
    // is left to the sweep, which asks the rows.
    if let Err(Error::Refused(_)) = &completed {
        stored::drop_object(app, object).await;
    }
    completed
}

/// Before that no row names it, so that nobody is served what is harmful, or what nobody has looked at because the scanner is down.
async fn scan(app: &App, object: Uuid, body: &Body) -> Result<()> {
    match &body.file_key {
        Some(key) => receiving::scan(app, Stored::new(object, key.clone(), body.size_bytes)).await,
        None => Ok(()),
    }
}

async fn complete(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    keys: &Arc<SubjectKeys>,
    (id, object, body): (Uuid, Uuid, &Body),
) -> Result<()> {
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        if caller.role == Role::Patient {
            check_own(tx, caller.id).await?;
        }
        let sql = "UPDATE document SET state = 'complete', object = $2, completed_at = $3, sealed = $4, version = version + 1 \
                   WHERE id = $1 AND state = 'declared'";
        let values = [id.into(), object.into(), tx.now().into(), keys.seal(id, body)?.into()];
        if rows::change(tx, sql, values).await? == 0 {
            let gone = rows::find(tx, id).await?.is_none();
            return Err(if gone { Error::not_found() } else { Error::refused(Code::ContentPresent) });
        }
        if caller.role != Role::Patient {
            notifications::tell(tx, keys.subject, Kind::DocumentAdded, id).await?;
        }
        tx.audit(Line::new("complete").on(OBJECT, id).about(keys).of(Class::Clinical));
        Ok(())
    })
    .await
}
