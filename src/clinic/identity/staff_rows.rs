//! Queries on staff accounts and on the clinics that they serve.

use super::clinics::Clinics;
use super::rows::{change, number, staff};
use crate::kernel::error::Result;
use crate::kernel::sql;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, EntityTrait, Statement, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Puts these clinics in the place of those that were there.
pub async fn put_clinics(db: &impl ConnectionTrait, staff: Uuid, clinics: &Clinics) -> Result<()> {
    change(db, "DELETE FROM staff_clinic WHERE staff = $1", [staff.into()]).await?;
    for clinic in clinics.as_slice() {
        let sql = "INSERT INTO staff_clinic (staff, clinic) VALUES ($1, $2)";
        change(db, sql, [staff.into(), (*clinic).into()]).await?;
    }
    Ok(())
}

pub async fn clinics_of(db: &impl ConnectionTrait, staff: Uuid) -> Result<Clinics> {
    Ok(clinics_of_all(db, &[staff]).await?.remove(&staff).unwrap_or_default())
}

/// The clinics of each of these accounts. Those that serve the whole installation are not among them.
pub async fn clinics_of_all(db: &impl ConnectionTrait, staff: &[Uuid]) -> Result<BTreeMap<Uuid, Clinics>> {
    if staff.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (places, values) = sql::list(0, staff);
    let sql = format!("SELECT staff, clinic FROM staff_clinic WHERE staff IN ({places})");
    let mut found: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for row in db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await? {
        found.entry(row.try_get_by_index(0)?).or_default().push(row.try_get_by_index(1)?);
    }
    Ok(found.into_iter().map(|(staff, clinics)| (staff, Clinics::of(clinics))).collect())
}

/// Accounts, newest first, from before `before` on: those that serve none but these clinics.
pub async fn page(db: &impl ConnectionTrait, clinics: &Clinics, before: Option<Uuid>, limit: u64) -> Result<Vec<staff::Model>> {
    let within = if clinics.is_everywhere() {
        "1 = 1".to_owned()
    } else {
        let theirs = clinics.condition("c.clinic", 2);
        format!(
            "EXISTS (SELECT 1 FROM staff_clinic c WHERE c.staff = f.id) \
             AND NOT EXISTS (SELECT 1 FROM staff_clinic c WHERE c.staff = f.id AND NOT ({theirs}))"
        )
    };
    let sql = format!("SELECT f.* FROM staff f WHERE f.id < $1 AND {within} ORDER BY f.id DESC LIMIT {limit}");
    let values: Vec<Value> = std::iter::once(before.unwrap_or(Uuid::max()).into()).chain(clinics.values()).collect();
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(staff::Entity::find().from_raw_sql(query).all(db).await?)
}

/// Whether each of these clinics is there. The table is of a room above, which keeps them; what is asked here is no more than
/// this, so that no account serves a clinic that is none.
pub async fn are_there(db: &impl ConnectionTrait, clinics: &Clinics) -> Result<bool> {
    if clinics.is_everywhere() {
        return Ok(true);
    }
    let sql = format!("SELECT count(*) AS n FROM clinic WHERE active AND {}", clinics.condition("id", 1));
    let there = number(db, &sql, clinics.values()).await?;
    Ok(usize::try_from(there) == Ok(clinics.as_slice().len()))
}

/// Administrators of the whole installation who can sign in, but for one.
pub async fn other_administrators(db: &impl ConnectionTrait, but: Uuid) -> Result<i64> {
    let sql = "SELECT count(*) AS n FROM staff f WHERE f.role = 'administrator' AND f.state = 'active' AND f.id <> $1 \
               AND NOT EXISTS (SELECT 1 FROM staff_clinic c WHERE c.staff = f.id)";
    number(db, sql, [but.into()]).await
}

/// The officers' accounts that are in use.
pub async fn officers(db: &impl ConnectionTrait) -> Result<Vec<Uuid>> {
    let sql = "SELECT id FROM staff WHERE role = 'officer' AND state = 'active'";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Whose invitation this is, if it can be redeemed.
pub async fn invited(db: &impl ConnectionTrait, hash: &[u8], now: DateTime<Utc>) -> Result<Option<Uuid>> {
    let sql = "SELECT staff FROM staff_invitation WHERE hash = $1 AND until > $2";
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [hash.to_vec().into(), now.into()]);
    Ok(db.query_one_raw(query).await?.map(|row| row.try_get_by_index(0)).transpose()?)
}

/// The role of each of these accounts.
pub async fn roles_of(db: &impl ConnectionTrait, staff: &[Uuid]) -> Result<BTreeMap<Uuid, String>> {
    if staff.is_empty() {
        return Ok(BTreeMap::new());
    }
    let places: Vec<String> = (1..=staff.len()).map(|place| format!("${place}")).collect();
    let sql = format!("SELECT id, role FROM staff WHERE id IN ({})", places.join(", "));
    let values = staff.iter().map(|id| Value::from(*id));
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// The accounts that work for one of these clinics.
pub async fn staff_of(db: &impl ConnectionTrait, clinics: &Clinics) -> Result<Vec<Uuid>> {
    let sql = format!("SELECT DISTINCT staff FROM staff_clinic WHERE {}", clinics.condition("clinic", 1));
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, clinics.values())).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Shuts an account out whose contract is over; an administrator may let it in again. Its sessions are the caller's to end.
pub async fn suspend(db: &impl ConnectionTrait, staff: Uuid) -> Result<()> {
    let sql = "UPDATE staff SET state = 'suspended' WHERE id = $1 AND state = 'active'";
    change(db, sql, [staff.into()]).await.map(drop)
}
