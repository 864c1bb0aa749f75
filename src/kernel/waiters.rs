//! Who waits, in this process, for news of a subject: streams that are open to him. A transaction says whom it concerns,
//! and after its commit they are woken. Other nodes look by themselves; a wake-up only makes it sooner.

use std::collections::HashMap;
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
    notify: Arc<Notify>,
}

/// One stream's place. It is free again when this is dropped.
pub struct Seat {
    waiters: Waiters,
    subject: Uuid,
    number: u64,
    notify: Arc<Notify>,
}

impl Waiters {
    /// A place for one more stream of `session`; `None` when it has `max` already.
    pub fn join(&self, subject: Uuid, session: Uuid, max: usize) -> Option<Seat> {
        let mut inner = self.lock();
        let number = inner.next;
        let seats = inner.seats.entry(subject).or_default();
        if seats.iter().filter(|taken| taken.session == session).count() >= max {
            return None;
        }
        let notify = Arc::new(Notify::new());
        seats.push(Taken { number, session, notify: notify.clone() });
        inner.next += 1;
        Some(Seat { waiters: self.clone(), subject, number, notify })
    }

    /// Wakes whoever waits for news of these subjects.
    pub(super) fn wake(&self, subjects: &[Uuid]) {
        let inner = self.lock();
        for taken in subjects.iter().filter_map(|subject| inner.seats.get(subject)).flatten() {
            taken.notify.notify_one();
        }
    }

    /// The server stops: every stream is woken, to end.
    pub fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        inner.seats.values().flatten().for_each(|taken| taken.notify.notify_one());
    }

    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Nothing is left half-written by a panic elsewhere, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Resolves when there may be news. One that came since the last look is not lost.
    pub async fn woken(&self) {
        self.notify.notified().await;
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
