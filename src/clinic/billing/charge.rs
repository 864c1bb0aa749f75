//! Charges: opened with what they are for, abandoned when nobody shall pay them any more.

use super::rows::{self, ChargeRow, change, state};
use super::tasks::Cancel;
use crate::app::App;
use crate::app::wire::Money;
use crate::clinic::notifications::{self, Kind};
use crate::kernel::access::Asker;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Statement};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What ties a charge to the provider's records, and what the patient wished.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// The provider's id of the payment.
    pub payment: Option<String>,
    /// The provider's id of the payer.
    pub customer: Option<String>,
    pub return_url: Option<String>,
    pub save_method: bool,
}

impl Personal for Details {
    const TABLE: &'static str = "charge";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Billing;
}

/// What is to be paid, for which object of the room above.
pub struct NewCharge {
    pub id: Uuid,
    pub object: Uuid,
    /// Whose staff may give it back.
    pub clinic: Uuid,
    pub price: Money,
    /// Until when it can be paid.
    pub due_at: DateTime<Utc>,
}

/// Opens a charge in the transaction of what it is for. `keys` must hold the billing class.
pub async fn open_charge(tx: &mut Tx, keys: &SubjectKeys, new: NewCharge) -> Result<()> {
    let id = new.id;
    let row = ChargeRow {
        id,
        subject: keys.subject,
        clinic: new.clinic,
        object: new.object,
        attempt: id,
        amount: new.price.amount,
        currency: new.price.currency,
        state: state::OPEN.to_owned(),
        abandoned: false,
        paid_amount: 0,
        reserved_amount: 0,
        refunded_amount: 0,
        created_at: tx.now(),
        due_at: new.due_at,
        begun_at: None,
        paid_at: None,
        checks: 0,
        version: 1,
        parked: None,
        parked_at: None,
        sealed: Some(keys.seal(id, &Details::default())?),
    };
    rows::insert_charge(tx, &row).await?;
    notifications::tell(tx, keys.subject, Kind::PaymentNeeded, id).await?;
    tx.audit(Line::new("openCharge").on("charge", id).about(keys).of(Class::Billing));
    Ok(())
}

/// Nobody shall pay this charge any more. One that nobody has begun to pay ends at once; a payment that was begun is
/// cancelled at the provider, and should it be paid all the same, [`super::Paid`] says so.
pub async fn abandon(tx: &mut Tx, charge: Uuid) -> Result<()> {
    let sql = "UPDATE charge SET state = $2, abandoned = $3, version = version + 1 WHERE id = $1 AND state = $4";
    let ended = change(tx, sql, [charge.into(), state::CANCELED.into(), true.into(), state::OPEN.into()]).await?;
    if ended == 1 {
        return Ok(());
    }
    let sql = "UPDATE charge SET abandoned = $2, check_at = $3, version = version + 1 \
               WHERE id = $1 AND paid_amount = 0 AND state <> $4 AND NOT abandoned";
    let in_a_while = tx.now() + TimeDelta::minutes(1);
    if change(tx, sql, [charge.into(), true.into(), in_a_while.into(), state::CANCELED.into()]).await? == 1 {
        tx.enqueue(Cancel { charge }.task().once(format!("{}:{charge}", Cancel::KIND)));
    }
    Ok(())
}

/// A charge that ended with its hold is let go by then: what is older is owed.
const OWED_AFTER: TimeDelta = TimeDelta::days(1);

/// Whether a patient owes for something: a charge whose day has passed unpaid, or one that somebody has to look at.
pub async fn owes(tx: &Tx, subject: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let sql = "SELECT 1 AS one FROM charge WHERE subject = $1 AND (parked IS NOT NULL OR (paid_amount = 0 AND NOT abandoned \
               AND state <> $2 AND due_at <= $3)) LIMIT 1";
    let values = [subject.into(), state::CANCELED.into(), (now - OWED_AFTER).into()];
    Ok(tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.is_some())
}

/// The details of a charge, for the house itself, which speaks to the provider about them. `None`: they are destroyed.
pub(super) async fn details(app: &App, row: &ChargeRow) -> Result<Option<Details>> {
    let Some(sealed) = &row.sealed else { return Ok(None) };
    let openings = app.openings(Actor::house("billing"), Asker { id: row.subject, medical: false });
    let opened = match openings.grant_on("payment", row.subject, Class::Billing, ("charge", row.id)).await {
        Ok(grant) => grant.open(row.id, sealed),
        Err(error) => Err(error),
    };
    match opened {
        Err(error) if error.code() == Code::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

/// A charge of the house's own tasks.
pub(super) async fn known(app: &App, id: Uuid) -> Result<ChargeRow> {
    rows::charge(&app.db.reader(), id).await?.ok_or_else(Error::not_found)
}
