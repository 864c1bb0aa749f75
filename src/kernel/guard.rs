//! Inside a transaction the network is out of reach. The signature of a rule says so (`&mut Tx` has no adapter); this
//! guard catches what a closure could still capture.

use super::error::{Error, Result};
use std::future::Future;

tokio::task_local! {
    static IN_TX: ();
}

/// Refuses what must not happen inside a transaction: a send, a call to a peer, another transaction.
///
/// # Errors
/// `Internal` when the current task is inside a `Tx`.
pub fn outside(what: &'static str) -> Result<()> {
    match IN_TX.try_with(|()| ()) {
        Ok(()) => Err(Error::internal(format!("{what} was called inside a transaction"))),
        Err(_) => Ok(()),
    }
}

/// Runs `future` as the inside of a transaction.
pub async fn inside<F: Future>(future: F) -> F::Output {
    IN_TX.scope((), future).await
}
