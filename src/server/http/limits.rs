//! Limits on what a request may weigh.

use crate::kernel::error::Code;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use poem::http::{Method, header};
use poem::{Body, Request};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// The path with its query.
const MAX_URI_BYTES: usize = 8 * 1024;
/// All header names and values. The framework's limit for HTTP/2 is the same.
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// What a JSON body may weigh when nothing else was said for its address.
const MAX_JSON_BYTES: u64 = 64 * 1024;
/// What is still read of a body that was refused. A connection closed upon unread bytes is reset, and a reset may overtake
/// the answer.
const SWALLOWED_BYTES: u64 = 1024 * 1024;
const SWALLOWED_TIME: Duration = Duration::from_secs(5);

/// How many bytes a body may have, by method and path.
#[derive(Clone)]
pub struct BodyLimit(Arc<Exception>);

type Exception = dyn Fn(&Method, &str) -> Option<u64> + Send + Sync;

impl BodyLimit {
    /// The limit that `exception` names for an address, and 64 KiB where it names none.
    pub fn with(exception: impl Fn(&Method, &str) -> Option<u64> + Send + Sync + 'static) -> BodyLimit {
        BodyLimit(Arc::new(exception))
    }

    fn bytes(&self, request: &Request) -> u64 {
        (self.0)(request.method(), request.uri().path()).unwrap_or(MAX_JSON_BYTES)
    }
}

impl Default for BodyLimit {
    fn default() -> Self {
        BodyLimit::with(|_, _| None)
    }
}

/// Tells whether a body of undeclared length went over its limit while it was read.
pub struct Overflow(Option<Arc<AtomicBool>>);

impl Overflow {
    pub fn happened(&self) -> bool {
        self.0.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

/// Refuses what is known to be too large, and counts the bytes of what isn't known yet.
pub async fn guard(request: &mut Request, limit: &BodyLimit) -> Result<Overflow, Code> {
    let uri = request.original_uri();
    if uri.path().len() + uri.query().map_or(0, str::len) > MAX_URI_BYTES {
        return Err(Code::UriTooLong);
    }
    let header_bytes: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if header_bytes > MAX_HEADER_BYTES {
        return Err(Code::HeadersTooLarge);
    }
    let limit = limit.bytes(request);
    // A declared length is kept to by the HTTP library below, so such a body needs no counting.
    if let Some(declared) = request.header(header::CONTENT_LENGTH) {
        if declared.parse().is_ok_and(|bytes: u64| bytes <= limit) {
            return Ok(Overflow(None));
        }
        swallow(request).await;
        return Err(Code::TooLarge);
    }
    let body = request.take_body();
    if body.is_empty() {
        return Ok(Overflow(None));
    }
    let flag = Arc::new(AtomicBool::new(false));
    request.set_body(Body::from_bytes_stream(Counted {
        body: Box::pin(body.into_bytes_stream()),
        limit,
        read: 0,
        over: flag.clone(),
    }));
    Ok(Overflow(Some(flag)))
}

/// Reads away a refused body, unless the client waits for our word before it sends.
async fn swallow(request: &mut Request) {
    if request.headers().contains_key(header::EXPECT) {
        return;
    }
    let mut body = request.take_body().into_bytes_stream();
    let reading = async {
        let mut read = 0;
        while let Some(Ok(part)) = body.next().await {
            read += part.len() as u64;
            if read > SWALLOWED_BYTES {
                return;
            }
        }
    };
    // Whether it came to an end doesn't matter: the answer is the same.
    let _ = tokio::time::timeout(SWALLOWED_TIME, reading).await;
}

/// A body that ends in an error once it is over its limit.
struct Counted {
    body: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>,
    limit: u64,
    read: u64,
    over: Arc<AtomicBool>,
}

impl Stream for Counted {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let part = ready!(self.body.as_mut().poll_next(cx));
            let over = self.over.load(Ordering::Relaxed);
            match part {
                Some(Ok(part)) => {
                    self.read += part.len() as u64;
                    if self.read <= self.limit {
                        return Poll::Ready(Some(Ok(part)));
                    }
                    self.over.store(true, Ordering::Relaxed);
                    if self.read > self.limit.saturating_add(SWALLOWED_BYTES) {
                        return Poll::Ready(Some(Err(too_large())));
                    }
                }
                None if over => return Poll::Ready(Some(Err(too_large()))),
                end => return Poll::Ready(end),
            }
        }
    }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "the body is over its limit")
}
