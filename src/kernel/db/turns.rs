//! Group commit for SQLite. The disk syncs a few hundred times a second, so writers share a commit: a leader holds the
//! outer transaction and lends turns. A turn is a savepoint handed to the caller, who runs his rule in his own task,
//! releases it or rolls it back, gives the turn back and awaits the fate of the group. Nothing is acknowledged before
//! the shared commit is on the disk.
//!
//! Savepoints are named by depth, so the next turn starts only when the last one is over: `Turn` drops its transaction
//! before its seat, and the leader waits for the seat.

use super::super::error::{Error, Result};
use super::connect;
use super::faults;
use sea_orm::{DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// Turns in one commit, unless the configuration says otherwise, and how long the first of them may wait for it.
pub const TURNS_MAX: usize = 64;
const GROUP_LIMIT: Duration = Duration::from_millis(20);
/// Writers who may stand in the queue; the next one is told to come again.
const QUEUE_MAX: usize = 4096;

const FAILED: Error = Error::Unavailable("the database could not commit");

#[derive(Clone)]
pub(super) struct Turns {
    queue: mpsc::Sender<oneshot::Sender<Turn>>,
    closing: CancellationToken,
    closed: watch::Receiver<bool>,
}

/// The order of the fields is the order in which they drop.
pub(super) struct Turn {
    pub inner: DatabaseTransaction,
    pub seat: Seat,
}

/// Dropped without a word, it says that the savepoint was rolled back.
pub(super) struct Seat {
    back: oneshot::Sender<Left>,
    fate: watch::Receiver<Fate>,
}

enum Left {
    Well,
    Spoiled,
}

#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Open,
    Committed,
    Lost,
}

impl Turns {
    pub async fn start(url: &str, turns_max: usize) -> Result<Self> {
        let (queue, seats) = mpsc::channel(QUEUE_MAX);
        let leader = Leader { url: url.to_owned(), turns_max, pool: connect::sqlite_writer(url).await?, seats };
        let closing = CancellationToken::new();
        let (close, closed) = watch::channel(false);
        let stop = closing.clone();
        tokio::spawn(async move {
            leader.lead(stop).await;
            close.send_replace(true);
        });
        Ok(Self { queue, closing, closed })
    }

    /// Lets the group in flight end and closes the connection. Who comes later is refused.
    pub async fn close(mut self) {
        self.closing.cancel();
        let closed = &mut self.closed;
        let patience = tokio::time::timeout(Duration::from_secs(5), closed.wait_for(|closed| *closed));
        let _ = patience.await;
    }

    pub async fn take(&self) -> Result<Turn> {
        let (seat, turn) = oneshot::channel();
        self.queue.try_send(seat).map_err(|_| Error::Unavailable("too many writers are waiting"))?;
        turn.await.map_err(|_| FAILED)
    }
}

impl Seat {
    /// The savepoint is released or rolled back: awaits the fate of the group.
    pub async fn leave(self) -> Result<()> {
        let Seat { back, mut fate } = self;
        let _ = back.send(Left::Well);
        match fate.wait_for(|fate| *fate != Fate::Open).await.map(|fate| *fate) {
            Ok(Fate::Committed) => Ok(()),
            _ => Err(FAILED),
        }
    }

    /// The engine failed under this turn: the group must not commit.
    pub fn spoil(self) {
        let _ = self.back.send(Left::Spoiled);
    }
}

struct Leader {
    url: String,
    turns_max: usize,
    pool: DatabaseConnection,
    seats: mpsc::Receiver<oneshot::Sender<Turn>>,
}

impl Leader {
    async fn lead(mut self, stop: CancellationToken) {
        loop {
            let first = tokio::select! { () = stop.cancelled() => break, seat = self.seats.recv() => seat };
            let Some(first) = first else { break };
            let (fate, watching) = watch::channel(Fate::Open);
            let kept = self.group(first, &watching).await;
            if kept.is_err() {
                self.reopen().await;
            }
            fate.send_replace(if kept.is_ok() { Fate::Committed } else { Fate::Lost });
        }
        let _ = self.pool.close().await;
    }

    /// Lends turns to whoever waits, then commits for all of them.
    async fn group(&mut self, first: oneshot::Sender<Turn>, fate: &watch::Receiver<Fate>) -> Result<()> {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let outer = self.pool.begin_with_options(immediate).await.map_err(faults::unavailable)?;
        let started = Instant::now();
        let mut next = Some(first);
        for _ in 0..self.turns_max {
            let Some(seat) = next.take().or_else(|| self.seats.try_recv().ok()) else { break };
            lend(&outer, seat, fate.clone()).await?;
            if started.elapsed() > GROUP_LIMIT {
                break;
            }
        }
        outer.commit().await.map_err(faults::unavailable)
    }

    /// After a failed group the connection is not trusted any more.
    async fn reopen(&mut self) {
        match connect::sqlite_writer(&self.url).await {
            Ok(pool) => {
                let old = std::mem::replace(&mut self.pool, pool);
                let _ = old.close().await;
            }
            Err(error) => tracing::error!(%error, "the database could not be opened again"),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a savepoint inside the leader's own transaction")]
async fn lend(outer: &DatabaseTransaction, seat: oneshot::Sender<Turn>, fate: watch::Receiver<Fate>) -> Result<()> {
    if seat.is_closed() {
        return Ok(());
    }
    let inner = outer.begin().await.map_err(faults::unavailable)?;
    let (back, left) = oneshot::channel();
    // A caller who went away meanwhile gets nothing; his turn drops here and rolls back.
    let _ = seat.send(Turn { inner, seat: Seat { back, fate } });
    match left.await {
        Ok(Left::Well) | Err(_) => Ok(()),
        Ok(Left::Spoiled) => Err(FAILED),
    }
}
