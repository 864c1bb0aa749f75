//! What is read of Stripe's objects: the fields that we act on.

use crate::adapters::payments::payment::{Method, Money, Payment, RefundState, State};
use miniserde::json::{Number, Value};
use std::collections::HashMap;
use stripe_shared::PaymentIntentStatus;
use uuid::Uuid;

/// Where a payment keeps the id of our charge, a refund and a customer that of our key.
pub(super) const CHARGE: &str = "charge";
pub(super) const KEY: &str = "key";

#[derive(miniserde::Deserialize)]
pub(super) struct Named {
    pub id: String,
}

#[derive(miniserde::Deserialize)]
pub(super) struct Page<T> {
    pub data: Vec<T>,
    pub has_more: bool,
}

#[derive(miniserde::Deserialize)]
pub(super) struct Session {
    pub client_secret: String,
}

#[derive(miniserde::Deserialize)]
pub(super) struct Intent {
    pub id: String,
    amount: i64,
    amount_received: Option<i64>,
    currency: String,
    pub status: String,
    pub client_secret: Option<String>,
    metadata: Option<HashMap<String, String>>,
    last_payment_error: Option<Value>,
    latest_charge: Option<Value>,
}

impl Intent {
    pub(super) fn charge(&self) -> Option<Uuid> {
        self.metadata.as_ref()?.get(CHARGE)?.parse().ok()
    }

    pub(super) fn payment(self) -> Payment {
        let refunded = self.refunded();
        let received = self.amount_received.filter(|received| *received > 0).unwrap_or(self.amount);
        // Parsing can't fail: a status that the crate does not know is a variant of its own.
        let state = match self.status.parse().unwrap_or(PaymentIntentStatus::Unknown(String::new())) {
            PaymentIntentStatus::RequiresPaymentMethod if self.last_payment_error.is_some() => State::Failed,
            PaymentIntentStatus::RequiresPaymentMethod | PaymentIntentStatus::RequiresConfirmation => State::Pending,
            PaymentIntentStatus::RequiresAction | PaymentIntentStatus::Processing => State::Action,
            PaymentIntentStatus::RequiresCapture => State::Authorized,
            PaymentIntentStatus::Canceled => State::Canceled,
            PaymentIntentStatus::Succeeded if refunded == 0 => State::Paid,
            PaymentIntentStatus::Succeeded if refunded < received => State::PartlyRefunded,
            PaymentIntentStatus::Succeeded => State::Refunded,
            _ => State::Unknown,
        };
        let amount = if self.status == "succeeded" { received } else { self.amount };
        let charge = self.charge();
        Payment { charge, state, money: Money::new(amount, self.currency.to_ascii_uppercase()), refunded, id: self.id }
    }

    /// Of the charge, which we ask Stripe to send along.
    fn refunded(&self) -> i64 {
        let Some(Value::Object(charge)) = &self.latest_charge else { return 0 };
        match charge.get("amount_refunded") {
            Some(Value::Number(Number::U64(amount))) => i64::try_from(*amount).unwrap_or(i64::MAX),
            _ => 0,
        }
    }
}

#[derive(miniserde::Deserialize)]
pub(super) struct Refund {
    pub id: String,
    pub amount: i64,
    status: Option<String>,
    metadata: Option<HashMap<String, String>>,
}

impl Refund {
    pub(super) fn has_key(&self, key: Uuid) -> bool {
        let kept = self.metadata.as_ref().and_then(|metadata| metadata.get(KEY));
        kept.is_some_and(|kept| kept.parse() == Ok(key))
    }

    pub(super) fn state(&self) -> RefundState {
        match self.status.as_deref() {
            Some("succeeded") => RefundState::Done,
            Some("failed" | "canceled") => RefundState::Failed,
            _ => RefundState::Pending,
        }
    }
}

#[derive(miniserde::Deserialize)]
pub(super) struct Saved {
    pub id: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    pub customer: Option<String>,
    card: Option<Card>,
}

#[derive(miniserde::Deserialize)]
struct Card {
    brand: Option<String>,
    last4: Option<String>,
    exp_month: Option<i64>,
    exp_year: Option<i64>,
}

impl Saved {
    pub(super) fn method(self) -> Method {
        let unknown = || "unknown".to_owned();
        let Some(card) = self.card else {
            return Method { id: self.id, brand: self.kind.unwrap_or_else(unknown), last4: String::new(), expires: None };
        };
        let year = card.exp_year.and_then(|year| u16::try_from(year).ok());
        let month = card.exp_month.and_then(|month| u8::try_from(month).ok());
        Method {
            id: self.id,
            brand: card.brand.unwrap_or_else(unknown),
            last4: card.last4.unwrap_or_default(),
            expires: year.zip(month),
        }
    }
}
