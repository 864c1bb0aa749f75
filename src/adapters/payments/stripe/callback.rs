//! Calls from Stripe. The signature covers the bytes as they came; nothing in them is believed but which payment to look at.

use super::Stripe;
use crate::adapters::payments::payment::Callback;
use crate::kernel::secret::Secret;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::HeaderMap;
use serde::Deserialize;
use sha2::Sha256;

/// A signature older than this, or from as far in the future, is refused.
const OLDEST: TimeDelta = TimeDelta::seconds(300);
/// Stripe sends one signature for each secret that is valid: two while they rotate.
const SIGNATURES: usize = 8;

#[derive(Deserialize)]
struct Event {
    id: String,
    account: Option<String>,
    livemode: bool,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    object: String,
    id: Option<String>,
    /// Of charges, refunds and disputes; an id, or the whole when it was expanded.
    payment_intent: Option<serde_json::Value>,
}

impl Stripe {
    pub(super) fn judge_callback(&self, headers: &HeaderMap, raw: &[u8], now: DateTime<Utc>) -> Callback {
        let header = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
        let Some((at, signatures)) = header.and_then(read_header) else {
            return Callback::Reject { why: "no signature" };
        };
        let genuine = |secret: &Secret| signatures.iter().any(|signature| mac(secret, at, raw).verify_slice(signature).is_ok());
        if !self.webhook_secrets.iter().any(genuine) {
            return Callback::Reject { why: "the signature is wrong" };
        }
        if DateTime::from_timestamp(at, 0).is_none_or(|at| (now - at).abs() > OLDEST) {
            return Callback::Reject { why: "too old" };
        }
        let Ok(event) = serde_json::from_slice::<Event>(raw) else {
            return Callback::Reject { why: "the body does not read" };
        };
        if event.livemode != self.is_live {
            return Callback::Reject { why: "live and test are mixed" };
        }
        if event.account != self.account {
            return Callback::Reject { why: "for another account" };
        }
        match payment_of(event.data.object) {
            Some(payment) => Callback::Hint { event: event.id, payment },
            None => Callback::Ignore { event: event.id },
        }
    }
}

fn payment_of(object: Object) -> Option<String> {
    match object.object.as_str() {
        "payment_intent" => object.id,
        _ => match object.payment_intent? {
            serde_json::Value::String(id) => Some(id),
            whole => whole.get("id")?.as_str().map(str::to_owned),
        },
    }
}

/// `t=<seconds>,v1=<hex>,v1=<hex>,v0=<something else>`.
fn read_header(header: &str) -> Option<(i64, Vec<Vec<u8>>)> {
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let at = parts().find(|(name, _)| *name == "t")?.1.parse().ok()?;
    let signatures = parts().filter(|(name, _)| *name == "v1").filter_map(|(_, value)| hex::decode(value).ok());
    Some((at, signatures.take(SIGNATURES).collect()))
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn mac(secret: &Secret, at: i64, raw: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()).expect("a key of any length");
    mac.update(at.to_string().as_bytes());
    mac.update(b".");
    mac.update(raw);
    mac
}
