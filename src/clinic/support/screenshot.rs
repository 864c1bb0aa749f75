//! A screenshot: declared by its sender, marked by him or by a doctor who treats him.

use super::keys_of;
use super::picture::{Kind, Region, Shape, check_regions};
use super::rows::{self, DECLARED, INFECTED, SERVED, screenshot};
use super::tasks::Process;
use super::ticket;
use crate::app::App;
use crate::clinic::identity::Caller;
use crate::kernel::access::{Grant, Openings, check_own};
use crate::kernel::audit::Line;
use crate::kernel::block;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, FileKey, Personal, SubjectKeys};
use poem_openapi::types::ToJSON;
use sea_orm::{EntityTrait, Set, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How an audit line names a screenshot.
pub const OBJECT: &str = "screenshot";
/// Why a doctor could open one: he treats its sender, and somebody must read it first.
pub const FIRST_READER: &str = "firstReader";
const SCREENSHOTS_MAX: usize = 10;
/// Markings by several people add up to so many at most.
const ALL_REGIONS_MAX: usize = 200;

/// What is sealed about a screenshot.
#[derive(Serialize, Deserialize, Clone)]
pub struct Body {
    pub kind: Kind,
    /// Of what is sent.
    pub size_bytes: u64,
    /// Of what is sent, in hexadecimal.
    pub sha256: String,
    pub regions: Vec<Region>,
    /// Known once it was sent.
    pub shape: Option<Shape>,
    /// What was sent, without its metadata.
    pub original: Option<File>,
    /// What support sees.
    pub served: Option<File>,
}

/// Where the key of sealed bytes lies.
#[derive(Serialize, Deserialize, Clone)]
pub struct File {
    #[serde(rename = "file_key")]
    pub key: FileKey,
    pub bytes: u64,
    pub kind: Kind,
}

impl Personal for Body {
    const TABLE: &'static str = "screenshot";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Support;
}

/// A screenshot to be declared.
pub struct NewScreenshot<'a> {
    pub media_type: &'a str,
    pub size_bytes: i64,
    pub sha256: &'a str,
    pub regions: Vec<Region>,
    pub reviewed: bool,
}

/// Declares a screenshot of one's own ticket. The same key declares the same one.
///
/// # Errors
/// `unsupported_media_type` for the formats of telephones; `invalid`; `too_large`; `not_found`; `state_conflict` when the
/// ticket is closed or has as many as it takes.
pub async fn declare(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    key: &str,
    ticket: Uuid,
    (asked, new): (&impl ToJSON, NewScreenshot<'_>),
) -> Result<Uuid> {
    let body = Body {
        kind: Kind::declared(new.media_type)?,
        size_bytes: u64::try_from(new.size_bytes).map_err(|_| Error::field("/sizeBytes", Fault::OutOfRange))?,
        sha256: new.sha256.to_ascii_lowercase(),
        regions: new.regions,
        shape: None,
        original: None,
        served: None,
    };
    if new.size_bytes > app.profile.support.screenshot_max_bytes {
        return Err(Error::refused(Code::TooLarge));
    }
    let keys = keys_of(app, caller.id).await?;
    let whole = serde_json::json!({ "ticket": ticket, "screenshot": asked.to_json() });
    app.write_once(&caller.actor(operation), &caller.keys, key, &whole, async |tx: &mut Tx| {
        ticket::lock(tx, caller.id, ticket).await?;
        if rows::screenshots(tx, ticket).await?.len() >= SCREENSHOTS_MAX {
            return Err(Error::refused(Code::StateConflict));
        }
        let id = tx.id();
        let row = screenshot::ActiveModel {
            id: Set(id),
            ticket: Set(ticket),
            subject: Set(caller.id),
            state: Set(DECLARED.to_owned()),
            object: Set(None),
            served_object: Set(None),
            created_at: Set(tx.now()),
            uploaded_at: Set(None),
            marked_at: Set(new.reviewed.then(|| tx.now())),
            marked_by: Set(None),
            version: Set(1),
            sealed: Set(keys.seal(id, &body)?),
        };
        screenshot::Entity::insert(row).exec_without_returning(tx).await?;
        tx.audit(Line::new("declare").on(OBJECT, id).about(&keys).of(Class::Support));
        Ok(id)
    })
    .await
}

/// One's own screenshot, in one's own ticket.
///
/// # Errors
/// `not_found`, whatever the cause; `frozen`.
pub async fn own(
    app: &App,
    caller: &Caller,
    openings: &Openings<'_>,
    ticket: Uuid,
    id: Uuid,
) -> Result<(screenshot::Model, Grant)> {
    let row = rows::screenshot_in(&app.db.reader(), ticket, id).await?;
    let row = row.filter(|row| row.subject == caller.id).ok_or_else(Error::not_found)?;
    keys_of(app, caller.id).await?;
    let grant = openings.grant(caller.id, Class::Support, (OBJECT, id)).await?;
    Ok((row, grant))
}

/// A screenshot that waits for its first reader, for a doctor who treats its sender: the reason for clinical data is asked
/// for, and what it opens here is this one screenshot.
///
/// # Errors
/// `not_found`, whatever the cause.
pub async fn to_review(app: &App, openings: &Openings<'_>, id: Uuid) -> Result<(screenshot::Model, Grant)> {
    let waits = |row: &screenshot::Model| row.state == rows::TO_REVIEW && row.marked_at.is_none();
    let row = rows::screenshot(&app.db.reader(), id).await?.filter(waits).ok_or_else(Error::not_found)?;
    openings.grant(row.subject, Class::Clinical, (OBJECT, id)).await?;
    if block::is_shut(&app.db.reader(), row.subject, Class::Support).await? {
        return Err(Error::not_found());
    }
    keys_of(app, row.subject).await?;
    let grant = openings.grant_on(FIRST_READER, row.subject, Class::Support, (OBJECT, id)).await?;
    Ok((row, grant))
}

/// Marks what is private, by the sender: from then on a redacted copy is made for support.
///
/// # Errors
/// As [`mark`]; `content_missing` before the upload.
pub async fn mark_own(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    (ticket, id): (Uuid, Uuid),
    regions: Vec<Region>,
) -> Result<()> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let (row, grant) = own(app, caller, &openings, ticket, id).await?;
    let body = grant.open(id, &row.sealed)?;
    openings.answer(()).await?;
    mark(app, &caller.actor(operation), &row, body, regions, None).await
}

/// Marks what is private, as the first reader.
///
/// # Errors
/// As [`mark`].
pub async fn mark_first(app: &App, caller: &Caller, operation: &'static str, id: Uuid, regions: Vec<Region>) -> Result<()> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let (row, grant) = to_review(app, &openings, id).await?;
    let body = grant.open(id, &row.sealed)?;
    openings.answer(()).await?;
    mark(app, &caller.actor(operation), &row, body, regions, Some(caller.id)).await
}

/// # Errors
/// `invalid` for a region outside the picture; `state_conflict` when it is marked already, served or infected, or somebody
/// was quicker.
async fn mark(
    app: &App,
    actor: &Actor,
    row: &screenshot::Model,
    mut body: Body,
    regions: Vec<Region>,
    by: Option<Uuid>,
) -> Result<()> {
    let shape = body.shape.ok_or_else(|| Error::refused(Code::ContentMissing))?;
    check_regions(&regions, shape)?;
    let conflict = || Error::refused(Code::StateConflict);
    if row.marked_at.is_some() || [SERVED, INFECTED].contains(&row.state.as_str()) {
        return Err(conflict());
    }
    body.regions.extend(regions);
    if body.regions.len() > ALL_REGIONS_MAX {
        return Err(conflict());
    }
    let keys = keys_of(app, row.subject).await?;
    app.write(actor, async |tx: &mut Tx| -> Result<()> {
        if by.is_none() {
            check_own(tx, row.subject).await?;
        }
        let changed = "marked_at = $4, marked_by = $5";
        if !replace(tx, &keys, row, &body, changed, [tx.now().into(), by.into()]).await? {
            return Err(conflict());
        }
        tx.enqueue(Process { screenshot: row.id }.task());
        tx.audit(Line::new("mark").on(OBJECT, row.id).about(&keys).of(Class::Support));
        Ok(())
    })
    .await
}

/// Writes what is sealed anew, with `changed` (from `$4` on) beside it, unless the row has changed since it was read.
pub async fn replace(
    tx: &mut Tx,
    keys: &SubjectKeys,
    row: &screenshot::Model,
    body: &Body,
    changed: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<bool> {
    let sql = format!("UPDATE screenshot SET sealed = $3, version = version + 1, {changed} WHERE id = $1 AND version = $2");
    let first: [Value; 3] = [row.id.into(), row.version.into(), keys.seal(row.id, body)?.into()];
    Ok(rows::change(tx, &sql, first.into_iter().chain(values)).await? == 1)
}
