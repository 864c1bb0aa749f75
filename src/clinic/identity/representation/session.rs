//! A representative signs in to the account of whom he acts for: no second code, and no more than his own sign-in.

use super::acting::{Age, age};
use super::rows;
use crate::app::App;
use crate::clinic::identity::Caller;
use crate::clinic::identity::sessions::{self, Pair, Terms};
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use uuid::Uuid;

/// Opens a session of the represented person's account. It is as old as the sign-in that it rests on, so that it counts for no
/// fresher one, and ends with it and with the representation.
///
/// # Errors
/// `not_found` for a representation that is not the caller's, or is over.
pub async fn open(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<Pair> {
    let mine = |row: &super::Representation| row.representative == Some(caller.id);
    let row = rows::find(&app.db.reader(), id).await?.filter(mine).filter(|row| row.lives(app.ambient.now()));
    let row = row.ok_or_else(Error::not_found)?;
    if age(app, &row).await? == Age::Over {
        return Err(Error::not_found());
    }
    let keys = app.vault.keys(row.subject).await?;
    let terms = Terms::of(&app.profile.sessions, "patient");
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<Pair> {
        // Its end waits for this transaction, or this one sees it.
        tx.hold(&[row.subject]).await?;
        let row = rows::find(tx, id).await?.filter(|row| row.lives(tx.now())).ok_or_else(Error::not_found)?;
        let session = tx.id();
        let pair = sessions::open_as(tx, (session, false), &keys, "patient", terms, None).await?;
        let ends = terms.absolute.after(caller.signed_in_at());
        let ends = row.until.map_or(ends, |until| until.min(ends));
        rows::mark_session(tx, session, (id, caller.session), (caller.signed_in_at(), ends)).await?;
        Ok(pair)
    })
    .await
}
