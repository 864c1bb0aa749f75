//! Who waits, in this process, for news of a subject: streams that are open to him. A transaction says whom it concerns,
//! and after its commit they are woken. Other nodes look by themselves; a wake-up only makes it sooner.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use uuid::Uuid;

/// The open streams of this process. Clones share them.
#[derive(Clone, Default)]
pub struct Waiters(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    seats: HashMap<Uuid, Vec<Taken>>,
    next: u64,
    closed: bool,
}

struct Taken {
    number: u64,
    session: Uuid,
    signal: Arc<Signal>,
}

#[derive(Default)]
struct Signal {
    news: Notify,
    given_away: AtomicBool,
}

/// One stream's place. It is free again when this is dropped.
pub struct Seat {
    waiters: Waiters,
    subject: Uuid,
    number: u64,
    signal: Arc<Signal>,
}

impl Waiters {
    /// A place for one more stream of `session`. Where it has `max` already the oldest one's is taken, for that is most
    /// likely the one whose client is gone.
    pub fn join(&self, subject: Uuid, session: Uuid, max: usize) -> Seat {
        let mut inner = self.lock();
        inner.next += 1;
        let number = inner.next;
        let seats = inner.seats.entry(subject).or_default();
        let of_session: Vec<usize> = (0..seats.len()).filter(|index| seats[*index].session == session).collect();
        if let Some(oldest) = of_session.first().filter(|_| of_session.len() >= max) {
            let signal = seats.remove(*oldest).signal;
            signal.given_away.store(true, Ordering::Relaxed);
            signal.news.notify_one();
        }
        let signal = Arc::new(Signal::default());
        seats.push(Taken { number, session, signal: signal.clone() });
        Seat { waiters: self.clone(), subject, number, signal }
    }

    /// Wakes whoever waits for news of these subjects.
    pub(super) fn wake(&self, subjects: &[Uuid]) {
        let inner = self.lock();
        for taken in subjects.iter().filter_map(|subject| inner.seats.get(subject)).flatten() {
            taken.signal.news.notify_one();
        }
    }

    /// The server stops: every stream is woken, to end.
    pub fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        inner.seats.values().flatten().for_each(|taken| taken.signal.news.notify_one());
    }

    /// Nothing is left half-written by a panic elsewhere, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Resolves when there may be news. One that came since the last look is not lost.
    pub async fn woken(&self) {
        self.signal.news.notified().await;
    }

    /// Whether the stream is to end: the server stops, or a newer stream of the session has this place.
    pub fn is_over(&self) -> bool {
        self.signal.given_away.load(Ordering::Relaxed) || self.waiters.lock().closed
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut inner = self.waiters.lock();
        if let Some(seats) = inner.seats.get_mut(&self.subject) {
            seats.retain(|taken| taken.number != self.number);
            if seats.is_empty() {
                inner.seats.remove(&self.subject);
            }
        }
    }
}
