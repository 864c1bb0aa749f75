//! The wall between a database transaction and the outside world. A call to a peer inside a transaction would hold
//! locks for as long as the peer likes, and its effect could not be rolled back; so it is refused, on both engines.

use super::error::{Error, Result};

tokio::task_local! {
    static IN_TX: ();
}

/// Runs `work` as the inside of a database transaction. The mark belongs to the task: what `work` spawns is outside.
pub async fn inside<F: Future>(work: F) -> F::Output {
    IN_TX.scope((), work).await
}

/// Passes when the current task holds no transaction. `what` names the call, for the log.
///
/// # Errors
/// `Internal` inside [`inside`]: a fault of ours that a test should have met.
pub fn outside(what: &'static str) -> Result<()> {
    if IN_TX.try_with(|()| ()).is_err() {
        return Ok(());
    }
    tracing::error!(what, "called inside a database transaction");
    Err(Error::internal(format!("{what} was called inside a database transaction")))
}
