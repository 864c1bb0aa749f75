//! YooKassa's objects: what is sent, and what is read of its answers. Amounts are decimal strings.

use crate::adapters::payments::payment::{Line, Money, Order, PayFault, Payment, RefundState, State, Vat};
use crate::adapters::payments::wire::NOT_UNDERSTOOD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// The currencies that YooKassa takes; each has a hundred minor units.
const CURRENCIES: [&str; 8] = ["RUB", "KZT", "BYN", "UZS", "KGS", "AMD", "USD", "EUR"];
/// Characters of a line's title.
const TITLE: usize = 128;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Amount {
    value: String,
    currency: String,
}

impl Amount {
    pub(super) fn of(money: &Money) -> Result<Self, PayFault> {
        if !CURRENCIES.contains(&money.currency.as_str()) || money.amount < 0 {
            return Err(PayFault::Reject { why: "the provider does not take this currency" });
        }
        let value = format!("{}.{:02}", money.amount / 100, money.amount % 100);
        Ok(Amount { value, currency: money.currency.clone() })
    }

    /// None unless the value is written as documented: digits, a point, two digits.
    pub(super) fn money(&self) -> Option<Money> {
        let (whole, rest) = self.value.split_once('.')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(rest) || rest.len() != 2 {
            return None;
        }
        let amount = whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(rest.parse().ok()?)?;
        Some(Money::new(amount, self.currency.clone()))
    }
}

#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Paid {
    pub id: String,
    pub status: String,
    pub amount: Amount,
    refunded_amount: Option<Amount>,
    metadata: Option<HashMap<String, Value>>,
    pub confirmation: Option<Confirmation>,
}

#[derive(Deserialize)]
pub(super) struct Confirmation {
    pub confirmation_url: Option<String>,
}

impl Paid {
    pub(super) fn charge(&self) -> Option<Uuid> {
        self.metadata.as_ref()?.get("charge")?.as_str()?.parse().ok()
    }

    pub(super) fn payment(self) -> Result<Payment, PayFault> {
        let money = self.amount.money().ok_or(NOT_UNDERSTOOD)?;
        let refunded = match &self.refunded_amount {
            Some(amount) => amount.money().ok_or(NOT_UNDERSTOOD)?.amount,
            None => 0,
        };
        let state = match self.status.as_str() {
            "pending" => State::Pending,
            "waiting_for_capture" => State::Authorized,
            "succeeded" if refunded == 0 => State::Paid,
            "succeeded" if refunded < money.amount => State::PartlyRefunded,
            "succeeded" => State::Refunded,
            "canceled" => State::Canceled,
            _ => State::Unknown,
        };
        Ok(Payment { charge: self.charge(), state, money, refunded, id: self.id })
    }
}

#[derive(Deserialize)]
pub(super) struct Returned {
    pub id: String,
    pub status: String,
    pub amount: Amount,
    pub description: Option<String>,
}

impl Returned {
    pub(super) fn state(&self) -> RefundState {
        match self.status.as_str() {
            "succeeded" => RefundState::Done,
            "canceled" => RefundState::Failed,
            _ => RefundState::Pending,
        }
    }
}

/// The receipt of 54-FZ: each service with its price and VAT, and where the receipt goes.
pub(super) fn receipt(order: &Order, tax_system: Option<u8>) -> Result<Value, PayFault> {
    let to = order.receipt_to.as_deref().filter(|to| !to.is_empty());
    let to = to.ok_or(PayFault::Reject { why: "a receipt needs an address or a phone" })?;
    if order.lines.is_empty() {
        return Err(PayFault::Reject { why: "a receipt needs its lines" });
    }
    let customer = if to.contains('@') { json!({"email": to}) } else { json!({"phone": to.trim_start_matches('+')}) };
    let items = order.lines.iter().map(|line| item(line, &order.money.currency)).collect::<Result<Vec<_>, _>>()?;
    let mut receipt = json!({"customer": customer, "items": items});
    if let Some(tax_system) = tax_system {
        receipt["tax_system_code"] = tax_system.into();
    }
    Ok(receipt)
}

fn item(line: &Line, currency: &str) -> Result<Value, PayFault> {
    Ok(json!({
        "description": line.title.chars().take(TITLE).collect::<String>(),
        "quantity": "1.00",
        "amount": Amount::of(&Money::new(line.amount, currency))?,
        "vat_code": vat_code(line.vat)?,
        "payment_subject": "service",
        "payment_mode": "full_payment",
    }))
}

/// <https://yookassa.ru/developers/payment-acceptance/receipts/54fz/parameters-values>
fn vat_code(vat: Vat) -> Result<u8, PayFault> {
    match vat {
        Vat::None => Ok(1),
        Vat::Rate(0) => Ok(2),
        Vat::Rate(10) => Ok(3),
        Vat::Rate(20) => Ok(4),
        Vat::Rate(5) => Ok(7),
        Vat::Rate(7) => Ok(8),
        Vat::Rate(22) => Ok(11),
        Vat::Rate(_) => Err(PayFault::Reject { why: "the provider knows no such VAT rate" }),
    }
}
