//! What happens later: payments are made and cancelled, looked up and given back; a payer is forgotten by the provider.

use super::charge;
use super::lookup;
use super::payers;
use super::payment;
use super::refund;
use super::rows::{self, change, state};
use crate::adapters::payments::PayFault;
use crate::app::App;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use crate::kernel::queue::{Claimed, Outcome, Task};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Charges that one round of the duty looks up.
const LOOKS_AT_ONCE: u64 = 500;
/// How long it is known that the provider called.
const CALLBACKS_KEPT: TimeDelta = TimeDelta::days(90);

/// A fact: a charge was paid. Its runner belongs to the room above, which knows the object.
#[derive(Serialize, Deserialize)]
pub struct Paid {
    pub charge: Uuid,
    pub object: Uuid,
}

impl Task for Paid {
    const KIND: &'static str = "scheduling.paid";
    /// Somebody has paid for it: more than a month.
    const ATTEMPTS: i32 = 1_000;
}

/// Stands in for the request that began a payment and did not come to its end.
#[derive(Serialize, Deserialize)]
pub struct Begin {
    pub charge: Uuid,
}

impl Task for Begin {
    const KIND: &'static str = "billing.begin";
}

#[derive(Serialize, Deserialize)]
pub struct LookUp {
    pub charge: Uuid,
}

impl Task for LookUp {
    const KIND: &'static str = "billing.lookUp";
}

#[derive(Serialize, Deserialize)]
pub struct Cancel {
    pub charge: Uuid,
}

impl Task for Cancel {
    const KIND: &'static str = "billing.cancel";
    const ATTEMPTS: i32 = 1_000;
}

#[derive(Serialize, Deserialize)]
pub struct AskRefund {
    pub refund: Uuid,
}

impl Task for AskRefund {
    const KIND: &'static str = "billing.refund";
    /// Back-off ends at an hour, so this is more than a month: it is somebody's money.
    const ATTEMPTS: i32 = 1_000;
}

#[derive(Serialize, Deserialize)]
pub struct RemovePayer {
    pub payer: Uuid,
}

impl Task for RemovePayer {
    const KIND: &'static str = "billing.removePayer";
    /// More than a month: an erasure waits for its provider.
    const ATTEMPTS: i32 = 1_000;
}

pub async fn begin(app: &App, task: &Claimed) -> Result<Outcome> {
    let row = charge::known(app, task.read::<Begin>()?.charge).await?;
    let is_wanted = matches!(row.state.as_str(), state::PENDING | state::UNKNOWN) && !row.abandoned;
    if !is_wanted || row.due_at <= app.ambient.now() {
        return Ok(Outcome::Done);
    }
    match charge::details(app, &row).await? {
        Some(details) if details.payment.is_none() => {}
        _ => return Ok(Outcome::Done),
    }
    Ok(match payment::create(app, &row).await? {
        Ok(_) | Err(PayFault::Declined { .. }) => Outcome::Done,
        Err(PayFault::Retry { after_s, why }) => Outcome::Retry { after_s, why },
        Err(PayFault::Unknown { why }) => Outcome::Retry { after_s: None, why },
        Err(PayFault::Reject { why }) => Outcome::Fail { why },
    })
}

/// Without an answer the charge says when it is looked up again, so the task itself is done in any case.
pub async fn look_up(app: &App, task: &Claimed) -> Result<Outcome> {
    lookup::look_up(app, task.read::<LookUp>()?.charge).await?;
    Ok(Outcome::Done)
}

/// Ends the payment of an abandoned charge at the provider. Should it turn out paid, the look says so.
pub async fn cancel(app: &App, task: &Claimed) -> Result<Outcome> {
    let id = task.read::<Cancel>()?.charge;
    let row = charge::known(app, id).await?;
    if row.is_paid() || row.state == state::CANCELED {
        return Ok(Outcome::Done);
    }
    let details = charge::details(app, &row).await?;
    let found = lookup::find(app, &row, details.as_ref()).await;
    let fault = match found {
        // The key is the task's own: a repetition is the same cancellation.
        Ok(Some(payment)) => app.adapters.payments.cancel(&payment.id, task.id).await.err(),
        Ok(None) => None,
        Err(fault) => Some(fault),
    };
    match fault {
        Some(PayFault::Retry { after_s, why }) => return Ok(Outcome::Retry { after_s, why }),
        Some(PayFault::Unknown { why }) => return Ok(Outcome::Retry { after_s: None, why }),
        Some(PayFault::Reject { .. } | PayFault::Declined { .. }) | None => {}
    }
    lookup::look_up(app, id).await?;
    let row = charge::known(app, id).await?;
    if row.is_paid() || row.state == state::CANCELED {
        return Ok(Outcome::Done);
    }
    Ok(Outcome::Retry { after_s: None, why: "the payment has not ended yet" })
}

pub async fn ask_refund(app: &App, task: &Claimed) -> Result<Outcome> {
    refund::run(app, task.read::<AskRefund>()?.refund).await
}

pub async fn remove_payer(app: &App, task: &Claimed) -> Result<Outcome> {
    payers::remove(app, task.read::<RemovePayer>()?.payer).await
}

/// Reconciling: whatever the provider has not told us is asked for.
pub async fn reconcile(app: &App) -> Result<()> {
    let due = rows::due_for_a_look(&app.db.reader(), app.ambient.now(), LOOKS_AT_ONCE).await?;
    if due.is_empty() {
        return Ok(());
    }
    app.write(&Actor::house("reconcile"), async |tx: &mut Tx| -> Result<()> {
        for charge in &due {
            tx.enqueue(LookUp { charge: *charge }.task().once(format!("{}:{charge}", LookUp::KIND)));
        }
        Ok(())
    })
    .await
}

pub async fn sweep_callbacks(app: &App) -> Result<()> {
    app.write(&Actor::house("sweep"), async |tx: &mut Tx| -> Result<()> {
        change(tx, "DELETE FROM callback WHERE at < $1", [(tx.now() - CALLBACKS_KEPT).into()]).await.map(drop)
    })
    .await
}
