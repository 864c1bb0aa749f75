//! A transaction as a rule sees it: statements, the hour, and effects that are gathered and flushed before the commit.

use super::super::access::{NewReason, Representing};
use super::super::audit::Line;
use super::super::clock::Ambient;
use super::super::error::{Error, Result};
use super::super::invalidation::Topic;
use super::super::memory::Key;
use super::super::queue::NewTask;
use super::super::vault::Sealed;
use super::faults;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement, Value};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU8, Ordering};
use uuid::Uuid;

/// Who acts, in which operation of the contract, for which request.
#[derive(Clone, Debug)]
pub struct Actor {
    pub who: Who,
    pub operation: &'static str,
    pub request: Uuid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The house itself: sweeps, claims of tasks. Leaves no line of its own accord.
    House,
    Anonymous,
    /// A patient, by the mark that his own audit key makes of him.
    Patient {
        subject: Uuid,
        mark: [u8; 32],
        /// When his session was looked up and no freeze stood against him: his own data is not asked about twice.
        free_at: Option<DateTime<Utc>>,
    },
    /// Somebody who acts for a patient, by the marks of both.
    Representative {
        subject: Uuid,
        mark: [u8; 32],
        by: [u8; 32],
        leave: Representing,
    },
    Staff {
        id: Uuid,
    },
}

impl Actor {
    pub fn house(operation: &'static str) -> Self {
        Self { who: Who::House, operation, request: Uuid::nil() }
    }
}

/// How a transaction ends, and what it answers.
pub struct Verdict<T> {
    pub(super) commit: bool,
    pub(super) answer: Result<T>,
}

impl<T> Verdict<T> {
    /// Commits and yet refuses: a wrong code counts, a replayed token ends its family.
    pub fn kept(refusal: Error) -> Self {
        Self { commit: true, answer: Err(refusal) }
    }
}

impl<T> From<Result<T>> for Verdict<T> {
    fn from(answer: Result<T>) -> Self {
        Self { commit: answer.is_ok(), answer }
    }
}

const ALIVE: u8 = 0;
/// A statement failed: this transaction can only be rolled back, on both engines alike.
const DEAD: u8 = 1;
/// The engine itself failed (disk full, lost connection): whoever shares the commit falls too.
const FATAL: u8 = 2;

/// The subject and the key's digest of an idempotent request, and its sealed answer.
pub(in crate::kernel) type Answered = (Uuid, [u8; 32], Sealed);

/// One multi-row insert.
pub(super) struct Insert {
    pub table: &'static str,
    pub columns: &'static [&'static str],
    pub rows: Vec<Vec<Value>>,
}

pub struct Tx {
    inner: DatabaseTransaction,
    state: AtomicU8,
    pub(crate) actor: Actor,
    ambient: Ambient,
    now: DateTime<Utc>,
    pub(super) rows: Vec<Insert>,
    pub(super) answer: Option<Answered>,
    pub(super) lines: Vec<Line>,
    pub(super) tasks: Vec<NewTask>,
    pub(super) reasons: Vec<NewReason>,
    pub(super) told: Vec<(Topic, Uuid)>,
    changed: Vec<Key>,
    concerned: Vec<Uuid>,
    /// Whether tasks were flushed, so that the workers are woken after the commit.
    pub(super) has_work: bool,
}

/// What is to be told inside this process once the commit is durable.
pub(super) struct After {
    pub told: Vec<(Topic, Uuid)>,
    pub changed: Vec<Key>,
    pub concerned: Vec<Uuid>,
    pub has_work: bool,
}

impl Tx {
    pub(super) fn new(inner: DatabaseTransaction, actor: Actor, ambient: Ambient) -> Self {
        let now = ambient.now();
        Self {
            inner,
            state: AtomicU8::new(ALIVE),
            actor,
            ambient,
            now,
            rows: Vec::new(),
            answer: None,
            lines: Vec::new(),
            tasks: Vec::new(),
            reasons: Vec::new(),
            told: Vec::new(),
            changed: Vec::new(),
            concerned: Vec::new(),
            has_work: false,
        }
    }

    /// The hour of the transaction: the same for all that it writes.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    pub fn id(&self) -> Uuid {
        self.ambient.id()
    }

    pub fn ambient(&self) -> &Ambient {
        &self.ambient
    }

    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Inserts a row that nobody reads back in this transaction: before the commit, with the others that were put.
    pub fn put(&mut self, table: &'static str, columns: &'static [&'static str], row: Vec<Value>) {
        match self.rows.iter_mut().find(|insert| insert.table == table && insert.columns == columns) {
            Some(insert) => insert.rows.push(row),
            None => self.rows.push(Insert { table, columns, rows: vec![row] }),
        }
    }

    /// What an idempotent request is answered.
    pub(in crate::kernel) fn answered(&mut self, answer: Answered) {
        self.answer = Some(answer);
    }

    /// Leaves a line in the trail.
    pub fn audit(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Enqueues a task: it exists if, and only if, this transaction commits.
    pub fn enqueue(&mut self, task: NewTask) {
        self.tasks.push(task);
    }

    /// Gives a party a reason to open a class of a subject's data.
    pub fn allow(&mut self, reason: NewReason) {
        self.reasons.push(reason);
    }

    /// Tells every node, within a second, to forget what it remembers of `key`.
    pub fn invalidate(&mut self, topic: Topic, key: Uuid) {
        self.told.push((topic, key));
    }

    /// Makes this process forget what it remembers of `key`, once the commit is durable. Others forget it within a second.
    pub fn forget(&mut self, key: Key) {
        self.changed.push(key);
    }

    /// Wakes the streams of this process that wait for news of `subject`, once the commit is durable.
    pub fn wake(&mut self, subject: Uuid) {
        self.concerned.push(subject);
    }

    /// Makes transactions that hold the same key come one after the other, until they end. Take all keys at once: they are
    /// taken in one order, so that nobody waits in a circle. SQLite, where transactions come one after the other anyway,
    /// needs none.
    pub async fn hold(&self, keys: &[Uuid]) -> Result<()> {
        if self.get_database_backend() != DbBackend::Postgres || keys.is_empty() {
            return Ok(());
        }
        // The random half of an id: two keys that share it only wait for each other.
        let locks: BTreeSet<i64> = keys.iter().map(|key| key.as_u64_pair().1.cast_signed()).collect();
        let locks: Vec<String> = locks.into_iter().map(|lock| format!("pg_advisory_xact_lock({lock})")).collect();
        let sql = format!("SELECT {}", locks.join(", "));
        self.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
        Ok(())
    }

    pub(super) fn is_dead(&self) -> bool {
        self.state.load(Ordering::Relaxed) != ALIVE
    }

    pub(super) fn is_fatal(&self) -> bool {
        self.state.load(Ordering::Relaxed) == FATAL
    }

    pub(super) fn into_parts(self) -> (DatabaseTransaction, After) {
        (self.inner, After { told: self.told, changed: self.changed, concerned: self.concerned, has_work: self.has_work })
    }

    fn note<T>(&self, outcome: Result<T, DbErr>) -> Result<T, DbErr> {
        if let Err(error) = &outcome {
            let state = if faults::is_constraint(error) { DEAD } else { FATAL };
            self.state.fetch_max(state, Ordering::Relaxed);
        }
        outcome
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        self.note(self.inner.execute_raw(stmt).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.note(self.inner.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.note(self.inner.query_one_raw(stmt).await)
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.note(self.inner.query_all_raw(stmt).await)
    }
}
