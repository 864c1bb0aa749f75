//! Payers at the provider, and what they saved there. The provider learns nothing of a person but a random key. What it
//! answers lies sealed under keys of its own, which live until the provider has forgotten the payer too.

use super::rows::{self, PayerRow, change};
use super::tasks::RemovePayer;
use crate::adapters::payments::{Method, PayFault};
use crate::app::App;
use crate::clinic::identity::Caller;
use crate::kernel::access::{Asker, check_own};
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::{Outcome, Task};
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
struct Payer {
    /// The provider's id.
    customer: String,
}

impl Personal for Payer {
    const TABLE: &'static str = "payer";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Billing;
}

/// A saved method, by an id of ours that means nothing elsewhere.
pub struct Saved {
    pub id: Uuid,
    pub method: Method,
}

/// The payer for a payment: who wants to save a method gets one, who has one is known by it, and of everybody else the
/// provider learns nothing that lasts.
///
/// # Errors
/// `unavailable` when the provider gives no answer.
pub async fn for_payment(app: &App, subject: Uuid, save_method: bool) -> Result<Option<String>> {
    let row = match rows::payer_of(&app.db.reader(), subject).await? {
        Some(row) => row,
        None if save_method => add(app, subject).await?,
        None => return Ok(None),
    };
    customer(app, &row).await.map(Some)
}

async fn add(app: &App, subject: Uuid) -> Result<PayerRow> {
    let keys = app.vault.create(&[Class::Billing]).await?;
    let id = keys.subject;
    app.write(&Actor::house("addPayer"), async |tx: &mut Tx| -> Result<()> {
        let sql = "INSERT INTO payer (id, subject, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        change(tx, sql, [id.into(), subject.into(), tx.now().into()]).await.map(drop)
    })
    .await?;
    let row = rows::payer_of(&app.db.reader(), subject).await?.ok_or_else(Error::not_found)?;
    if row.id == id {
        app.vault.settle(id).await?;
    } else {
        // Somebody was quicker.
        app.vault.destroy(id, &[]).await?;
    }
    Ok(row)
}

/// The provider's id of a payer, who is made there when his first payment begins.
async fn customer(app: &App, row: &PayerRow) -> Result<String> {
    if let Some(sealed) = &row.sealed {
        let openings = app.openings(Actor::house("billing"), Asker { id: row.id, medical: false });
        let payer: Payer = openings.grant_on("payment", row.id, Class::Billing, ("payer", row.id)).await?.open(row.id, sealed)?;
        return Ok(payer.customer);
    }
    let customer = app.adapters.payments.customer(row.id).await.map_err(no_answer)?;
    let keys = app.vault.keys(row.id).await?;
    let sealed = keys.seal(row.id, &Payer { customer: customer.clone() })?;
    app.write(&Actor::house("addPayer"), async |tx: &mut Tx| -> Result<()> {
        change(tx, "UPDATE payer SET sealed = $2 WHERE id = $1", [row.id.into(), sealed.clone().into()]).await.map(drop)
    })
    .await?;
    Ok(customer)
}

fn no_answer(fault: PayFault) -> Error {
    tracing::warn!(%fault, "the payment provider did not do what was asked");
    Error::Unavailable("the payment provider gives no answer")
}

/// What somebody saved, newest first. Nothing before his first payment with that wish.
///
/// # Errors
/// `unavailable` when the provider gives no answer.
pub async fn methods(app: &App, keys: &SubjectKeys) -> Result<Vec<Saved>> {
    let Some(row) = rows::payer_of(&app.db.reader(), keys.subject).await? else { return Ok(Vec::new()) };
    let customer = customer(app, &row).await?;
    let methods = match app.adapters.payments.methods(&customer).await {
        // The provider has forgotten the payer of its own accord.
        Err(PayFault::Reject { .. }) => Vec::new(),
        methods => methods.map_err(no_answer)?,
    };
    methods.into_iter().map(|method| Ok(Saved { id: saved_id(keys, &method.id)?, method })).collect()
}

/// The provider's id stays with us: what the app gets is a digest under the person's own key, shaped as every other id.
fn saved_id(keys: &SubjectKeys, method: &str) -> Result<Uuid> {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = keys.digest("payment method", method.as_bytes())?;
    Ok(uuid::Builder::from_custom_bytes([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]).into_uuid())
}

/// Makes the provider forget a saved method.
///
/// # Errors
/// `not_found`; `frozen`; `unavailable` when the provider gives no answer.
pub async fn remove_method(app: &App, caller: &Caller, id: Uuid) -> Result<()> {
    let found = methods(app, &caller.keys).await?.into_iter().find(|saved| saved.id == id).ok_or_else(Error::not_found)?;
    let row = rows::payer_of(&app.db.reader(), caller.id).await?.ok_or_else(Error::not_found)?;
    let customer = customer(app, &row).await?;
    app.write(&caller.actor("deletePaymentMethod"), async |tx: &mut Tx| -> Result<()> {
        check_own(tx, caller.id).await?;
        tx.audit(Line::new("removePaymentMethod").on("payer", row.id).about(&caller.keys).of(Class::Billing));
        Ok(())
    })
    .await?;
    match app.adapters.payments.remove_method(&customer, &found.method.id).await {
        // Somebody was quicker.
        Ok(()) | Err(PayFault::Reject { .. }) => Ok(()),
        Err(fault) => Err(no_answer(fault)),
    }
}

/// At an erasure: the payer is nobody's any more, and the provider is told to forget him, for a month if need be.
pub(super) async fn forget(tx: &mut Tx, subject: Uuid, stand_in: Uuid) -> Result<()> {
    if let Some(payer) = rows::part_with_payer(tx, subject, stand_in).await? {
        tx.enqueue(RemovePayer { payer }.task().once(format!("{}:{payer}", RemovePayer::KIND)));
    }
    Ok(())
}

/// The provider forgets, then the key is destroyed, then the row goes. Each may be repeated.
pub(super) async fn remove(app: &App, id: Uuid) -> Result<Outcome> {
    let Some(row) = rows::payer(&app.db.reader(), id).await? else { return Ok(Outcome::Done) };
    match customer(app, &row).await {
        Ok(customer) => match app.adapters.payments.delete_customer(&customer).await {
            Ok(()) => {}
            Err(PayFault::Retry { after_s, why }) => return Ok(Outcome::Retry { after_s, why }),
            Err(PayFault::Unknown { why } | PayFault::Reject { why } | PayFault::Declined { why }) => {
                return Ok(Outcome::Retry { after_s: None, why });
            }
        },
        Err(Error::Unavailable(why)) => return Ok(Outcome::Retry { after_s: None, why }),
        // The key is gone: the provider has forgotten before.
        Err(error) if error.code() == Code::NotFound => {}
        Err(error) => return Err(error),
    }
    app.vault.destroy(id, &[]).await?;
    app.write(&Actor::house("removePayer"), async |tx: &mut Tx| -> Result<()> {
        change(tx, "DELETE FROM payer WHERE id = $1", [id.into()]).await.map(drop)
    })
    .await?;
    Ok(Outcome::Done)
}
