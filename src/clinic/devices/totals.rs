//! Totals: how often, how long, with which outcome, by day, version and event. They hold no subject. How many people stand
//! behind a group is counted by marks: a keyed digest of (person, group), of no use without his key, and gone in two days.

use super::rows;
use super::telemetry::Batch;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::vault::SubjectKeys;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// Upper bounds of the buckets of durations, in milliseconds; what is longer than the last falls into one more.
pub const BOUNDS_MS: [i64; 14] = [50, 100, 200, 300, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000, 30_000, 60_000];
/// The bucket of events without a duration.
pub const UNTIMED: i32 = -1;
/// Stands for every event whose name the profile doesn't list. No name of a profile: those are words in one.
pub const UNKNOWN: &str = "?";
/// Parallel writers add to different rows of one group, so that they seldom wait for each other.
const SHARDS: u8 = 8;

/// How an event went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Failed,
    Fine,
    Unsaid,
}

impl Outcome {
    pub const fn of(ok: Option<bool>) -> Self {
        match ok {
            Some(true) => Outcome::Fine,
            Some(false) => Outcome::Failed,
            None => Outcome::Unsaid,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Failed => "failed",
            Outcome::Fine => "fine",
            Outcome::Unsaid => "unsaid",
        }
    }
}

/// Into which bucket a duration falls.
pub fn bucket(duration_ms: Option<i64>) -> i32 {
    let Some(duration_ms) = duration_ms else { return UNTIMED };
    i32::try_from(BOUNDS_MS.partition_point(|bound| *bound < duration_ms)).unwrap_or(UNTIMED)
}

/// Rows of one batch are ordered, so that two batches lock what they share in one order.
pub type Group = (String, Outcome, i32);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub events: i64,
    pub duration_ms: i64,
    pub people: i64,
}

/// What one batch adds.
#[derive(Clone, Debug)]
pub struct Counted {
    pub day: NaiveDate,
    pub platform: &'static str,
    pub app_version: String,
    pub sums: BTreeMap<Group, Sum>,
    /// The person's mark for each event of the batch.
    pub marks: BTreeMap<Vec<u8>, String>,
}

/// Counts a batch that came on `day`. The day of receipt, for clocks of telephones are wrong and days long past are closed.
pub fn count(keys: &SubjectKeys, day: NaiveDate, batch: &Batch, unknown: usize) -> Result<Counted> {
    let (platform, app_version) = (batch.platform.as_str(), batch.app_version.to_string());
    let mut sums: BTreeMap<Group, Sum> = BTreeMap::new();
    for sample in &batch.samples {
        let group = (sample.name.clone(), Outcome::of(sample.ok), bucket(sample.duration_ms));
        let sum = sums.entry(group).or_default();
        sum.events += 1;
        sum.duration_ms += sample.duration_ms.unwrap_or(0);
    }
    if unknown > 0 {
        let sum = sums.entry((UNKNOWN.to_owned(), Outcome::Unsaid, UNTIMED)).or_default();
        sum.events = i64::try_from(unknown).unwrap_or(i64::MAX);
    }
    let events: BTreeSet<&String> = batch.samples.iter().map(|sample| &sample.name).collect();
    let mut marks = BTreeMap::new();
    for event in events {
        let group = format!("{day}\n{platform}\n{app_version}\n{event}");
        marks.insert(keys.digest("telemetry mark", group.as_bytes())?.to_vec(), event.clone());
    }
    Ok(Counted { day, platform, app_version, sums, marks })
}

/// Adds a batch to the totals.
pub async fn add(tx: &mut Tx, mut counted: Counted) -> Result<()> {
    if counted.sums.is_empty() {
        return Ok(());
    }
    let marks: Vec<Vec<u8>> = counted.marks.keys().cloned().collect();
    for mark in rows::insert_marks(tx, counted.day, marks).await? {
        // The first row of the event carries the person: a group is summed up before it is looked at.
        let first = counted.marks.get(&mark).and_then(|event| counted.sums.iter_mut().find(|(group, _)| group.0 == *event));
        if let Some((_, sum)) = first {
            sum.people += 1;
        }
    }
    let shard = i32::from(tx.ambient().bytes::<1>()[0] % SHARDS);
    rows::add_totals(tx, &counted, shard).await
}
