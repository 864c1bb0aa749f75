//! Moderation: what was said of a visit is read by staff first, and by others once it is published. It stays sealed under
//! its author's key, so that it goes with him; the reason `moderation` is given to the feedback itself, for which an
//! administrator of its clinic or an officer acts, and ends when the words are refused.

use super::feedback::Words;
use super::keys_of;
use super::rows::{feedback, moderation as rows};
use crate::app::App;
use crate::app::wire::{Cursor, Paging};
use crate::clinic::identity::Caller;
use crate::kernel::access::{self, Asker, Openings};
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::Class;
use uuid::Uuid;

const OBJECT: &str = "feedback";

/// A feedback, opened.
pub struct Review {
    pub row: feedback::Model,
    pub text: String,
}

/// What stands in `state`, oldest first, and where the next page begins. What its author has frozen is left out.
pub async fn list(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    state: &str,
    page: &Paging<Uuid>,
) -> Result<(Vec<Review>, Option<Cursor>)> {
    let mut found = rows::page(&app.db.reader(), &caller.clinics, state, page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| row.id)?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let reviews = open_all(app, &openings, found).await?;
    openings.answer((reviews, next_cursor)).await
}

/// What is published of a doctor, newest first, and where the next page begins. It is opened by the house: a line that
/// named a reader and an author would tie two patients to one doctor.
pub async fn published(app: &App, doctor: Uuid, page: &Paging<Uuid>) -> Result<(Vec<Review>, Option<Cursor>)> {
    let mut found = rows::published(&app.db.reader(), doctor, page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| row.id)?;
    let openings = app.openings(Actor::house("publishedFeedback"), Asker { id: Uuid::nil(), medical: false });
    let reviews = open_all(app, &openings, found).await?;
    openings.answer((reviews, next_cursor)).await
}

/// Publishes what waits, perhaps with the clinic's answer, or refuses it.
///
/// # Errors
/// `not_found` for a feedback of another clinic, and without words; `state_conflict` when it was decided on.
pub async fn decide(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    id: Uuid,
    (state, answer): (&'static str, Option<&str>),
) -> Result<()> {
    let row = rows::find(&app.db.reader(), id).await?;
    let row = row.filter(|row| row.sealed.is_some() && caller.clinics.serve(row.clinic));
    let row = row.ok_or_else(Error::not_found)?;
    let keys = keys_of(app, row.subject).await?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        if !rows::decide(tx, id, caller.id, state, answer, tx.now()).await? {
            return Err(Error::refused(Code::StateConflict));
        }
        if state == rows::REFUSED {
            access::end_reasons(tx, id).await?;
        }
        tx.audit(Line::new("moderate").on(OBJECT, id).about(&keys).of(Class::Support).because(state));
        Ok(())
    })
    .await
}

async fn open_all(app: &App, openings: &Openings<'_>, found: Vec<feedback::Model>) -> Result<Vec<Review>> {
    let mut reviews = Vec::with_capacity(found.len());
    for row in found {
        match open(app, openings, &row).await {
            Ok(Some(text)) => reviews.push(Review { row, text }),
            Ok(None) => {}
            // Frozen, or erased since it was read.
            Err(error) if error.code() == Code::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(reviews)
}

async fn open(app: &App, openings: &Openings<'_>, row: &feedback::Model) -> Result<Option<String>> {
    let Some(sealed) = &row.sealed else { return Ok(None) };
    keys_of(app, row.subject).await?;
    let grant = openings.grant_as(row.id, row.subject, Class::Support, (OBJECT, row.id)).await?;
    Ok(Some(grant.open::<Words>(row.id, sealed)?.text))
}
