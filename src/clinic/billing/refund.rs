//! Money back: by rule, by staff, never more than was paid. A refund is put aside first, in one statement of the database;
//! then the provider is asked under the refund's own key.

use super::charge;
use super::lookup;
use super::rows::{self, ChargeRow, RefundRow, refund_state};
use super::tasks::{AskRefund, LookUp};
use crate::adapters::payments::{PayFault, Payment, RefundState};
use crate::app::App;
use crate::app::profile;
use crate::clinic::identity::Caller;
use crate::clinic::notifications::{self, Kind};
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::{Outcome, Task};
use crate::kernel::vault::{Class, Personal, Sealed};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Providers know a key for a day. Past that a repeated call could be another refund, so the payment is looked at first.
const KEY_LIVES: TimeDelta = TimeDelta::hours(20);
/// A refund on its way is looked after so often, and holds for done when nothing was heard against it for so long.
const FOLLOW_EVERY_S: u32 = 6 * 3600;
const ON_ITS_WAY_MAX: TimeDelta = TimeDelta::days(10);
const UNCLEAR_PAUSE_S: u32 = 3600;

/// Why staff gave money back, in their words.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct Reason {
    pub text: String,
}

impl Personal for Reason {
    const TABLE: &'static str = "refund";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Billing;
}

/// What a cancelled visit gives back, by the rule of the profile and the time that was left until it. What was not paid
/// shall not be paid any more.
pub async fn give_back(
    tx: &mut Tx,
    rules: &profile::Billing,
    charge: Uuid,
    starts_at: DateTime<Utc>,
    cancelled_at: DateTime<Utc>,
) -> Result<()> {
    let is_early = rules.refund_until.after(cancelled_at) <= starts_at;
    give_back_share(tx, charge, if is_early { 100 } else { rules.late_refund_percent }).await
}

/// Gives back all that is left, whatever the rule: what was paid for does not take place.
pub async fn give_back_all(tx: &mut Tx, charge: Uuid) -> Result<()> {
    give_back_share(tx, charge, 100).await
}

async fn give_back_share(tx: &mut Tx, charge: Uuid, percent: u8) -> Result<()> {
    charge::abandon(tx, charge).await?;
    let Some(row) = rows::charge(tx, charge).await? else { return Ok(()) };
    let share = i64::try_from(i128::from(row.paid_amount) * i128::from(percent) / 100).unwrap_or(row.paid_amount);
    let amount = share.min(row.paid_amount - row.reserved_amount);
    if amount <= 0 {
        return Ok(());
    }
    let id = tx.id();
    // Staff may have been quicker with the same money.
    ask(tx, RefundRow { id, ..new_refund(&row, amount, tx.now()) }).await.map(drop)
}

/// A refund by staff, with their reason.
///
/// # Errors
/// `refund_too_large` when less than that is left.
pub async fn by_staff(tx: &mut Tx, caller: &Caller, row: &ChargeRow, id: Uuid, amount: i64, reason: Sealed) -> Result<()> {
    let refund = RefundRow { id, staff: Some(caller.id), sealed: Some(reason), ..new_refund(row, amount, tx.now()) };
    if ask(tx, refund).await? {
        tx.audit(Line::new("refund").on("charge", row.id).of(Class::Billing));
        return Ok(());
    }
    Err(Error::refused(Code::RefundTooLarge))
}

fn new_refund(row: &ChargeRow, amount: i64, now: DateTime<Utc>) -> RefundRow {
    RefundRow {
        id: Uuid::nil(),
        charge: row.id,
        amount,
        state: refund_state::ASKED.to_owned(),
        staff: None,
        asked_at: now,
        settled_at: None,
        sealed: None,
    }
}

/// Puts the money aside and enqueues the refund. `false`: there is not so much left.
async fn ask(tx: &mut Tx, refund: RefundRow) -> Result<bool> {
    if !rows::reserve(tx, refund.charge, refund.amount).await? {
        return Ok(false);
    }
    rows::insert_refund(tx, &refund).await?;
    tx.enqueue(AskRefund { refund: refund.id }.task());
    Ok(true)
}

/// Asks the provider for a refund, or looks after one that is on its way.
pub(super) async fn run(app: &App, id: Uuid) -> Result<Outcome> {
    let Some(refund) = rows::refund(&app.db.reader(), id).await? else { return Ok(Outcome::Done) };
    if refund.state != refund_state::ASKED && refund.state != refund_state::PENDING {
        return Ok(Outcome::Done);
    }
    let row = charge::known(app, refund.charge).await?;
    let details = charge::details(app, &row).await?;
    let payment = match lookup::find(app, &row, details.as_ref()).await {
        Ok(Some(payment)) => payment,
        Ok(None) => return Ok(Outcome::Retry { after_s: Some(UNCLEAR_PAUSE_S), why: "the payment is not found" }),
        Err(fault) => return Ok(repeat(fault)),
    };
    if refund.state == refund_state::PENDING {
        return follow(app, &row, &refund, &payment).await;
    }
    if app.ambient.now() > refund.asked_at + KEY_LIVES {
        match told_apart(app, &row, &payment).await? {
            Some(true) => return finish(app, &row, &refund, refund_state::DONE).await,
            Some(false) => {}
            None => return Ok(Outcome::Retry { after_s: Some(UNCLEAR_PAUSE_S), why: "which refund was made is unclear" }),
        }
    }
    match app.adapters.payments.refund(&payment.id, refund.amount, refund.id).await {
        Ok(made) => match made.state {
            RefundState::Done => finish(app, &row, &refund, refund_state::DONE).await,
            RefundState::Pending => finish(app, &row, &refund, refund_state::PENDING).await,
            RefundState::Failed => fail(app, &refund, "the provider could not give the money back").await,
        },
        Err(PayFault::Reject { why } | PayFault::Declined { why }) => fail(app, &refund, why).await,
        Err(fault) => Ok(repeat(fault)),
    }
}

/// The same call with the same key is also the way to learn what became of the first one.
fn repeat(fault: PayFault) -> Outcome {
    match fault {
        PayFault::Retry { after_s, why } => Outcome::Retry { after_s, why },
        PayFault::Unknown { why } | PayFault::Reject { why } | PayFault::Declined { why } => {
            Outcome::Retry { after_s: None, why }
        }
    }
}

/// Whether every refund of the charge was made (true) or none of the unanswered ones (false), by what went back in all.
async fn told_apart(app: &App, row: &ChargeRow, payment: &Payment) -> Result<Option<bool>> {
    let made = made_so_far(app, row).await?;
    Ok(match payment.refunded {
        all if all >= row.reserved_amount => Some(true),
        some if some <= made => Some(false),
        _ => None,
    })
}

/// What the provider has said to have given back, or to be giving.
async fn made_so_far(app: &App, row: &ChargeRow) -> Result<i64> {
    let refunds = rows::refunds(&app.db.reader(), row.id).await?;
    let is_made = |refund: &&RefundRow| refund.state == refund_state::DONE || refund.state == refund_state::PENDING;
    Ok(refunds.iter().filter(is_made).map(|refund| refund.amount).sum())
}

/// A refund that is on its way counts at the provider; one that came back does not.
async fn follow(app: &App, row: &ChargeRow, refund: &RefundRow, payment: &Payment) -> Result<Outcome> {
    if payment.refunded < made_so_far(app, row).await? {
        return fail(app, refund, "the money came back").await;
    }
    if app.ambient.now() > refund.asked_at + ON_ITS_WAY_MAX {
        return finish(app, row, refund, refund_state::DONE).await;
    }
    Ok(Outcome::Retry { after_s: Some(FOLLOW_EVERY_S), why: "the money is on its way" })
}

/// The money goes back, or has gone. The patient is told once.
async fn finish(app: &App, row: &ChargeRow, refund: &RefundRow, to: &'static str) -> Result<Outcome> {
    let keys = lookup::keys(app, row.subject).await?;
    app.write(&Actor::house("refund"), async |tx: &mut Tx| -> Result<()> {
        if !rows::move_refund(tx, refund.id, &refund.state, to, tx.now()).await? {
            return Ok(());
        }
        if let Some(keys) = keys.as_ref().filter(|_| refund.state == refund_state::ASKED) {
            notifications::tell(tx, row.subject, Kind::RefundMade, row.id).await?;
            tx.audit(Line::new("refunded").on("charge", row.id).about(keys).of(Class::Billing));
        }
        tx.enqueue(LookUp { charge: row.id }.task().once(format!("{}:{}", LookUp::KIND, row.id)));
        Ok(())
    })
    .await?;
    Ok(match to {
        refund_state::PENDING => Outcome::Retry { after_s: Some(FOLLOW_EVERY_S), why: "the money is on its way" },
        _ => Outcome::Done,
    })
}

/// The money stays where it is, and what was put aside is free again. Somebody has to look at it.
async fn fail(app: &App, refund: &RefundRow, why: &'static str) -> Result<Outcome> {
    tracing::error!(refund = %refund.id, why, "a refund failed");
    app.write(&Actor::house("refund"), async |tx: &mut Tx| -> Result<()> {
        if rows::move_refund(tx, refund.id, &refund.state, refund_state::FAILED, tx.now()).await? {
            rows::release(tx, refund.charge, refund.amount).await?;
            tx.enqueue(LookUp { charge: refund.charge }.task().once(format!("{}:{}", LookUp::KIND, refund.charge)));
        }
        Ok(())
    })
    .await?;
    Ok(Outcome::Done)
}
