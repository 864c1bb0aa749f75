//! The room's tables and every query on them.

use super::kind::{RequestAct, RequestState};
use crate::kernel::error::Result;
pub use crate::kernel::sql::change;
use crate::kernel::sql::{all, one};
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

#[derive(Clone, Debug, FromQueryResult)]
pub struct Request {
    pub id: Uuid,
    pub subject: Uuid,
    pub kind: String,
    pub channel: String,
    pub state: String,
    pub document: Option<Uuid>,
    /// Who took it in for him.
    pub staff: Option<Uuid>,
    pub identity_check: Option<Uuid>,
    /// Who works on it.
    pub officer: Option<Uuid>,
    pub rule: String,
    pub received_at: DateTime<Utc>,
    pub entered_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub extend_to: Option<DateTime<Utc>>,
    pub extended_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub sealed: Sealed,
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct Act {
    pub id: Uuid,
    pub act: String,
    pub staff: Option<Uuid>,
    pub at: DateTime<Utc>,
    pub sealed: Option<Sealed>,
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

/// A page of the officers' queue begins after this place.
pub type Place = (DateTime<Utc>, Uuid);

pub async fn insert(db: &impl ConnectionTrait, row: Request) -> Result<()> {
    let sql = "INSERT INTO person_request (id, subject, kind, channel, state, document, staff, identity_check, officer, rule, \
               received_at, entered_at, due_at, extend_to, extended_at, closed_at, sealed) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    let values = [
        row.id.into(),
        row.subject.into(),
        row.kind.into(),
        row.channel.into(),
        row.state.into(),
        row.document.into(),
        row.staff.into(),
        row.identity_check.into(),
        row.officer.into(),
        row.rule.into(),
        row.received_at.into(),
        row.entered_at.into(),
        row.due_at.into(),
        row.extend_to.into(),
        row.extended_at.into(),
        row.closed_at.into(),
        row.sealed.0.into(),
    ];
    change(db, sql, values).await.map(drop)
}

pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Request>> {
    one(db, "SELECT * FROM person_request WHERE id = $1", [id.into()]).await
}

pub async fn find_own(db: &impl ConnectionTrait, subject: Uuid, id: Uuid) -> Result<Option<Request>> {
    one(db, "SELECT * FROM person_request WHERE id = $1 AND subject = $2", [id.into(), subject.into()]).await
}

/// A person's requests, newest first.
pub async fn page_of(db: &impl ConnectionTrait, subject: Uuid, before: Option<Uuid>, limit: u64) -> Result<Vec<Request>> {
    let sql = format!("SELECT * FROM person_request WHERE subject = $1 AND id < $2 ORDER BY id DESC LIMIT {limit}");
    all(db, &sql, [subject.into(), before.unwrap_or(Uuid::max()).into()]).await
}

/// Every request of a person, oldest first.
pub async fn all_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<Request>> {
    all(db, "SELECT * FROM person_request WHERE subject = $1 ORDER BY id", [subject.into()]).await
}

/// The officers' queue: what ends first comes first. Without a state: all that is not closed.
pub async fn queue(
    db: &impl ConnectionTrait,
    state: Option<RequestState>,
    after: Option<Place>,
    limit: u64,
) -> Result<Vec<Request>> {
    let among = if state.is_some() { "state = $1" } else { "closed_at IS NULL AND $1 = ''" };
    let state = state.map_or("", RequestState::as_str);
    let Some((due_at, id)) = after else {
        let sql = format!("SELECT * FROM person_request WHERE {among} ORDER BY due_at, id LIMIT {limit}");
        return all(db, &sql, [state.into()]).await;
    };
    let sql = format!(
        "SELECT * FROM person_request WHERE {among} AND (due_at > $2 OR (due_at = $2 AND id > $3)) \
         ORDER BY due_at, id LIMIT {limit}"
    );
    all(db, &sql, [state.into(), due_at.into(), id.into()]).await
}

pub async fn open_count(db: &impl ConnectionTrait, subject: Uuid) -> Result<i64> {
    let sql = "SELECT count(*) AS n FROM person_request WHERE subject = $1 AND closed_at IS NULL";
    Ok(one::<Count>(db, sql, [subject.into()]).await?.map_or(0, |count| count.n))
}

/// What was done about a request, oldest first.
pub async fn acts(db: &impl ConnectionTrait, request: Uuid) -> Result<Vec<Act>> {
    let sql = "SELECT id, act, staff, at, sealed FROM request_act WHERE request = $1 ORDER BY id";
    all(db, sql, [request.into()]).await
}

pub async fn insert_act(
    db: &impl ConnectionTrait,
    id: Uuid,
    row: &Request,
    (act, staff, at): (RequestAct, Option<Uuid>, DateTime<Utc>),
    sealed: Option<Sealed>,
) -> Result<()> {
    let sql = "INSERT INTO request_act (id, request, subject, act, staff, at, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let sealed = sealed.map(|sealed| sealed.0);
    let values = [id.into(), row.id.into(), row.subject.into(), act.as_str().into(), staff.into(), at.into(), sealed.into()];
    change(db, sql, values).await.map(drop)
}

/// Notes who works on an open request that nobody else has. False: there is none.
pub async fn take(db: &impl ConnectionTrait, id: Uuid, officer: Uuid) -> Result<bool> {
    let sql = "UPDATE person_request SET officer = $2, state = CASE WHEN state = 'received' THEN 'inWork' ELSE state END \
               WHERE id = $1 AND closed_at IS NULL AND (officer IS NULL OR officer = $2)";
    Ok(change(db, sql, [id.into(), officer.into()]).await? == 1)
}

/// Puts the second term in the place of the first one. False: it is closed, or was extended before.
pub async fn extend(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE person_request SET state = 'extended', due_at = extend_to, extended_at = $2 \
               WHERE id = $1 AND closed_at IS NULL AND extended_at IS NULL AND extend_to IS NOT NULL";
    Ok(change(db, sql, [id.into(), now.into()]).await? == 1)
}

/// Closes an open request. False: it is closed.
pub async fn close(db: &impl ConnectionTrait, id: Uuid, state: RequestState, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE person_request SET state = $2, closed_at = $3 WHERE id = $1 AND closed_at IS NULL";
    Ok(change(db, sql, [id.into(), state.as_str().into(), now.into()]).await? == 1)
}
