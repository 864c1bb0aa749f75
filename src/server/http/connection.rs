//! Connections: accepting, timing out when nothing moves, stopping with grace.

use poem::http::uri::Scheme;
use poem::listener::{Acceptor, TcpAcceptor};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, Server};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long requests in flight may take to end once the server was told to stop.
const GRACE: Duration = Duration::from_secs(25);
/// A connection on which nothing moves this long is closed. Longer than the 60 s that proxies keep theirs open.
const IDLE: Duration = Duration::from_secs(75);
/// Pause after a failed accept: out of file handles, say, it would fail again at once and spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `shutdown` resolves; then takes no new connections and lets the requests in flight end, for 25 s at most.
pub async fn serve<E: Endpoint + 'static>(
    listener: TcpListener,
    endpoint: E,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let acceptor = Tuned(TcpAcceptor::from_tokio(listener)?);
    Server::new_with_acceptor(acceptor).run_with_graceful_shutdown(endpoint, shutdown, Some(GRACE)).await
}

/// Resolves when the process is asked to stop, by SIGTERM or ctrl-C.
pub async fn stop_signal() {
    let ctrl_c = async {
        // Without a handler for the signal the default one stays, and that stops the process too.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = ctrl_c => {}
        () = terminate => {}
    }
}

/// Sets what the framework's acceptor leaves unset: no delay for small packets (Nagle costs 40 ms on a kept connection),
/// and a limit on silence.
struct Tuned(TcpAcceptor);

impl Acceptor for Tuned {
    type Io = Timed;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.0.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Timed, LocalAddr, RemoteAddr, Scheme)> {
        match self.0.accept().await {
            Ok((stream, local, remote, scheme)) => {
                // A peer that has gone already makes this fail; reading will tell.
                let _ = stream.set_nodelay(true);
                Ok((Timed::new(stream), local, remote, scheme))
            }
            Err(error) => {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                Err(error)
            }
        }
    }
}

/// A stream that fails to read once nothing moved for [`IDLE`]. The timer is set anew only when it fires, so that a
/// busy connection pays for one look at the clock.
struct Timed {
    stream: TcpStream,
    moved: Instant,
    alarm: Pin<Box<Sleep>>,
}

impl Timed {
    fn new(stream: TcpStream) -> Timed {
        let now = Instant::now();
        Timed { stream, moved: now, alarm: Box::pin(sleep_until(now + IDLE)) }
    }

    fn note<T>(&mut self, poll: Poll<T>) -> Poll<T> {
        if poll.is_ready() {
            self.moved = Instant::now();
        }
        poll
    }
}

impl AsyncRead for Timed {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_read(cx, buf);
        if poll.is_ready() {
            return self.note(poll);
        }
        while self.alarm.as_mut().poll(cx).is_ready() {
            let deadline = self.moved + IDLE;
            if deadline <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.alarm.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

impl AsyncWrite for Timed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.note(poll)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.note(poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
