//! The words that every payment provider is spoken to in. There is no field for a card: cards are entered on the
//! provider's own sheet and never pass here.

use std::fmt;
use uuid::Uuid;

/// An amount in the currency's minor units (kopecks, tetri, tiyn, cents) and its ISO 4217 code in capitals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    pub amount: i64,
    pub currency: String,
}

impl Money {
    pub fn new(amount: i64, currency: impl Into<String>) -> Self {
        Money { amount, currency: currency.into() }
    }
}

/// What is to be paid, by whom, and where the patient comes back to.
#[derive(Clone)]
pub struct Order {
    /// Our charge: the idempotency key of the creation, and what [`Payments::find`](super::Payments::find) looks for.
    pub charge: Uuid,
    pub money: Money,
    /// The provider's own id of the payer, from [`Payments::customer`](super::Payments::customer). Without one no
    /// method can be saved or offered again.
    pub customer: Option<String>,
    /// Where a redirect ends; a deep link of the app as a rule. Providers that redirect need it.
    pub return_url: Option<String>,
    /// What the fiscal receipt names (54-FZ); their amounts add up to `money`. Providers without receipts ignore them.
    pub lines: Vec<Line>,
    /// An e-mail address or a phone in E.164 to which the provider sends the receipt.
    pub receipt_to: Option<String>,
    /// The patient agreed that the method is offered again.
    pub save_method: bool,
}

/// Who pays and for what stays out, because a debug print may end in a log.
impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order").field("charge", &self.charge).field("money", &self.money).finish_non_exhaustive()
    }
}

/// One line of a receipt.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// At most 128 characters; it must not tell a diagnosis.
    pub title: String,
    /// Minor units, for the whole line.
    pub amount: i64,
    pub vat: Vat,
}

/// The VAT of a receipt's line. Medical services are exempt almost everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Vat {
    #[default]
    None,
    /// A rate in whole percent, included in the amount.
    Rate(u8),
}

/// What the app needs for the patient to pay.
#[derive(Clone, PartialEq, Eq)]
pub enum Sheet {
    /// The provider's own payment sheet inside the app.
    Sdk {
        payment: String,
        client_secret: String,
        publishable_key: String,
        customer: Option<String>,
        customer_session: Option<String>,
    },
    /// A page of the provider; it leads back to the order's `return_url`.
    Redirect { payment: String, url: String },
    /// Nothing is left to do on the phone.
    Done { payment: String },
}

impl Sheet {
    /// The provider's id of the payment.
    pub fn payment(&self) -> &str {
        match self {
            Sheet::Sdk { payment, .. } | Sheet::Redirect { payment, .. } | Sheet::Done { payment } => payment,
        }
    }
}

/// Whoever holds the secret or the page can pay, and see what for: neither is printed.
impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Sheet::Sdk { .. } => "Sdk",
            Sheet::Redirect { .. } => "Redirect",
            Sheet::Done { .. } => "Done",
        };
        f.debug_struct(kind).field("payment", &self.payment()).finish_non_exhaustive()
    }
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Nobody has paid yet.
    Pending,
    /// The patient's bank asks something (3-D Secure), or the bank is still at work.
    Action,
    /// Reserved, not taken. Only for payments that somebody else made so: ours are taken at once.
    Authorized,
    Paid,
    PartlyRefunded,
    Refunded,
    /// The last attempt was declined. Not the end: the patient may try again on the same sheet.
    Failed,
    /// The end: nothing was taken and nothing will be.
    Canceled,
    /// The provider says something that we don't understand: look again later, change nothing.
    Unknown,
}

/// A payment as its provider knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The provider's id.
    pub id: String,
    /// The charge that it was created for; none on payments that are not ours.
    pub charge: Option<Uuid>,
    pub state: State,
    pub money: Money,
    /// Minor units that went back or are on their way back.
    pub refunded: i64,
}

/// Money on its way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The provider's id.
    pub id: String,
    pub state: RefundState,
    /// Minor units.
    pub amount: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundState {
    Pending,
    Done,
    Failed,
}

/// A saved way of paying, as the patient recognises it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// The provider's id.
    pub id: String,
    /// Such as `visa`; `unknown` when the provider does not say.
    pub brand: String,
    /// The last four digits, which are no card number.
    pub last4: String,
    /// Year and month after which it is of no use.
    pub expires: Option<(u16, u8)>,
}

/// What a call to the callback address turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callback {
    /// Something happened to `payment`: fetch it. The hint itself proves nothing.
    Hint {
        /// The provider's id of the event, or one made of its parts: the same event has the same one.
        event: String,
        payment: String,
    },
    /// Authentic, and about nothing that we keep: answer 200, or it comes again.
    Ignore { event: String },
    /// Not from the provider, too old, or for another account. Record it, and change nothing.
    Reject { why: &'static str },
}

/// Why a call did not do what was asked. `why` is one of our own fixed sentences: it holds nothing about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayFault {
    /// Nothing was done: the provider was down, slow, overloaded, or refuses our credentials. The same call may pass later.
    #[error("to be repeated: {why}")]
    Retry { after_s: Option<u32>, why: &'static str },
    /// The payer's bank or the provider's rules said no. Another method may pass.
    #[error("declined: {why}")]
    Declined { why: &'static str },
    /// The provider will never accept this call.
    #[error("rejected: {why}")]
    Reject { why: &'static str },
    /// The call was sent, and no answer came that we understand: it may have been done. Look the payment up, or repeat
    /// the call with the same key.
    #[error("outcome unknown: {why}")]
    Unknown { why: &'static str },
}

impl PayFault {
    pub(super) fn retry(why: &'static str) -> Self {
        PayFault::Retry { after_s: None, why }
    }
}
