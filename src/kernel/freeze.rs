//! Freezes: the patient forbids access. A freeze shuts one scope of cabinets and stands until whoever may lift it does;
//! processing goes on. Nothing is remembered of them: every request and every running stream asks the table.

use super::db::Tx;
use super::error::{Error, Result};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which cabinets a freeze shuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// The patient's own.
    Patient,
    /// Those of doctors and all other staff.
    Staff,
    /// Those of insurers, who read by contracts of their own.
    Insurers,
}

impl Scope {
    pub const ALL: &'static [Scope] = &[Scope::Patient, Scope::Staff, Scope::Insurers];

    pub const fn as_str(self) -> &'static str {
        match self {
            Scope::Patient => "patient",
            Scope::Staff => "staff",
            Scope::Insurers => "insurers",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.as_str() == text)
    }
}

/// Where a freeze came from, and so who lifts it. Freezes of different origins stand beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// The patient himself, in the app.
    Patient,
    /// Staff, for a patient who called, wrote or came.
    Desk,
    /// The grace of a deletion: ends with its undoing.
    Deletion,
    /// The last contract of the patient has ended: ends with another one.
    Contract,
}

impl Origin {
    const ALL: &'static [Origin] = &[Origin::Patient, Origin::Desk, Origin::Deletion, Origin::Contract];

    pub const fn as_str(self) -> &'static str {
        match self {
            Origin::Patient => "patient",
            Origin::Desk => "desk",
            Origin::Deletion => "deletion",
            Origin::Contract => "contract",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|origin| origin.as_str() == text)
    }
}

/// A freeze that stands.
#[derive(Clone, Copy, Debug)]
pub struct Freeze {
    pub scope: Scope,
    pub origin: Origin,
    pub set_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Row {
    scope: String,
    origin: String,
    set_at: DateTime<Utc>,
}

/// Sets a freeze. False: the same one stands already.
pub async fn set(tx: &mut Tx, subject: Uuid, scope: Scope, origin: Origin) -> Result<bool> {
    let sql = "INSERT INTO access_freeze (id, subject, scope, origin, set_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let values: [Value; 5] = [tx.id().into(), subject.into(), scope.as_str().into(), origin.as_str().into(), tx.now().into()];
    Ok(tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected() == 1)
}

/// Lifts every freeze of this origin.
pub async fn lift(tx: &mut Tx, subject: Uuid, origin: Origin) -> Result<()> {
    let sql = "UPDATE access_freeze SET lifted_at = $3 WHERE subject = $1 AND origin = $2 AND lifted_at IS NULL";
    let values: [Value; 3] = [subject.into(), origin.as_str().into(), tx.now().into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// What stands now, oldest first.
pub async fn standing(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<Freeze>> {
    let sql = "SELECT scope, origin, set_at FROM access_freeze WHERE subject = $1 AND lifted_at IS NULL ORDER BY set_at, scope";
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [subject.into()]);
    let known = |row: Row| {
        let (scope, origin) = Scope::parse(&row.scope).zip(Origin::parse(&row.origin))?;
        Some(Freeze { scope, origin, set_at: row.set_at })
    };
    let rows = Row::find_by_statement(query).all(db).await?;
    rows.into_iter().map(|row| known(row).ok_or_else(|| Error::internal("a freeze of an unknown kind"))).collect()
}
