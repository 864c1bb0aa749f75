//! The room's tables and every query on them.

pub mod campaign;

use crate::app::notices::Channel;
use crate::kernel::error::Result;
use crate::kernel::sql;
pub use crate::kernel::sql::change;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{FromQueryResult, QueryOrder, QuerySelect, Statement, Value};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub mod notification {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notification")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub subject: Uuid,
        pub kind: String,
        /// Nil where there is nothing to open.
        pub object: Uuid,
        /// Of an advertisement: which text of the catalogue.
        pub text: Option<String>,
        pub at: DateTimeUtc,
        pub read_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A delivery that has not ended, with its notice and what its recipient wants.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Waiting {
    pub id: Uuid,
    pub notification: Uuid,
    pub subject: Uuid,
    pub channel: String,
    pub state: String,
    pub kind: String,
    pub at: DateTime<Utc>,
    /// After this the notice is about nothing any more.
    pub until: Option<DateTime<Utc>>,
    pub preference: Option<Sealed>,
    /// Of a campaign: `own` or `partners`.
    pub purpose: Option<String>,
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct Preference {
    pub sealed: Sealed,
    pub version: i64,
    pub changed_at: DateTime<Utc>,
}

/// How one delivery stands, for an export.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Delivery {
    pub notification: Uuid,
    pub channel: String,
    pub state: String,
    pub campaign: Option<Uuid>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// Writes deliveries (id, notice, channel, lane), but of notices that were forgotten or go that way already. Answers those written.
pub async fn open(db: &impl ConnectionTrait, deliveries: &[(Uuid, Uuid, Channel, String)]) -> Result<Vec<Uuid>> {
    if deliveries.is_empty() {
        return Ok(Vec::new());
    }
    let row = |(id, notice, channel, lane): &(Uuid, Uuid, Channel, String)| {
        vec![(*id).into(), (*notice).into(), channel.as_str().into(), lane.as_str().into()]
    };
    let (places, values) = sql::rows(1, &deliveries.iter().map(row).collect::<Vec<_>>());
    let sql = format!(
        "WITH way (id, notice, channel, lane) AS (VALUES {places}) \
         INSERT INTO delivery (id, notification, subject, channel, lane, state) \
         SELECT w.id, n.id, n.subject, w.channel, w.lane, $1 FROM way w JOIN notification n ON n.id = w.notice WHERE 1 = 1 \
         ON CONFLICT DO NOTHING RETURNING id"
    );
    let values = std::iter::once(super::delivery::WAITING.into()).chain(values);
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

pub async fn waiting(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Waiting>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (places, values) = sql::list(0, ids);
    let sql = format!(
        "SELECT d.id, d.notification, d.subject, d.channel, d.state, n.kind, n.at, n.until, p.sealed AS preference, \
         c.purpose FROM delivery d JOIN notification n ON n.id = d.notification \
         LEFT JOIN preference p ON p.subject = d.subject LEFT JOIN campaign c ON c.id = d.campaign \
         WHERE d.ended_at IS NULL AND d.id IN ({places})"
    );
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(Waiting::find_by_statement(query).all(db).await?)
}

/// Of these deliveries those that have not ended, each with the last one before it in its lane that has not either.
pub async fn standing(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Option<Uuid>>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        before: Option<Uuid>,
    }
    let (places, values) = sql::list(0, ids);
    let sql = format!(
        "SELECT d.id, (SELECT e.id FROM delivery e WHERE e.subject = d.subject AND e.lane = d.lane AND e.ended_at IS NULL \
         AND e.id < d.id ORDER BY e.id DESC LIMIT 1) AS before FROM delivery d WHERE d.ended_at IS NULL AND d.id IN ({places})"
    );
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(Row::find_by_statement(query).all(db).await?.into_iter().map(|row| (row.id, row.before)).collect())
}

/// Which of these deliveries are of notices that are about nothing any more.
pub async fn over(db: &impl ConnectionTrait, ids: &[Uuid], now: DateTime<Utc>) -> Result<BTreeSet<Uuid>> {
    let (places, ids) = sql::list(1, ids);
    let sql = format!(
        "SELECT d.id FROM delivery d JOIN notification n ON n.id = d.notification WHERE n.until <= $1 AND d.id IN ({places})"
    );
    let values = std::iter::once(now.into()).chain(ids);
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = db.query_all_raw(query).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

pub async fn set_state(db: &impl ConnectionTrait, ids: &[Uuid], state: &str) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let (places, ids) = sql::list(1, ids);
    let sql = format!("UPDATE delivery SET state = $1 WHERE ended_at IS NULL AND id IN ({places})");
    change(db, &sql, std::iter::once(state.into()).chain(ids)).await.map(drop)
}

pub async fn end(db: &impl ConnectionTrait, ids: &[Uuid], state: &str, at: DateTime<Utc>) -> Result<()> {
    let (places, ids) = sql::list(2, ids);
    let sql = format!("UPDATE delivery SET state = $1, ended_at = $2 WHERE ended_at IS NULL AND id IN ({places})");
    let first: [Value; 2] = [state.into(), at.into()];
    change(db, &sql, first.into_iter().chain(ids)).await.map(drop)
}

/// Stands behind nothing, or behind what has ended.
const FREE: &str = "SELECT d.id FROM delivery d WHERE d.ended_at IS NULL AND d.state = $1 AND NOT EXISTS (SELECT 1 FROM delivery e \
                    WHERE e.subject = d.subject AND e.lane = d.lane AND e.ended_at IS NULL AND e.id < d.id)";

/// Of each lane of these people the first that has not ended, where it stands behind what has.
pub async fn next_behind(db: &impl ConnectionTrait, subjects: &[Uuid]) -> Result<Vec<Uuid>> {
    let (places, subjects) = sql::list(1, subjects);
    let sql = format!("{FREE} AND d.subject IN ({places})");
    let values = std::iter::once(super::delivery::BEHIND.into()).chain(subjects);
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Lanes whose first delivery stands behind nothing: whoever was to let it go met its end before. Ends nothing, is rare.
pub async fn stranded(db: &impl ConnectionTrait) -> Result<Vec<Uuid>> {
    let sql = format!("{FREE} LIMIT 500");
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [super::delivery::BEHIND.into()]);
    let rows = db.query_all_raw(query).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

pub async fn find(db: &impl ConnectionTrait, subject: Uuid, id: Uuid) -> Result<Option<notification::Model>> {
    Ok(notification::Entity::find_by_id(id).filter(notification::Column::Subject.eq(subject)).one(db).await?)
}

/// A page of an inbox, newest first. Ids grow with time, so they are the order.
pub async fn page(
    db: &impl ConnectionTrait,
    subject: Uuid,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<notification::Model>> {
    let mut query = notification::Entity::find().filter(notification::Column::Subject.eq(subject));
    if let Some(before) = before {
        query = query.filter(notification::Column::Id.lt(before));
    }
    Ok(query.order_by_desc(notification::Column::Id).limit(limit).all(db).await?)
}

/// What came after `floor`, oldest first.
pub async fn after(db: &impl ConnectionTrait, subject: Uuid, floor: Uuid, limit: u64) -> Result<Vec<notification::Model>> {
    Ok(notification::Entity::find()
        .filter(notification::Column::Subject.eq(subject))
        .filter(notification::Column::Id.gt(floor))
        .order_by_asc(notification::Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

pub async fn unread(db: &impl ConnectionTrait, subject: Uuid) -> Result<i64> {
    let sql = "SELECT count(*) AS n FROM notification WHERE subject = $1 AND read_at IS NULL";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [subject.into()])).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(0))
}

/// Marks as read what is not: one notice, or all up to it.
pub async fn read(db: &impl ConnectionTrait, subject: Uuid, up_to: Uuid, alone: bool, at: DateTime<Utc>) -> Result<u64> {
    let which = if alone { "=" } else { "<=" };
    let sql = format!("UPDATE notification SET read_at = $3 WHERE subject = $1 AND read_at IS NULL AND id {which} $2");
    change(db, &sql, [subject.into(), up_to.into(), at.into()]).await
}

pub async fn preference(db: &impl ConnectionTrait, subject: Uuid) -> Result<Option<Preference>> {
    let sql = "SELECT sealed, version, changed_at FROM preference WHERE subject = $1";
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [subject.into()]);
    Ok(Preference::find_by_statement(query).one(db).await?)
}

/// False: somebody else has changed it since `version`.
pub async fn put_preference(
    db: &impl ConnectionTrait,
    subject: Uuid,
    sealed: &Sealed,
    version: i64,
    at: DateTime<Utc>,
) -> Result<bool> {
    let sql = "INSERT INTO preference (subject, sealed, version, changed_at) VALUES ($1, $2, 1, $4) ON CONFLICT (subject) \
               DO UPDATE SET sealed = excluded.sealed, version = preference.version + 1, changed_at = excluded.changed_at \
               WHERE preference.version = $3";
    Ok(change(db, sql, [subject.into(), sealed.clone().into(), version.into(), at.into()]).await? == 1)
}

pub async fn deliveries(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<Delivery>> {
    let sql = "SELECT notification, channel, state, campaign, ended_at FROM delivery WHERE subject = $1 ORDER BY id";
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [subject.into()]);
    Ok(Delivery::find_by_statement(query).all(db).await?)
}
