//! What each of the two sides sees.

use super::acting::{Age, age};
use super::{OBJECT, Representation, rows};
use crate::app::App;
use crate::clinic::identity::rows::find_patient;
use crate::clinic::identity::{Caller, display_name, open_person};
use crate::kernel::access::Openings;
use crate::kernel::error::{Code, Result};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A representation, with the name of its other side.
pub struct Shown {
    pub row: Representation,
    /// None before he filled in his profile.
    pub name: Option<String>,
    /// Whether the profile shields what is clinical from the representative.
    pub is_shielded: bool,
}

/// For whom the caller acts.
pub async fn dependants(app: &App, caller: &Caller, operation: &'static str) -> Result<Vec<Shown>> {
    let now = app.ambient.now();
    let all = rows::of_representative(&app.db.reader(), caller.id, now).await?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let mut shown = Vec::with_capacity(all.len());
    for row in all {
        let age = age(app, &row).await?;
        if age == Age::Over {
            continue;
        }
        let name = name(app, &openings, row.subject, row.id).await?;
        shown.push(Shown { name, is_shielded: age == Age::Shielded, row });
    }
    openings.answer(shown).await
}

/// Who acts for the caller, and whom he has invited.
pub async fn representatives(app: &App, caller: &Caller, operation: &'static str) -> Result<Vec<Shown>> {
    let all = rows::of_subject(&app.db.reader(), caller.id, app.ambient.now()).await?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let mut shown = Vec::with_capacity(all.len());
    for row in all {
        let name = match row.representative {
            Some(representative) => name(app, &openings, representative, row.id).await?,
            None => None,
        };
        let is_shielded = age(app, &row).await? != Age::Open;
        shown.push(Shown { row, name, is_shielded });
    }
    openings.answer(shown).await
}

/// The name of the other side, by the reason that the representation gave; none when it has just ended, or he is gone.
async fn name(app: &App, openings: &Openings<'_>, subject: Uuid, id: Uuid) -> Result<Option<String>> {
    match open_person(app, openings, subject, (OBJECT, id)).await {
        Ok(person) => Ok(person.as_ref().map(display_name).filter(|name| !name.is_empty())),
        Err(error) if error.code() == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Who the representatives in somebody's trail are: by their marks, their names. Of those whose representation has ended it
/// says that they were one.
pub async fn marks(app: &App, caller: &Caller, operation: &'static str) -> Result<BTreeMap<[u8; 32], Option<String>>> {
    let reader = app.db.reader();
    let openings = app.openings(caller.actor(operation), caller.asker());
    let mut marks = BTreeMap::new();
    for row in rows::every_of(&reader, caller.id).await?.into_iter().filter(|row| row.subject == caller.id) {
        let Some(representative) = row.representative else { continue };
        if find_patient(&reader, representative).await?.is_none() {
            continue;
        }
        let keys = match app.vault.keys(representative).await {
            Err(error) if error.code() == Code::NotFound => continue,
            keys => keys?,
        };
        let name = name(app, &openings, representative, row.id).await?;
        let known = marks.entry(keys.mark).or_insert(None);
        *known = name.or(known.take());
    }
    openings.answer(marks).await
}
