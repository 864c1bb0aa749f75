//! The room's tables and every query on them.

use crate::kernel::error::Result;
pub use crate::kernel::sql::change;
use crate::kernel::vault::Sealed;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryOrder, QuerySelect};
use uuid::Uuid;

pub const DECLARED: &str = "declared";
pub const COMPLETE: &str = "complete";

pub mod document {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "document")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub subject: Uuid,
        /// The staff member who wrote it. None: the patient himself.
        pub author: Option<Uuid>,
        pub kind: String,
        pub state: String,
        /// Under which id the bytes lie. Another one with each attempt to upload.
        pub object: Option<Uuid>,
        pub created_at: DateTimeUtc,
        pub completed_at: Option<DateTimeUtc>,
        pub version: i64,
        /// The document in whose place this one stands. The earlier one stays: it belongs to the record.
        pub corrects: Option<Uuid>,
        pub sealed: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod record_identity {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "record_identity")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub subject: Uuid,
        pub at: DateTimeUtc,
        pub sealed: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<document::Model>> {
    Ok(document::Entity::find_by_id(id).one(db).await?)
}

/// Documents of `subject` that `author` may see, newest first: the complete ones, and those that he declared himself; none that
/// is `shut`.
/// Ids grow with time, so they are the order.
pub async fn page(
    db: &impl ConnectionTrait,
    subject: Uuid,
    author: Option<Uuid>,
    shut: &[Uuid],
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<document::Model>> {
    let own = author.map_or(document::Column::Author.is_null(), |author| document::Column::Author.eq(author));
    let mut query = document::Entity::find()
        .filter(document::Column::Subject.eq(subject))
        .filter(Condition::any().add(document::Column::State.eq(COMPLETE)).add(own));
    if !shut.is_empty() {
        query = query.filter(document::Column::Id.is_not_in(shut.iter().copied()));
    }
    if let Some(before) = before {
        query = query.filter(document::Column::Id.lt(before));
    }
    Ok(query.order_by_desc(document::Column::Id).limit(limit).all(db).await?)
}

/// Every document of `subject`, oldest first, declared ones too.
pub async fn all(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<document::Model>> {
    let mine = document::Entity::find().filter(document::Column::Subject.eq(subject));
    Ok(mine.order_by_asc(document::Column::Id).all(db).await?)
}

/// Every identity that was kept beside the record, oldest first.
pub async fn identities(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<record_identity::Model>> {
    let kept = record_identity::Entity::find().filter(record_identity::Column::Subject.eq(subject));
    Ok(kept.order_by_asc(record_identity::Column::Id).all(db).await?)
}

/// Which complete document corrects which: the earlier one, and the one that stands in its place.
pub async fn corrections(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<(Uuid, Uuid)>> {
    let corrections = document::Entity::find()
        .select_only()
        .columns([document::Column::Corrects, document::Column::Id])
        .filter(document::Column::Subject.eq(subject))
        .filter(document::Column::State.eq(COMPLETE))
        .filter(document::Column::Corrects.is_not_null());
    let found: Vec<(Option<Uuid>, Uuid)> = corrections.order_by_asc(document::Column::Id).into_tuple().all(db).await?;
    Ok(found.into_iter().filter_map(|(earlier, later)| Some((earlier?, later))).collect())
}

/// Every complete document of `subject`, oldest first.
pub async fn complete(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<document::Model>> {
    Ok(document::Entity::find()
        .filter(document::Column::Subject.eq(subject))
        .filter(document::Column::State.eq(COMPLETE))
        .order_by_asc(document::Column::Id)
        .all(db)
        .await?)
}

/// The document of `subject` that was completed last.
pub async fn last_complete(db: &impl ConnectionTrait, subject: Uuid) -> Result<Option<document::Model>> {
    Ok(document::Entity::find()
        .filter(document::Column::Subject.eq(subject))
        .filter(document::Column::State.eq(COMPLETE))
        .order_by_desc(document::Column::CompletedAt)
        .limit(1)
        .one(db)
        .await?)
}

/// Which of `objects` some row names.
pub async fn named_objects(db: &impl ConnectionTrait, objects: &[Uuid]) -> Result<Vec<Uuid>> {
    let rows = document::Entity::find().filter(document::Column::Object.is_in(objects.iter().copied())).all(db).await?;
    Ok(rows.into_iter().filter_map(|row| row.object).collect())
}

pub async fn insert(db: &impl ConnectionTrait, row: document::ActiveModel) -> Result<()> {
    document::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub async fn any_identity(db: &impl ConnectionTrait, subject: Uuid) -> Result<bool> {
    let row = record_identity::Entity::find().filter(record_identity::Column::Subject.eq(subject)).limit(1).one(db).await?;
    Ok(row.is_some())
}

pub async fn insert_identity(db: &impl ConnectionTrait, row: record_identity::ActiveModel) -> Result<()> {
    record_identity::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
