//! The bytes on their way out, by the caller's own right or reason, which is asked for again while they run.

use super::document::{Body, OBJECT};
use super::reading::{self, By};
use crate::app::App;
use crate::app::stored::{self, AskAgain, Label, Stored};
use crate::app::wire::{Download, attachment};
use crate::clinic::identity::Caller;
use crate::kernel::error::{Code, Error, Result};
use uuid::Uuid;

/// The content of a complete document, or the part of it that `range` asks for. Whoever is not its patient leaves a line
/// in the trail before the first byte goes.
///
/// # Errors
/// `content_missing` before the upload; `Internal` when the stored object is gone or altered where the answer begins.
pub async fn get(app: &App, caller: &Caller, operation: &'static str, id: Uuid, range: Option<&str>) -> Result<Download> {
    get_by(app, caller, operation, (id, By::Caller), range).await
}

/// As `get`, by a reason that was given to something whose party the caller is.
///
/// # Errors
/// As of `get`.
pub async fn get_by(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    (id, by): (Uuid, By),
    range: Option<&str>,
) -> Result<Download> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let (row, grant) = reading::find(app, caller, &openings, (id, by)).await?;
    let body: Body = grant.open(id, &row.sealed)?;
    let (Some(object), Some(key)) = (row.object, body.file_key) else { return Err(Error::refused(Code::ContentMissing)) };
    let label = Label { media_type: body.media_type, disposition: attachment(&body.file_name) };
    let file = Stored::new(object, key, body.size_bytes);
    let ask = ask_again(app, caller, operation, (row.subject, id, by));
    let download = stored::download(app, file, range, label, ask).await?;
    openings.answer(download).await
}

/// The lines of this opening stand in the trail already: it is the same one, and these are dropped.
fn ask_again(app: &App, caller: &Caller, operation: &'static str, (subject, document, by): (Uuid, Uuid, By)) -> AskAgain {
    let (app, actor, asker) = (app.clone(), caller.actor(operation), caller.asker());
    Box::new(move || {
        let (app, actor) = (app.clone(), actor.clone());
        Box::pin(async move {
            let openings = app.openings(actor, asker);
            by.grant(&openings, subject, (OBJECT, document)).await.map(drop)
        })
    })
}
