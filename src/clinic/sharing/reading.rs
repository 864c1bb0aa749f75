//! What those with whom something is shared read of it: a doctor what was shared with him, with his clinic, or referred to him;
//! an insurer's people what its contracts let them. Every opening is asked for by the reason of that very thing, so that its end,
//! a freeze, a block or an erasure is the same 404 as for nothing at all.

use super::contract::insurer;
use super::disclosure::{FieldValue, values};
use super::rows::{self, Reader, Shared};
use super::shared::{Kind, OBJECT, Scope, Words};
use crate::app::App;
use crate::app::wire::{Cursor, Download, Paging};
use crate::clinic::documents::{self, By, Document, DocumentKind, Span};
use crate::clinic::identity::{self, Caller, Role, display_name};
use crate::clinic::scheduling;
use crate::kernel::access::{CONTRACT, Grant, Openings};
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::Class;
use uuid::Uuid;

/// One of them, opened.
pub struct Opened {
    pub row: Shared,
    pub kind: Kind,
    pub scope: Scope,
    pub words: Words,
    /// The patient's name. None for an insurer, who reads the fields of his contract.
    pub name: Option<String>,
    pub fields: Vec<FieldValue>,
    pub documents: Vec<Document>,
}

/// What the caller may open now, newest first. Nothing of it is opened.
pub async fn list(app: &App, caller: &Caller, page: &Paging<Uuid>) -> Result<(Vec<Shared>, Option<Cursor>)> {
    let (reader, now) = (app.db.reader(), app.ambient.now());
    let insurer = match caller.role {
        Role::Insurer => identity::insurer_of(&reader, caller.id).await?,
        _ => None,
    };
    let of = match (caller.role, &insurer) {
        (Role::Doctor, _) => Reader::Doctor { id: caller.id, clinics: &caller.clinics },
        (Role::Insurer, Some(insurer)) => Reader::Insurer(insurer),
        _ => return Ok((Vec::new(), None)),
    };
    let mut found = rows::page_for(&reader, &of, now, (page.place, page.rows())).await?;
    let next_cursor = page.cut(&mut found, |row| row.id)?;
    Ok((found, next_cursor))
}

/// One of them, with what it opens.
///
/// # Errors
/// `not_found`, whatever the cause.
pub async fn open(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<Opened> {
    let row = find(app, caller, id).await?;
    let (kind, scope) = (row.kind()?, row.scope()?);
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = grant(&openings, &row, kind).await?;
    let words = openings.grant_on(kind.as_str(), row.subject, Class::Evidence, (OBJECT, id)).await?.open(id, &row.sealed)?;
    let person = identity::open_person_by(app, &grant).await?;
    let (name, fields) = match kind {
        Kind::Contract => {
            (None, values(app, &openings, person.as_ref(), &scope.fields, CONTRACT, (row.subject, OBJECT, id)).await?)
        }
        _ => (person.as_ref().map(display_name), Vec::new()),
    };
    let named = named(app, &row, kind, &scope).await?;
    let documents = documents::list_by(app, &openings, by(&row, kind), row.subject, &named).await?;
    openings.answer(Opened { row, kind, scope, words, name, fields, documents }).await
}

/// The bytes of a document that it names.
///
/// # Errors
/// As `open`; `content_missing`.
pub async fn download(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    (id, document): (Uuid, Uuid),
    range: Option<&str>,
) -> Result<Download> {
    let row = find(app, caller, id).await?;
    let (kind, scope) = (row.kind()?, row.scope()?);
    if !named(app, &row, kind, &scope).await?.contains(&document) {
        return Err(Error::not_found());
    }
    documents::download_by(app, caller, operation, (document, by(&row, kind)), range).await
}

/// What is the caller's to read. Whether it holds now its reason says.
async fn find(app: &App, caller: &Caller, id: Uuid) -> Result<Shared> {
    let reader = app.db.reader();
    let row = rows::find(&reader, id).await?.ok_or_else(Error::not_found)?;
    let is_his = match caller.role {
        Role::Doctor => row.doctor == Some(caller.id) || row.clinic.is_some_and(|clinic| caller.clinics.serve(clinic)),
        // An insurer that the register names no more has nothing to read.
        Role::Insurer => match (identity::insurer_of(&reader, caller.id).await?, &row.insurer) {
            (Some(own), Some(of)) => own == *of && insurer(app, of).is_some(),
            _ => false,
        },
        _ => false,
    };
    if is_his { Ok(row) } else { Err(Error::not_found()) }
}

fn by(row: &Shared, kind: Kind) -> By {
    match kind {
        Kind::Contract => By::Contract(row.id),
        Kind::Share | Kind::Referral => By::Party(row.id),
    }
}

async fn grant(openings: &Openings<'_>, row: &Shared, kind: Kind) -> Result<Grant> {
    let object = (OBJECT, row.id);
    match kind {
        Kind::Contract => openings.grant_insured(row.id, row.subject, Class::Identity, object).await,
        Kind::Share | Kind::Referral => openings.grant_as(row.id, row.subject, Class::Identity, object).await,
    }
}

/// Which documents it opens. A referral of the whole record names none: the doctor reads it where he reads his patients. A contract
/// opens what was written in the clinic that signed it, and what the patient uploaded himself.
async fn named(app: &App, row: &Shared, kind: Kind, scope: &Scope) -> Result<Vec<Uuid>> {
    let (Kind::Contract, Some(from), Some(until), Some(clinic)) =
        (kind, scope.documents_from, scope.documents_until, scope.clinic)
    else {
        return Ok(scope.documents.clone());
    };
    let kinds: Result<Vec<DocumentKind>> = scope.kinds.iter().map(|kind| DocumentKind::parse(kind)).collect();
    let reader = app.db.reader();
    let span = Span { kinds: kinds?, from, until, authors: scheduling::doctors_of(&reader, clinic).await? };
    documents::within(&reader, row.subject, &span).await
}
