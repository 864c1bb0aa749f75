//! Calls of the provider. Each is a hint to look something up; none changes a charge by itself, and each leaves a mark.

use super::lookup::{is_of, note};
use super::parked;
use super::rows;
use super::tasks::LookUp;
use crate::adapters::payments::{Callback, PayFault};
use crate::app::App;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::Task;
use poem::http::HeaderMap;
use std::net::IpAddr;
use uuid::Uuid;

/// What is to be done about a call, and the word that is noted.
struct Judged {
    outcome: &'static str,
    charge: Option<Uuid>,
    parked: Option<Uuid>,
}

impl Judged {
    fn as_is(outcome: &'static str) -> Self {
        Self { outcome, charge: None, parked: None }
    }
}

/// Takes a call of the provider.
///
/// # Errors
/// `not_found` for a provider that is not ours; `callback_rejected`; `unavailable` when the payment can't be looked at now:
/// the provider calls again.
pub async fn take(app: &App, provider: &str, headers: &HeaderMap, raw: &[u8], ip: IpAddr) -> Result<()> {
    let payments = &app.adapters.payments;
    if provider != payments.name() {
        return Err(Error::not_found());
    }
    let judged = match payments.parse_callback(headers, raw, ip, app.ambient.now()) {
        Callback::Reject { why } => {
            tracing::warn!(why, "a callback was rejected");
            note_alone(app, "rejected").await?;
            return Err(Error::refused(Code::CallbackRejected));
        }
        Callback::Ignore { .. } => Judged::as_is("ignored"),
        Callback::Hint { payment, .. } => judge(app, &payment).await?,
    };
    app.write(&Actor::house("callback"), async |tx: &mut Tx| -> Result<()> {
        if let Some(charge) = judged.charge {
            tx.enqueue(LookUp { charge }.task().once(format!("{}:{charge}", LookUp::KIND)));
        }
        if let Some(charge) = judged.parked {
            parked::mark(tx, charge, parked::OTHER_PAYMENT).await?;
        }
        note(tx, payments.name(), judged.outcome).await
    })
    .await
}

/// The payment's id stays out of the record, so the payment is fetched here for the charge that it names.
async fn judge(app: &App, payment: &str) -> Result<Judged> {
    let payment = match app.adapters.payments.fetch(payment).await {
        Ok(payment) => payment,
        Err(PayFault::Reject { .. } | PayFault::Declined { .. }) => return Ok(Judged::as_is("unknownPayment")),
        Err(PayFault::Retry { .. } | PayFault::Unknown { .. }) => {
            note_alone(app, "unanswered").await?;
            return Err(Error::Unavailable("the payment provider gives no answer"));
        }
    };
    let row = match payment.charge {
        Some(attempt) => rows::charge_by_attempt(&app.db.reader(), attempt).await?,
        None => None,
    };
    Ok(match row {
        None => Judged::as_is("unknownCharge"),
        Some(row) if !is_of(&payment, &row) => {
            tracing::error!(charge = %row.id, "a callback names a payment that is not what its charge asked for");
            Judged { parked: Some(row.id), ..Judged::as_is("parked") }
        }
        Some(row) => Judged { charge: Some(row.id), ..Judged::as_is("taken") },
    })
}

async fn note_alone(app: &App, outcome: &'static str) -> Result<()> {
    let provider = app.adapters.payments.name();
    app.write(&Actor::house("callback"), async |tx: &mut Tx| -> Result<()> { note(tx, provider, outcome).await }).await
}
