//! What a node remembers for a moment of what it has read: rows that many ask for and few change. Own commits are forgotten
//! at once, those of other nodes within a second, for nothing is remembered longer. It shows; it never decides.

use std::any::Any;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Nothing is remembered longer, counted from before it was read.
const LIFE: Duration = Duration::from_secs(1);
/// Most that is remembered, in bytes as the rooms reckon them.
const BYTES_MAX: usize = 16 * 1024 * 1024;
/// What a place in the memory weighs besides its value.
const PLACE_BYTES: usize = 128;

/// What is remembered, of what, and which part of it.
pub type Key = (&'static str, Uuid, i64);

type Value = Arc<dyn Any + Send + Sync>;

struct Place {
    /// Another one whenever the key is forgotten, so that what was read before is not put back after.
    version: u64,
    read_at: Instant,
    value: Option<Value>,
    bytes: usize,
}

#[derive(Default)]
struct Places {
    by_key: HashMap<Key, Place>,
    bytes: usize,
}

/// Leave to remember what is read from now on.
#[derive(Clone, Copy, Debug)]
pub struct Ticket(u64, Instant);

#[derive(Clone, Default)]
pub struct Memory(Arc<(Mutex<Places>, AtomicU64)>);

impl Memory {
    /// What is remembered of a key, or leave to read it and to say what it was.
    ///
    /// # Errors
    /// A ticket, where nothing is remembered.
    pub fn recall<T: Any + Send + Sync>(&self, key: Key) -> Result<Arc<T>, Ticket> {
        let mut places = self.places();
        let now = Instant::now();
        let version = match places.by_key.get(&key).filter(|place| place.read_at.elapsed() < LIFE) {
            Some(Place { value: Some(value), .. }) => match value.clone().downcast() {
                Ok(value) => return Ok(value),
                Err(_) => self.version(),
            },
            // Somebody reads it at this moment: whoever is ready first says it.
            Some(place) => return Err(Ticket(place.version, now)),
            None => self.version(),
        };
        places.put(key, Place { version, read_at: now, value: None, bytes: PLACE_BYTES });
        Err(Ticket(version, now))
    }

    /// Remembers what was read, unless it was forgotten since.
    pub fn remember<T: Any + Send + Sync>(&self, key: Key, ticket: Ticket, value: Arc<T>, bytes: usize) {
        let mut places = self.places();
        if places.by_key.get(&key).is_some_and(|place| place.version == ticket.0) {
            let bytes = bytes.saturating_add(PLACE_BYTES);
            places.put(key, Place { version: ticket.0, read_at: ticket.1, value: Some(value), bytes });
        }
    }

    /// Forgets a key, and makes worthless what is being read of it.
    pub fn forget(&self, key: Key) {
        self.places().take(key);
    }

    fn version(&self) -> u64 {
        self.0.1.fetch_add(1, Ordering::Relaxed)
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    fn put(&mut self, key: Key, place: Place) {
        self.take(key);
        if self.bytes.saturating_add(place.bytes) > BYTES_MAX {
            self.by_key.retain(|_, place| place.read_at.elapsed() < LIFE);
            self.bytes = self.by_key.values().map(|place| place.bytes).sum();
        }
        if self.bytes.saturating_add(place.bytes) <= BYTES_MAX {
            self.bytes += place.bytes;
            self.by_key.insert(key, place);
        }
    }

    fn take(&mut self, key: Key) {
        if let Entry::Occupied(place) = self.by_key.entry(key) {
            self.bytes = self.bytes.saturating_sub(place.remove().bytes);
        }
    }
}
