//! What the process logs, kept for those who look through it. One subscriber for the whole test binary, for the server's
//! tasks run on threads of their own.

use std::io::Write;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use tracing_subscriber::EnvFilter;

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static STARTED: Once = Once::new();

struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        lines().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn lines() -> MutexGuard<'static, Vec<u8>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins to listen, to more than an operator in trouble would turn on.
pub fn listen() {
    STARTED.call_once(|| {
        let filter = EnvFilter::new("info,feldsher=trace,poem=debug,poem_openapi=debug,sea_orm=debug,sqlx=debug");
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_env_filter(filter).with_writer(|| Sink).finish();
        tracing::subscriber::set_global_default(subscriber).expect("the only subscriber");
    });
}

/// All that was logged since `listen`.
pub fn so_far() -> Vec<u8> {
    lines().clone()
}
