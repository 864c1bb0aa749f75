//! One's own data as one archive: asked for, built by a task out of what every room knows, fetched for some days, deleted.

mod anonymous;
mod archive;
mod build;
mod content;
pub mod extracts;
mod fhir;
mod others;
mod own;
mod page;
mod spool;

pub use archive::pem;
pub use build::{BuildExport, run};
pub use content::Content;
pub use own::export as of_privacy;

use super::rows::{self, personal_export};
use crate::app::App;
use crate::app::stored::{self, AskAgain, DeleteObject, Label, Stored};
use crate::app::wire::{Download, attachment};
use crate::clinic::identity::Caller;
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::lang::Lang;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, FileKey, Personal, SubjectKeys};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const MEDIA_TYPE: &str = "application/zip";
/// An export that takes longer than this is given up.
const STUCK_AFTER: TimeDelta = TimeDelta::days(1);

/// What is sealed about an archive. Short-lived: it dies with the archive, and at an erasure.
#[derive(Clone, Serialize, Deserialize)]
pub struct Packed {
    pub bytes: u64,
    /// In hexadecimal.
    pub sha256: String,
    /// Of the manifest, in hexadecimal.
    pub signature: String,
    key: FileKey,
}

impl Personal for Packed {
    const TABLE: &'static str = "personal_export";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Security;
}

/// An export, opened.
pub struct Export {
    pub id: Uuid,
    pub state: String,
    /// 0 to 100.
    pub percent: i32,
    /// What is being written, while it is built.
    pub step: Option<String>,
    pub content: Content,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    /// Once it is ready.
    pub packed: Option<Packed>,
}

/// Queues an export.
///
/// # Errors
/// `state_conflict` while another one of the same person is queued or being built.
pub async fn ask(tx: &mut Tx, keys: &SubjectKeys, content: Content, lang: Lang) -> Result<Export> {
    let export = queue(tx, keys, None, content, lang).await?;
    tx.audit(Line::new("askExport").on("export", export.id).about(keys));
    Ok(export)
}

async fn queue(tx: &mut Tx, keys: &SubjectKeys, asked_by: Option<Uuid>, content: Content, lang: Lang) -> Result<Export> {
    let id = tx.id();
    let new = rows::NewExport { id, subject: keys.subject, asked_by, content: content.as_str(), lang: lang.as_str() };
    if !rows::insert_export(tx, &new, tx.now()).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    tx.enqueue(BuildExport { export: id }.task());
    let (state, created_at) = (rows::QUEUED.to_owned(), tx.now());
    Ok(Export { id, state, percent: 0, step: None, content, created_at, expires_at: None, packed: None })
}

pub async fn list(app: &App, keys: &SubjectKeys) -> Result<Vec<Export>> {
    let mut exports = Vec::new();
    for row in rows::exports(&app.db.reader(), keys.subject).await? {
        exports.push(open(app, keys, row).await?);
    }
    Ok(exports)
}

/// # Errors
/// `not_found`.
pub async fn find(app: &App, keys: &SubjectKeys, id: Uuid) -> Result<Export> {
    let row = rows::export_of(&app.db.reader(), keys.subject, id).await?.ok_or_else(Error::not_found)?;
    open(app, keys, row).await
}

async fn open(app: &App, keys: &SubjectKeys, row: personal_export::Model) -> Result<Export> {
    let packed = match &row.sealed {
        Some(sealed) => Some(app.own_grant(keys, Class::Security).await?.open(row.id, sealed)?),
        None => None,
    };
    let percent = match row.state.as_str() {
        rows::READY | rows::EXPIRED => 100,
        _ => row.parts_done.saturating_mul(100).checked_div(row.parts).unwrap_or(0),
    };
    let step = row.step.filter(|_| row.state == rows::BUILDING);
    let content = Content::parse(&row.content);
    let (created_at, expires_at) = (row.created_at, row.expires_at);
    Ok(Export { id: row.id, state: row.state, percent, step, content, created_at, expires_at, packed })
}

/// The archive, or the part of it that `range` asks for.
///
/// # Errors
/// `not_found`; `content_missing` before it is ready and after it has expired.
pub async fn download(app: &App, caller: &Caller, id: Uuid, range: Option<&str>) -> Result<Download> {
    let row = rows::export_of(&app.db.reader(), caller.id, id).await?.ok_or_else(Error::not_found)?;
    let (file, label) = stored_file(app, &caller.keys, row).await?;
    stored::download(app, file, range, label, ask_again(app, caller, id)).await
}

/// Where an archive lies, and what it is called.
async fn stored_file(app: &App, keys: &SubjectKeys, row: personal_export::Model) -> Result<(Stored, Label)> {
    let missing = || Error::refused(Code::ContentMissing);
    let now = app.ambient.now();
    let object = row.object.filter(|_| row.state == rows::READY).ok_or_else(missing)?;
    let day = row.finished_at.unwrap_or(now).format("%Y-%m-%d");
    let export = open(app, keys, row).await?;
    let packed = export.packed.filter(|_| export.expires_at.is_some_and(|until| until > now)).ok_or_else(missing)?;
    let label = Label { media_type: MEDIA_TYPE.to_owned(), disposition: attachment(&format!("feldsher-export-{day}.zip")) };
    Ok((Stored::streamed(object, packed.key, packed.bytes), label))
}

/// A running download ends with the archive, with the session, and with a freeze where the profile says so.
fn ask_again(app: &App, caller: &Caller, id: Uuid) -> AskAgain {
    let (app, subject, session) = (app.clone(), caller.id, caller.session);
    Box::new(move || {
        let app = app.clone();
        Box::pin(async move {
            let reader = app.db.reader();
            if !app.profile.freeze.own_export {
                access::check_own(&reader, subject).await?;
            }
            let row = rows::export_of(&reader, subject, id).await?.ok_or_else(Error::not_found)?;
            let is_signed_in = crate::clinic::identity::is_signed_in(&app, session).await?;
            if row.state == rows::READY && is_signed_in { Ok(()) } else { Err(Error::refused(Code::ContentMissing)) }
        })
    })
}

/// Lets archives go whose day has come, and gives up what never came to an end.
pub async fn sweep(app: &App) -> Result<()> {
    let now = app.ambient.now();
    let actor = Actor::house("sweepExports");
    for row in rows::exports_due(&app.db.reader(), now).await? {
        app.write(&actor, async |tx: &mut Tx| -> Result<()> {
            if rows::expire_export(tx, row.id).await?
                && let Some(object) = row.object
            {
                tx.enqueue(DeleteObject { object }.task().once(format!("deleteObject:{object}")));
            }
            Ok(())
        })
        .await?;
    }
    for row in rows::exports_stuck(&app.db.reader(), now - STUCK_AFTER).await? {
        app.write(&actor, async |tx: &mut Tx| rows::fail_export(tx, row.id, now).await).await?;
    }
    Ok(())
}
