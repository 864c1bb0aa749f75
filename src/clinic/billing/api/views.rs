//! What a charge and its payment sheet look like from outside.

use super::super::rows::{ChargeRow, RefundRow, refund_state, state};
use crate::adapters::payments::Sheet;
use crate::app::wire::{Instant, Money};
use poem_openapi::{Enum, Object};
use uuid::Uuid;

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum ChargeState {
    /// Nobody has begun to pay.
    Open,
    /// The payment sheet is open, or the provider is at work.
    Pending,
    /// The patient's bank asks something.
    Action,
    /// Reserved by the bank, not taken.
    Authorized,
    Paid,
    PartlyRefunded,
    Refunded,
    /// Declined; another attempt is possible until `payUntil`.
    Failed,
    /// Can't be paid any more.
    Canceled,
    /// The provider's answer was lost; it is being looked up.
    Unknown,
}

impl ChargeState {
    pub fn of(state: &str) -> Self {
        match state {
            state::OPEN => Self::Open,
            state::PENDING => Self::Pending,
            state::ACTION => Self::Action,
            state::AUTHORIZED => Self::Authorized,
            state::PAID => Self::Paid,
            state::PARTLY_REFUNDED => Self::PartlyRefunded,
            state::REFUNDED => Self::Refunded,
            state::FAILED => Self::Failed,
            state::CANCELED => Self::Canceled,
            _ => Self::Unknown,
        }
    }
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum RefundState {
    /// The provider has not confirmed it yet.
    Asked,
    /// The money is on its way.
    Pending,
    Done,
    /// The money stayed where it is.
    Failed,
}

impl RefundState {
    fn of(state: &str) -> Self {
        match state {
            refund_state::PENDING => Self::Pending,
            refund_state::DONE => Self::Done,
            refund_state::FAILED => Self::Failed,
            _ => Self::Asked,
        }
    }
}

/// Money that goes back.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct RefundView {
    id: Uuid,
    /// Minor units of the charge's currency.
    amount: i64,
    state: RefundState,
    asked_at: Instant,
    settled_at: Option<Instant>,
}

/// What is to be paid for a booking, and how it stands.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct ChargeView {
    pub id: Uuid,
    state: ChargeState,
    price: Money,
    /// What went back so far, as the provider confirmed it.
    refunded: Option<Money>,
    booking_id: Uuid,
    created_at: Instant,
    /// Until when it can be paid.
    pay_until: Instant,
    paid_at: Option<Instant>,
    refunds: Vec<RefundView>,
}

impl ChargeView {
    pub fn of(row: ChargeRow, refunds: Vec<RefundRow>) -> Self {
        let money = |amount: i64| Money { amount, currency: row.currency.clone() };
        Self {
            id: row.id,
            state: ChargeState::of(&row.state),
            price: money(row.amount),
            refunded: (row.refunded_amount > 0).then(|| money(row.refunded_amount)),
            booking_id: row.object,
            created_at: row.created_at.into(),
            pay_until: row.due_at.into(),
            paid_at: row.paid_at.map(Into::into),
            refunds: refunds.into_iter().map(RefundView::of).collect(),
        }
    }
}

impl RefundView {
    fn of(row: RefundRow) -> Self {
        Self {
            id: row.id,
            amount: row.amount,
            state: RefundState::of(&row.state),
            asked_at: row.asked_at.into(),
            settled_at: row.settled_at.map(Into::into),
        }
    }
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum SheetKind {
    /// The provider's own sheet inside the app: `clientSecret` and `publishableKey`.
    Sdk,
    /// A page of the provider: `url`.
    Redirect,
    /// Nothing is left to do on the phone.
    Done,
}

/// What the app needs for the patient to pay. Its secrets are not kept: ask again for another sheet.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct PaymentSheet {
    kind: SheetKind,
    client_secret: Option<String>,
    publishable_key: Option<String>,
    /// The payer at the provider, where methods are saved.
    customer: Option<String>,
    customer_session: Option<String>,
    url: Option<String>,
}

impl From<Sheet> for PaymentSheet {
    fn from(sheet: Sheet) -> Self {
        let bare =
            |kind| Self { kind, client_secret: None, publishable_key: None, customer: None, customer_session: None, url: None };
        match sheet {
            Sheet::Sdk { client_secret, publishable_key, customer, customer_session, .. } => Self {
                client_secret: Some(client_secret),
                publishable_key: Some(publishable_key),
                customer,
                customer_session,
                ..bare(SheetKind::Sdk)
            },
            Sheet::Redirect { url, .. } => Self { url: Some(url), ..bare(SheetKind::Redirect) },
            Sheet::Done { .. } => bare(SheetKind::Done),
        }
    }
}
