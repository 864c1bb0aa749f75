//! Tasks: what happens later. Outbox, background jobs and facts told to a room above are one table and one word. A task
//! is enqueued in the transaction that causes it, claimed under a lease, and repeated with back-off until it is done
//! or dead. The holder of an expired lease can't settle it any more (fencing by worker and attempt).

use super::clock::Ambient;
use super::db::{Db, Engine, Tx};
use super::error::Result;
use super::sql;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// A kind of task, with what it needs to know. Payloads hold ids and sealed bytes, never personal data in the plain.
pub trait Task: Serialize + DeserializeOwned {
    /// `room.verb`
    const KIND: &'static str;
    /// How often it is tried before it is dead.
    const ATTEMPTS: i32 = 12;

    /// The task as it is enqueued, due at once.
    fn task(&self) -> NewTask {
        NewTask {
            kind: Self::KIND,
            payload: serde_json::to_value(self).unwrap_or_default(),
            run_at: None,
            dedup: None,
            attempts: Self::ATTEMPTS,
        }
    }
}

pub struct NewTask {
    pub kind: &'static str,
    pub payload: serde_json::Value,
    /// None: at once.
    pub run_at: Option<DateTime<Utc>>,
    /// Of the waiting tasks with one key, one stays.
    pub dedup: Option<String>,
    pub attempts: i32,
}

impl NewTask {
    pub fn at(mut self, run_at: DateTime<Utc>) -> Self {
        self.run_at = Some(run_at);
        self
    }

    pub fn once(mut self, dedup: impl Into<String>) -> Self {
        self.dedup = Some(dedup.into());
        self
    }
}

/// A task under our lease.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Claimed {
    pub id: Uuid,
    pub kind: String,
    pub payload: serde_json::Value,
    pub attempt: i32,
    pub attempts_max: i32,
    pub taken_by: Uuid,
}

impl Claimed {
    /// The payload as the task that the runner expects.
    pub fn read<T: Task>(&self) -> Result<T> {
        serde_json::from_value(self.payload.clone())
            .map_err(|_| super::error::Error::internal(format!("a task {} does not read", self.kind)))
    }
}

/// How a run ended. `why` is a short constant text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    Done,
    /// Again, after so many seconds or by back-off.
    Retry {
        after_s: Option<u32>,
        why: &'static str,
    },
    /// Never again: dead, for an operator to look at.
    Fail {
        why: &'static str,
    },
}

/// Which of the due tasks a claim is about. Kinds are our own constants, so that they may stand in the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    All,
    Only(&'static str),
    But(&'static str),
}

impl Share {
    /// Ends a `WHERE`. Spelled as the partial indexes of the migrations spell it, so that they serve.
    fn sql(self) -> String {
        match self {
            Share::All => String::new(),
            Share::Only(kind) => format!(" AND kind = '{kind}'"),
            Share::But(kind) => format!(" AND kind <> '{kind}'"),
        }
    }
}

/// How long a lease lasts. A run that takes longer may be started by somebody else.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);

/// Takes up to `limit` tasks that are due.
pub async fn claim(db: &Db, worker: Uuid, limit: u32) -> Result<Vec<Claimed>> {
    claim_of(db, worker, limit, Share::All).await
}

/// Takes up to `limit` tasks of a share that are due.
pub async fn claim_of(db: &Db, worker: Uuid, limit: u32, share: Share) -> Result<Vec<Claimed>> {
    if !any_due_of(db, share).await? {
        return Ok(Vec::new());
    }
    let lock = match db.engine() {
        Engine::Postgres => "FOR UPDATE SKIP LOCKED",
        Engine::Sqlite => "",
    };
    let share = share.sql();
    let sql = format!(
        "UPDATE task SET taken_by = $1, run_at = $2, attempt = attempt + 1 WHERE id IN \
         (SELECT id FROM task WHERE state = 'waiting' AND run_at <= $3{share} ORDER BY run_at LIMIT {limit} {lock}) \
         RETURNING id, kind, payload, attempt, attempts_max, taken_by"
    );
    db.write(&super::db::Actor::house("queue.claim"), async |tx: &mut Tx| -> Result<Vec<Claimed>> {
        let values: [Value; 3] = [worker.into(), (tx.now() + LEASE).into(), tx.now().into()];
        let claim = Statement::from_sql_and_values(tx.get_database_backend(), &sql, values);
        Ok(Claimed::find_by_statement(claim).all(tx).await?)
    })
    .await
}

/// Whether a task is due that nobody has claimed, or whose claim is not committed yet.
async fn any_due_of(db: &Db, share: Share) -> Result<bool> {
    let reader = db.reader();
    let sql = format!("SELECT 1 AS one FROM task WHERE state = 'waiting' AND run_at <= $1{} LIMIT 1", share.sql());
    let due = Statement::from_sql_and_values(reader.get_database_backend(), sql, [db.ambient.now().into()]);
    Ok(reader.query_one_raw(due).await?.is_some())
}

/// Whether a task is due, or runs at `worker` under a lease that has not run out; with `until`, of those that were
/// enqueued up to then.
pub async fn any_pending(db: &Db, worker: Uuid, until: Option<DateTime<Utc>>) -> Result<bool> {
    let reader = db.reader();
    let now = db.ambient.now();
    let pending = Statement::from_sql_and_values(
        reader.get_database_backend(),
        "SELECT 1 AS one FROM task WHERE state = 'waiting' AND (run_at <= $1 OR taken_by = $2) AND created_at <= $3 LIMIT 1",
        [now.into(), worker.into(), until.unwrap_or(now).into()],
    );
    Ok(reader.query_one_raw(pending).await?.is_some())
}

/// Prolongs the lease of a run that takes long. False: it has passed to somebody else.
pub async fn renew(tx: &mut Tx, task: &Claimed) -> Result<bool> {
    let sql = "UPDATE task SET run_at = $4 WHERE id = $1 AND taken_by = $2 AND attempt = $3 AND state = 'waiting'";
    let values: [Value; 4] = [task.id.into(), task.taken_by.into(), task.attempt.into(), (tx.now() + LEASE).into()];
    Ok(tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected() == 1)
}

/// Writes down how the run ended, unless the lease has passed to somebody else meanwhile.
pub async fn settle(tx: &mut Tx, task: &Claimed, outcome: Outcome) -> Result<()> {
    let held = "id = $1 AND taken_by = $2 AND attempt = $3 AND state = 'waiting'";
    let mut values: Vec<Value> = vec![task.id.into(), task.taken_by.into(), task.attempt.into()];
    let sql = match outcome {
        Outcome::Done => format!("DELETE FROM task WHERE {held}"),
        Outcome::Retry { after_s, why } if task.attempt < task.attempts_max => {
            let wait = after_s.map_or_else(|| back_off(task.attempt, tx.ambient()), |s| Duration::from_secs(u64::from(s)));
            values.extend([(tx.now() + TimeDelta::from_std(wait).unwrap_or(LEASE)).into(), why.into()]);
            format!("UPDATE task SET run_at = $4, fault = $5, taken_by = NULL WHERE {held}")
        }
        Outcome::Retry { why, .. } | Outcome::Fail { why } => {
            values.push(why.into());
            format!("UPDATE task SET state = 'dead', fault = $4 WHERE {held}")
        }
    };
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), &sql, values)).await?;
    Ok(())
}

/// Settles many runs of one worker: what is done goes in one statement.
pub async fn settle_all(tx: &mut Tx, ended: &[(&Claimed, Outcome)]) -> Result<()> {
    let (done, others): (Vec<_>, Vec<_>) = ended.iter().partition(|(_, outcome)| *outcome == Outcome::Done);
    for (task, outcome) in others {
        settle(tx, task, outcome).await?;
    }
    let mut held: BTreeMap<(Uuid, i32), Vec<Uuid>> = BTreeMap::new();
    for (task, _) in done {
        held.entry((task.taken_by, task.attempt)).or_default().push(task.id);
    }
    for ((worker, attempt), ids) in held {
        let (places, ids) = sql::list(2, &ids);
        let sql = format!("DELETE FROM task WHERE taken_by = $1 AND attempt = $2 AND state = 'waiting' AND id IN ({places})");
        let lease: [Value; 2] = [worker.into(), attempt.into()];
        sql::change(tx, &sql, lease.into_iter().chain(ids)).await?;
    }
    Ok(())
}

/// Doubles from two seconds to an hour, with a quarter of jitter so that a crowd does not come back at once.
pub fn back_off(attempt: i32, ambient: &Ambient) -> Duration {
    let base_ms = 2_000u64 << attempt.clamp(0, 11);
    let jitter = u64::from(ambient.bytes::<1>()[0]) * (base_ms / 4) / 255;
    Duration::from_millis((base_ms + jitter).min(3_600_000))
}

/// Says that the slot of a recurring duty begins now, to one caller in the whole installation.
pub async fn begin_slot(tx: &mut Tx, name: &'static str, slot: DateTime<Utc>) -> Result<bool> {
    let taken = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "INSERT INTO duty (name, slot) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET slot = excluded.slot WHERE duty.slot < excluded.slot",
        [name.into(), slot.into()],
    );
    Ok(tx.execute_raw(taken).await?.rows_affected() == 1)
}

/// Gives the slot of a duty back that failed, so that it is tried again at the next look.
pub async fn give_slot_back(tx: &mut Tx, name: &'static str) -> Result<()> {
    let sql = "UPDATE duty SET slot = $2 WHERE name = $1";
    let values = [name.into(), DateTime::<Utc>::UNIX_EPOCH.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(())
}
