//! Calendars: a visit as a file, and a private address under which a patient's visits, or a doctor's busy times, are read by the
//! calendar of a telephone. Nothing medical and nobody's name stands in them. The address holds a token of 256 random bits and
//! nothing of its owner; it is kept as a digest, ends when he ends it and with the account, and is as if it were not there while
//! access is frozen.

use super::rows::{self, Appointment, Feed};
use crate::app::App;
use crate::app::catalogue;
use crate::clinic::identity::{self, Caller};
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::lang::Lang;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Addresses of one owner: a telephone, a tablet, a computer, and some to spare.
const FEEDS_MAX: usize = 5;
/// What a calendar shows of the past and of what is to come.
const PAST: TimeDelta = TimeDelta::days(30);
const COMING: TimeDelta = TimeDelta::days(366);
/// Most visits in one calendar.
const VISITS_MAX: u64 = 1_000;
/// How often a calendar should ask again, ISO 8601.
const ASKED_EVERY: &str = "PT1H";

/// How much a calendar says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// "Visit", and where.
    Visits,
    /// That the time is taken.
    Busy,
}

/// An iCalendar file (RFC 5545). Times are in UTC, which every calendar shows by its own clock.
pub fn file(lang: Lang, shown: Shown, appointments: &[Appointment], now: DateTime<Utc>) -> Result<String> {
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//Feldsher//Visits//EN"));
    calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
    calendar.append_property(Property::new("METHOD", "PUBLISH"));
    calendar.append_property(Property::new("REFRESH-INTERVAL", ASKED_EVERY).add_parameter("VALUE", "DURATION").done());
    for appointment in appointments {
        calendar.push(event(lang, shown, appointment, now));
    }
    Ok(calendar.to_string())
}

fn event(lang: Lang, shown: Shown, appointment: &Appointment, now: DateTime<Utc>) -> Event {
    let mut event = Event::with_uid(&format!("{}@feldsher", appointment.id));
    event.timestamp(now).starts(appointment.starts_at).ends(appointment.ends_at).status(EventStatus::Confirmed);
    match shown {
        Shown::Busy => event.summary(&catalogue::text(lang, "calendar-busy", &[])),
        Shown::Visits => {
            let place = format!("{}, {}", appointment.clinic_names.in_lang(lang), appointment.addresses.in_lang(lang));
            event.summary(&catalogue::text(lang, "calendar-visit", &[])).location(&place)
        }
    };
    event.done()
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Makes an address. Answers its row and the token, which nobody can read again.
///
/// # Errors
/// `state_conflict` when there are as many as one may have; `frozen`.
pub async fn add_feed(tx: &mut Tx, caller: &Caller, lang: Lang) -> Result<(Feed, String)> {
    access::check_own(tx, caller.id).await?;
    tx.hold(&[caller.id]).await?;
    if rows::feeds(tx, caller.id).await?.len() >= FEEDS_MAX {
        return Err(Error::refused(Code::StateConflict));
    }
    let token = URL_SAFE_NO_PAD.encode(tx.ambient().bytes::<32>());
    let feed = Feed { id: tx.id(), owner: caller.id, lang: lang.as_str().to_owned(), created_at: tx.now() };
    rows::insert_feed(tx, &feed, &hash(&token)).await?;
    tx.audit(Line::new("addFeed").on("calendarFeed", feed.id).about(&caller.keys));
    Ok((feed, token))
}

/// Ends an address: whoever reads under it finds nothing from now on.
///
/// # Errors
/// `not_found`.
pub async fn end_feed(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<()> {
    if !rows::delete_feed(tx, caller.id, id).await? {
        return Err(Error::not_found());
    }
    tx.audit(Line::new("endFeed").on("calendarFeed", id).about(&caller.keys));
    Ok(())
}

/// What stands under an address.
///
/// # Errors
/// `not_found` for an address that never was, was ended, or whose owner is gone, on leave of his account or frozen.
pub async fn read_feed(app: &App, token: &str) -> Result<String> {
    let reader = app.db.reader();
    let feed = rows::feed_by_hash(&reader, &hash(token)).await?.ok_or_else(Error::not_found)?;
    let lives = identity::accounts(&reader, &[feed.owner]).await?.get(&feed.owner) == Some(&true);
    if !lives || access::check_own(&reader, feed.owner).await.is_err() {
        return Err(Error::not_found());
    }
    let now = app.ambient.now();
    let is_doctor = rows::doctor(&reader, feed.owner).await?.is_some();
    let within = now - PAST..now + COMING;
    let appointments = rows::appointments(&reader, (is_doctor, feed.owner), &within, VISITS_MAX).await?;
    let shown = if is_doctor { Shown::Busy } else { Shown::Visits };
    file(Lang::of_tag(&feed.lang).unwrap_or(app.profile.default_language), shown, &appointments, now)
}
