//! What every room owes the house: its columns in the manifest, its part of an erasure, its tasks and its duties.

use super::App;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::queue::{Claimed, Outcome};
use crate::kernel::vault::{Class, Column, FileKey, SubjectKeys};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

/// Somebody is to be forgotten.
#[derive(Clone, Debug)]
pub struct Forget {
    pub subject: Uuid,
    /// Takes the subject's place in rows that stay as depersonalised data.
    pub stand_in: Uuid,
    /// Classes whose rows stay as they are, blocked, until their day.
    pub held: Vec<Class>,
}

/// What a room says about one subject, for the erasure plan.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    /// The last event from which the clinical class is kept: a visit, a document.
    pub last_encounter: Option<DateTime<Utc>>,
    /// When something was paid last: from the end of that year the billing class is kept.
    pub last_payment: Option<DateTime<Utc>>,
    /// When the last contract ended, or will: from it what the contract was the ground of is kept.
    pub contract_end: Option<DateTime<Utc>>,
    /// When the last part in a programme ended, or will.
    pub programme_end: Option<DateTime<Utc>>,
}

/// One part of a person's export: what it is called, and its rows.
#[derive(Clone, Debug)]
pub struct Exported {
    pub name: &'static str,
    pub rows: Vec<serde_json::Value>,
    pub files: Vec<ExportedFile>,
}

/// Bytes that go into an export beside the rows.
#[derive(Clone, Debug)]
pub struct ExportedFile {
    /// The row that the file belongs to.
    pub row: Uuid,
    /// Where its sealed bytes lie in the file store.
    pub object: Uuid,
    pub key: FileKey,
    pub bytes: i64,
    pub media_type: String,
}

type Forgets = for<'a> fn(&'a mut Tx, &'a Forget) -> BoxFuture<'a, Result<()>>;
type Tells = for<'a> fn(&'a App, Uuid) -> BoxFuture<'a, Result<Holdings>>;
type Names = for<'a> fn(&'a App, &'a [Uuid]) -> BoxFuture<'a, Result<Vec<Uuid>>>;
type Exports = for<'a> fn(&'a App, &'a SubjectKeys) -> BoxFuture<'a, Result<Vec<Exported>>>;
type Runs = for<'a> fn(&'a App, &'a Claimed) -> BoxFuture<'a, Result<Outcome>>;

/// A task of this room and what runs it. A runner may be called twice for one task: it is idempotent.
pub struct Runner {
    pub kind: &'static str,
    pub run: Runs,
}

/// Places of a worker that a run of many tasks holds. Each is free for another task as soon as it is given back.
pub struct Slots(Option<OwnedSemaphorePermit>);

impl Slots {
    pub fn held(permit: OwnedSemaphorePermit) -> Self {
        Self(Some(permit))
    }

    /// Where nobody counts.
    pub fn uncounted() -> Self {
        Self(None)
    }

    /// Gives `count` back.
    pub fn free(&mut self, count: usize) {
        if let Some(held) = &mut self.0 {
            drop(held.split(count.min(held.num_permits())));
        }
    }

    /// Gives back all but `count`.
    pub fn keep(&mut self, count: usize) {
        let held = self.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        self.free(held.saturating_sub(count));
    }
}

type RunsTogether = for<'a> fn(&'a App, Vec<Claimed>, Slots) -> BoxFuture<'a, ()>;

/// Tasks of one kind that come in crowds: a claim of them shares its transactions, and settles itself. They have a worker of
/// their own, so that however many there are, no other task waits for them.
pub struct Together {
    pub kind: &'static str,
    pub run: RunsTogether,
}

/// What the room does again and again, once in the whole installation.
pub struct Duty {
    pub name: &'static str,
    pub every: TimeDelta,
    pub run: for<'a> fn(&'a App) -> BoxFuture<'a, Result<()>>,
}

pub struct Room {
    pub name: &'static str,
    /// Each column of each table of the room, with what it holds.
    pub columns: fn() -> Vec<Column>,
    /// Changes the room's rows so that the subject is gone from them; enqueues what must happen outside.
    pub forget: Forgets,
    pub holdings: Option<Tells>,
    /// Which of these stored objects the room's rows name. A room that keeps objects and does not say so loses them: what
    /// no room names is swept after an hour.
    pub objects: Option<Names>,
    /// What the room's rows hold of a subject, opened, for his export. A room that holds personal data answers here.
    pub export: Option<Exports>,
    pub runners: &'static [Runner],
    pub duties: &'static [Duty],
}
