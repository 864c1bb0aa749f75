//! Reading the answers of HTTP peers: what every sender needs, whoever the peer is.

use super::SendFault;
use chrono::DateTime;
use reqwest::Response;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// A peer may not put us off for longer than this.
const LONGEST_WAIT_S: u32 = 24 * 60 * 60;
/// So much of an answer's body is read, for the connection to be used again.
const BODY_BYTES: usize = 64 * 1024;

/// No answer at all. Only a failed connection proves that nothing was sent.
pub(super) fn unanswered(error: &reqwest::Error) -> SendFault {
    if error.is_builder() {
        SendFault::Reject { why: "the request can't be built" }
    } else if error.is_connect() {
        SendFault::retry("the peer can't be reached")
    } else if error.is_timeout() {
        SendFault::Unknown { why: "the peer did not answer in time" }
    } else {
        SendFault::Unknown { why: "the connection to the peer broke" }
    }
}

/// `Retry-After` (RFC 9110, 10.2.3): seconds, or a date, which is read against the peer's own `Date`, so that his
/// clock and ours need not agree.
pub(super) fn retry_after_s(headers: &HeaderMap) -> Option<u32> {
    let date = |name| DateTime::parse_from_rfc2822(headers.get(name)?.to_str().ok()?).ok();
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => u64::try_from((date(RETRY_AFTER)? - date(DATE)?).num_seconds()).unwrap_or(0),
    };
    Some(u32::try_from(seconds).unwrap_or(LONGEST_WAIT_S).min(LONGEST_WAIT_S))
}

/// The body, as far as it came and at most 64 KiB of it.
pub(super) async fn body(answer: &mut Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        if body.len() + chunk.len() > BODY_BYTES {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    body
}
