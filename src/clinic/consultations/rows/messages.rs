//! What is said in them, numbered one by one.

use super::super::content::Columns;
use super::{Side, all, change, one};
use crate::kernel::error::Result;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

#[derive(Clone, Debug, FromQueryResult)]
pub struct Message {
    pub id: Uuid,
    pub conversation: Uuid,
    pub number: i64,
    /// The staff member who wrote it. None: the patient.
    pub author: Option<Uuid>,
    pub at: DateTime<Utc>,
    clinical: Option<Sealed>,
    support: Option<Sealed>,
}

impl Message {
    pub fn columns(&self) -> Columns {
        Columns { clinical: self.clinical.clone(), support: self.support.clone() }
    }
}

const MESSAGE: &str = "SELECT m.id, m.conversation, m.number, m.author, m.at, m.clinical, m.support FROM message m";

/// The number of the next message, taken under the lock of the conversation's row until the commit: a higher number is
/// never seen before a lower one. None when it is not open any more.
pub async fn next_number(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<Option<i64>> {
    #[derive(FromQueryResult)]
    struct Last {
        last_number: i64,
    }
    let sql =
        "UPDATE conversation SET last_number = last_number + 1, last_at = $2 WHERE id = $1 AND state = 'open' AND until > $2";
    if change(db, sql, [id.into(), now.into()]).await? == 0 {
        return Ok(None);
    }
    let last: Option<Last> = one(db, "SELECT last_number FROM conversation WHERE id = $1", [id.into()]).await?;
    Ok(last.map(|row| row.last_number))
}

/// A message to be written.
pub struct NewMessage {
    pub id: Uuid,
    pub conversation: Uuid,
    pub number: i64,
    pub author: Option<Uuid>,
    pub body: Columns,
}

pub async fn insert_message(db: &impl ConnectionTrait, row: &NewMessage, now: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO message (id, conversation, number, author, at, clinical, support) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values: [Value; 7] = [
        row.id.into(),
        row.conversation.into(),
        row.number.into(),
        row.author.into(),
        now.into(),
        row.body.clinical.clone().into(),
        row.body.support.clone().into(),
    ];
    change(db, sql, values).await.map(drop)
}

pub async fn find_message(db: &impl ConnectionTrait, conversation: Uuid, id: Uuid) -> Result<Option<Message>> {
    one(db, &format!("{MESSAGE} WHERE m.conversation = $1 AND m.id = $2"), [conversation.into(), id.into()]).await
}

/// Messages with numbers between `after` and `before`, newest first.
pub async fn messages(
    db: &impl ConnectionTrait,
    conversation: Uuid,
    (after, before): (i64, i64),
    limit: u64,
) -> Result<Vec<Message>> {
    let sql =
        format!("{MESSAGE} WHERE m.conversation = $1 AND m.number > $2 AND m.number < $3 ORDER BY m.number DESC LIMIT {limit}");
    all(db, &sql, [conversation.into(), after.into(), before.into()]).await
}

/// Everything that was said in a patient's conversations with doctors, newest first, from before `before` on.
pub async fn clinical_messages(
    db: &impl ConnectionTrait,
    subject: Uuid,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Message>> {
    let sql = format!(
        "{MESSAGE} JOIN conversation c ON c.id = m.conversation WHERE c.subject = $1 AND c.kind = 'doctor' \
         AND ($2 IS NULL OR m.id < $2) ORDER BY m.id DESC LIMIT {limit}"
    );
    all(db, &sql, [subject.into(), before.into()]).await
}

/// Notes up to which message a side has read. It never goes back.
pub async fn mark_read(db: &impl ConnectionTrait, side: Side, conversation: Uuid, number: i64) -> Result<()> {
    let (read, _) = side.reading();
    let sql = format!("UPDATE conversation SET {read} = $2 WHERE id = $1 AND {read} < $2");
    change(db, &sql, [conversation.into(), number.into()]).await.map(drop)
}

/// All messages of a conversation, oldest first.
pub async fn all_messages(db: &impl ConnectionTrait, conversation: Uuid) -> Result<Vec<Message>> {
    all(db, &format!("{MESSAGE} WHERE m.conversation = $1 ORDER BY m.number"), [conversation.into()]).await
}
