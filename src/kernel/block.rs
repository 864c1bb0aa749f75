//! Blocks: data that is kept and not used. A block shuts a class of somebody's data, or one document, to everybody but himself
//! and those who act for him; a reason opens it only beside a ground that was stated for this very block. Like freezes, nothing
//! is remembered of them: every opening asks the table.

use super::db::Tx;
use super::error::Result;
use super::sql::{all, change, one};
use super::vault::{Class, Sealed};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

/// How an audit line names a block.
pub const OBJECT: &str = "block";

/// A block, standing or lifted.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Block {
    pub id: Uuid,
    pub subject: Uuid,
    pub class: String,
    /// None: the whole class.
    pub document: Option<Uuid>,
    /// The request that asked for it.
    pub request: Option<Uuid>,
    pub set_at: DateTime<Utc>,
    pub set_by: Uuid,
    pub lifted_at: Option<DateTime<Utc>>,
    pub lifted_by: Option<Uuid>,
    /// What was said when it was set and lifted.
    pub sealed: Sealed,
}

/// What is to be shut.
#[derive(Clone, Debug)]
pub struct NewBlock {
    pub id: Uuid,
    pub subject: Uuid,
    pub class: Class,
    pub document: Option<Uuid>,
    pub request: Option<Uuid>,
    pub by: Uuid,
    pub sealed: Sealed,
}

/// Sets a block. False: the same one stands already.
pub async fn set(tx: &mut Tx, new: NewBlock) -> Result<bool> {
    let sql = "INSERT INTO data_block (id, subject, class, document, request, set_at, set_by, sealed) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    let values = [
        new.id.into(),
        new.subject.into(),
        new.class.as_str().into(),
        new.document.into(),
        new.request.into(),
        tx.now().into(),
        new.by.into(),
        new.sealed.0.into(),
    ];
    Ok(change(tx, sql, values).await? == 1)
}

/// Lifts a block. False: it does not stand.
pub async fn lift(tx: &mut Tx, id: Uuid, by: Uuid, sealed: Sealed) -> Result<bool> {
    let sql = "UPDATE data_block SET lifted_at = $2, lifted_by = $3, sealed = $4 WHERE id = $1 AND lifted_at IS NULL";
    Ok(change(tx, sql, [id.into(), tx.now().into(), by.into(), sealed.0.into()]).await? == 1)
}

pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Block>> {
    one(db, "SELECT * FROM data_block WHERE id = $1", [id.into()]).await
}

/// Every block of a subject, lifted ones too, oldest first.
pub async fn of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<Block>> {
    all(db, "SELECT * FROM data_block WHERE subject = $1 ORDER BY id", [subject.into()]).await
}

/// A page of all blocks, newest first.
pub async fn page(db: &impl ConnectionTrait, before: Option<Uuid>, limit: u64) -> Result<Vec<Block>> {
    let sql = format!("SELECT * FROM data_block WHERE id < $1 ORDER BY id DESC LIMIT {limit}");
    all(db, &sql, [before.unwrap_or(Uuid::max()).into()]).await
}

#[derive(FromQueryResult)]
struct Shut {
    document: Option<Uuid>,
}

/// Whether a whole class of `subject`'s data is blocked: for what is decided on no reason of anybody's.
pub async fn is_shut(db: &impl ConnectionTrait, subject: Uuid, class: Class) -> Result<bool> {
    let sql = "SELECT b.document FROM data_block b WHERE (b.subject = $1 OR b.subject = \
                   (SELECT survivor FROM subject_alias WHERE subject = $1)) \
               AND b.class = $2 AND b.document IS NULL AND b.lifted_at IS NULL LIMIT 1";
    Ok(one::<Shut>(db, sql, [subject.into(), class.as_str().into()]).await?.is_some())
}

/// The documents of `subject` that are blocked by themselves, and for which `reader` has given no ground: lists leave them out.
pub async fn shut_documents(db: &impl ConnectionTrait, subject: Uuid, reader: Uuid, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    let sql = "SELECT b.document FROM data_block b WHERE b.subject = $1 AND b.lifted_at IS NULL AND b.document IS NOT NULL \
               AND NOT EXISTS (SELECT 1 FROM reason g WHERE g.object = b.id AND g.party = $2 AND g.basis = 'blocked' \
                   AND g.valid_from <= $3 AND g.valid_until > $3)";
    let found: Vec<Shut> = all(db, sql, [subject.into(), reader.into(), now.into()]).await?;
    Ok(found.into_iter().filter_map(|shut| shut.document).collect())
}
