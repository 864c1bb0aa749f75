//! Documents, opened for whoever may read them: one, a page, the whole record.

use super::document::{Body, Document, DocumentKind, OBJECT, author_of, is_visible};
use super::rows::{self, document};
use crate::app::App;
use crate::clinic::identity::{Caller, Role, staff_name};
use crate::kernel::access::{Grant, Openings};
use crate::kernel::block;
use crate::kernel::disagreement;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::Class;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use std::collections::HashMap;
use uuid::Uuid;

/// By whose reason documents are opened.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// The caller's own right or reason.
    Caller,
    /// A reason given to something whose party the caller is: a share, a referral. That he is the caller has checked.
    Party(Uuid),
    /// A contract of the caller's insurer.
    Contract(Uuid),
}

impl By {
    pub async fn grant(self, openings: &Openings<'_>, subject: Uuid, object: (&'static str, Uuid)) -> Result<Grant> {
        match self {
            By::Caller => openings.grant(subject, Class::Clinical, object).await,
            By::Party(party) => openings.grant_as(party, subject, Class::Clinical, object).await,
            By::Contract(contract) => openings.grant_insured(contract, subject, Class::Clinical, object).await,
        }
    }
}

/// A document that the caller may see, with the grant that opens it.
///
/// # Errors
/// `not_found`, whatever the cause.
pub async fn find(app: &App, caller: &Caller, openings: &Openings<'_>, (id, by): (Uuid, By)) -> Result<(document::Model, Grant)> {
    let row = rows::find(&app.db.reader(), id).await?.ok_or_else(Error::not_found)?;
    let grant = by.grant(openings, row.subject, (OBJECT, id)).await?;
    if is_visible(caller, &row) { Ok((row, grant)) } else { Err(Error::not_found()) }
}

/// One document, as the caller may read it.
pub async fn read(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<Document> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let (row, grant) = find(app, caller, &openings, (id, By::Caller)).await?;
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
    let reader = app.db.reader();
    // What is blocked by itself is not even named to those who have given no ground.
    let shut = match caller.role {
        Role::Patient => Vec::new(),
        _ => block::shut_documents(&reader, subject, caller.id, app.ambient.now()).await?,
    };
    let mut rows = rows::page(&reader, subject, author_of(caller), &shut, before, limit + 1).await?;
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

/// Those of these documents that are complete and of `subject`, each opened by itself, so that each stands in the trail. What is
/// blocked is left out. The caller answers through `openings`.
///
/// # Errors
/// `not_found` without a reason, unless there is none of them.
pub async fn list_by(app: &App, openings: &Openings<'_>, by: By, subject: Uuid, ids: &[Uuid]) -> Result<Vec<Document>> {
    let mut documents = Vec::with_capacity(ids.len());
    let (reader, mut refused) = (app.db.reader(), None);
    for id in ids {
        let row = rows::find(&reader, *id).await?.filter(|row| row.subject == subject && row.state == rows::COMPLETE);
        let Some(row) = row else { continue };
        match by.grant(openings, subject, (OBJECT, *id)).await {
            Ok(grant) => documents.extend(open_all(app, &grant, vec![row]).await?),
            Err(error) if error.code() == Code::NotFound => refused = Some(error),
            Err(error) => return Err(error),
        }
    }
    match refused {
        Some(error) if documents.is_empty() => Err(error),
        _ => Ok(documents),
    }
}

/// Which documents something opens that does not name them one by one: a contract.
pub struct Span {
    pub kinds: Vec<DocumentKind>,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    /// What others of the staff wrote is none of it. What the patient uploaded himself nobody of them wrote.
    pub authors: Vec<Uuid>,
}

impl Span {
    fn has(&self, row: &document::Model) -> bool {
        self.kinds.iter().any(|kind| kind.as_str() == row.kind)
            && row.completed_at.is_some_and(|at| self.from <= at && at < self.until)
            && row.author.is_none_or(|author| self.authors.contains(&author))
    }
}

/// The complete documents of a subject that are within a span, oldest first.
pub async fn within(db: &impl ConnectionTrait, subject: Uuid, span: &Span) -> Result<Vec<Uuid>> {
    Ok(rows::complete(db, subject).await?.iter().filter(|row| span.has(row)).map(|row| row.id).collect())
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
