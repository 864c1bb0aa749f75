//! Payment providers. One is configured for an installation; what differs between them ends here.
//!
//! Rules that hold for each provider:
//! - the key of a call is ours, and the same key is the same payment or refund, however often it is repeated;
//! - an answer not understood, or none, is [`PayFault::Unknown`], never a failure;
//! - a callback is a hint, and always followed by [`Payments::fetch`];
//! - whether amount and currency are those of the charge is for the caller to compare.

mod payment;
pub mod sandbox;
mod signature;
mod stripe;
mod wire;
mod yookassa;

pub use payment::{Callback, Line, Method, Money, Order, PayFault, Payment, Refund, RefundState, Sheet, State, Vat};

use crate::kernel::error::Result;
use crate::kernel::guard;
use crate::kernel::secret::Secret;
use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use sandbox::Sandbox;
use serde::Deserialize;
use std::net::IpAddr;
use stripe::{Stripe, StripeConfig};
use uuid::Uuid;
use yookassa::{YooKassa, YooKassaConfig};

/// `[payments]`; `kind = "memory"` unless set.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum PaymentsConfig {
    /// The sandbox provider: payments live in the process, and nobody pays anything.
    Memory {
        /// What its callbacks are signed with. Not a secret worth keeping: a callback is but a hint.
        #[serde(default = "sandbox::default_secret")]
        webhook_secret: Secret,
    },
    Stripe(StripeConfig),
    YooKassa(YooKassaConfig),
}

impl Default for PaymentsConfig {
    fn default() -> Self {
        PaymentsConfig::Memory { webhook_secret: sandbox::default_secret() }
    }
}

/// The payment provider. Clones share connections.
#[derive(Clone, Debug)]
pub enum Payments {
    Memory(Sandbox),
    Stripe(Stripe),
    YooKassa(YooKassa),
}

impl Payments {
    /// Builds the adapter, without calling the provider.
    ///
    /// # Errors
    /// `Internal` with a sentence for the operator when a setting can't work.
    pub fn open(config: &PaymentsConfig) -> Result<Self> {
        match config {
            PaymentsConfig::Memory { webhook_secret } => Ok(Payments::Memory(Sandbox::new(webhook_secret))),
            PaymentsConfig::Stripe(config) => Stripe::open(config).map(Payments::Stripe),
            PaymentsConfig::YooKassa(config) => YooKassa::open(config).map(Payments::YooKassa),
        }
    }

    /// The sandbox provider with its usual secret.
    pub fn memory() -> Self {
        Payments::Memory(Sandbox::new(&sandbox::default_secret()))
    }

    /// As it stands in the address of the callbacks and in the record: `sandbox`, `stripe`, `yookassa`.
    pub fn name(&self) -> &'static str {
        match self {
            Payments::Memory(_) => "sandbox",
            Payments::Stripe(_) => "stripe",
            Payments::YooKassa(_) => "yookassa",
        }
    }

    /// Whether payers can save their methods here. Where not, `save_method` does nothing and `methods` stays empty.
    pub fn saves_methods(&self) -> bool {
        !matches!(self, Payments::YooKassa(_))
    }

    /// Whether a page of the provider must know where it leads back to.
    pub fn needs_return_url(&self) -> bool {
        matches!(self, Payments::YooKassa(_))
    }

    /// Whether fiscal receipts go through the provider, so that it must learn where to send them.
    pub fn needs_receipt_address(&self) -> bool {
        matches!(self, Payments::YooKassa(yookassa) if yookassa.sends_receipts())
    }

    /// Creates the payment of a charge, or answers the one that the same order created before.
    ///
    /// After `Unknown`, call [`Payments::find`] first when a day has passed: providers forget keys after that.
    pub async fn create(&self, order: &Order) -> Result<Sheet, PayFault> {
        outside("payments.create")?;
        check(order)?;
        match self {
            Payments::Memory(sandbox) => sandbox.create(order).await,
            Payments::Stripe(stripe) => stripe.create(order).await,
            Payments::YooKassa(yookassa) => yookassa.create(order).await,
        }
    }

    /// The payment as its provider knows it now.
    ///
    /// # Errors
    /// `Reject` when the provider has no such payment.
    pub async fn fetch(&self, payment: &str) -> Result<Payment, PayFault> {
        outside("payments.fetch")?;
        match self {
            Payments::Memory(sandbox) => sandbox.fetch(payment).await,
            Payments::Stripe(stripe) => stripe.fetch(payment).await,
            Payments::YooKassa(yookassa) => yookassa.fetch(payment).await,
        }
    }

    /// The payment of a charge whose answer was lost; `None` when the provider never made one.
    pub async fn find(&self, charge: Uuid) -> Result<Option<Payment>, PayFault> {
        outside("payments.find")?;
        match self {
            Payments::Memory(sandbox) => sandbox.find(charge).await,
            Payments::Stripe(stripe) => stripe.find(charge).await,
            Payments::YooKassa(yookassa) => yookassa.find(charge).await,
        }
    }

    /// Ends a payment that nobody has paid; one that is canceled already stays so.
    ///
    /// # Errors
    /// `Reject` when it was paid meanwhile: fetch it, and refund. `Retry` where only the provider itself can end it, and
    /// will: it may still be paid until then.
    pub async fn cancel(&self, payment: &str, key: Uuid) -> Result<(), PayFault> {
        outside("payments.cancel")?;
        match self {
            Payments::Memory(sandbox) => sandbox.cancel(payment, key).await,
            Payments::Stripe(stripe) => stripe.cancel(payment, key).await,
            Payments::YooKassa(yookassa) => yookassa.cancel(payment, key).await,
        }
    }

    /// Gives back `amount` minor units of a payment. The same key is the same refund.
    ///
    /// # Errors
    /// `Reject` when that is more than is left.
    pub async fn refund(&self, payment: &str, amount: i64, key: Uuid) -> Result<Refund, PayFault> {
        outside("payments.refund")?;
        if amount <= 0 {
            return Err(PayFault::Reject { why: "a refund is more than nothing" });
        }
        match self {
            Payments::Memory(sandbox) => sandbox.refund(payment, amount, key).await,
            Payments::Stripe(stripe) => stripe.refund(payment, amount, key).await,
            Payments::YooKassa(yookassa) => yookassa.refund(payment, amount, key).await,
        }
    }

    /// A payer at the provider, of whom it learns nothing but this key. Where providers know no payers it is the key.
    pub async fn customer(&self, key: Uuid) -> Result<String, PayFault> {
        outside("payments.customer")?;
        match self {
            Payments::Memory(sandbox) => sandbox.customer(key).await,
            Payments::Stripe(stripe) => stripe.customer(key).await,
            Payments::YooKassa(yookassa) => yookassa.customer(key).await,
        }
    }

    /// Makes the provider forget the payer and his methods. One who is gone already is no error.
    pub async fn delete_customer(&self, customer: &str) -> Result<(), PayFault> {
        outside("payments.delete_customer")?;
        match self {
            Payments::Memory(sandbox) => sandbox.delete_customer(customer).await,
            Payments::Stripe(stripe) => stripe.delete_customer(customer).await,
            Payments::YooKassa(yookassa) => yookassa.delete_customer(customer).await,
        }
    }

    /// What the payer saved, newest first.
    pub async fn methods(&self, customer: &str) -> Result<Vec<Method>, PayFault> {
        outside("payments.methods")?;
        match self {
            Payments::Memory(sandbox) => sandbox.methods(customer).await,
            Payments::Stripe(stripe) => stripe.methods(customer).await,
            Payments::YooKassa(yookassa) => yookassa.methods(customer).await,
        }
    }

    /// Forgets a saved method of this payer.
    ///
    /// # Errors
    /// `Reject` when it is none of his.
    pub async fn remove_method(&self, customer: &str, method: &str) -> Result<(), PayFault> {
        outside("payments.remove_method")?;
        match self {
            Payments::Memory(sandbox) => sandbox.remove_method(customer, method).await,
            Payments::Stripe(stripe) => stripe.remove_method(customer, method).await,
            Payments::YooKassa(yookassa) => yookassa.remove_method(customer, method).await,
        }
    }

    /// Judges one call to the callback address. `raw` are the bytes of the body as they came, `ip` the peer behind the
    /// trusted proxies.
    pub fn parse_callback(&self, headers: &HeaderMap, raw: &[u8], ip: IpAddr, now: DateTime<Utc>) -> Callback {
        match self {
            Payments::Memory(sandbox) => sandbox.parse_callback(headers, raw, now),
            Payments::Stripe(stripe) => stripe.parse_callback(headers, raw, now),
            Payments::YooKassa(yookassa) => yookassa.parse_callback(raw, ip),
        }
    }
}

/// What no provider should have to tell us.
fn check(order: &Order) -> Result<(), PayFault> {
    let Money { amount, currency } = &order.money;
    if *amount <= 0 {
        return Err(PayFault::Reject { why: "a payment is more than nothing" });
    }
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(PayFault::Reject { why: "the currency is no ISO 4217 code" });
    }
    let lines = order.lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(line.amount));
    if !order.lines.is_empty() && lines != Some(*amount) {
        return Err(PayFault::Reject { why: "the lines do not add up to the amount" });
    }
    Ok(())
}

/// [`guard::outside`] for payments. `Reject`, because repeating the call from the same place can't help.
fn outside(what: &'static str) -> Result<(), PayFault> {
    guard::outside(what).map_err(|error| {
        tracing::error!(%error, "an adapter was misused");
        PayFault::Reject { why: "called inside a database transaction" }
    })
}
