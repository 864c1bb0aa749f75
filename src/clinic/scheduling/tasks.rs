//! What happens later: what was paid is booked, holds and visits end.

use super::attendance::first_visit;
use super::booking::{let_go, settle};
use super::rows::{self, Booking};
use super::state::{EXPIRED, HELD};
use super::times;
use super::visit::VisitEnded;
use crate::app::App;
use crate::app::profile::Course;
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
    if booking.held_until.is_none() {
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
async fn confirm(app: &App, seen: &Booking) -> Result<bool> {
    let keys = match app.vault.keys(seen.subject).await {
        Ok(keys) => keys,
        Err(error) if error.code() == Code::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let confirmed = app
        .write(&Actor::house("paid"), async |tx: &mut Tx| -> Result<bool> {
            // It may have been moved since it was looked at.
            let Some(now) = rows::find(tx, seen.id).await? else { return Ok(false) };
            // Its own hold too may have ended: then it is taken anew, if it can be. Holds that ended stand in nobody's way.
            let machines_of = now.equipment.map(|_| now.clinic);
            let wanted = rows::Wanted { doctor: now.doctor, subject: now.subject, machines_of, blocks: now.blocks() };
            let gone = match now.state.as_str() {
                HELD | EXPIRED => rows::expire_within(tx, &wanted, tx.now()).await?,
                _ => return Ok(false),
            };
            let earliest = now.blocks_from - rows::LONGEST;
            let is_booked =
                rows::confirm_paid(tx, seen.id, earliest, tx.now()).await.map_err(|error| match is_overlap(&error) {
                    true => Error::refused(Code::SlotTaken),
                    false => error.into(),
                })?;
            if is_booked {
                let booking = rows::find(tx, seen.id).await?.ok_or_else(Error::not_found)?;
                times::taken_changed(tx, &booking);
                settle(tx, &app.profile, &booking).await?;
                tx.audit(Line::new("confirm").on("booking", seen.id).about(&keys).of(Class::Clinical));
            }
            // What is booked now was not let go after all.
            let_go(tx, gone.into_iter().filter(|id| !is_booked || *id != seen.id).collect()).await?;
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

/// Lets go of what was held and not paid, or asked for and not answered, in time. Nobody waits for it: whoever books does the
/// same for his own time.
pub async fn expire(app: &App) -> Result<()> {
    while rows::any_to_expire(&app.db.reader(), app.ambient.now()).await? {
        let gone = app
            .write(&Actor::house("expire"), async |tx: &mut Tx| -> Result<usize> {
                let gone = rows::expire(tx, tx.now()).await?;
                let count = gone.len();
                let_go(tx, gone).await?;
                Ok(count)
            })
            .await?;
        if gone < rows::EXPIRED_AT_ONCE {
            break;
        }
    }
    Ok(())
}

pub async fn end_visits(app: &App) -> Result<()> {
    loop {
        let ended = app
            .write(&Actor::house("endVisits"), async |tx: &mut Tx| -> Result<usize> {
                let ended = rows::end_visits(tx, tx.now()).await?;
                for visit in &ended {
                    tx.enqueue(VisitEnded { subject: visit.subject, booking: visit.id }.task());
                    if app.profile.booking.course == Course::FirstVisit
                        && let Some(booking) = rows::find(tx, visit.id).await?
                    {
                        first_visit(tx, &app.profile, &booking).await?;
                    }
                }
                Ok(ended.len())
            })
            .await?;
        if ended < rows::ENDED_AT_ONCE {
            return Ok(());
        }
    }
}
