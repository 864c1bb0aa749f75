//! Who opened whose record in an emergency.

use crate::kernel::error::Result;
use crate::kernel::vault::Sealed;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use uuid::Uuid;

pub mod break_glass {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "break_glass")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub subject: Uuid,
        pub staff: Uuid,
        pub at: DateTimeUtc,
        pub until: DateTimeUtc,
        /// The ground. Gone with the patient.
        pub sealed: Option<Sealed>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Openings of all, newest first, from before `before` on.
pub async fn glass_page(db: &impl ConnectionTrait, before: Option<Uuid>, limit: u64) -> Result<Vec<break_glass::Model>> {
    let earlier = break_glass::Entity::find().filter(break_glass::Column::Id.lt(before.unwrap_or(Uuid::max())));
    Ok(earlier.order_by_desc(break_glass::Column::Id).limit(limit).all(db).await?)
}

/// Openings of one's record, oldest first: for an export.
pub async fn glass_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<break_glass::Model>> {
    let mine = break_glass::Entity::find().filter(break_glass::Column::Subject.eq(subject));
    Ok(mine.order_by_asc(break_glass::Column::Id).all(db).await?)
}
