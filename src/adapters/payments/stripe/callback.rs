//! Calls from Stripe. The signature covers the bytes as they came; nothing in them is believed but which payment to look at.

use super::Stripe;
use crate::adapters::payments::payment::Callback;
use crate::adapters::payments::signature;
use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use serde::Deserialize;

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
        if let Err(why) = signature::verify(&self.webhook_secrets, headers, "stripe-signature", raw, now) {
            return Callback::Reject { why };
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
