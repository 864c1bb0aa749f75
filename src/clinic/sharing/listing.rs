//! What a patient reads of it: everything that is or was shared of him, with whom, and who opened what.

use super::contract::insurer;
use super::rows::{self, Shared};
use super::shared::{Kind, OBJECT, Scope, Words};
use crate::app::App;
use crate::app::multilingual::Multilingual;
use crate::app::wire::{Cursor, Paging};
use crate::clinic::identity::{self, Caller};
use crate::clinic::scheduling;
use crate::kernel::access::Grant;
use crate::kernel::audit::{self, Opening};
use crate::kernel::error::Result;
use crate::kernel::lang::Lang;
use crate::kernel::vault::Class;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use uuid::Uuid;

/// Openings that are shown of one share at most, the last ones; the access log has all.
const OPENINGS: usize = 20;
/// Lines of the trail that are looked through for them.
const LINES: u64 = 1_000;

pub struct Listed {
    pub row: Shared,
    pub kind: Kind,
    pub scope: Scope,
    pub words: Words,
    pub recipient_name: Option<String>,
    pub clinic_name: Option<String>,
    pub by_name: Option<String>,
    pub openings: Vec<Seen>,
}

/// Somebody opened it.
pub struct Seen {
    pub at: DateTime<Utc>,
    pub staff_name: Option<String>,
    pub object_kind: Option<String>,
    pub object: Option<Uuid>,
}

/// A page of what is shared of the caller, newest first, ended ones too.
pub async fn own(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    page: &Paging<Uuid>,
    lang: Lang,
) -> Result<(Vec<Listed>, Option<Cursor>)> {
    let mut found = rows::page_of(&app.db.reader(), caller.id, page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| row.id)?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant(caller.id, Class::Evidence, ("patient", caller.id)).await?;
    let listed = opened(app, &grant, caller.keys.mark, found, lang).await?;
    openings.answer((listed, next_cursor)).await
}

/// These rows of one subject, opened.
pub async fn opened(app: &App, grant: &Grant, mark: [u8; 32], rows: Vec<Shared>, lang: Lang) -> Result<Vec<Listed>> {
    let Some(since) = rows.iter().map(|row| row.created_at).min() else { return Ok(Vec::new()) };
    let reader = app.db.reader();
    let mut seen: HashMap<&'static str, Vec<Opening>> = HashMap::new();
    let mut names = HashMap::new();
    let mut listed = Vec::with_capacity(rows.len());
    for row in rows {
        let (kind, scope) = (row.kind()?, row.scope()?);
        let basis = kind.as_str();
        if !seen.contains_key(basis) {
            seen.insert(basis, audit::openings_because(&reader, mark, basis, since, LINES).await?);
        }
        let of_it = seen.get(basis).into_iter().flatten().filter(|opening| is_of(opening, &row, &scope));
        let mut openings = Vec::new();
        for opening in of_it.take(OPENINGS) {
            openings.push(Seen {
                at: opening.at,
                staff_name: name(app, &mut names, opening.staff()).await?,
                object_kind: opening.object_kind.clone(),
                object: opening.object_id,
            });
        }
        let said = |names: Option<Multilingual>| names.map(|names| names.in_lang(lang).to_owned());
        let recipient_name = match (row.doctor, row.clinic, &row.insurer) {
            (Some(doctor), ..) => said(scheduling::doctor_names(&reader, doctor).await?),
            (_, Some(clinic), _) => said(scheduling::clinic_names(&reader, clinic).await?),
            (.., Some(id)) => insurer(app, id).map(|known| known.name.in_lang(lang).to_owned()),
            _ => None,
        };
        let clinic_name = match scope.clinic {
            Some(clinic) => said(scheduling::clinic_names(&reader, clinic).await?),
            None => None,
        };
        let by_name = name(app, &mut names, row.by_staff).await?;
        let words = grant.open(row.id, &row.sealed)?;
        listed.push(Listed { row, kind, scope, words, recipient_name, clinic_name, by_name, openings });
    }
    Ok(listed)
}

/// Whether somebody opened it by this one: itself, or what it names, within its days and, where one alone may, by him.
fn is_of(opening: &Opening, row: &Shared, scope: &Scope) -> bool {
    if opening.object_kind.as_deref() == Some(OBJECT) {
        return opening.object_id == Some(row.id);
    }
    let until = row.ended_at.unwrap_or(row.valid_until);
    let within = row.valid_from <= opening.at && opening.at <= until;
    let by_him = row.doctor.is_none_or(|doctor| opening.staff() == Some(doctor));
    let names_it = opening.object_id.is_some_and(|id| scope.documents.contains(&id));
    within && by_him && (names_it || scope.record || row.insurer.is_some())
}

async fn name(app: &App, names: &mut HashMap<Uuid, Option<String>>, staff: Option<Uuid>) -> Result<Option<String>> {
    let Some(id) = staff else { return Ok(None) };
    if let Some(known) = names.get(&id) {
        return Ok(known.clone());
    }
    let name = identity::staff_name(app, id).await?;
    names.insert(id, name.clone());
    Ok(name)
}
