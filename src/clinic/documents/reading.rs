//! Documents, opened for whoever may read them: one, a page, the whole record.

use super::document::{Body, Document, DocumentKind, OBJECT, author_of, is_visible};
use super::rows::{self, document};
use crate::app::App;
use crate::clinic::identity::{Caller, staff_name};
use crate::kernel::access::{Grant, Openings};
use crate::kernel::disagreement;
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::Class;
use sea_orm::ConnectionTrait;
use std::collections::HashMap;
use uuid::Uuid;

/// A document that the caller may see, with the grant that opens it.
///
/// # Errors
/// `not_found`, whatever the cause.
pub async fn find(app: &App, caller: &Caller, openings: &Openings<'_>, id: Uuid) -> Result<(document::Model, Grant)> {
    let row = rows::find(&app.db.reader(), id).await?.ok_or_else(Error::not_found)?;
    let grant = openings.grant(row.subject, Class::Clinical, (OBJECT, id)).await?;
    if is_visible(caller, &row) { Ok((row, grant)) } else { Err(Error::not_found()) }
}

/// One document, as the caller may read it.
pub async fn read(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<Document> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let (row, grant) = find(app, caller, &openings, id).await?;
    let document = open_all(app, &grant, vec![row]).await?.pop().ok_or_else(Error::not_found)?;
    openings.answer(document).await
}

/// A page of a patient's documents, newest first, and whether there are more.
pub async fn list(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    subject: Uuid,
    (before, limit): (Option<Uuid>, u64),
) -> Result<(Vec<Document>, bool)> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant(subject, Class::Clinical, ("patient", subject)).await?;
    let mut rows = rows::page(&app.db.reader(), subject, author_of(caller), before, limit + 1).await?;
    let more = rows.len() as u64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let documents = open_all(app, &grant, rows).await?;
    openings.answer((documents, more)).await
}

/// Every complete document of a subject, oldest first: for the record that is held after an erasure, and for an export.
/// The caller answers through `openings`.
///
/// # Errors
/// `not_found` without a reason for the class `clinical`.
pub async fn held_list(app: &App, openings: &Openings<'_>, subject: Uuid) -> Result<Vec<Document>> {
    let grant = openings.grant(subject, Class::Clinical, ("patient", subject)).await?;
    open_all(app, &grant, rows::complete(&app.db.reader(), subject).await?).await
}

/// Whether all of these are complete documents of `subject`; with an `author`, such that this staff member wrote.
pub async fn are_complete(db: &impl ConnectionTrait, subject: Uuid, author: Option<Uuid>, ids: &[Uuid]) -> Result<bool> {
    for id in ids {
        let row = rows::find(db, *id).await?.filter(|row| row.subject == subject && row.state == rows::COMPLETE);
        if row.is_none_or(|row| author.is_some() && row.author != author) {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn open_all(app: &App, grant: &Grant, rows: Vec<document::Model>) -> Result<Vec<Document>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let reader = app.db.reader();
    let mut beside = disagreement::beside_documents(&reader, grant).await?;
    let corrections: HashMap<Uuid, Uuid> = rows::corrections(&reader, grant.subject()).await?.into_iter().collect();
    let mut names = Names::default();
    let mut documents = Vec::with_capacity(rows.len());
    for row in rows {
        let body = grant.open(row.id, &row.sealed)?;
        let author_name = names.of(app, row.author).await?;
        let disagreements = beside.remove(&row.id).unwrap_or_default();
        let corrected_by = corrections.get(&row.id).copied();
        documents.push(Document { author_name, corrected_by, disagreements, ..opened(row, body)? });
    }
    Ok(documents)
}

/// Names of authors, each asked for once.
#[derive(Default)]
pub struct Names(HashMap<Uuid, Option<String>>);

impl Names {
    pub async fn of(&mut self, app: &App, author: Option<Uuid>) -> Result<Option<String>> {
        let Some(author) = author else { return Ok(None) };
        if let Some(known) = self.0.get(&author) {
            return Ok(known.clone());
        }
        let name = staff_name(app, author).await?;
        self.0.insert(author, name.clone());
        Ok(name)
    }
}

/// What its own row says.
fn opened(row: document::Model, body: Body) -> Result<Document> {
    Ok(Document {
        id: row.id,
        kind: DocumentKind::parse(&row.kind)?,
        author: row.author,
        author_name: None,
        title: body.title,
        file_name: body.file_name,
        media_type: body.media_type,
        size_bytes: body.size_bytes,
        sha256: body.sha256,
        created_at: row.created_at,
        completed_at: row.completed_at,
        version: row.version,
        corrects: row.corrects,
        corrected_by: None,
        disagreements: Vec::new(),
    })
}
