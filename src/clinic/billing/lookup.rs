//! Looking up: what the provider says of a payment is what the charge's state is made of. Whatever order its messages
//! come in, and however often, the end is the same.

use super::charge::{self, Details};
use super::parked;
use super::rows::{self, ChargeRow, change, state};
use super::tasks::Paid;
use crate::adapters::payments::{PayFault, Payment, State};
use crate::app::App;
use crate::clinic::notifications::{self, Kind};
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, SubjectKeys};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use std::sync::Arc;
use uuid::Uuid;

/// How often a look is repeated when the charge changed meanwhile.
const LOOKS_MAX: usize = 5;
/// A payment that was asked for and is not there may still be made for so long; nobody has its sheet.
const IN_FLIGHT: TimeDelta = TimeDelta::minutes(2);
/// The first pause between two looks; each is twice as long as the one before, up to `PAUSE_MAX`.
const PAUSE: TimeDelta = TimeDelta::minutes(1);
const PAUSE_MAX: TimeDelta = TimeDelta::hours(1);

/// What a charge changes to.
struct Next {
    state: &'static str,
    paid_amount: i64,
    refunded_amount: i64,
    check_at: Option<DateTime<Utc>>,
}

/// Looks a charge up and writes down how it stands. Without an answer it is looked up again later.
pub(super) async fn look_up(app: &App, id: Uuid) -> Result<()> {
    for _ in 0..LOOKS_MAX {
        let Some(row) = rows::charge(&app.db.reader(), id).await? else { return Ok(()) };
        let details = charge::details(app, &row).await?;
        let is_kept = match find(app, &row, details.as_ref()).await {
            Ok(Some(payment)) => keep(app, &row, details, payment).await?,
            Ok(None) => nothing_there(app, &row).await?,
            Err(PayFault::Retry { .. } | PayFault::Unknown { .. }) => later(app, &row).await?,
            Err(fault @ (PayFault::Reject { .. } | PayFault::Declined { .. })) => {
                tracing::error!(charge = %row.id, why = %fault, "the provider refuses to look a payment up");
                park(app, &row, parked::REFUSED).await?
            }
        };
        if is_kept {
            return Ok(());
        }
    }
    Err(Error::Unavailable("a charge changes too fast"))
}

/// The living payment of a charge, as its provider knows it now. `None`: it was never made.
pub(super) async fn find(app: &App, row: &ChargeRow, details: Option<&Details>) -> Result<Option<Payment>, PayFault> {
    let payments = &app.adapters.payments;
    match details.and_then(|details| details.payment.as_deref()) {
        Some(payment) => payments.fetch(payment).await.map(Some),
        None if row.begun_at.is_none() => Ok(None),
        None => payments.find(row.attempt).await,
    }
}

/// Whether a payment is the one that this charge asked for.
pub(super) fn is_of(payment: &Payment, row: &ChargeRow) -> bool {
    payment.charge == Some(row.attempt)
        && payment.money.amount == row.amount
        && payment.money.currency == row.currency
        && (0..=row.amount).contains(&payment.refunded)
}

/// Writes down what was seen, unless the charge has changed since it was read: then what was seen may be old.
async fn keep(app: &App, row: &ChargeRow, details: Option<Details>, payment: Payment) -> Result<bool> {
    if !is_of(&payment, row) {
        return park(app, row, parked::OTHER_PAYMENT).await;
    }
    let Some(next) = next(row, &payment, app.ambient.now()) else {
        return park(app, row, parked::CONTRADICTION).await;
    };
    let keys = keys(app, row.subject).await?;
    let sealed = match (&keys, details) {
        (Some(keys), Some(details)) if details.payment.as_ref() != Some(&payment.id) => {
            Some(keys.seal(row.id, &Details { payment: Some(payment.id), ..details })?)
        }
        _ => row.sealed.clone(),
    };
    app.write(&Actor::house("lookUp"), async |tx: &mut Tx| -> Result<bool> {
        let is_first = next.paid_amount > 0 && !row.is_paid();
        let sql = "UPDATE charge SET state = $3, paid_amount = $4, refunded_amount = $5, \
                   reserved_amount = CASE WHEN reserved_amount < $5 THEN $5 ELSE reserved_amount END, \
                   paid_at = $6, check_at = $7, checks = checks + 1, sealed = $8, version = version + 1 \
                   WHERE id = $1 AND version = $2";
        let values = [
            row.id.into(),
            row.version.into(),
            next.state.into(),
            next.paid_amount.into(),
            next.refunded_amount.into(),
            row.paid_at.or(is_first.then(|| tx.now())).into(),
            next.check_at.into(),
            sealed.clone().into(),
        ];
        if change(tx, sql, values).await? == 0 {
            return Ok(false);
        }
        if is_first {
            tx.enqueue(Paid { charge: row.id, object: row.object }.task());
        }
        if next.state == row.state {
            return Ok(true);
        }
        if let Some(keys) = &keys {
            tx.audit(Line::new(next.state).on("charge", row.id).about(keys).of(Class::Billing));
            let is_bad_news = next.state == state::FAILED || next.state == state::CANCELED;
            if is_bad_news && !row.abandoned {
                notifications::tell(tx, row.subject, Kind::PaymentFailed, row.id).await?;
            }
        }
        Ok(true)
    })
    .await
}

/// `None`: the provider contradicts what it said before.
fn next(row: &ChargeRow, payment: &Payment, now: DateTime<Utc>) -> Option<Next> {
    let has_money = matches!(payment.state, State::Paid | State::PartlyRefunded | State::Refunded);
    if row.is_paid() && !has_money {
        // Something that we don't understand is no contradiction.
        let again = Next {
            state: paid_state(row.refunded_amount, row.amount),
            paid_amount: row.paid_amount,
            refunded_amount: row.refunded_amount,
            check_at: Some(now + pause(row.checks)),
        };
        return (payment.state == State::Unknown).then_some(again);
    }
    if has_money {
        let state = paid_state(payment.refunded, row.amount);
        return Some(Next { state, paid_amount: row.amount, refunded_amount: payment.refunded, check_at: None });
    }
    let state = match payment.state {
        State::Pending => state::PENDING,
        State::Action => state::ACTION,
        State::Authorized => state::AUTHORIZED,
        State::Failed => state::FAILED,
        State::Canceled => state::CANCELED,
        State::Unknown | State::Paid | State::PartlyRefunded | State::Refunded => state::UNKNOWN,
    };
    let check_at = (state != state::CANCELED).then(|| now + pause(row.checks));
    Some(Next { state, paid_amount: 0, refunded_amount: 0, check_at })
}

/// What went back decides, not the provider's word for it.
fn paid_state(refunded: i64, amount: i64) -> &'static str {
    match refunded {
        0 => state::PAID,
        part if part < amount => state::PARTLY_REFUNDED,
        _ => state::REFUNDED,
    }
}

fn pause(checks: i32) -> TimeDelta {
    (PAUSE * (1 << checks.clamp(0, 10))).min(PAUSE_MAX)
}

/// The provider knows no payment of this charge. Who shall not pay any more is done with, once none can be on its way.
async fn nothing_there(app: &App, row: &ChargeRow) -> Result<bool> {
    let now = app.ambient.now();
    if !row.abandoned || row.begun_at.is_some_and(|begun_at| now < begun_at + IN_FLIGHT) {
        return later(app, row).await;
    }
    app.write(&Actor::house("lookUp"), async |tx: &mut Tx| -> Result<bool> {
        let sql = "UPDATE charge SET state = $3, check_at = NULL, version = version + 1 WHERE id = $1 AND version = $2";
        Ok(change(tx, sql, [row.id.into(), row.version.into(), state::CANCELED.into()]).await? == 1)
    })
    .await
}

async fn later(app: &App, row: &ChargeRow) -> Result<bool> {
    app.write(&Actor::house("lookUp"), async |tx: &mut Tx| -> Result<bool> {
        let sql = "UPDATE charge SET check_at = $2, checks = checks + 1 WHERE id = $1";
        change(tx, sql, [row.id.into(), (tx.now() + pause(row.checks)).into()]).await?;
        Ok(true)
    })
    .await
}

/// Leaves the charge as it is, for a person to look at. It is not looked up again by itself.
async fn park(app: &App, row: &ChargeRow, why: &'static str) -> Result<bool> {
    tracing::error!(charge = %row.id, why, "a payment contradicts its charge and was parked");
    app.write(&Actor::house("lookUp"), async |tx: &mut Tx| -> Result<bool> {
        change(tx, "UPDATE charge SET check_at = NULL WHERE id = $1", [row.id.into()]).await?;
        parked::mark(tx, row.id, why).await?;
        note(tx, app.adapters.payments.name(), "parked").await?;
        Ok(true)
    })
    .await
}

/// Notes how a word of the provider was taken.
pub(super) async fn note(tx: &mut Tx, provider: &str, outcome: &str) -> Result<()> {
    let minute = tx.now().duration_trunc(TimeDelta::minutes(1)).unwrap_or(tx.now());
    rows::note_callback(tx, provider, outcome, minute).await
}

/// The keys of a subject who lives, or whose records are held.
pub(super) async fn keys(app: &App, subject: Uuid) -> Result<Option<Arc<SubjectKeys>>> {
    match app.vault.keys(subject).await {
        Ok(keys) if keys.has(Class::Billing) => Ok(Some(keys)),
        Ok(_) => Ok(None),
        Err(error) if error.code() == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
