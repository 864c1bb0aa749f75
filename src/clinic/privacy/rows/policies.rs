//! Published versions of the policy, and who was told of them.

use super::change;
use crate::app::multilingual::Multilingual;
use crate::app::profile::{AcceptedBy, Policy};
use crate::kernel::error::Result;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use uuid::Uuid;

/// Nobody is told: it was the first.
pub const QUIET: &str = "quiet";
/// Accounts are being told, page by page.
pub const TELLING: &str = "telling";
pub const TOLD: &str = "told";

/// A version as it was published.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Version {
    pub id: Uuid,
    pub version: String,
    pub effective_from: NaiveDate,
    pub texts: Multilingual,
    pub published_at: DateTime<Utc>,
    pub state: String,
    /// The last account that was told, while others are to come.
    pub told_up_to: Option<Uuid>,
    slices: i64,
    pub told: i64,
    pub told_at: Option<DateTime<Utc>>,
}

/// That somebody was told of a version.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Notice {
    pub version: String,
    pub effective_from: NaiveDate,
    pub at: DateTime<Utc>,
}

const VERSION: &str = "SELECT id, version, effective_from, texts, published_at, state, told_up_to, slices, told, told_at \
                       FROM policy_version";

/// Writes a version, unless one of this name is there.
pub async fn insert_version(
    db: &impl ConnectionTrait,
    id: Uuid,
    policy: &Policy,
    state: &str,
    at: DateTime<Utc>,
) -> Result<bool> {
    let sql = "INSERT INTO policy_version (id, version, effective_from, acceptance, texts, published_at, state, slices, told) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0) ON CONFLICT DO NOTHING";
    let acceptance = match policy.acceptance {
        AcceptedBy::Act => "act",
        AcceptedBy::ContinuedUse => "continuedUse",
    };
    let values: [Value; 7] = [
        id.into(),
        policy.version.as_str().into(),
        policy.effective_from.into(),
        acceptance.into(),
        policy.text.clone().into(),
        at.into(),
        state.into(),
    ];
    Ok(change(db, sql, values).await? == 1)
}

/// The one that takes force last first.
pub async fn versions(db: &impl ConnectionTrait) -> Result<Vec<Version>> {
    let sql = format!("{VERSION} ORDER BY effective_from DESC, id DESC LIMIT 200");
    Ok(Version::find_by_statement(Statement::from_string(db.get_database_backend(), sql)).all(db).await?)
}

pub async fn find_version(db: &impl ConnectionTrait, version: &str) -> Result<Option<Version>> {
    let sql = format!("{VERSION} WHERE version = $1");
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [version.into()]);
    Ok(Version::find_by_statement(query).one(db).await?)
}

/// Takes the next page of accounts. False: somebody else has.
pub async fn advance(
    db: &impl ConnectionTrait,
    version: &Version,
    (people, told): (&[Uuid], i64),
    is_last: bool,
    at: DateTime<Utc>,
) -> Result<bool> {
    let sql = "UPDATE policy_version SET slices = slices + 1, told = told + $3, told_up_to = $4, state = $5, told_at = $6 \
               WHERE id = $1 AND slices = $2 AND state = $7";
    let values: [Value; 7] = [
        version.id.into(),
        version.slices.into(),
        told.into(),
        people.last().copied().or(version.told_up_to).filter(|_| !is_last).into(),
        if is_last { TOLD } else { TELLING }.into(),
        is_last.then_some(at).into(),
        TELLING.into(),
    ];
    Ok(change(db, sql, values).await? == 1)
}

/// Notes that somebody is told. False: he was.
pub async fn note_told(db: &impl ConnectionTrait, id: Uuid, subject: Uuid, version: &str, at: DateTime<Utc>) -> Result<bool> {
    let sql = "INSERT INTO policy_notice (id, subject, version, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    Ok(change(db, sql, [id.into(), subject.into(), version.into(), at.into()]).await? == 1)
}

/// What somebody was told, the newest first.
pub async fn notices(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<Notice>> {
    let sql = "SELECT n.version, v.effective_from, n.at FROM policy_notice n JOIN policy_version v ON v.version = n.version \
               WHERE n.subject = $1 ORDER BY n.id DESC";
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [subject.into()]);
    Ok(Notice::find_by_statement(query).all(db).await?)
}
