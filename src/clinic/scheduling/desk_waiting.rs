//! The waiting list at the desk, for a patient whom it has found. The rules are those of his own; whether the desk may act for
//! him the caller has checked.

use super::api::{NewWaiting, WaitingView};
use super::booking::By;
use super::rows;
use super::waiting::{self, Sought, Waited};
use crate::app::App;
use crate::app::profile::Profile;
use crate::clinic::identity::Caller;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use crate::kernel::lang::Lang;
use crate::kernel::vault::SubjectKeys;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// Looks up what a patient wants to wait for, in a clinic of the caller's.
///
/// # Errors
/// As for the patient himself; `not_found` for what is of another clinic.
pub async fn prepare_wait(app: &App, caller: &Caller, new: &NewWaiting) -> Result<Sought> {
    waiting::seek(app, new.wait()).await?.of_clinic(caller)
}

/// Puts a patient on the list.
///
/// # Errors
/// As for the patient himself.
pub async fn wait_at_desk(
    tx: &mut Tx,
    profile: &Profile,
    caller: &Caller,
    keys: &SubjectKeys,
    (sought, lang): (&Sought, Lang),
) -> Result<WaitingView> {
    let id = waiting::join(tx, &profile.waiting, keys, By::Desk(caller.id), sought).await?;
    let mut waited = of_desk(tx, profile, caller, keys.subject, tx.now()).await?;
    let index = waited.iter().position(|waited| waited.entry.id == id).ok_or_else(Error::not_found)?;
    Ok(WaitingView::of(waited.swap_remove(index), lang))
}

/// For what a patient waits in the caller's clinics.
pub async fn waiting_at_desk(app: &App, caller: &Caller, patient: Uuid, lang: Lang) -> Result<Vec<WaitingView>> {
    let waited = of_desk(&app.db.reader(), &app.profile, caller, patient, app.ambient.now()).await?;
    Ok(waited.into_iter().map(|waited| WaitingView::of(waited, lang)).collect())
}

/// Takes a patient off the list of a clinic of the caller's.
///
/// # Errors
/// `not_found`; `frozen`.
pub async fn leave_at_desk(tx: &mut Tx, caller: &Caller, keys: &SubjectKeys, id: Uuid) -> Result<()> {
    let clinic = rows::waiting_clinic(tx, keys.subject, id).await?;
    if !clinic.is_some_and(|clinic| caller.clinics.serve(clinic)) {
        return Err(Error::not_found());
    }
    waiting::leave(tx, keys, (id, None)).await
}

async fn of_desk(
    db: &impl ConnectionTrait,
    profile: &Profile,
    caller: &Caller,
    patient: Uuid,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<Waited>> {
    let waited = waiting::waited(db, profile, patient, None, now).await?;
    Ok(waited.into_iter().filter(|waited| caller.clinics.serve(waited.entry.clinic)).collect())
}
