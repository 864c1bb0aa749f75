//! The two stores as engines: SQLite by default, PostgreSQL when one machine is outgrown. This folder is the only
//! place that asks which engine it is. Everybody else reads through `Reader` and writes through `Db::write`.

mod connect;
mod faults;
mod flush;
mod migrate;
mod reader;
mod turns;
mod tx;

pub use connect::Engine;
pub use faults::is_overlap;
pub use reader::Reader;
pub use turns::TURNS_MAX;
pub use tx::{Actor, Tx, Verdict, Who};

use super::clock::Ambient;
use super::error::{Error, Result};
use super::guard;
use super::invalidation::Invalidations;
use super::memory::Memory;
use super::waiters::Waiters;
use sea_orm::{DatabaseConnection, DatabaseTransaction, TransactionOptions, TransactionTrait};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};

/// A turn that takes longer is rolled back, so that one slow rule never holds up the house.
const WRITE_LIMIT: Duration = Duration::from_secs(10);
/// So many transactions of the house's own, its tasks and duties, go on at once on PostgreSQL. The other connections are for
/// those who wait for an answer, also when a node comes back to a heap of tasks.
const BACKGROUND: usize = connect::CONNECTIONS as usize / 2;

/// One store. Clones share the pools.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    readers: DatabaseConnection,
    writers: Writers,
    pub ambient: Ambient,
    pub invalidations: Invalidations,
    /// What this process remembers for a moment of what it has read.
    pub memory: Memory,
    /// The streams of this process that wait for news of somebody.
    pub waiters: Waiters,
    /// Woken when a transaction of this process has enqueued something.
    pub work: Arc<Notify>,
}

#[derive(Clone)]
enum Writers {
    /// PostgreSQL: a transaction each, and seats for those of the house's own.
    Each(DatabaseConnection, Arc<Semaphore>),
    /// SQLite: transactions that share a commit.
    Turns(turns::Turns),
}

impl Db {
    /// Opens `url` (`sqlite:PATH` or `postgres://…`). The SQLite file is created when it is missing.
    pub async fn open(url: &str, ambient: Ambient) -> Result<Self> {
        Self::open_sharing(url, ambient, TURNS_MAX).await
    }

    /// As `open`, with at most `turns_max` writers in one commit of SQLite; 1 gives each a commit of its own.
    pub async fn open_sharing(url: &str, ambient: Ambient, turns_max: usize) -> Result<Self> {
        let engine = Engine::of(url)?;
        // On SQLite the single writer goes first: two connections that switch a new file to WAL at once block each other.
        let turns = match engine {
            Engine::Sqlite => Some(turns::Turns::start(url, turns_max.max(1)).await?),
            Engine::Postgres => None,
        };
        let readers = connect::readers(engine, url).await?;
        let writers = match turns {
            Some(turns) => Writers::Turns(turns),
            None => Writers::Each(readers.clone(), Arc::new(Semaphore::new(BACKGROUND))),
        };
        let (invalidations, waiters) = (Invalidations::default(), Waiters::default());
        let memory = Memory::default();
        Ok(Self { engine, readers, writers, ambient, invalidations, memory, waiters, work: Arc::default() })
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Reads what is committed. Inside a `write` it refuses: the Tx is the reader there.
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(&self.readers)
    }

    /// Whether the store answers.
    pub async fn check(&self) -> Result<()> {
        self.readers.ping().await.map_err(faults::unavailable)
    }

    /// Closes the pools; what is in flight ends first.
    pub async fn close(self) {
        let _ = self.readers.close().await;
        if let Writers::Turns(turns) = self.writers {
            turns.close().await;
        }
    }

    /// Runs `rule` in one transaction. It ends in a `Verdict`: `Ok` commits, `Err` rolls back, and `Verdict::kept`
    /// commits what a refusal has to leave behind. The answer comes when the fate is known and durable.
    ///
    /// # Errors
    /// What the rule refuses; `Unavailable` when the engine could not commit; `Internal` inside another transaction.
    pub async fn write<T, V, F>(&self, actor: &Actor, rule: F) -> Result<T>
    where
        F: AsyncFnOnce(&mut Tx) -> V,
        V: Into<Verdict<T>>,
    {
        guard::outside("write")?;
        match &self.writers {
            Writers::Each(pool, background) => {
                let is_own = actor.who == Who::House;
                let _seat = if is_own { background.acquire().await.ok() } else { None };
                self.write_alone(pool, actor, rule).await
            }
            Writers::Turns(turns) => self.write_in_turn(turns, actor, rule).await,
        }
    }

    async fn write_alone<T, V, F>(&self, pool: &DatabaseConnection, actor: &Actor, rule: F) -> Result<T>
    where
        F: AsyncFnOnce(&mut Tx) -> V,
        V: Into<Verdict<T>>,
    {
        let inner = pool.begin_with_options(TransactionOptions::default()).await.map_err(faults::unavailable)?;
        let (tx, verdict) = self.run(inner, actor, rule).await;
        let (inner, after) = tx.into_parts();
        if verdict.commit {
            inner.commit().await.map_err(faults::unavailable)?;
            self.committed(&after);
        } else {
            inner.rollback().await.map_err(faults::unavailable)?;
        }
        verdict.answer
    }

    async fn write_in_turn<T, V, F>(&self, turns: &turns::Turns, actor: &Actor, rule: F) -> Result<T>
    where
        F: AsyncFnOnce(&mut Tx) -> V,
        V: Into<Verdict<T>>,
    {
        let turns::Turn { inner, seat } = turns.take().await?;
        let (tx, verdict) = self.run(inner, actor, rule).await;
        let fatal = tx.is_fatal();
        let (inner, after) = tx.into_parts();
        let ended = if verdict.commit { inner.commit().await } else { inner.rollback().await };
        if fatal || ended.is_err() {
            seat.spoil();
            return Err(Error::Unavailable("the database could not keep the change"));
        }
        seat.leave().await?;
        if verdict.commit {
            self.committed(&after);
        }
        verdict.answer
    }

    /// Runs the rule on `inner` and flushes what it gathered. An error leaves `inner` rolled back.
    async fn run<T, V, F>(&self, inner: DatabaseTransaction, actor: &Actor, rule: F) -> (Tx, Verdict<T>)
    where
        F: AsyncFnOnce(&mut Tx) -> V,
        V: Into<Verdict<T>>,
    {
        let mut tx = Tx::new(inner, actor.clone(), self.ambient.clone());
        let ruled = tokio::time::timeout(WRITE_LIMIT, guard::inside(rule(&mut tx))).await;
        let mut verdict: Verdict<T> = match ruled {
            Ok(verdict) => verdict.into(),
            Err(_) => Verdict::from(Err(Error::Unavailable("the change took too long"))),
        };
        if verdict.commit {
            let flushed = if tx.is_dead() {
                Err(Error::internal("a database error was swallowed inside a transaction"))
            } else {
                flush::flush(&mut tx, self.engine).await
            };
            if let Err(error) = flushed {
                verdict = Verdict::from(Err(error));
            }
        }
        (tx, verdict)
    }

    fn committed(&self, after: &tx::After) {
        self.invalidations.announce(&after.told);
        for key in &after.changed {
            self.memory.forget(*key);
        }
        self.waiters.wake(&after.concerned);
        if after.has_work {
            self.work.notify_waiters();
        }
    }
}
