//! Around a visit: the waiting list, reminders, the room of a video visit.

use super::super::notices::{self, Channel};
use super::super::period::Period;
use super::Profile;
use chrono::NaiveTime;
use serde::{Deserialize, Deserializer};

/// Most reminders of one visit.
const REMINDERS_MAX: usize = 12;
/// What stands for the room in the link of a video visit.
pub const ROOM: &str = "{room}";

/// Who waits for a time that others may give back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Waiting {
    /// How long a time that became free is kept for the one to whom it is offered. In quiet hours it counts from their end.
    pub offer_lives: Period,
    /// For how many things one patient may wait at a time. 0: there is no waiting list.
    pub entries_max: i64,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { offer_lives: Period::Minutes(30), entries_max: 5 }
    }
}

/// `[[reminders]]`: one reminder of each visit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reminding {
    pub channel: Channel,
    /// How long before the visit begins.
    pub before: Period,
    /// With it: at this hour of the clinic's clock on that day, so that several visits of a day are one reminder.
    #[serde(default, deserialize_with = "hour")]
    pub at: Option<NaiveTime>,
}

fn hour<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveTime>, D::Error> {
    notices::hour(deserializer).map(Some)
}

/// Visits by video. The link leads to a server of the clinic's own; nothing of a person stands in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Video {
    /// `https://…` with `{room}` in it: a word that is made of the visit and tells nothing of it. None: no visits by video.
    pub link: Option<String>,
    /// How long before its beginning the room opens.
    pub opens: Period,
}

impl Default for Video {
    fn default() -> Self {
        Self { link: None, opens: Period::Minutes(15) }
    }
}

/// # Errors
/// A sentence that says what is wrong.
pub fn check(profile: &Profile) -> Result<(), String> {
    let link = profile.video.link.as_deref();
    let fault = if profile.waiting.entries_max < 0 || profile.waiting.entries_max > 50 {
        "waiting.entries_max lies between 0 and 50"
    } else if matches!(profile.waiting.offer_lives, Period::Minutes(0) | Period::Hours(0) | Period::Days(0)) {
        "waiting.offer_lives is nothing: nobody could take an offer"
    } else if profile.reminders.len() > REMINDERS_MAX {
        "there are more than 12 [[reminders]]"
    } else if link.is_some_and(|link| !link.starts_with("https://") || link.matches(ROOM).count() != 1) {
        "video.link is an address like https://video.clinic.example/{room}, with {room} once"
    } else {
        return Ok(());
    };
    Err(fault.to_owned())
}
