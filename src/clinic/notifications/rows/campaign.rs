//! Campaigns, and how their messages went.

use super::super::campaign::NewCampaign;
use super::change;
use crate::app::multilingual::Multilingual;
use crate::app::notices::{Channel, Kind};
use crate::kernel::error::{Error, Result};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Its messages are being written.
pub const QUEUEING: &str = "queueing";
/// All are written: some may wait to be sent.
pub const QUEUED: &str = "queued";

#[derive(Clone, Debug, FromQueryResult)]
pub struct Campaign {
    pub id: Uuid,
    channel: String,
    pub purpose: String,
    pub title: Multilingual,
    pub body: Multilingual,
    pub state: String,
    /// The last one whose message is queued.
    pub queued_up_to: Option<Uuid>,
    slices: i64,
    pub queued: i64,
    pub created_at: DateTime<Utc>,
    pub queued_at: Option<DateTime<Utc>>,
}

impl Campaign {
    pub fn channel(&self) -> Result<Channel> {
        Channel::parse(&self.channel).ok_or_else(|| Error::internal("a campaign of an unknown channel"))
    }
}

const CAMPAIGN: &str =
    "SELECT id, channel, purpose, title, body, state, queued_up_to, slices, queued, created_at, queued_at FROM campaign";

/// False: another one is being queued.
pub async fn insert(db: &impl ConnectionTrait, id: Uuid, author: Uuid, new: &NewCampaign, at: DateTime<Utc>) -> Result<bool> {
    let sql = "INSERT INTO campaign (id, author, channel, purpose, title, body, state, slices, queued, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8) ON CONFLICT DO NOTHING";
    let values: [Value; 8] = [
        id.into(),
        author.into(),
        new.channel.as_str().into(),
        new.purpose.into(),
        new.title.clone().into(),
        new.body.clone().into(),
        QUEUEING.into(),
        at.into(),
    ];
    Ok(change(db, sql, values).await? == 1)
}

pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Campaign>> {
    let sql = format!("{CAMPAIGN} WHERE id = $1");
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [id.into()]);
    Ok(Campaign::find_by_statement(query).one(db).await?)
}

/// The newest first.
pub async fn page(db: &impl ConnectionTrait, before: Option<Uuid>, limit: u64) -> Result<Vec<Campaign>> {
    let sql = format!("{CAMPAIGN} WHERE ($1 IS NULL OR id < $1) ORDER BY id DESC LIMIT {limit}");
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [before.into()]);
    Ok(Campaign::find_by_statement(query).all(db).await?)
}

/// Takes the next slice. False: somebody else has.
pub async fn advance(
    db: &impl ConnectionTrait,
    campaign: &Campaign,
    people: &[Uuid],
    is_last: bool,
    at: DateTime<Utc>,
) -> Result<bool> {
    let sql = "UPDATE campaign SET slices = slices + 1, queued = queued + $3, queued_up_to = $4, state = $5, queued_at = $6 \
               WHERE id = $1 AND slices = $2";
    let count = i64::try_from(people.len()).unwrap_or(i64::MAX);
    let values: [Value; 6] = [
        campaign.id.into(),
        campaign.slices.into(),
        count.into(),
        people.last().copied().or(campaign.queued_up_to).into(),
        if is_last { QUEUED } else { QUEUEING }.into(),
        is_last.then_some(at).into(),
    ];
    Ok(change(db, sql, values).await? == 1)
}

pub async fn insert_notice(db: &impl ConnectionTrait, id: Uuid, subject: Uuid, campaign: Uuid, at: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO notification (id, subject, kind, object, at) VALUES ($1, $2, $3, $4, $5)";
    let values: [Value; 5] = [id.into(), subject.into(), Kind::Marketing.as_str().into(), campaign.into(), at.into()];
    change(db, sql, values).await.map(drop)
}

/// How many of its messages have not ended.
pub async fn waiting(db: &impl ConnectionTrait, id: Uuid) -> Result<i64> {
    let sql = "SELECT count(*) AS n FROM delivery WHERE campaign = $1 AND ended_at IS NULL";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [id.into()])).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(0))
}

/// How many of its messages stand in which state.
pub async fn counts(db: &impl ConnectionTrait, id: Uuid) -> Result<BTreeMap<String, i64>> {
    let sql = "SELECT state, count(*) AS n FROM delivery WHERE campaign = $1 GROUP BY state";
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [id.into()])).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Takes advertisements out of their inboxes again that may not be sent any more. What became of them is still counted.
pub async fn take_back(db: &impl ConnectionTrait, notices: &[Uuid]) -> Result<()> {
    for notice in notices {
        change(db, "DELETE FROM notification WHERE id = $1", [(*notice).into()]).await?;
    }
    Ok(())
}
