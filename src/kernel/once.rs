//! Idempotency: (who, key) → the stored answer, in the transaction of the effect. The same key with the same body gets
//! the same answer; with another body it is refused.

use super::db::Tx;
use super::error::{Code, Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

/// How long an answer is kept.
pub const KEPT: TimeDelta = TimeDelta::hours(24);

/// Whose request, under which key, with which body. Key and body stand as keyed digests under the subject's own key.
#[derive(Debug, Clone)]
pub struct Once {
    pub subject: Uuid,
    pub key: [u8; 32],
    pub body: [u8; 32],
}

#[derive(FromQueryResult)]
struct Row {
    body: Vec<u8>,
    answer: Option<Vec<u8>>,
}

/// The first statement of an idempotent transaction. `None`: go on. `Some`: the sealed answer of the first time.
///
/// # Errors
/// `idempotency_key_reused` when the key came with another body.
pub async fn begin(tx: &mut Tx, once: &Once) -> Result<Option<Vec<u8>>> {
    let backend = tx.get_database_backend();
    let insert = Statement::from_sql_and_values(
        backend,
        "INSERT INTO once (subject, key, body, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        [once.subject.into(), once.key.to_vec().into(), once.body.to_vec().into(), tx.now().into()],
    );
    if tx.execute_raw(insert).await?.rows_affected() == 1 {
        return Ok(None);
    }
    let select = Statement::from_sql_and_values(
        backend,
        "SELECT body, answer FROM once WHERE subject = $1 AND key = $2",
        [once.subject.into(), once.key.to_vec().into()],
    );
    match Row::find_by_statement(select).one(tx).await? {
        Some(row) if row.body != once.body => Err(Error::refused(Code::IdempotencyKeyReused)),
        Some(Row { answer: Some(answer), .. }) => Ok(Some(answer)),
        // The first one left no answer: it was rolled back between our two statements, or swept.
        _ => Err(Error::Unavailable("the first request with this key is not finished")),
    }
}

/// Stores the sealed answer beside the effect.
pub async fn keep(tx: &mut Tx, once: &Once, answer: Vec<u8>) -> Result<()> {
    let update = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "UPDATE once SET answer = $3 WHERE subject = $1 AND key = $2",
        [once.subject.into(), once.key.to_vec().into(), answer.into()],
    );
    tx.execute_raw(update).await?;
    Ok(())
}

/// Drops what has had its day, and all of one subject at his erasure.
pub async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<()> {
    let backend = tx.get_database_backend();
    tx.execute_raw(Statement::from_sql_and_values(backend, "DELETE FROM once WHERE at < $1", [(now - KEPT).into()])).await?;
    Ok(())
}

pub async fn forget(tx: &mut Tx, subject: Uuid) -> Result<()> {
    let backend = tx.get_database_backend();
    tx.execute_raw(Statement::from_sql_and_values(backend, "DELETE FROM once WHERE subject = $1", [subject.into()])).await?;
    Ok(())
}
