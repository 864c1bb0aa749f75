//! Calls from YooKassa. They bear no signature: the caller's address is all that can be checked, and that the payment is
//! fetched afterwards is what makes them harmless.

use super::YooKassa;
use crate::adapters::payments::payment::Callback;
use serde::Deserialize;
use std::net::IpAddr;

/// Where YooKassa says that its notifications come from.
pub(super) const NETWORKS: [&str; 7] =
    ["185.71.76.0/27", "185.71.77.0/27", "77.75.153.0/25", "77.75.156.11", "77.75.156.35", "77.75.154.128/25", "2a02:5180::/32"];

#[derive(Deserialize)]
struct Notification {
    #[serde(rename = "type")]
    kind: String,
    event: String,
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    id: String,
    /// Of refunds.
    payment_id: Option<String>,
}

impl YooKassa {
    pub(super) fn judge_callback(&self, raw: &[u8], ip: IpAddr) -> Callback {
        if !self.callback_networks.contain(ip) {
            return Callback::Reject { why: "not from an address of the provider" };
        }
        let Ok(told) = serde_json::from_slice::<Notification>(raw) else {
            return Callback::Reject { why: "the body does not read" };
        };
        let event = format!("{}:{}", told.event, told.object.id);
        match told.event.split('.').next() {
            Some("payment") if told.kind == "notification" => Callback::Hint { event, payment: told.object.id },
            Some("refund") if told.kind == "notification" => match told.object.payment_id {
                Some(payment) => Callback::Hint { event, payment },
                None => Callback::Reject { why: "the body does not read" },
            },
            _ => Callback::Ignore { event },
        }
    }
}
