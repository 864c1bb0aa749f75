//! The table of representations and every query on it. Finders start from one of the two sides.

use super::super::rows::change;
use crate::kernel::error::Result;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, Condition, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Nobody has taken it up yet.
pub const INVITED: &str = "invited";
/// The representative says so.
pub const DECLARED: &str = "declared";
/// The desk has seen the proof, or the represented person himself chose.
pub const VERIFIED: &str = "verified";

pub mod representation {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "representation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub subject: Uuid,
        pub representative: Option<Uuid>,
        pub kind: String,
        pub scope: String,
        pub state: String,
        pub of_minor: bool,
        pub created_at: DateTimeUtc,
        pub until: Option<DateTimeUtc>,
        pub ended_at: Option<DateTimeUtc>,
        pub verified_by: Option<Uuid>,
        pub code: Option<Vec<u8>>,
        pub code_until: Option<DateTimeUtc>,
        pub proof: Option<Sealed>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

use representation::{Column, Entity, Model};

impl Model {
    /// Whether somebody may act by it at `now`.
    pub fn lives(&self, now: DateTime<Utc>) -> bool {
        self.representative.is_some() && self.ended_at.is_none() && self.until.is_none_or(|until| until > now)
    }
}

fn living(now: DateTime<Utc>) -> Condition {
    Condition::all().add(Column::EndedAt.is_null()).add(Condition::any().add(Column::Until.is_null()).add(Column::Until.gt(now)))
}

pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// Those by which somebody acts for others now, the oldest first.
pub async fn of_representative(db: &impl ConnectionTrait, representative: Uuid, now: DateTime<Utc>) -> Result<Vec<Model>> {
    let mine = Entity::find().filter(Column::Representative.eq(representative)).filter(living(now));
    Ok(mine.order_by_asc(Column::Id).all(db).await?)
}

/// Those by which others act for somebody now, and his invitations, the oldest first.
pub async fn of_subject(db: &impl ConnectionTrait, subject: Uuid, now: DateTime<Utc>) -> Result<Vec<Model>> {
    let mine = Entity::find().filter(Column::Subject.eq(subject)).filter(living(now));
    Ok(mine.order_by_asc(Column::Id).all(db).await?)
}

/// Every one in which somebody stands on either side, ended ones too.
pub async fn every_of(db: &impl ConnectionTrait, who: Uuid) -> Result<Vec<Model>> {
    let either = Condition::any().add(Column::Subject.eq(who)).add(Column::Representative.eq(who));
    Ok(Entity::find().filter(either).order_by_asc(Column::Id).all(db).await?)
}

/// Whether somebody acts for others now, or others for him.
pub async fn is_party(db: &impl ConnectionTrait, who: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let either = Condition::any().add(Column::Subject.eq(who)).add(Column::Representative.eq(who));
    Ok(Entity::find().filter(either).filter(living(now)).limit(1).one(db).await?.is_some())
}

/// Whether somebody acts for him now.
pub async fn is_represented(db: &impl ConnectionTrait, subject: Uuid, now: DateTime<Utc>) -> Result<bool> {
    Ok(of_subject(db, subject, now).await?.iter().any(|row| row.lives(now)))
}

/// The living one of a pair.
pub async fn of_pair(db: &impl ConnectionTrait, subject: Uuid, representative: Uuid) -> Result<Option<Model>> {
    let pair = Entity::find().filter(Column::Subject.eq(subject)).filter(Column::Representative.eq(representative));
    Ok(pair.filter(Column::EndedAt.is_null()).one(db).await?)
}

pub async fn by_code(db: &impl ConnectionTrait, hash: &[u8], now: DateTime<Utc>) -> Result<Option<Model>> {
    let open = Entity::find().filter(Column::Code.eq(hash.to_vec())).filter(Column::CodeUntil.gt(now));
    Ok(open.filter(living(now)).one(db).await?)
}

/// A stretch of those that end by an age, in the order of their ids.
pub async fn of_minors(db: &impl ConnectionTrait, after: Uuid, limit: u64) -> Result<Vec<Model>> {
    let query = Entity::find().filter(Column::OfMinor.eq(true)).filter(Column::EndedAt.is_null()).filter(Column::Id.gt(after));
    Ok(query.order_by_asc(Column::Id).limit(limit).all(db).await?)
}

/// A stretch of those whose last day has come, and of invitations that nobody took up.
pub async fn due(db: &impl ConnectionTrait, now: DateTime<Utc>, after: Uuid, limit: u64) -> Result<Vec<Model>> {
    let over = Condition::any()
        .add(Column::Until.lte(now))
        .add(Condition::all().add(Column::State.eq(INVITED)).add(Column::CodeUntil.lte(now)));
    let query = Entity::find().filter(Column::EndedAt.is_null()).filter(over).filter(Column::Id.gt(after));
    Ok(query.order_by_asc(Column::Id).limit(limit).all(db).await?)
}

pub async fn insert(db: &impl ConnectionTrait, row: Model) -> Result<()> {
    let row = representation::ActiveModel {
        id: Set(row.id),
        subject: Set(row.subject),
        representative: Set(row.representative),
        kind: Set(row.kind),
        scope: Set(row.scope),
        state: Set(row.state),
        of_minor: Set(row.of_minor),
        created_at: Set(row.created_at),
        until: Set(row.until),
        ended_at: Set(row.ended_at),
        verified_by: Set(row.verified_by),
        code: Set(row.code),
        code_until: Set(row.code_until),
        proof: Set(row.proof),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Answers whether it was living.
pub async fn end(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE representation SET ended_at = $2, code = NULL WHERE id = $1 AND ended_at IS NULL";
    Ok(change(db, sql, [id.into(), now.into()]).await? == 1)
}

/// Gives an invitation to whoever showed its code.
pub async fn take_up(db: &impl ConnectionTrait, id: Uuid, representative: Uuid) -> Result<bool> {
    let sql = "UPDATE representation SET representative = $2, state = 'verified', code = NULL \
               WHERE id = $1 AND state = 'invited' AND ended_at IS NULL";
    Ok(change(db, sql, [id.into(), representative.into()]).await? == 1)
}

pub async fn verify(db: &impl ConnectionTrait, id: Uuid, staff: Uuid, kind: &str, proof: Sealed) -> Result<bool> {
    let sql = "UPDATE representation SET state = 'verified', verified_by = $2, kind = $3, proof = $4 \
               WHERE id = $1 AND state = 'declared' AND ended_at IS NULL";
    Ok(change(db, sql, [id.into(), staff.into(), kind.into(), proof.into()]).await? == 1)
}

/// Ends the sessions that were opened by a representation; with `before`, those that are older than it.
pub async fn end_sessions(db: &impl ConnectionTrait, id: Uuid, before: Option<Uuid>, now: DateTime<Utc>) -> Result<u64> {
    let sql = "UPDATE session SET ended_at = $2 WHERE representation = $1 AND ended_at IS NULL AND id < $3";
    change(db, sql, [id.into(), now.into(), before.unwrap_or(Uuid::max()).into()]).await
}

/// What a session by representation is, beside what every session is.
pub async fn mark_session(
    db: &impl ConnectionTrait,
    session: Uuid,
    (representation, opened_by): (Uuid, Uuid),
    (signed_in_at, absolute_until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<()> {
    let sql = "UPDATE session SET representation = $2, opened_by = $3, created_at = $4, absolute_until = $5 WHERE id = $1";
    let values = [session.into(), representation.into(), opened_by.into(), signed_in_at.into(), absolute_until.into()];
    change(db, sql, values).await.map(drop)
}

/// A representative is gone: nobody stands in his place.
pub async fn drop_representative(db: &impl ConnectionTrait, gone: Uuid, stand_in: Uuid, now: DateTime<Utc>) -> Result<()> {
    let sql = "UPDATE representation SET representative = $2, ended_at = coalesce(ended_at, $3), code = NULL \
               WHERE representative = $1";
    change(db, sql, [gone.into(), stand_in.into(), now.into()]).await.map(drop)
}

pub async fn drop_of_subject(db: &impl ConnectionTrait, subject: Uuid) -> Result<()> {
    change(db, "DELETE FROM representation WHERE subject = $1", [subject.into()]).await.map(drop)
}
