//! The waiting list, for whom the desk has found. The rules are scheduling's own.

use super::{found, rights};
use crate::app::App;
use crate::clinic::identity::Caller;
use crate::clinic::scheduling::{self, NewWaiting, WaitingView};
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::lang::Lang;
use uuid::Uuid;

/// Puts a patient on the list.
///
/// # Errors
/// `not_found` for whom this desk did not find, and for what is of another clinic; `deletion_pending`; `frozen`;
/// `acceptance_required`, `profile_required` and `rights_notice_required` where he lacks what a visit needs; what joining by
/// himself refuses.
pub async fn join(
    app: &App,
    caller: &Caller,
    (operation, key, asked): (&'static str, &str, &serde_json::Value),
    patient: Uuid,
    (new, lang): (&NewWaiting, Lang),
) -> Result<WaitingView> {
    found(&app.db.reader(), caller, patient, app.ambient.now()).await?;
    let sought = scheduling::prepare_wait(app, caller, new).await?;
    let keys = app.vault.keys(patient).await?;
    app.write_once(&caller.actor(operation), &caller.keys, key, asked, async |tx: &mut Tx| {
        let account = found(tx, caller, patient, tx.now()).await?;
        if account.accepted_version.is_none() {
            return Err(Error::refused(Code::AcceptanceRequired));
        }
        if !account.has_profile && !app.profile.person.required.is_empty() {
            return Err(Error::refused(Code::ProfileRequired));
        }
        rights::require(tx, &app.profile, patient).await?;
        scheduling::wait_at_desk(tx, &app.profile, caller, &keys, (&sought, lang)).await
    })
    .await
}

/// Takes a patient off the list.
///
/// # Errors
/// `not_found`; `deletion_pending`; `frozen`.
pub async fn leave(app: &App, caller: &Caller, operation: &'static str, patient: Uuid, id: Uuid) -> Result<()> {
    found(&app.db.reader(), caller, patient, app.ambient.now()).await?;
    let keys = app.vault.keys(patient).await?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| {
        found(tx, caller, patient, tx.now()).await?;
        scheduling::leave_at_desk(tx, caller, &keys, id).await
    })
    .await
}

/// Declines for a patient what he is offered: it goes to the next, and he keeps his place.
///
/// # Errors
/// `not_found`; `deletion_pending`; `frozen`; `state_conflict` for an offer that was taken.
pub async fn decline(app: &App, caller: &Caller, operation: &'static str, patient: Uuid, offer: Uuid) -> Result<()> {
    found(&app.db.reader(), caller, patient, app.ambient.now()).await?;
    let keys = app.vault.keys(patient).await?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| {
        found(tx, caller, patient, tx.now()).await?;
        scheduling::decline_at_desk(tx, caller, &keys, offer).await
    })
    .await
}
