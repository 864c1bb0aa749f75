//! Visits by video: when their room is open, and where it is. The server is the clinic's own; the room's name is a digest of the
//! booking's id, so that nothing of a person stands in the link, and it is the same for both who come.

use super::rows::{self, ARRIVED, BOOKED, Booking, IN_PROGRESS};
use crate::app::profile::{ROOM_IN_LINK, Video};
use crate::kernel::error::{Code, Error, Result};
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use uuid::Uuid;

/// The mode of such services.
const VIDEO: &str = "video";
/// Bytes of the digest that name a room.
const NAME_BYTES: usize = 16;

/// Where to join, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    pub url: String,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
}

/// # Errors
/// `refused_by_profile` where there is no server; `state_conflict` for another kind of visit, for one that does not take place,
/// and outside its time: before it, with the seconds until it opens.
pub async fn join(db: &impl ConnectionTrait, rules: &Video, booking: &Booking, now: DateTime<Utc>) -> Result<Join> {
    let link = rules.link.as_deref().ok_or_else(|| Error::refused(Code::RefusedByProfile))?;
    let service = rows::service_of_office(db, booking.service).await?;
    let is_video = service.is_some_and(|service| service.mode == VIDEO);
    let state = booking.state_at(now);
    let opens_at = rules.opens.before(booking.starts_at);
    // What has begun is not cut off by its hour.
    let is_over = booking.ends_at <= now && state != IN_PROGRESS;
    if !is_video || is_over || !matches!(state, BOOKED | ARRIVED | IN_PROGRESS) {
        return Err(Error::refused(Code::StateConflict));
    }
    if now < opens_at {
        return Err(not_yet(opens_at, now));
    }
    let url = link.replace(ROOM_IN_LINK, &room(booking.id));
    Ok(Join { url, opens_at, closes_at: booking.ends_at })
}

fn not_yet(opens_at: DateTime<Utc>, now: DateTime<Utc>) -> Error {
    let wait_s = (opens_at - now).num_seconds() + 1;
    match Error::refused(Code::StateConflict) {
        Error::Refused(mut refusal) => {
            refusal.retry_after_s = u32::try_from(wait_s).ok();
            Error::Refused(refusal)
        }
        error => error,
    }
}

fn room(booking: Uuid) -> String {
    let digest = Sha256::new().chain_update(b"room of ").chain_update(booking.as_bytes()).finalize();
    digest.iter().take(NAME_BYTES).fold(String::with_capacity(2 * NAME_BYTES), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}
