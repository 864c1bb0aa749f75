//! What billing knows of an invoice. The page is made by the room that knows what was sold.

use super::rows::{self, ChargeRow, state};
use crate::kernel::error::{Code, Error, Result};
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// What is to be paid or was, for which object of the room above. Amounts are in minor units.
pub struct Invoice {
    pub number: Uuid,
    pub object: Uuid,
    pub amount: i64,
    pub paid: i64,
    pub refunded: i64,
    pub currency: String,
    pub issued_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
}

/// The invoice of a patient's charge.
///
/// # Errors
/// `not_found`; `state_conflict` for a charge that nobody paid and nobody shall pay any more.
pub async fn invoice_of(db: &impl ConnectionTrait, subject: Uuid, charge: Uuid) -> Result<Invoice> {
    let row = rows::charge_of(db, subject, charge).await?.ok_or_else(Error::not_found)?;
    let ChargeRow { id, object, amount, paid_amount, refunded_amount, created_at, due_at, paid_at, .. } = row;
    if paid_amount == 0 && (row.abandoned || row.state == state::CANCELED) {
        return Err(Error::refused(Code::StateConflict));
    }
    let (paid, refunded, currency, issued_at) = (paid_amount, refunded_amount, row.currency, created_at);
    Ok(Invoice { number: id, object, amount, paid, refunded, currency, issued_at, due_at, paid_at })
}
