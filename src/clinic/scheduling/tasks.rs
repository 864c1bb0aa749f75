//! What happens later: what was paid is booked, holds and visits end.

use super::booking::{expire_within, let_go, settle};
use super::rows::{self, BOOKED, Booking, DONE};
use super::times;
use super::visit::VisitEnded;
use crate::app::App;
use crate::clinic::billing::{self, Paid};
use crate::clinic::notifications::{self, Kind};
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx, is_overlap};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::{Claimed, Outcome, Task};
use crate::kernel::vault::Class;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What was paid for a visit that is cancelled goes back, by the rule and the hour of the cancellation.
#[derive(Serialize, Deserialize)]
pub struct GiveBack {
    pub charge: Uuid,
    pub starts_at: DateTime<Utc>,
    pub cancelled_at: DateTime<Utc>,
}

impl Task for GiveBack {
    const KIND: &'static str = "scheduling.giveBack";
    const ATTEMPTS: i32 = 1_000;
}

/// Books what was paid. Whose hold ended meanwhile gets his time all the same if it is free; otherwise all goes back and
/// he is told.
pub async fn paid(app: &App, task: &Claimed) -> Result<Outcome> {
    let Paid { charge, object } = task.read()?;
    let Some(booking) = rows::find(&app.db.reader(), object).await? else { return Ok(Outcome::Done) };
    // Who is not there any more, or does not know of a booking that was confirmed before, needs nothing.
    if matches!(booking.state.as_str(), BOOKED | DONE) || booking.held_until.is_none() {
        return Ok(Outcome::Done);
    }
    if confirm(app, &booking).await? {
        return Ok(Outcome::Done);
    }
    app.write(&Actor::house("paid"), async |tx: &mut Tx| -> Result<()> {
        // Another run of this task may have booked it since.
        let Some(booking) = rows::find(tx, object).await? else { return Ok(()) };
        if booking.held_until.is_none() {
            return Ok(());
        }
        notifications::tell(tx, booking.subject, Kind::BookingCancelled, object).await?;
        billing::give_back_all(tx, charge).await
    })
    .await?;
    Ok(Outcome::Done)
}

/// `false`: somebody else has the time, the patient has cancelled, or the visit would have begun.
async fn confirm(app: &App, booking: &Booking) -> Result<bool> {
    let keys = match app.vault.keys(booking.subject).await {
        Ok(keys) => keys,
        Err(error) if error.code() == Code::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let confirmed = app
        .write(&Actor::house("paid"), async |tx: &mut Tx| -> Result<bool> {
            // Its own hold too may have ended: then it is taken anew, if it can be.
            expire_within(tx, booking).await?;
            let is_booked = rows::confirm(tx, booking, tx.now()).await.map_err(|error| match is_overlap(&error) {
                true => Error::refused(Code::SlotTaken),
                false => error.into(),
            })?;
            if is_booked {
                times::taken_changed(tx, booking);
                settle(tx, &app.profile.booking, booking).await?;
                tx.audit(Line::new("confirm").on("booking", booking.id).about(&keys).of(Class::Clinical));
            }
            Ok(is_booked)
        })
        .await;
    match confirmed {
        Err(error) if error.code() == Code::SlotTaken => Ok(false),
        confirmed => confirmed,
    }
}

pub async fn give_back(app: &App, task: &Claimed) -> Result<Outcome> {
    let GiveBack { charge, starts_at, cancelled_at } = task.read()?;
    app.write(&Actor::house("giveBack"), async |tx: &mut Tx| -> Result<()> {
        billing::give_back(tx, &app.profile.billing, charge, starts_at, cancelled_at).await
    })
    .await?;
    Ok(Outcome::Done)
}

/// Lets go of what was held and not paid in time. Nobody waits for it: whoever books does the same for his own time.
pub async fn expire(app: &App) -> Result<()> {
    if !rows::any_to_expire(&app.db.reader(), app.ambient.now()).await? {
        return Ok(());
    }
    app.write(&Actor::house("expire"), async |tx: &mut Tx| -> Result<()> {
        let gone = rows::expire(tx, tx.now()).await?;
        let_go(tx, gone).await
    })
    .await
}

pub async fn end_visits(app: &App) -> Result<()> {
    loop {
        let ended = app
            .write(&Actor::house("endVisits"), async |tx: &mut Tx| -> Result<usize> {
                let ended = rows::end_visits(tx, tx.now()).await?;
                for visit in &ended {
                    tx.enqueue(VisitEnded { subject: visit.subject, booking: visit.id }.task());
                }
                Ok(ended.len())
            })
            .await?;
        if ended < rows::ENDED_AT_ONCE {
            return Ok(());
        }
    }
}
