//! The room's tables and every query on them.

use crate::clinic::identity::Clinics;
use crate::kernel::error::Result;
pub use crate::kernel::sql::change;
use crate::kernel::sql::{all, one};
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

#[derive(Clone, Debug, FromQueryResult)]
pub struct Carrier {
    pub id: Uuid,
    /// Whose data is on it. None: nobody's, or that of many.
    pub subject: Option<Uuid>,
    pub clinic: Option<Uuid>,
    pub kind: String,
    pub number: String,
    pub keeper: Option<String>,
    pub state: String,
    pub staff: Uuid,
    pub entered_at: DateTime<Utc>,
    pub destroyed_at: Option<DateTime<Utc>>,
    pub sealed: Option<Sealed>,
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct Act {
    pub act: String,
    pub staff: Uuid,
    pub at: DateTime<Utc>,
    pub receiver: Option<String>,
    pub method: Option<String>,
    pub keeper: Option<String>,
}

/// Enters a carrier. False: there is one of this number.
pub async fn insert(db: &impl ConnectionTrait, row: &Carrier) -> Result<bool> {
    let sql = "INSERT INTO carrier (id, subject, clinic, kind, number, keeper, state, staff, entered_at, sealed) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
    let values = [
        row.id.into(),
        row.subject.into(),
        row.clinic.into(),
        row.kind.as_str().into(),
        row.number.as_str().into(),
        row.keeper.clone().into(),
        row.state.as_str().into(),
        row.staff.into(),
        row.entered_at.into(),
        row.sealed.clone().map(|sealed| sealed.0).into(),
    ];
    Ok(change(db, sql, values).await? == 1)
}

pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Carrier>> {
    one(db, "SELECT * FROM carrier WHERE id = $1", [id.into()]).await
}

/// Carriers of these clinics, newest first. What belongs to none of them is for those alone who serve the whole installation.
pub async fn page(
    db: &impl ConnectionTrait,
    clinics: &Clinics,
    state: Option<&str>,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Carrier>> {
    let sql = format!(
        "SELECT * FROM carrier WHERE id < $1 AND ($2 = '' OR state = $2) AND {} ORDER BY id DESC LIMIT {limit}",
        clinics.condition("clinic", 3)
    );
    let first: [Value; 2] = [before.unwrap_or(Uuid::max()).into(), state.unwrap_or_default().into()];
    all(db, &sql, first.into_iter().chain(clinics.values())).await
}

/// Carriers with somebody's data, newest first.
pub async fn all_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<Carrier>> {
    all(db, "SELECT * FROM carrier WHERE subject = $1 ORDER BY id DESC", [subject.into()]).await
}

/// What happened to a carrier, oldest first.
pub async fn acts(db: &impl ConnectionTrait, carrier: Uuid) -> Result<Vec<Act>> {
    let sql = "SELECT act, staff, at, receiver, method, keeper FROM carrier_act WHERE carrier = $1 ORDER BY id";
    all(db, sql, [carrier.into()]).await
}

pub async fn insert_act(db: &impl ConnectionTrait, id: Uuid, carrier: Uuid, act: &Act) -> Result<()> {
    let sql = "INSERT INTO carrier_act (id, carrier, act, staff, at, receiver, method, keeper) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = [
        id.into(),
        carrier.into(),
        act.act.as_str().into(),
        act.staff.into(),
        act.at.into(),
        act.receiver.clone().into(),
        act.method.clone().into(),
        act.keeper.clone().into(),
    ];
    change(db, sql, values).await.map(drop)
}

/// Puts a carrier from one of `from` into another state. False: it is in none of them.
pub async fn set_state(
    db: &impl ConnectionTrait,
    id: Uuid,
    from: &[&str],
    (state, keeper, destroyed_at): (&str, Option<&str>, Option<DateTime<Utc>>),
) -> Result<bool> {
    let places: Vec<String> = (5..5 + from.len()).map(|place| format!("${place}")).collect();
    let sql = format!(
        "UPDATE carrier SET state = $2, keeper = COALESCE($3, keeper), destroyed_at = $4 WHERE id = $1 AND state IN ({})",
        places.join(", ")
    );
    let keeper = keeper.map(str::to_owned);
    let first: [Value; 4] = [id.into(), state.into(), keeper.into(), destroyed_at.into()];
    Ok(change(db, &sql, first.into_iter().chain(from.iter().map(|state| Value::from(*state)))).await? == 1)
}
