//! Providers of YooKassa's shape: a page to be redirected to, `Idempotence-Key`, decimal strings, unsigned callbacks, and
//! receipts by 54-FZ. They know no payers and list no saved methods, so none are saved.

mod callback;
mod words;

use super::payment::{Callback, Method, Money, Order, PayFault, Payment, Refund, Sheet, State};
use super::wire::{Kind, LONGEST_SEARCH, NOT_UNDERSTOOD, Wire, not_understood, plain_id};
use crate::adapters::peer_url;
use crate::kernel::error::{Error, Result};
use crate::kernel::network::Networks;
use crate::kernel::secret::Secret;
use chrono::{DateTime, SecondsFormat};
use reqwest::Method as Verb;
use reqwest::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt;
use std::net::IpAddr;
use std::time::Instant;
use uuid::Uuid;
use words::{Amount, Page, Paid, Returned, receipt};

const IDEMPOTENCE_KEY: HeaderName = HeaderName::from_static("idempotence-key");
/// An unpaid payment ends by itself after an hour.
const LIFE_OF_A_PAGE_S: u32 = 3600;

/// The settings under `[payments]` with `kind = "yookassa"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YooKassaConfig {
    shop_id: String,
    secret_key: Secret,
    /// The shop sends fiscal receipts through the provider. Then each order names its lines and where the receipt goes.
    #[serde(default)]
    receipts: bool,
    /// 1 to 6, as the provider counts tax systems. Default: that of the shop's settings.
    tax_system: Option<u8>,
    /// From where callbacks are believed. Default: the networks that the provider publishes.
    callback_networks: Option<Vec<String>>,
    #[serde(default = "yookassa_url")]
    url: String,
    /// Seconds for one attempt, 1 to 10. Default 8.
    #[serde(default = "eight")]
    timeout_s: u16,
    /// Lets plain HTTP leave this machine. Default false.
    #[serde(default)]
    allow_http: bool,
}

fn yookassa_url() -> String {
    "https://api.yookassa.ru/v3".to_owned()
}

fn eight() -> u16 {
    8
}

/// YooKassa, or a provider of its shape. Clones share the connections.
#[derive(Clone)]
pub struct YooKassa {
    wire: Wire,
    /// Without a slash at its end.
    base: String,
    shop_id: String,
    secret_key: Secret,
    receipts: bool,
    tax_system: Option<u8>,
    callback_networks: Networks,
}

impl fmt::Debug for YooKassa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("YooKassa").field("shop_id", &self.shop_id).finish_non_exhaustive()
    }
}

impl YooKassa {
    pub(super) fn open(config: &YooKassaConfig) -> Result<Self> {
        let url = peer_url("payments.url", &config.url, config.allow_http)?;
        if config.shop_id.is_empty() || config.secret_key.is_empty() {
            return Err(Error::internal("payments.shop_id and payments.secret_key are needed"));
        }
        if config.tax_system.is_some_and(|code| !(1..=6).contains(&code)) {
            return Err(Error::internal("payments.tax_system is a number from 1 to 6"));
        }
        let networks = match &config.callback_networks {
            Some(networks) => Networks::parse(networks),
            None => Networks::parse(&callback::NETWORKS),
        };
        Ok(YooKassa {
            wire: Wire::new(config.timeout_s)?,
            base: url.as_str().trim_end_matches('/').to_owned(),
            shop_id: config.shop_id.clone(),
            secret_key: config.secret_key.clone(),
            receipts: config.receipts,
            tax_system: config.tax_system,
            callback_networks: networks.map_err(|error| Error::internal(format!("payments.callback_networks: {error}")))?,
        })
    }

    pub(super) fn sends_receipts(&self) -> bool {
        self.receipts
    }

    pub(super) async fn create(&self, order: &Order) -> Result<Sheet, PayFault> {
        let return_url = order.return_url.as_deref().ok_or(PayFault::Reject { why: "a redirect needs a way back" })?;
        let mut body = json!({
            "amount": Amount::of(&order.money)?,
            "capture": true,
            "confirmation": {"type": "redirect", "return_url": return_url},
            "metadata": {"charge": order.charge},
        });
        if self.receipts {
            body["receipt"] = receipt(order, self.tax_system)?;
        }
        let paid: Paid = self.post("/payments", &body, order.charge).await?;
        let url = paid.confirmation.and_then(|confirmation| confirmation.confirmation_url);
        match (paid.status.as_str(), url) {
            ("succeeded" | "waiting_for_capture", _) => Ok(Sheet::Done { payment: paid.id }),
            ("pending", Some(url)) => Ok(Sheet::Redirect { payment: paid.id, url }),
            ("canceled", _) => Err(PayFault::Declined { why: "card_declined" }),
            _ => Err(NOT_UNDERSTOOD),
        }
    }

    pub(super) async fn fetch(&self, payment: &str) -> Result<Payment, PayFault> {
        let paid: Paid = self.get(&format!("/payments/{}", plain_id(payment)?)).await?;
        paid.payment()
    }

    /// Through the list since an hour before the charge was made, which its id tells.
    pub(super) async fn find(&self, charge: Uuid) -> Result<Option<Payment>, PayFault> {
        const HOUR_S: i64 = 3600;
        let made = charge.get_timestamp().and_then(|at| i64::try_from(at.to_unix().0).ok());
        let since = made.and_then(|at| DateTime::from_timestamp(at - HOUR_S, 0));
        let since = since.map(|at| format!("&created_at.gte={}", at.to_rfc3339_opts(SecondsFormat::Secs, true)));
        let first = format!("/payments?limit=100{}", since.unwrap_or_default());
        let mut path = first.clone();
        let began = Instant::now();
        while began.elapsed() < LONGEST_SEARCH {
            let page: Page<Paid> = self.get(&path).await?;
            if let Some(found) = page.items.into_iter().find(|paid| paid.charge() == Some(charge)) {
                return found.payment().map(Some);
            }
            let Some(cursor) = page.next_cursor else { return Ok(None) };
            path = format!("{first}&cursor={}", plain_id(&cursor)?);
        }
        Err(PayFault::Unknown { why: "too many payments to look through" })
    }

    /// The provider cancels only what is reserved; what nobody has paid it ends by itself.
    pub(super) async fn cancel(&self, payment: &str, key: Uuid) -> Result<(), PayFault> {
        match self.fetch(payment).await?.state {
            State::Canceled => Ok(()),
            State::Pending => {
                Err(PayFault::Retry { after_s: Some(LIFE_OF_A_PAGE_S), why: "the provider ends unpaid payments by itself" })
            }
            State::Authorized => {
                let canceled: Paid = self.post(&format!("/payments/{payment}/cancel"), &json!({}), key).await?;
                match canceled.status.as_str() {
                    "canceled" => Ok(()),
                    _ => Err(NOT_UNDERSTOOD),
                }
            }
            State::Unknown => Err(NOT_UNDERSTOOD),
            _ => Err(PayFault::Reject { why: "the payment does not stand so that this could happen" }),
        }
    }

    /// Looks for the key among the refunds first: the provider forgets keys after a day. It keeps ours as the description.
    pub(super) async fn refund(&self, payment: &str, amount: i64, key: Uuid) -> Result<Refund, PayFault> {
        let first = format!("/refunds?limit=100&payment_id={}", plain_id(payment)?);
        let mut path = first.clone();
        loop {
            let page: Page<Returned> = self.get(&path).await?;
            let ours = |refund: &&Returned| refund.description.as_deref().and_then(|text| text.parse().ok()) == Some(key);
            if let Some(refund) = page.items.iter().find(ours) {
                return same_refund(refund, amount);
            }
            let Some(cursor) = page.next_cursor else { break };
            path = format!("{first}&cursor={}", plain_id(&cursor)?);
        }
        let known = self.fetch(payment).await?;
        if !matches!(known.state, State::Paid | State::PartlyRefunded | State::Refunded) {
            return Err(PayFault::Reject { why: "the payment does not stand so that this could happen" });
        }
        if amount > known.money.amount - known.refunded {
            return Err(PayFault::Reject { why: "more than is left of the payment" });
        }
        let money = Amount::of(&Money { amount, ..known.money })?;
        let body = json!({"payment_id": payment, "amount": money, "description": key});
        same_refund(&self.post("/refunds", &body, key).await?, amount)
    }

    pub(super) async fn customer(&self, key: Uuid) -> Result<String, PayFault> {
        Ok(key.to_string())
    }

    pub(super) async fn delete_customer(&self, _customer: &str) -> Result<(), PayFault> {
        Ok(())
    }

    pub(super) async fn methods(&self, _customer: &str) -> Result<Vec<Method>, PayFault> {
        Ok(Vec::new())
    }

    pub(super) async fn remove_method(&self, _customer: &str, _method: &str) -> Result<(), PayFault> {
        Err(PayFault::Reject { why: "no such method of this payer" })
    }

    pub(super) fn parse_callback(&self, raw: &[u8], ip: IpAddr) -> Callback {
        self.judge_callback(raw, ip)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, PayFault> {
        self.ask(Verb::GET, path, None).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value, key: Uuid) -> Result<T, PayFault> {
        self.ask(Verb::POST, path, Some((body, key))).await
    }

    async fn ask<T: DeserializeOwned>(&self, verb: Verb, path: &str, sent: Option<(&Value, Uuid)>) -> Result<T, PayFault> {
        let mut request = self.wire.client.request(verb, format!("{}{path}", self.base));
        request = request.basic_auth(&self.shop_id, Some(self.secret_key.reveal()));
        if let Some((body, key)) = sent {
            let key = HeaderValue::from_str(&key.to_string()).map_err(|_| PayFault::Reject { why: "the key is none" })?;
            request = request.header(IDEMPOTENCE_KEY, key).json(body);
        }
        let answer = self.wire.ask(request, if sent.is_some() { Kind::Write } else { Kind::Read }).await?;
        match answer.status.as_u16() {
            // 202 promises an answer later, and shows none.
            200 | 201 => serde_json::from_slice(&answer.body).map_err(|_| not_understood(&answer.body)),
            404 => Err(PayFault::Reject { why: "the provider has no such thing" }),
            400..500 => Err(PayFault::Reject { why: "the provider refuses the call" }),
            _ => Err(PayFault::Unknown { why: "the provider does not say how it went" }),
        }
    }
}

fn same_refund(refund: &Returned, amount: i64) -> Result<Refund, PayFault> {
    match refund.amount.money() {
        None => Err(NOT_UNDERSTOOD),
        Some(money) if money.amount != amount => Err(PayFault::Reject { why: "the key was used for another refund" }),
        Some(_) => Ok(Refund { id: refund.id.clone(), state: refund.state(), amount }),
    }
}
