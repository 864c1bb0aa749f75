//! Time, randomness and ids, handed to whoever needs them. A test or the sandbox can move the clock and fix the seed;
//! `clippy.toml` forbids taking any of the three from the air.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// The hour and the dice. Clones share both.
#[derive(Clone, Debug)]
pub struct Ambient {
    offset_ms: Arc<AtomicI64>,
    /// None: the operating system's generator.
    dice: Option<Arc<Mutex<ChaCha20Rng>>>,
}

impl Ambient {
    /// The system's clock and generator.
    pub fn system() -> Self {
        Self { offset_ms: Arc::default(), dice: None }
    }

    /// The system's clock, and a generator that repeats itself for the same seed. For tests.
    pub fn seeded(seed: u64) -> Self {
        Self { offset_ms: Arc::default(), dice: Some(Arc::new(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))) }
    }

    /// Now, in UTC and whole milliseconds: what is written is what is read back on both engines.
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    pub fn now(&self) -> DateTime<Utc> {
        let now = Utc::now() + TimeDelta::milliseconds(self.offset_ms.load(Ordering::Relaxed));
        now.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(now)
    }

    /// Moves the clock, forwards as a rule.
    pub fn advance(&self, by: TimeDelta) {
        self.offset_ms.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }

    /// A new UUIDv7: sorted by creation, never a secret.
    pub fn id(&self) -> Uuid {
        let ms = u64::try_from(self.now().timestamp_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(ms, &self.bytes()).into_uuid()
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// Fills `bytes` with unguessable ones.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: nothing may go on then.
    #[expect(clippy::disallowed_methods, clippy::expect_used, reason = "the one place where randomness is taken")]
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.dice {
            None => getrandom::fill(bytes).expect("the operating system gives randomness"),
            Some(dice) => dice.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes),
        }
    }
}

/// The least id that is made from `at` on: a place between ids of before and after.
pub fn id_floor(at: DateTime<Utc>) -> Uuid {
    let ms = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(ms, &[0; 10]).into_uuid()
}
