//! Persons who are one: a subject whose account was merged into another's leads to it. Nothing sealed is moved, so that a
//! merge can be undone: the second subject keeps its keys and its rows.

use super::db::Tx;
use super::error::Result;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Alias {
    subject: Uuid,
}

/// Who stands for `subject` now: himself, or the account into which his was merged.
pub async fn survivor(db: &impl ConnectionTrait, subject: Uuid) -> Result<Uuid> {
    let sql = "SELECT survivor AS subject FROM subject_alias WHERE subject = $1";
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [subject.into()]);
    Ok(Alias::find_by_statement(query).one(db).await?.map_or(subject, |row| row.subject))
}

/// Whose accounts were merged into this one.
pub async fn merged_into(db: &impl ConnectionTrait, survivor: Uuid) -> Result<Vec<Uuid>> {
    let sql = "SELECT subject FROM subject_alias WHERE survivor = $1 ORDER BY subject";
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [survivor.into()]);
    Ok(Alias::find_by_statement(query).all(db).await?.into_iter().map(|row| row.subject).collect())
}

/// Makes `survivor` stand for `subject`.
pub async fn join(tx: &mut Tx, subject: Uuid, survivor: Uuid) -> Result<()> {
    let values: [Value; 2] = [subject.into(), survivor.into()];
    let sql = "INSERT INTO subject_alias (subject, survivor) VALUES ($1, $2)";
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// Makes `subject` stand for himself again.
pub async fn part(tx: &mut Tx, subject: Uuid) -> Result<()> {
    let sql = "DELETE FROM subject_alias WHERE subject = $1";
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [subject.into()])).await?;
    Ok(())
}
