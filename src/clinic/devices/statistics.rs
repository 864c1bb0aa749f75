//! What the staff sees of telemetry: counts, error rates and latencies of groups large enough to hide each of their people.

use super::rows::{self, PeopleRow, TotalRow};
use super::totals::{BOUNDS_MS, Outcome, UNKNOWN, UNTIMED};
use crate::app::App;
use crate::kernel::error::Result;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// Platform, version, event.
type Key = (String, String, String);

/// One group: an event in one version of one app.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    pub events: i64,
    pub failed: i64,
    pub fine: i64,
    timed: i64,
    duration_ms: i64,
    buckets: [i64; BOUNDS_MS.len() + 1],
}

pub struct Report {
    pub groups: Vec<(Key, Group)>,
    /// Groups of fewer people than the profile's threshold.
    pub suppressed: usize,
    /// Events whose names the profile doesn't list.
    pub unknown: i64,
}

impl Group {
    fn add(&mut self, row: &TotalRow) {
        self.events += row.events;
        match row.outcome.as_str() {
            failed if failed == Outcome::Failed.as_str() => self.failed += row.events,
            fine if fine == Outcome::Fine.as_str() => self.fine += row.events,
            _ => {}
        }
        if row.bucket != UNTIMED {
            self.timed += row.events;
            self.duration_ms += row.duration_ms;
            if let Some(bucket) = usize::try_from(row.bucket).ok().and_then(|index| self.buckets.get_mut(index)) {
                *bucket += row.events;
            }
        }
    }

    /// The share of failures among the events that say how they went.
    pub fn error_rate(&self) -> Option<f64> {
        let said = self.failed + self.fine;
        (said > 0).then(|| (self.failed as f64 / said as f64 * 10_000.0).round() / 10_000.0)
    }

    pub fn mean_ms(&self) -> Option<i64> {
        (self.timed > 0).then(|| self.duration_ms / self.timed)
    }

    /// The duration that so many per cent of the events did not exceed, between the bounds of its bucket. The last bucket
    /// has no upper bound and gives its lower one.
    pub fn percentile_ms(&self, percent: i64) -> Option<i64> {
        if self.timed == 0 {
            return None;
        }
        let rank = (self.timed * percent + 99) / 100;
        let mut before = 0;
        for (index, count) in self.buckets.iter().enumerate() {
            if before + count >= rank && *count > 0 {
                let lower = if index == 0 { 0 } else { BOUNDS_MS[index - 1] };
                let upper = BOUNDS_MS.get(index).copied().unwrap_or(lower);
                return Some(lower + (upper - lower) * (rank - before) / count);
            }
            before += count;
        }
        None
    }
}

/// The totals of the days from `from` to `to`, both included.
pub async fn report(app: &App, from: NaiveDate, to: NaiveDate) -> Result<Report> {
    let reader = app.db.reader();
    let (totals, people) = (rows::totals(&reader, from, to).await?, rows::people(&reader, from, to).await?);
    Ok(sum_up(&totals, people, i64::from(app.profile.telemetry.threshold)))
}

fn sum_up(totals: &[TotalRow], people: Vec<PeopleRow>, threshold: i64) -> Report {
    // The most people of one day: those of several days may be the same ones.
    let people: BTreeMap<Key, i64> =
        people.into_iter().map(|row| ((row.platform, row.app_version, row.event), row.people)).collect();
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    let mut unknown = 0;
    for row in totals {
        if row.event == UNKNOWN {
            unknown += row.events;
        } else {
            let key = (row.platform.clone(), row.app_version.clone(), row.event.clone());
            groups.entry(key).or_default().add(row);
        }
    }
    let (shown, small): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|(key, _)| people.get(key).is_some_and(|people| *people >= threshold));
    Report { groups: shown, suppressed: small.len(), unknown }
}
