//! Quiet hours: the stretch of somebody's day in which only what is urgent is sent.

use crate::app::notices::Notices;
use chrono::{DateTime, Days, TimeZone, Utc};
use chrono_tz::Tz;

/// When the quiet stretch ends in which `now` lies, on the wall clock of `zone`. `None`: it is not quiet.
pub fn until(rules: &Notices, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let (from, to) = (rules.quiet_from, rules.quiet_to);
    let local = now.with_timezone(&zone).naive_local();
    let time = local.time();
    let over_midnight = from > to;
    let is_quiet = if over_midnight { time >= from || time < to } else { time >= from && time < to };
    if !is_quiet {
        return None;
    }
    let day = if over_midnight && time >= from { local.date().checked_add_days(Days::new(1))? } else { local.date() };
    // An hour that the clock skips is reached with the next one that it shows.
    let end = zone.from_local_datetime(&day.and_time(to)).earliest();
    let end = end.or_else(|| zone.from_local_datetime(&(day.and_time(to) + chrono::TimeDelta::hours(1))).earliest())?;
    Some(end.with_timezone(&Utc)).filter(|end| *end > now)
}
