//! Idempotency: (who, key) → the stored answer, in the transaction of the effect. The same key with the same body gets
//! the same answer; with another body it is refused. Answers lie sealed under the subject's own key for a day.

use super::db::Tx;
use super::error::{Code, Error, Refusal, Result};
use super::vault::{Class, Personal, Sealed, SubjectKeys};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long an answer is kept.
pub const KEPT: TimeDelta = TimeDelta::hours(24);

/// Whose request, under which key, with which body. Key and body stand as keyed digests under the subject's own key.
pub struct Once<'a> {
    keys: &'a SubjectKeys,
    even_frozen: bool,
    key: [u8; 32],
    body: [u8; 32],
}

/// What was answered the first time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    Done(serde_json::Value),
    Refused(Refusal),
}

impl Personal for Answer {
    const TABLE: &'static str = "once";
    const COLUMN: &'static str = "answer";
    const CLASS: Class = Class::Security;
}

/// Whether the subject of the row, `$1`, has frozen his own access.
const FROZEN: &str =
    "EXISTS (SELECT 1 FROM access_freeze WHERE subject = $1 AND lifted_at IS NULL AND scope = 'patient') AS is_frozen";

#[derive(FromQueryResult)]
struct New {
    is_frozen: bool,
}

#[derive(FromQueryResult)]
struct Row {
    body: Vec<u8>,
    answer: Option<Sealed>,
}

impl<'a> Once<'a> {
    /// The operation belongs to the body: one key for two operations is one key for two bodies.
    pub fn new(keys: &'a SubjectKeys, operation: &str, key: &str, body: &str) -> Result<Self> {
        let body = keys.digest("idempotent body", [operation, "\n", body].concat().as_bytes())?;
        Ok(Self { keys, even_frozen: false, key: keys.digest("idempotency key", key.as_bytes())?, body })
    }

    /// For what stays possible while one's own access is frozen.
    pub fn even_frozen(self) -> Self {
        Self { even_frozen: true, ..self }
    }

    /// The row's id in the seal: the key's digest is what identifies the row.
    fn row(&self) -> Uuid {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = self.key;
        Uuid::from_bytes([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
    }

    /// The first statement of an idempotent transaction. `None`: go on. `Some`: the answer of the first time.
    ///
    /// # Errors
    /// `idempotency_key_reused` when the key came with another body; `frozen` when the subject's own access is.
    pub async fn begin(&self, tx: &mut Tx) -> Result<Option<Answer>> {
        let backend = tx.get_database_backend();
        let subject = self.keys.subject;
        // The freeze is looked at on the way: a statement of its own would be a round trip more.
        let insert = Statement::from_sql_and_values(
            backend,
            format!(
                "INSERT INTO once (subject, key, body, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING {FROZEN}"
            ),
            [subject.into(), self.key.to_vec().into(), self.body.to_vec().into(), tx.now().into()],
        );
        if let Some(new) = New::find_by_statement(insert).one(tx).await? {
            return if new.is_frozen && !self.even_frozen { Err(Error::refused(Code::Frozen)) } else { Ok(None) };
        }
        if !self.even_frozen {
            super::access::check_own(tx, subject).await?;
        }
        let sql = "SELECT body, answer FROM once WHERE subject = $1 AND key = $2";
        let select = Statement::from_sql_and_values(backend, sql, [subject.into(), self.key.to_vec().into()]);
        match Row::find_by_statement(select).one(tx).await? {
            Some(row) if row.body != self.body => Err(Error::refused(Code::IdempotencyKeyReused)),
            Some(Row { answer: Some(answer), .. }) => self.keys.open(self.row(), &answer).map(Some),
            // The first one left no answer: it was rolled back between our two statements, or swept.
            _ => Err(Error::Unavailable("the first request with this key is not finished")),
        }
    }

    /// The answer of the first time, if there is one, without beginning anything: for what makes keys before its transaction.
    ///
    /// # Errors
    /// `idempotency_key_reused`.
    pub async fn kept(&self, db: &impl ConnectionTrait) -> Result<Option<Answer>> {
        let sql = "SELECT body, answer FROM once WHERE subject = $1 AND key = $2";
        let values = [self.keys.subject.into(), self.key.to_vec().into()];
        match Row::find_by_statement(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).one(db).await? {
            Some(row) if row.body != self.body => Err(Error::refused(Code::IdempotencyKeyReused)),
            Some(Row { answer: Some(answer), .. }) => self.keys.open(self.row(), &answer).map(Some),
            _ => Ok(None),
        }
    }

    /// Stores the answer beside the effect: before the commit, with everything else that nobody reads back.
    pub fn keep(&self, tx: &mut Tx, answer: &Answer) -> Result<()> {
        let sealed = self.keys.seal(self.row(), answer)?;
        tx.answered((self.keys.subject, self.key, sealed));
        Ok(())
    }
}

/// Drops what has had its day.
pub async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<()> {
    let sql = "DELETE FROM once WHERE at < $1";
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [(now - KEPT).into()])).await?;
    Ok(())
}

/// Drops all of one subject: at his erasure.
pub async fn forget(tx: &mut Tx, subject: Uuid) -> Result<()> {
    let sql = "DELETE FROM once WHERE subject = $1";
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [subject.into()])).await?;
    Ok(())
}
