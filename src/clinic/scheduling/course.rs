//! The course of treatment: visits of a patient with one doctor that belong together. It opens with the first of them or by
//! the doctor's own act, visits join it, the doctor closes it; from its end what is clinical is kept for its term.

use super::rows::{self, Booking, Episode};
use crate::app::App;
use crate::clinic::identity::Caller;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::Class;
use uuid::Uuid;

/// Opens a course with this visit, or joins the visit to the one that is open with its doctor.
pub async fn open(tx: &mut Tx, booking: &Booking) -> Result<Episode> {
    let new = Episode {
        id: tx.id(),
        subject: booking.subject,
        doctor: booking.doctor,
        clinic: booking.clinic,
        opened_at: tx.now(),
        closed_at: None,
    };
    let is_new = rows::open_episode(tx, &new).await?;
    let episode = match is_new {
        true => new,
        false => rows::episode_with(tx, booking.subject, booking.doctor).await?.ok_or_else(Error::not_found)?,
    };
    rows::join_episode(tx, &episode, booking.id).await?;
    if is_new {
        tx.audit(Line::new("openCourse").on("episode", episode.id).of(Class::Clinical));
    }
    Ok(episode)
}

/// A doctor opens a course with a visit of his. The one that the visit belongs to is answered.
///
/// # Errors
/// `not_found` for a visit of another; `state_conflict` for one that does not take place.
pub async fn open_by_doctor(app: &App, caller: &Caller, operation: &'static str, visit: Uuid) -> Result<Episode> {
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<Episode> {
        let booking = rows::find(tx, visit).await?.filter(|booking| booking.doctor == caller.id).ok_or_else(Error::not_found)?;
        if let Some(id) = booking.episode {
            return rows::episode(tx, id).await?.ok_or_else(Error::not_found);
        }
        if !matches!(booking.state_at(tx.now()), rows::BOOKED | rows::ARRIVED | rows::IN_PROGRESS | rows::DONE) {
            return Err(Error::refused(Code::StateConflict));
        }
        open(tx, &booking).await
    })
    .await
}

/// Its doctor closes a course. To close it again changes nothing.
///
/// # Errors
/// `not_found` for a course of another doctor.
pub async fn close(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<Episode> {
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<Episode> {
        let episode = rows::episode(tx, id).await?.filter(|episode| episode.doctor == caller.id).ok_or_else(Error::not_found)?;
        if rows::close_episode(tx, id, tx.now()).await? {
            tx.audit(Line::new("closeCourse").on("episode", id).of(Class::Clinical));
            return Ok(Episode { closed_at: Some(tx.now()), ..episode });
        }
        rows::episode(tx, id).await?.ok_or_else(Error::not_found)
    })
    .await
}
