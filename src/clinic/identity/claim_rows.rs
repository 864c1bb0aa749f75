//! Claims for numbers that somebody else holds: the table and every query on it.

use super::rows::change;
use crate::kernel::error::Result;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{QueryOrder, QuerySelect};
use uuid::Uuid;

pub const OPEN: &str = "open";
pub const GRANTED: &str = "granted";

pub mod number_claim {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "number_claim")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Who says that the number is his.
        pub subject: Uuid,
        pub system: String,
        /// `open`, `granted`, `refused`, `withdrawn`.
        pub state: String,
        /// From whom the desk is taking the number, while it does.
        pub holder: Option<Uuid>,
        pub sealed: Sealed,
        pub created_at: DateTimeUtc,
        pub settled_at: Option<DateTimeUtc>,
        pub settled_by: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<number_claim::Model>> {
    Ok(number_claim::Entity::find_by_id(id).one(db).await?)
}

/// The open claims of one person, oldest first.
pub async fn open_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<number_claim::Model>> {
    let mine = number_claim::Entity::find().filter(number_claim::Column::Subject.eq(subject));
    Ok(mine.filter(number_claim::Column::State.eq(OPEN)).order_by_asc(number_claim::Column::Id).all(db).await?)
}

/// Every claim of one person, oldest first.
pub async fn all_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<number_claim::Model>> {
    let mine = number_claim::Entity::find().filter(number_claim::Column::Subject.eq(subject));
    Ok(mine.order_by_asc(number_claim::Column::Id).all(db).await?)
}

/// Open claims, oldest first, after one of them.
pub async fn open_after(db: &impl ConnectionTrait, after: Option<Uuid>, limit: u64) -> Result<Vec<number_claim::Model>> {
    let mut query = number_claim::Entity::find().filter(number_claim::Column::State.eq(OPEN));
    if let Some(after) = after {
        query = query.filter(number_claim::Column::Id.gt(after));
    }
    Ok(query.order_by_asc(number_claim::Column::Id).limit(limit).all(db).await?)
}

/// False: the person has an open claim of this kind already.
pub async fn insert(db: &impl ConnectionTrait, row: number_claim::ActiveModel) -> Result<bool> {
    let unless_there = OnConflict::new().do_nothing().to_owned();
    Ok(number_claim::Entity::insert(row).on_conflict(unless_there).exec_without_returning(db).await? == 1)
}

/// Whether it was open until now. While the desk takes the number from its holder, a claim can only be granted: otherwise he
/// would have lost it to nobody.
pub async fn end(db: &impl ConnectionTrait, id: Uuid, state: &str, by: Option<Uuid>, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE number_claim SET state = $2, settled_by = $3, settled_at = $4, holder = NULL \
               WHERE id = $1 AND state = 'open' \
               AND (holder IS NULL OR $5)";
    Ok(change(db, sql, [id.into(), state.into(), by.into(), now.into(), (state == GRANTED).into()]).await? == 1)
}

/// Notes from whom the number is being taken; the first one stays noted. Whether the claim is open.
pub async fn note_holder(db: &impl ConnectionTrait, id: Uuid, holder: Option<Uuid>) -> Result<bool> {
    let sql = "UPDATE number_claim SET holder = coalesce(holder, $2) WHERE id = $1 AND state = 'open'";
    Ok(change(db, sql, [id.into(), holder.into()]).await? == 1)
}

/// At somebody's erasure: his claims go, and he is no holder any more.
pub async fn forget(db: &impl ConnectionTrait, subject: Uuid) -> Result<()> {
    change(db, "DELETE FROM number_claim WHERE subject = $1", [subject.into()]).await?;
    change(db, "UPDATE number_claim SET holder = NULL WHERE holder = $1", [subject.into()]).await.map(drop)
}
