//! What officers keep from erasures.

use super::erasure;
use crate::kernel::error::Result;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use uuid::Uuid;

pub mod legal_hold {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "legal_hold")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub subject: Uuid,
        pub classes: Json,
        pub rule: String,
        /// Whether the person may read the rule.
        pub told: bool,
        pub officer: Uuid,
        pub set_at: DateTimeUtc,
        pub until: DateTimeUtc,
        pub lifted_at: Option<DateTimeUtc>,
        pub lifted_by: Option<Uuid>,
        /// The ground. Gone with the person's data.
        pub sealed: Option<Sealed>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub async fn find_legal_hold(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<legal_hold::Model>> {
    Ok(legal_hold::Entity::find_by_id(id).one(db).await?)
}

/// Those of a subject that hold on a day.
pub async fn legal_holds_of(db: &impl ConnectionTrait, subject: Uuid, day: DateTime<Utc>) -> Result<Vec<legal_hold::Model>> {
    let standing = legal_hold::Entity::find()
        .filter(legal_hold::Column::Subject.eq(subject))
        .filter(legal_hold::Column::LiftedAt.is_null())
        .filter(legal_hold::Column::Until.gt(day));
    Ok(standing.order_by_asc(legal_hold::Column::Id).all(db).await?)
}

/// Holds of all, newest first, from before `before` on.
pub async fn legal_hold_page(db: &impl ConnectionTrait, before: Option<Uuid>, limit: u64) -> Result<Vec<legal_hold::Model>> {
    let earlier = legal_hold::Entity::find().filter(legal_hold::Column::Id.lt(before.unwrap_or(Uuid::max())));
    Ok(earlier.order_by_desc(legal_hold::Column::Id).limit(limit).all(db).await?)
}

pub async fn find_erasure_by_number(db: &impl ConnectionTrait, number: &str) -> Result<Option<erasure::Model>> {
    Ok(erasure::Entity::find().filter(erasure::Column::Number.eq(number)).one(db).await?)
}
