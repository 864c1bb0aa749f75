//! The bytes of a screenshot on their way in: received whole, since what is to be taken out of them may stand anywhere,
//! checked against the declaration, stripped, sealed.

use super::picture::{self, check_regions};
use super::screenshot::{self, Body, File, OBJECT, replace};
use super::tasks::Process;
use super::{keys_of, rows, stored, ticket};
use crate::app::App;
use crate::app::wire::Upload;
use crate::clinic::identity::Caller;
use crate::kernel::access::check_own;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::Task;
use crate::kernel::vault::Class;
use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Screenshots received at once on this node; with the limit of the profile this bounds their memory.
static AT_ONCE: Semaphore = Semaphore::const_new(24);

/// Takes the content of a declared screenshot. It is then quarantined, until it was scanned.
///
/// # Errors
/// `content_present`; `state_conflict` once the ticket is closed; `size_mismatch`, `checksum_mismatch`,
/// `content_not_as_declared`, `unsupported_media_type`, `too_large`, `invalid` for a region outside the picture: nothing
/// is kept then, and it can be tried again.
pub async fn put(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    (ticket, id): (Uuid, Uuid),
    mut upload: Upload,
) -> Result<()> {
    let taken = take(app, caller, operation, (ticket, id), &mut upload).await;
    if taken.is_err() {
        upload.discard().await;
    }
    taken
}

async fn take(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    (ticket, id): (Uuid, Uuid),
    upload: &mut Upload,
) -> Result<()> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let (row, grant) = screenshot::own(app, caller, &openings, ticket, id).await?;
    if row.state != rows::DECLARED {
        return Err(Error::refused(Code::ContentPresent));
    }
    let mut body: Body = grant.open(id, &row.sealed)?;
    openings.answer(()).await?;
    if !upload.may_be(body.kind.media_type()) {
        return Err(Error::refused(Code::ContentNotAsDeclared));
    }
    let _place = AT_ONCE.try_acquire().map_err(|_| Error::Unavailable("too many uploads at once"))?;
    let accepted = picture::accept(receive(upload, &body).await?, body.kind).await?;
    check_regions(&body.regions, accepted.shape)?;
    let keys = keys_of(app, caller.id).await?;
    let key = keys.file_key();
    let object = stored::write(app, &key, &accepted.bytes).await?;
    body.shape = Some(accepted.shape);
    body.original = Some(File { key, bytes: accepted.bytes.len() as u64, kind: body.kind });
    let completed = app
        .write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
            check_own(tx, caller.id).await?;
            ticket::lock(tx, caller.id, ticket).await?;
            let changed = "state = 'quarantined', object = $4, uploaded_at = $5";
            if !replace(tx, &keys, &row, &body, changed, [object.into(), tx.now().into()]).await? {
                return Err(Error::refused(Code::ContentPresent));
            }
            tx.enqueue(Process { screenshot: id }.task());
            tx.audit(Line::new("complete").on(OBJECT, id).about(&keys).of(Class::Support));
            Ok(())
        })
        .await;
    // A refusal was certainly rolled back; after any other error the commit may stand, and the sweep asks the rows.
    if let Err(Error::Refused(_)) = &completed {
        stored::drop_object(app, object).await;
    }
    completed
}

/// The whole body: of exactly the declared size and hash.
async fn receive(upload: &mut Upload, body: &Body) -> Result<Bytes> {
    let mismatch = || Error::refused(Code::SizeMismatch);
    let size = usize::try_from(body.size_bytes).map_err(|_| mismatch())?;
    // Memory grows with what has come, not with what was promised.
    let mut bytes = BytesMut::new();
    while let Some(part) = upload.part().await? {
        if bytes.len() + part.len() > size {
            return Err(mismatch());
        }
        bytes.extend_from_slice(&part);
    }
    if bytes.len() != size {
        return Err(mismatch());
    }
    if hex::encode(Sha256::digest(&bytes)) != body.sha256 {
        return Err(Error::refused(Code::ChecksumMismatch));
    }
    Ok(bytes.freeze())
}
