//! Visits that the desk books and cancels for whom it has found. The rules are scheduling's own.

use super::{found, rights};
use crate::app::App;
use crate::clinic::identity::Caller;
use crate::clinic::privacy::{ConsentAct, DeskChannel, give_by_act};
use crate::clinic::scheduling::{self, BookingView, DeskOffer, DeskVisit, PreparedVisit};
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::lang::Lang;
use uuid::Uuid;

/// The operation, its idempotency key, and what was asked.
type Request<'a> = (&'static str, &'a str, &'a serde_json::Value);

/// Books a visit for a patient.
///
/// # Errors
/// `not_found` for whom this desk did not find, and for doctors of another clinic; `deletion_pending`; `frozen`;
/// `acceptance_required`, `profile_required` and `rights_notice_required` where he lacks what a visit needs; what a booking of
/// his own refuses.
pub async fn book(
    app: &App,
    caller: &Caller,
    request: Request<'_>,
    patient: Uuid,
    (visit, channel, lang): (DeskVisit<'_>, DeskChannel, Lang),
) -> Result<BookingView> {
    found(&app.db.reader(), caller, patient, app.ambient.now()).await?;
    let prepared = scheduling::prepare_visit(app, caller, patient, &visit).await?;
    enter(app, caller, request, patient, (&prepared, channel, lang)).await
}

/// Takes for a patient what he is offered from the waiting list.
///
/// # Errors
/// As `book`; `not_found` for what is not offered to him; `state_conflict` for what was taken, declined or has run out.
pub async fn accept(
    app: &App,
    caller: &Caller,
    request: Request<'_>,
    patient: Uuid,
    (offer, channel, lang): (DeskOffer<'_>, DeskChannel, Lang),
) -> Result<BookingView> {
    found(&app.db.reader(), caller, patient, app.ambient.now()).await?;
    let prepared = scheduling::prepare_offer(app, caller, patient, &offer).await?;
    enter(app, caller, request, patient, (&prepared, channel, lang)).await
}

async fn enter(
    app: &App,
    caller: &Caller,
    (operation, key, asked): Request<'_>,
    patient: Uuid,
    (prepared, channel, lang): (&PreparedVisit, DeskChannel, Lang),
) -> Result<BookingView> {
    let keys = app.vault.keys(patient).await?;
    let write = async |tx: &mut Tx| {
        let account = found(tx, caller, patient, tx.now()).await?;
        if account.accepted_version.is_none() {
            return Err(Error::refused(Code::AcceptanceRequired));
        }
        if !account.has_profile && !app.profile.person.required.is_empty() {
            return Err(Error::refused(Code::ProfileRequired));
        }
        rights::require(tx, &app.profile, patient).await?;
        let view = scheduling::book_at_desk(tx, &app.profile, caller, prepared, (channel, lang)).await?;
        let act = ConsentAct { channel: channel.as_str().to_owned(), staff: Some(caller.id) };
        give_by_act(tx, &app.profile, &keys, lang, (act, caller.addr.to_string())).await?;
        Ok(view)
    };
    let booked = app.write_once(&caller.actor(operation), &caller.keys, key, asked, write).await;
    prepared.answered(app, booked).await
}

/// Cancels a visit for a patient.
///
/// # Errors
/// `not_found`; `deletion_pending`; `state_conflict`; `frozen`.
pub async fn cancel(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    patient: Uuid,
    (id, lang): (Uuid, Lang),
) -> Result<BookingView> {
    found(&app.db.reader(), caller, patient, app.ambient.now()).await?;
    let keys = app.vault.keys(patient).await?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| {
        found(tx, caller, patient, tx.now()).await?;
        scheduling::cancel_at_desk(tx, &app.profile.billing, caller, &keys, (id, lang)).await
    })
    .await
}
