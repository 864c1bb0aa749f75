//! Alerts of unusual openings, for the officers: who, how many, and what came of it.

use super::rows::openings::{self as rows, Alert};
use super::words::{self, AlertNote};
use crate::app::App;
use crate::app::wire::{Cursor, Paging};
use crate::clinic::identity::{self, Caller};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use uuid::Uuid;

const OBJECT: &str = "openingAlert";

/// An alert with who it is about, and the officer's note.
pub struct Reviewed {
    pub row: Alert,
    pub staff: Option<Uuid>,
    pub clinic: Option<Uuid>,
    pub staff_name: Option<String>,
    pub note: Option<String>,
    pub officer_name: Option<String>,
}

/// A page of alerts, newest first; with `open`, those that wait.
pub async fn list(
    app: &App,
    officer: &Caller,
    operation: &'static str,
    open: bool,
    page: &Paging<Uuid>,
) -> Result<(Vec<Reviewed>, Option<Cursor>)> {
    let mut found = rows::alerts(&app.db.reader(), open, page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| row.id)?;
    let openings = app.openings(officer.actor(operation), officer.asker());
    let mut reviewed = Vec::with_capacity(found.len());
    for row in found {
        let (staff, clinic) = match row.party.split_once(':') {
            Some(("staff", id)) => (id.parse().ok(), None),
            Some((_, id)) => (None, id.parse().ok()),
            None => (None, None),
        };
        let note = match (&row.sealed, row.resolved_by) {
            (Some(sealed), Some(by)) => Some(words::open::<AlertNote>(&openings, by, (OBJECT, row.id), row.id, sealed).await?),
            _ => None,
        };
        let staff_name = name(app, staff).await?;
        let officer_name = name(app, row.resolved_by).await?;
        reviewed.push(Reviewed { row, staff, clinic, staff_name, note, officer_name });
    }
    openings.answer((reviewed, next_cursor)).await
}

/// The name of a staff account, as long as there is one.
pub async fn name(app: &App, staff: Option<Uuid>) -> Result<Option<String>> {
    match staff {
        Some(id) => identity::staff_name(app, id).await,
        None => Ok(None),
    }
}

/// Notes what came of it.
///
/// # Errors
/// `not_found`; `state_conflict` once it is resolved.
pub async fn resolve(tx: &mut Tx, officer: &Caller, id: Uuid, note: &str) -> Result<()> {
    rows::find_alert(tx, id).await?.ok_or_else(Error::not_found)?;
    let sealed = officer.keys.seal(id, &AlertNote { text: note.to_owned() })?;
    let now = tx.now();
    if !rows::resolve(tx, id, (officer.id, now), sealed).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    tx.audit(Line::new("resolve").on(OBJECT, id));
    Ok(())
}
