//! The room's tables and every query on them.

use super::shared::{Kind, Scope};
use crate::clinic::identity::Clinics;
use crate::kernel::error::{Error, Result};
pub use crate::kernel::sql::change;
use crate::kernel::sql::{all, one};
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

#[derive(Clone, Debug, FromQueryResult)]
pub struct Shared {
    pub id: Uuid,
    pub subject: Uuid,
    pub kind: String,
    pub doctor: Option<Uuid>,
    pub clinic: Option<Uuid>,
    pub insurer: Option<String>,
    /// Who referred, or registered the contract. None: the patient himself.
    pub by_staff: Option<Uuid>,
    scope: serde_json::Value,
    pub created_at: DateTime<Utc>,
    pub valid_from: DateTime<Utc>,
    pub valid_until: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub sealed: Sealed,
}

impl Shared {
    pub fn kind(&self) -> Result<Kind> {
        Kind::parse(&self.kind).ok_or_else(|| Error::internal("shared access of an unknown kind"))
    }

    pub fn scope(&self) -> Result<Scope> {
        read_json(&self.scope)
    }
}

/// Shared access that is to be written.
pub struct NewShared {
    pub id: Uuid,
    pub subject: Uuid,
    pub kind: Kind,
    pub doctor: Option<Uuid>,
    pub clinic: Option<Uuid>,
    pub insurer: Option<String>,
    pub by_staff: Option<Uuid>,
    pub scope: Scope,
    pub created_at: DateTime<Utc>,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub sealed: Sealed,
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct Disclosure {
    pub id: Uuid,
    pub subject: Uuid,
    pub recipient: String,
    /// None: it was refused before a basis was found.
    pub basis: Option<String>,
    fields: serde_json::Value,
    pub staff: Uuid,
    pub at: DateTime<Utc>,
    /// The code by which it was refused.
    pub refused: Option<String>,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub sealed: Sealed,
}

impl Disclosure {
    pub fn fields(&self) -> Result<Vec<String>> {
        read_json(&self.fields)
    }
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct BlockOpening {
    pub id: Uuid,
    pub staff: Uuid,
    pub at: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub sealed: Sealed,
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

pub fn write_json(value: &impl Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(value).map_err(|_| Error::internal("a value can't be written as JSON"))
}

fn read_json<T: DeserializeOwned>(value: &serde_json::Value) -> Result<T> {
    T::deserialize(value).map_err(|_| Error::internal("a stored value does not read"))
}

pub async fn insert(db: &impl ConnectionTrait, new: NewShared) -> Result<()> {
    let sql = "INSERT INTO shared_access (id, subject, kind, doctor, clinic, insurer, by_staff, scope, created_at, valid_from, \
               valid_until, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let values: [Value; 12] = [
        new.id.into(),
        new.subject.into(),
        new.kind.as_str().into(),
        new.doctor.into(),
        new.clinic.into(),
        new.insurer.into(),
        new.by_staff.into(),
        write_json(&new.scope)?.into(),
        new.created_at.into(),
        new.from.into(),
        new.until.into(),
        new.sealed.0.into(),
    ];
    change(db, sql, values).await.map(drop)
}

pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Shared>> {
    one(db, "SELECT * FROM shared_access WHERE id = $1", [id.into()]).await
}

/// What is shared of a patient, newest first, ended ones too.
pub async fn page_of(db: &impl ConnectionTrait, subject: Uuid, before: Option<Uuid>, limit: u64) -> Result<Vec<Shared>> {
    let sql = format!("SELECT * FROM shared_access WHERE subject = $1 AND id < $2 ORDER BY id DESC LIMIT {limit}");
    all(db, &sql, [subject.into(), before.unwrap_or(Uuid::max()).into()]).await
}

/// Every one of a patient, oldest first.
pub async fn all_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<Shared>> {
    all(db, "SELECT * FROM shared_access WHERE subject = $1 ORDER BY id", [subject.into()]).await
}

/// How many shares of a patient have not come to their end.
pub async fn living_shares(db: &impl ConnectionTrait, subject: Uuid, now: DateTime<Utc>) -> Result<i64> {
    let sql = "SELECT count(*) AS n FROM shared_access \
               WHERE subject = $1 AND kind = 'share' AND ended_at IS NULL AND valid_until > $2";
    Ok(one::<Count>(db, sql, [subject.into(), now.into()]).await?.map_or(0, |count| count.n))
}

/// For whom a reader's list is.
pub enum Reader<'a> {
    Doctor { id: Uuid, clinics: &'a Clinics },
    Insurer(&'a str),
}

/// What a reader may open now, newest first. Whose access is frozen, and who is gone, is not among them.
pub async fn page_for(
    db: &impl ConnectionTrait,
    reader: &Reader<'_>,
    now: DateTime<Utc>,
    (before, limit): (Option<Uuid>, u64),
) -> Result<Vec<Shared>> {
    let mut values: Vec<Value> = vec![before.unwrap_or(Uuid::max()).into(), now.into()];
    let (whose, scope) = match reader {
        Reader::Doctor { id, clinics } => {
            values.push((*id).into());
            values.extend(clinics.values());
            (format!("(s.doctor = $3 OR (s.clinic IS NOT NULL AND {}))", clinics.condition("s.clinic", 4)), "staff")
        }
        Reader::Insurer(insurer) => {
            values.push((*insurer).into());
            ("s.insurer = $3".to_owned(), "insurers")
        }
    };
    let sql = format!(
        "SELECT s.* FROM shared_access s WHERE s.id < $1 AND s.ended_at IS NULL AND s.valid_from <= $2 AND s.valid_until > $2 \
         AND {whose} AND EXISTS (SELECT 1 FROM reason r WHERE r.object = s.id AND r.valid_until > $2) \
         AND NOT EXISTS (SELECT 1 FROM access_freeze f WHERE f.subject = s.subject AND f.lifted_at IS NULL \
             AND (f.scope = '{scope}' OR f.origin = 'deletion')) \
         ORDER BY s.id DESC LIMIT {limit}"
    );
    all(db, &sql, values).await
}

/// The contracts of a patient with an insurer that are in force.
pub async fn contracts(db: &impl ConnectionTrait, subject: Uuid, insurer: &str, now: DateTime<Utc>) -> Result<Vec<Shared>> {
    let sql = "SELECT * FROM shared_access WHERE subject = $1 AND insurer = $2 AND ended_at IS NULL AND valid_from <= $3 \
               AND valid_until > $3 ORDER BY id";
    all(db, sql, [subject.into(), insurer.into(), now.into()]).await
}

/// Ends one that has not ended. False: it has.
pub async fn end(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE shared_access SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    Ok(change(db, sql, [id.into(), now.into()]).await? == 1)
}

/// What is written of a disclosure, or of its refusal.
pub struct NewDisclosure<'a> {
    pub id: Uuid,
    pub subject: Uuid,
    pub recipient: &'a str,
    pub basis: Option<&'static str>,
    pub fields: &'a [String],
    pub staff: Uuid,
    pub at: DateTime<Utc>,
    pub refused: Option<&'static str>,
    pub sealed: Sealed,
}

pub async fn insert_disclosure(db: &impl ConnectionTrait, new: NewDisclosure<'_>) -> Result<()> {
    let sql = "INSERT INTO disclosure (id, subject, recipient, basis, fields, staff, at, refused, sealed) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values: [Value; 9] = [
        new.id.into(),
        new.subject.into(),
        new.recipient.into(),
        new.basis.into(),
        write_json(&new.fields)?.into(),
        new.staff.into(),
        new.at.into(),
        new.refused.into(),
        new.sealed.0.into(),
    ];
    change(db, sql, values).await.map(drop)
}

pub async fn find_disclosure(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Disclosure>> {
    one(db, "SELECT * FROM disclosure WHERE id = $1", [id.into()]).await
}

/// What went out of a patient, newest first; refusals gave nobody anything.
pub async fn disclosures_of(
    db: &impl ConnectionTrait,
    subject: Uuid,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Disclosure>> {
    let sql =
        format!("SELECT * FROM disclosure WHERE subject = $1 AND id < $2 AND refused IS NULL ORDER BY id DESC LIMIT {limit}");
    all(db, &sql, [subject.into(), before.unwrap_or(Uuid::max()).into()]).await
}

pub async fn all_disclosures_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<Disclosure>> {
    all(db, "SELECT * FROM disclosure WHERE subject = $1 ORDER BY id", [subject.into()]).await
}

/// Every disclosure and every refusal, newest first.
pub async fn all_disclosures(db: &impl ConnectionTrait, before: Option<Uuid>, limit: u64) -> Result<Vec<Disclosure>> {
    let sql = format!("SELECT * FROM disclosure WHERE id < $1 ORDER BY id DESC LIMIT {limit}");
    all(db, &sql, [before.unwrap_or(Uuid::max()).into()]).await
}

/// Notes that the recipient has acknowledged. False: he had, or nothing went to him.
pub async fn acknowledge(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>, sealed: Sealed) -> Result<bool> {
    let sql = "UPDATE disclosure SET acknowledged_at = $2, sealed = $3 \
               WHERE id = $1 AND acknowledged_at IS NULL AND refused IS NULL";
    Ok(change(db, sql, [id.into(), now.into(), sealed.0.into()]).await? == 1)
}

pub async fn insert_opening(
    db: &impl ConnectionTrait,
    id: Uuid,
    (block, subject, staff): (Uuid, Uuid, Uuid),
    (at, until): (DateTime<Utc>, DateTime<Utc>),
    sealed: Sealed,
) -> Result<()> {
    let sql = "INSERT INTO block_opening (id, block, subject, staff, at, until, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values: [Value; 7] = [id.into(), block.into(), subject.into(), staff.into(), at.into(), until.into(), sealed.0.into()];
    change(db, sql, values).await.map(drop)
}

/// By whom a block was opened, oldest first.
pub async fn openings_of(db: &impl ConnectionTrait, block: Uuid) -> Result<Vec<BlockOpening>> {
    all(db, "SELECT id, staff, at, until, sealed FROM block_opening WHERE block = $1 ORDER BY id", [block.into()]).await
}
