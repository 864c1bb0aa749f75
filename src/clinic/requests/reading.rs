//! Requests, opened: for the person himself, for the officer who answers, for an export.

use super::kind::RequestKind;
use super::request::{OBJECT, Said, Words};
use super::rows::{self, Act, Request};
use crate::app::App;
use crate::app::wire::{Cursor, Paging};
use crate::clinic::identity::{self, Caller, display_name};
use crate::kernel::access::{Grant, Openings};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::{Class, SubjectKeys};
use uuid::Uuid;

/// The basis on which an officer opens what was asked, and who asks.
pub const REQUEST: &str = "request";

/// A request with what was said in it.
pub struct Opened {
    pub row: Request,
    pub said: Said,
    pub acts: Vec<OpenedAct>,
}

pub struct OpenedAct {
    pub act: Act,
    pub words: Option<Words>,
    /// None when the account is gone, and for the person himself.
    pub staff_name: Option<String>,
}

/// Who asks, as the officer must know it to answer him.
pub struct Asking {
    pub name: Option<String>,
    pub contacts: Vec<String>,
}

/// A page of the caller's own requests, newest first.
///
/// # Errors
/// `frozen`.
pub async fn own_page(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    page: &Paging<Uuid>,
) -> Result<(Vec<Opened>, Option<Cursor>)> {
    let mut found = rows::page_of(&app.db.reader(), caller.id, page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| row.id)?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant(caller.id, Class::Evidence, ("patient", caller.id)).await?;
    let mut requests = Vec::with_capacity(found.len());
    for row in found {
        requests.push(open(app, &grant, row).await?);
    }
    openings.answer((requests, next_cursor)).await
}

/// One request of the caller's own.
///
/// # Errors
/// `not_found`; `frozen`.
pub async fn own(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<Opened> {
    let row = rows::find_own(&app.db.reader(), caller.id, id).await?.ok_or_else(Error::not_found)?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant(caller.id, Class::Evidence, (OBJECT, id)).await?;
    let request = open(app, &grant, row).await?;
    openings.answer(request).await
}

/// One request, for an officer. The person reads in his access log that it was opened.
///
/// # Errors
/// `not_found`.
pub async fn for_officer(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<(Opened, Asking)> {
    let row = rows::find(&app.db.reader(), id).await?.ok_or_else(Error::not_found)?;
    let subject = row.subject;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant_on(REQUEST, subject, Class::Evidence, (OBJECT, id)).await?;
    let request = open(app, &grant, row).await?;
    let asking = match who(app, &openings, subject, id).await {
        // Whose account is gone has no name here any more.
        Err(error) if error.code() == Code::NotFound => Asking { name: None, contacts: Vec::new() },
        asking => asking?,
    };
    openings.answer((request, asking)).await
}

async fn who(app: &App, openings: &Openings<'_>, subject: Uuid, id: Uuid) -> Result<Asking> {
    let grant = openings.grant_on(REQUEST, subject, Class::Identity, (OBJECT, id)).await?;
    let name = identity::open_person_by(app, &grant).await?.as_ref().map(display_name);
    let contacts = identity::addresses_on(app, openings, REQUEST, subject, (OBJECT, id)).await?;
    Ok(Asking { name, contacts: contacts.into_iter().map(|target| target.shown).collect() })
}

/// The keys of whoever a request is of.
///
/// # Errors
/// `not_found`.
pub async fn keys_of(app: &App, id: Uuid) -> Result<std::sync::Arc<SubjectKeys>> {
    let row = rows::find(&app.db.reader(), id).await?.ok_or_else(Error::not_found)?;
    app.vault.keys(row.subject).await
}

/// What a request asks for.
pub struct Wish {
    pub kind: RequestKind,
    pub document: Option<Uuid>,
}

/// # Errors
/// `not_found`.
pub async fn wish(app: &App, id: Uuid) -> Result<Wish> {
    let row = rows::find(&app.db.reader(), id).await?.ok_or_else(Error::not_found)?;
    let kind = RequestKind::parse(&row.kind).ok_or_else(|| Error::internal("a request of an unknown kind"))?;
    Ok(Wish { kind, document: row.document })
}

/// A page of the queue, what ends first. Nothing of it is opened.
pub async fn queue(
    app: &App,
    state: Option<super::kind::RequestState>,
    page: &Paging<rows::Place>,
) -> Result<(Vec<Request>, Option<Cursor>)> {
    let mut found = rows::queue(&app.db.reader(), state, page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| (row.due_at, row.id))?;
    Ok((found, next_cursor))
}

pub async fn open(app: &App, grant: &Grant, row: Request) -> Result<Opened> {
    let said = grant.open(row.id, &row.sealed)?;
    let mut acts = Vec::new();
    for act in rows::acts(&app.db.reader(), row.id).await? {
        let words = act.sealed.as_ref().map(|sealed| grant.open(act.id, sealed)).transpose()?;
        let staff_name = match act.staff {
            Some(staff) => identity::staff_name(app, staff).await?,
            None => None,
        };
        acts.push(OpenedAct { act, words, staff_name });
    }
    Ok(Opened { row, said, acts })
}
