//! One exchange with a provider over HTTP, repeated while that can help. Every repetition carries the same key, so it
//! is never a second payment.

use super::payment::PayFault;
use crate::adapters::sms::retry_after_s;
use crate::kernel::error::{Error, Result};
use bytes::{Bytes, BytesMut};
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, StatusCode};
use std::time::{Duration, Instant};

/// How often a call is tried before the task that makes it is put off.
const ATTEMPTS: u32 = 3;
/// A longer wait belongs to the queue, not to a worker that holds a lease.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// What was sent was answered, in words that we don't know.
pub(super) const NOT_UNDERSTOOD: PayFault = PayFault::Unknown { why: "the answer is not understood" };
/// A search through lists ends in time for the lease of the task that makes it.
pub(super) const LONGEST_SEARCH: Duration = Duration::from_secs(30);
/// A page of a hundred payments is far smaller.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// The pooled connections to one provider.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    pub client: Client,
    timeout: Duration,
}

/// What a call does if it is done twice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    /// Under a key of ours.
    Write,
}

/// An answer that settles the call: a success, or a refusal that repeating does not change.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// An attempt without an answer.
struct Lost {
    /// The connection was never made.
    unsent: bool,
    why: &'static str,
}

impl Wire {
    pub(super) fn new(timeout_s: u16) -> Result<Self> {
        let timeout = Duration::from_secs(timeout_s.clamp(1, 10).into());
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("Feldsher/", env!("CARGO_PKG_VERSION")))
            .timeout(timeout)
            .connect_timeout(timeout / 2)
            .pool_max_idle_per_host(8)
            .build()
            .map_err(|error| Error::internal(format!("the HTTP client can't be built: {error}")))?;
        Ok(Wire { client, timeout })
    }

    /// Sends a request until something settles it. No attempt begins after one timeout's time, so the whole takes two.
    pub(super) async fn ask(&self, request: RequestBuilder, kind: Kind) -> Result<Answer, PayFault> {
        let began = Instant::now();
        let mut doubtful = false;
        let mut attempt = 1;
        loop {
            let this = request.try_clone().ok_or(PayFault::Reject { why: "the request can't be built" })?;
            let outcome = exchange(this).await;
            let pause = match &outcome {
                Ok(answer) if !answer.may_change() => return judge(outcome, kind, doubtful),
                Ok(answer) => answer.pause(),
                Err(_) => None,
            };
            let pause = pause.unwrap_or(FIRST_PAUSE * 2_u32.pow(attempt - 1));
            if attempt == ATTEMPTS || pause > LONGEST_PAUSE || began.elapsed() + pause > self.timeout {
                return judge(outcome, kind, doubtful);
            }
            doubtful |= match &outcome {
                Ok(answer) => answer.status != StatusCode::TOO_MANY_REQUESTS,
                Err(lost) => !lost.unsent,
            };
            attempt += 1;
            tokio::time::sleep(pause).await;
        }
    }
}

impl Answer {
    /// Whether the same call may be answered otherwise in a moment. Stripe says so itself in a header.
    fn may_change(&self) -> bool {
        match self.headers.get("stripe-should-retry").map(|value| value.as_bytes()) {
            Some(b"true") => true,
            Some(b"false") => false,
            _ => matches!(self.status.as_u16(), 408 | 409 | 424 | 429) || self.status.is_server_error(),
        }
    }

    fn pause(&self) -> Option<Duration> {
        retry_after_s(&self.headers).map(|s| Duration::from_secs(s.into()))
    }
}

/// What the last attempt means. `doubtful`: an attempt before it may have been done.
fn judge(outcome: Result<Answer, Lost>, kind: Kind, doubtful: bool) -> Result<Answer, PayFault> {
    let answer = match outcome {
        Err(Lost { why, unsent }) if kind == Kind::Read || (unsent && !doubtful) => return Err(PayFault::retry(why)),
        Err(Lost { why, .. }) => return Err(PayFault::Unknown { why }),
        Ok(answer) => answer,
    };
    let after_s = retry_after_s(&answer.headers);
    let status = answer.status.as_u16();
    if status >= 400 {
        let request = answer.headers.get("request-id").and_then(|value| value.to_str().ok());
        tracing::warn!(status, request, "the payment provider did not do what was asked");
    }
    match status {
        200..300 => Ok(answer),
        401 | 403 => Err(PayFault::Retry { after_s, why: "the provider refuses our credentials" }),
        429 if !doubtful => Err(PayFault::Retry { after_s, why: "the provider asks us to slow down" }),
        408 | 409 | 424 | 429 | 500.. if kind == Kind::Read => {
            Err(PayFault::Retry { after_s, why: "the provider is out of order" })
        }
        400..500 if !matches!(status, 408 | 409 | 424 | 429) => Ok(answer),
        _ => Err(PayFault::Unknown { why: "the provider does not say how it went" }),
    }
}

async fn exchange(request: RequestBuilder) -> Result<Answer, Lost> {
    let mut response = request.send().await.map_err(|error| lost(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
        if body.len() + chunk.len() > ANSWER_BYTES {
            return Err(Lost { unsent: false, why: "the provider's answer is too long" });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body: body.freeze() })
}

fn lost(error: &reqwest::Error) -> Lost {
    if error.is_builder() {
        Lost { unsent: true, why: "the request can't be built" }
    } else if error.is_connect() {
        Lost { unsent: true, why: "the provider can't be reached" }
    } else if error.is_timeout() {
        Lost { unsent: false, why: "the provider did not answer in time" }
    } else {
        Lost { unsent: false, why: "the connection to the provider broke" }
    }
}

/// An answer that does not read. The log gets its kind and id, with which an operator finds it at the provider; the rest
/// may hold what is somebody's.
pub(super) fn not_understood(body: &[u8]) -> PayFault {
    let read: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let word = |name: &str| read.get(name)?.as_str().filter(|word| plain_id(word).is_ok());
    let (bytes, kind, id) = (body.len(), word("object"), word("id"));
    tracing::error!(bytes, kind, id, "an answer of the payment provider does not read: its API may have changed");
    NOT_UNDERSTOOD
}

/// Ids end in the path of an address, and some of them come from callbacks.
pub(super) fn plain_id(id: &str) -> Result<&str, PayFault> {
    let is_plain = (1..=255).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if is_plain { Ok(id) } else { Err(PayFault::Reject { why: "this is no id of the provider's" }) }
}
