//! What was done about freezes, and the checks of who somebody is.

use crate::kernel::error::Result;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use uuid::Uuid;

/// Acts that are shown: nobody reads more of them.
const ACTS_MAX: u64 = 100;

pub mod freeze_act {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "freeze_act")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub subject: Uuid,
        /// `set` or `lifted`.
        pub act: String,
        pub origin: String,
        pub scopes: Json,
        pub staff: Option<Uuid>,
        pub identity_check: Option<Uuid>,
        pub at: DateTimeUtc,
        pub sealed: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod identity_check {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "identity_check")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub subject: Uuid,
        pub staff: Uuid,
        pub at: DateTimeUtc,
        pub until: DateTimeUtc,
        pub sealed: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The last acts, newest first.
pub async fn freeze_acts(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<freeze_act::Model>> {
    let mine = freeze_act::Entity::find().filter(freeze_act::Column::Subject.eq(subject));
    Ok(mine.order_by_desc(freeze_act::Column::Id).limit(ACTS_MAX).all(db).await?)
}

/// Every act, oldest first: for an export.
pub async fn all_freeze_acts(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<freeze_act::Model>> {
    let mine = freeze_act::Entity::find().filter(freeze_act::Column::Subject.eq(subject));
    Ok(mine.order_by_asc(freeze_act::Column::Id).all(db).await?)
}

pub async fn find_check(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<identity_check::Model>> {
    Ok(identity_check::Entity::find_by_id(id).one(db).await?)
}

/// Every check of who a patient is, oldest first: for an export.
pub async fn all_checks(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<identity_check::Model>> {
    let mine = identity_check::Entity::find().filter(identity_check::Column::Subject.eq(subject));
    Ok(mine.order_by_asc(identity_check::Column::Id).all(db).await?)
}

/// The last check of a patient by a staff member, if it stands.
pub async fn standing_check(
    db: &impl ConnectionTrait,
    subject: Uuid,
    staff: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<identity_check::Model>> {
    let standing = identity_check::Entity::find()
        .filter(identity_check::Column::Subject.eq(subject))
        .filter(identity_check::Column::Staff.eq(staff))
        .filter(identity_check::Column::Until.gt(now));
    Ok(standing.order_by_desc(identity_check::Column::Until).one(db).await?)
}
