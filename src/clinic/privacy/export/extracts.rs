//! Extracts: a doctor who may open somebody's record takes its clinical part with him, signed or anonymised. Each asking and
//! each fetching rests on a reason that holds then, and the patient reads both.

use super::{Content, Export, open, queue, stored_file};
use crate::app::App;
use crate::app::stored::{self, AskAgain};
use crate::app::wire::Download;
use crate::clinic::identity::Caller;
use crate::clinic::privacy::rows::{self, personal_export};
use crate::kernel::access::Openings;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use crate::kernel::lang::Lang;
use crate::kernel::vault::{Class, SubjectKeys};
use std::sync::Arc;
use uuid::Uuid;

/// How the trail and the access log call it.
pub const OBJECT: &str = "extract";

/// Whether the doctor may open both what a record says and of whom it is.
///
/// # Errors
/// `not_found` without a reason, and under a freeze.
pub async fn check(app: &App, doctor: &Caller, operation: &'static str, subject: Uuid) -> Result<()> {
    let openings = app.openings(doctor.actor(operation), doctor.asker());
    hold(&openings, subject, ("patient", subject)).await?;
    openings.answer(()).await
}

async fn hold(openings: &Openings<'_>, subject: Uuid, object: (&'static str, Uuid)) -> Result<()> {
    for class in [Class::Clinical, Class::Identity] {
        openings.grant(subject, class, object).await?;
    }
    Ok(())
}

/// Queues an extract.
///
/// # Errors
/// `state_conflict` while another one of the same doctor and patient is queued or being built.
pub async fn ask(tx: &mut Tx, doctor: &Caller, keys: &SubjectKeys, content: Content, lang: Lang) -> Result<Export> {
    let export = queue(tx, keys, Some(doctor.id), content, lang).await?;
    tx.audit(Line::new("askExtract").on(OBJECT, export.id).about(keys).of(Class::Clinical));
    Ok(export)
}

/// How an extract stands, for the doctor who asked for it.
///
/// # Errors
/// `not_found`, also where his reason has ended.
pub async fn find(app: &App, doctor: &Caller, operation: &'static str, id: Uuid) -> Result<Export> {
    let (row, keys) = granted(app, doctor, operation, id).await?;
    open(app, &keys, row).await
}

/// The archive, or the part of it that `range` asks for.
///
/// # Errors
/// `not_found`; `content_missing` before it is ready and after it has expired.
pub async fn download(app: &App, doctor: &Caller, operation: &'static str, id: Uuid, range: Option<&str>) -> Result<Download> {
    let (row, keys) = granted(app, doctor, operation, id).await?;
    let ask = ask_again(app, doctor, operation, (row.subject, id));
    let (file, label) = stored_file(app, &keys, row).await?;
    stored::download(app, file, range, label, ask).await
}

async fn granted(
    app: &App,
    doctor: &Caller,
    operation: &'static str,
    id: Uuid,
) -> Result<(personal_export::Model, Arc<SubjectKeys>)> {
    let row = rows::extract_of(&app.db.reader(), doctor.id, id).await?.ok_or_else(Error::not_found)?;
    let openings = app.openings(doctor.actor(operation), doctor.asker());
    hold(&openings, row.subject, (OBJECT, id)).await?;
    let keys = app.vault.keys(row.subject).await?;
    openings.answer((row, keys)).await
}

/// The lines of this opening stand in the trail already. A freeze, or the end of the reason, cuts what runs.
fn ask_again(app: &App, doctor: &Caller, operation: &'static str, (subject, id): (Uuid, Uuid)) -> AskAgain {
    let (app, actor, asker) = (app.clone(), doctor.actor(operation), doctor.asker());
    Box::new(move || {
        let (app, actor) = (app.clone(), actor.clone());
        Box::pin(async move {
            let openings = app.openings(actor, asker);
            hold(&openings, subject, (OBJECT, id)).await
        })
    })
}
