//! The room's tables and every query on them.

use crate::clinic::identity::Clinics;
use crate::kernel::error::Result;
pub use crate::kernel::sql::{all, change, one};
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

/// Where a charge stands, as the column and the contract spell it.
pub mod state {
    /// Nobody has begun to pay.
    pub const OPEN: &str = "open";
    /// A payment is made, and its sheet is open.
    pub const PENDING: &str = "pending";
    pub const ACTION: &str = "action";
    pub const AUTHORIZED: &str = "authorized";
    pub const PAID: &str = "paid";
    pub const PARTLY_REFUNDED: &str = "partlyRefunded";
    pub const REFUNDED: &str = "refunded";
    /// Declined; the patient may try again.
    pub const FAILED: &str = "failed";
    pub const CANCELED: &str = "canceled";
    /// The provider's answer was lost or not understood: it is looked up.
    pub const UNKNOWN: &str = "unknown";
}

/// Where a refund stands.
pub mod refund_state {
    /// The provider has not been asked, or its answer was not understood.
    pub const ASKED: &str = "asked";
    /// On its way.
    pub const PENDING: &str = "pending";
    pub const DONE: &str = "done";
    pub const FAILED: &str = "failed";
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct ChargeRow {
    pub id: Uuid,
    pub subject: Uuid,
    pub clinic: Uuid,
    pub object: Uuid,
    /// The key of the payment at the provider. Another one after a payment that has ended unpaid.
    pub attempt: Uuid,
    pub amount: i64,
    pub currency: String,
    pub state: String,
    /// Nobody shall pay it any more.
    pub abandoned: bool,
    pub paid_amount: i64,
    /// What refunds take or have taken, whatever the provider has said of them yet.
    pub reserved_amount: i64,
    /// What went back, as the provider says.
    pub refunded_amount: i64,
    pub created_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub begun_at: Option<DateTime<Utc>>,
    pub paid_at: Option<DateTime<Utc>>,
    pub checks: i32,
    pub version: i64,
    pub sealed: Option<Sealed>,
    /// What the provider said that can't be, as a code: a person looks at it.
    pub parked: Option<String>,
    pub parked_at: Option<DateTime<Utc>>,
}

impl ChargeRow {
    pub fn is_paid(&self) -> bool {
        self.paid_amount > 0
    }
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct RefundRow {
    pub id: Uuid,
    pub charge: Uuid,
    pub amount: i64,
    pub state: String,
    pub staff: Option<Uuid>,
    pub asked_at: DateTime<Utc>,
    pub settled_at: Option<DateTime<Utc>>,
    pub sealed: Option<Sealed>,
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct PayerRow {
    /// Also the subject of the keys under which `sealed` lies: they outlive the account until the provider has forgotten.
    pub id: Uuid,
    pub sealed: Option<Sealed>,
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

#[derive(FromQueryResult)]
struct Moment {
    at: Option<DateTime<Utc>>,
}

const CHARGE: &str = "SELECT id, subject, clinic, object, attempt, amount, currency, state, abandoned, paid_amount, \
                      reserved_amount, refunded_amount, created_at, due_at, begun_at, paid_at, checks, version, sealed, \
                      parked, parked_at FROM charge";
const REFUND: &str = "SELECT id, charge, amount, state, staff, asked_at, settled_at, sealed FROM refund";

pub async fn insert_charge(db: &impl ConnectionTrait, row: &ChargeRow) -> Result<()> {
    let sql = "INSERT INTO charge (id, subject, clinic, object, attempt, amount, currency, state, abandoned, paid_amount, \
               reserved_amount, refunded_amount, created_at, due_at, checks, version, sealed) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, $10, $11, 0, 1, $12)";
    let values: [Value; 12] = [
        row.id.into(),
        row.subject.into(),
        row.clinic.into(),
        row.object.into(),
        row.attempt.into(),
        row.amount.into(),
        row.currency.as_str().into(),
        row.state.as_str().into(),
        row.abandoned.into(),
        row.created_at.into(),
        row.due_at.into(),
        row.sealed.clone().into(),
    ];
    change(db, sql, values).await.map(drop)
}

/// For the house itself and for staff; a patient's finder is `charge_of`.
pub async fn charge(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<ChargeRow>> {
    one(db, &format!("{CHARGE} WHERE id = $1"), [id.into()]).await
}

/// One of a patient's charges.
pub async fn charge_of(db: &impl ConnectionTrait, subject: Uuid, id: Uuid) -> Result<Option<ChargeRow>> {
    one(db, &format!("{CHARGE} WHERE id = $1 AND subject = $2"), [id.into(), subject.into()]).await
}

/// The charge whose living payment was made under this key.
pub async fn charge_by_attempt(db: &impl ConnectionTrait, attempt: Uuid) -> Result<Option<ChargeRow>> {
    one(db, &format!("{CHARGE} WHERE attempt = $1"), [attempt.into()]).await
}

/// A patient's charges, newest first, from before `before` on.
pub async fn charges_of(db: &impl ConnectionTrait, subject: Uuid, before: Option<Uuid>, limit: u64) -> Result<Vec<ChargeRow>> {
    let sql = format!("{CHARGE} WHERE subject = $1 AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT {limit}");
    all(db, &sql, [subject.into(), before.into()]).await
}

/// Every charge of a patient, oldest first.
pub async fn all_charges_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<ChargeRow>> {
    all(db, &format!("{CHARGE} WHERE subject = $1 ORDER BY id"), [subject.into()]).await
}

/// Charges that a person has to look at, the one opened first first; of these clinics.
pub async fn parked(db: &impl ConnectionTrait, clinics: &Clinics, after: Option<Uuid>, limit: u64) -> Result<Vec<ChargeRow>> {
    let theirs = clinics.condition("clinic", 2);
    let sql = format!("{CHARGE} WHERE parked IS NOT NULL AND ($1 IS NULL OR id > $1) AND {theirs} ORDER BY id LIMIT {limit}");
    let values: Vec<Value> = std::iter::once(after.into()).chain(clinics.values()).collect();
    all(db, &sql, values).await
}

/// Charges that it is time to look up.
pub async fn due_for_a_look(db: &impl ConnectionTrait, now: DateTime<Utc>, limit: u64) -> Result<Vec<Uuid>> {
    let sql = format!("SELECT id FROM charge WHERE check_at <= $1 ORDER BY check_at LIMIT {limit}");
    Ok(all::<Id>(db, &sql, [now.into()]).await?.into_iter().map(|row| row.id).collect())
}

/// When a patient paid last.
pub async fn last_payment(db: &impl ConnectionTrait, subject: Uuid) -> Result<Option<DateTime<Utc>>> {
    let sql = "SELECT paid_at AS at FROM charge WHERE subject = $1 AND paid_at IS NOT NULL ORDER BY paid_at DESC LIMIT 1";
    Ok(one::<Moment>(db, sql, [subject.into()]).await?.and_then(|row| row.at))
}

/// The refunds of a charge, oldest first.
pub async fn refunds(db: &impl ConnectionTrait, charge: Uuid) -> Result<Vec<RefundRow>> {
    all(db, &format!("{REFUND} WHERE charge = $1 ORDER BY id"), [charge.into()]).await
}

pub async fn refund(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<RefundRow>> {
    one(db, &format!("{REFUND} WHERE id = $1"), [id.into()]).await
}

/// Puts so much of what was paid aside for a refund. One statement looks and writes, so that any number of them at once
/// never take more than there is. Answers whether there was enough.
pub async fn reserve(db: &impl ConnectionTrait, charge: Uuid, amount: i64) -> Result<bool> {
    let sql = "UPDATE charge SET reserved_amount = reserved_amount + $2, version = version + 1 \
               WHERE id = $1 AND paid_amount - reserved_amount >= $2";
    Ok(change(db, sql, [charge.into(), amount.into()]).await? == 1)
}

/// Gives back what was put aside for a refund that came to nothing.
pub async fn release(db: &impl ConnectionTrait, charge: Uuid, amount: i64) -> Result<()> {
    let sql = "UPDATE charge SET reserved_amount = reserved_amount - $2, version = version + 1 \
               WHERE id = $1 AND reserved_amount >= $2";
    change(db, sql, [charge.into(), amount.into()]).await.map(drop)
}

pub async fn insert_refund(db: &impl ConnectionTrait, row: &RefundRow) -> Result<()> {
    let sql = "INSERT INTO refund (id, charge, amount, state, staff, asked_at, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values: [Value; 7] = [
        row.id.into(),
        row.charge.into(),
        row.amount.into(),
        row.state.as_str().into(),
        row.staff.into(),
        row.asked_at.into(),
        row.sealed.clone().into(),
    ];
    change(db, sql, values).await.map(drop)
}

/// Moves a refund from one state to another. `false`: it does not stand there any more.
pub async fn move_refund(db: &impl ConnectionTrait, id: Uuid, from: &str, to: &str, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE refund SET state = $3, settled_at = $4 WHERE id = $1 AND state = $2";
    Ok(change(db, sql, [id.into(), from.into(), to.into(), now.into()]).await? == 1)
}

pub async fn payer_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Option<PayerRow>> {
    one(db, "SELECT id, sealed FROM payer WHERE subject = $1", [subject.into()]).await
}

pub async fn payer(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<PayerRow>> {
    one(db, "SELECT id, sealed FROM payer WHERE id = $1", [id.into()]).await
}

/// Takes a payer away from his account. Answers the one that there was.
pub async fn part_with_payer(db: &impl ConnectionTrait, subject: Uuid, stand_in: Uuid) -> Result<Option<Uuid>> {
    let sql = "UPDATE payer SET subject = $2 WHERE subject = $1 RETURNING id";
    Ok(one::<Id>(db, sql, [subject.into(), stand_in.into()]).await?.map(|row| row.id))
}

/// Notes a call to the callback address: how often, in which minute, with what end. Whoever floods it fills no table.
pub async fn note_callback(db: &impl ConnectionTrait, provider: &str, outcome: &str, minute: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO callback (provider, outcome, at, times) VALUES ($1, $2, $3, 1) \
               ON CONFLICT (provider, outcome, at) DO UPDATE SET times = callback.times + 1";
    change(db, sql, [provider.into(), outcome.into(), minute.into()]).await.map(drop)
}
