//! The room's tables and every query on them.

use crate::clinic::identity::Clinics;
use crate::kernel::error::Result;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, IntoActiveModel, QueryOrder, QuerySelect, Statement, Value};
use uuid::Uuid;

pub const OPEN: &str = "open";
pub const CLOSED: &str = "closed";

pub mod registration {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "registration")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject: Uuid,
        pub staff: Uuid,
        /// The first of the staff member's, then. None: the whole installation.
        pub clinic: Option<Uuid>,
        pub channel: String,
        pub at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod rights_notice {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "rights_notice")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub subject: Uuid,
        pub staff: Uuid,
        pub version: String,
        pub at: DateTimeUtc,
        pub sealed: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod lead {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "lead")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// This lead's alone.
        pub subject: Uuid,
        /// The first of the staff member's who wrote it. None: the whole installation.
        pub clinic: Option<Uuid>,
        pub staff: Uuid,
        pub channel: String,
        pub state: String,
        pub created_at: DateTimeUtc,
        pub closed_at: Option<DateTimeUtc>,
        pub purge_at: DateTimeUtc,
        pub sealed: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod person_merge {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "person_merge")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub survivor: Uuid,
        pub other: Uuid,
        pub staff: Uuid,
        pub at: DateTimeUtc,
        /// The checks of who both are.
        pub survivor_check: Uuid,
        pub other_check: Uuid,
        pub undone_at: Option<DateTimeUtc>,
        pub undone_by: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub async fn insert<A>(db: &impl ConnectionTrait, row: A) -> Result<()>
where
    A: ActiveModelTrait,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    A::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Runs a statement and answers how many rows it changed.
pub async fn change(db: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await?.rows_affected())
}

/// Who entered a patient, if the desk did.
pub async fn registration_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Option<registration::Model>> {
    Ok(registration::Entity::find_by_id(subject).one(db).await?)
}

/// Every notice of rights that a patient got, oldest first.
pub async fn notices_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<rights_notice::Model>> {
    let mine = rights_notice::Entity::find().filter(rights_notice::Column::Subject.eq(subject));
    Ok(mine.order_by_asc(rights_notice::Column::Id).all(db).await?)
}

pub async fn was_told(db: &impl ConnectionTrait, subject: Uuid, version: &str) -> Result<bool> {
    let mine = rights_notice::Entity::find().filter(rights_notice::Column::Subject.eq(subject));
    Ok(mine.filter(rights_notice::Column::Version.eq(version)).limit(1).one(db).await?.is_some())
}

/// Leads of these clinics in one state, newest first.
pub async fn leads(
    db: &impl ConnectionTrait,
    clinics: &Clinics,
    state: &str,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<lead::Model>> {
    let mut query = lead::Entity::find().filter(lead::Column::State.eq(state));
    if !clinics.is_everywhere() {
        query = query.filter(lead::Column::Clinic.is_in(clinics.as_slice().iter().copied()));
    }
    if let Some(before) = before {
        query = query.filter(lead::Column::Id.lt(before));
    }
    Ok(query.order_by_desc(lead::Column::Id).limit(limit).all(db).await?)
}

/// One lead of these clinics. What belongs to none of them is for those alone who serve the whole installation.
pub async fn find_lead(db: &impl ConnectionTrait, clinics: &Clinics, id: Uuid) -> Result<Option<lead::Model>> {
    let found = lead::Entity::find_by_id(id).one(db).await?;
    Ok(found.filter(|row| row.clinic.map_or(clinics.is_everywhere(), |clinic| clinics.serve(clinic))))
}

/// The lead whose keys these are.
pub async fn lead_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Option<lead::Model>> {
    Ok(lead::Entity::find().filter(lead::Column::Subject.eq(subject)).one(db).await?)
}

pub async fn leads_to_purge(db: &impl ConnectionTrait, now: DateTime<Utc>, limit: u64) -> Result<Vec<lead::Model>> {
    Ok(lead::Entity::find().filter(lead::Column::PurgeAt.lte(now)).limit(limit).all(db).await?)
}

/// The merge into an account that was made last and stands.
pub async fn last_merge(db: &impl ConnectionTrait, survivor: Uuid) -> Result<Option<person_merge::Model>> {
    let standing = person_merge::Entity::find().filter(person_merge::Column::UndoneAt.is_null());
    let into = standing.filter(person_merge::Column::Survivor.eq(survivor));
    Ok(into.order_by_desc(person_merge::Column::Id).one(db).await?)
}

/// Every merge of an account, into it or of itself, oldest first.
pub async fn merges_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<person_merge::Model>> {
    let either = Condition::any().add(person_merge::Column::Survivor.eq(subject)).add(person_merge::Column::Other.eq(subject));
    Ok(person_merge::Entity::find().filter(either).order_by_asc(person_merge::Column::Id).all(db).await?)
}
