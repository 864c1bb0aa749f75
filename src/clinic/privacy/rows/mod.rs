//! The room's tables and every query on them.

mod exports;
mod freezes;
mod glass;
mod legal;
pub mod policies;
pub mod reviews;

pub use exports::*;
pub use freezes::*;
pub use glass::*;
pub use legal::*;

use super::plan::Planned;
use crate::kernel::error::{Error, Result};
pub use crate::kernel::sql::change;
use crate::kernel::vault::{Class, Column, Holds, Sealed};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{FromQueryResult, QueryOrder, QuerySelect, Statement};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

pub const GIVEN: &str = "given";
pub const WITHDRAWN: &str = "withdrawn";

/// Within the grace: nothing was done yet.
pub const ASKED: &str = "asked";
/// Its steps are gone; it can't be undone any more.
pub const RUNNING: &str = "running";
pub const DONE: &str = "done";

/// What a sweep takes at once; the rest waits for the next one.
const SWEEP_MAX: u64 = 500;

pub mod acceptance {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "acceptance")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub subject: Uuid,
        pub version: String,
        pub at: DateTimeUtc,
        pub sealed: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod consent {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "consent")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub subject: Uuid,
        pub item: String,
        pub state: String,
        pub given_at: DateTimeUtc,
        pub withdrawn_at: Option<DateTimeUtc>,
        pub sealed: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod erasure {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "erasure")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// A random one once it is done.
        pub subject: Uuid,
        pub number: String,
        pub state: String,
        /// The step that comes next.
        pub step: String,
        pub asked_at: DateTimeUtc,
        pub due_at: DateTimeUtc,
        pub plan: Json,
        pub receipts: Json,
        pub certificate: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod certificate {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "certificate")]
    pub struct Model {
        /// The subject whose one key seals it.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub number: String,
        pub at: DateTimeUtc,
        pub until: Option<DateTimeUtc>,
        pub sealed: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod held_record {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "held_record")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub number: String,
        pub subject: Uuid,
        pub classes: Json,
        /// When the next class comes due.
        pub next_at: DateTimeUtc,
        pub created_at: DateTimeUtc,
        pub destroyed_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod held_opening {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "held_opening")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub number: String,
        pub staff: Uuid,
        pub at: DateTimeUtc,
        pub until: DateTimeUtc,
        pub sealed: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A value of a JSON column.
pub fn write_json(value: &impl Serialize) -> Result<Json> {
    serde_json::to_value(value).map_err(|_| Error::internal("a value of a JSON column could not be written"))
}

pub fn read_json<T: DeserializeOwned>(json: &Json) -> Result<T> {
    serde_json::from_value(json.clone()).map_err(|_| Error::internal("a stored value of a JSON column does not read"))
}

impl erasure::Model {
    pub fn plan(&self) -> Result<Vec<Planned>> {
        read_json(&self.plan)
    }
}

pub async fn insert<A>(db: &impl ConnectionTrait, row: A) -> Result<()>
where
    A: ActiveModelTrait,
{
    <A::Entity as EntityTrait>::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub async fn acceptances(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<acceptance::Model>> {
    let mine = acceptance::Entity::find().filter(acceptance::Column::Subject.eq(subject));
    Ok(mine.order_by_desc(acceptance::Column::Id).all(db).await?)
}

/// Every giving of every item, newest first.
pub async fn consents(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<consent::Model>> {
    let mine = consent::Entity::find().filter(consent::Column::Subject.eq(subject));
    Ok(mine.order_by_desc(consent::Column::Id).all(db).await?)
}

pub async fn given_consents(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<consent::Model>> {
    let mine = consent::Entity::find().filter(consent::Column::Subject.eq(subject));
    Ok(mine.filter(consent::Column::State.eq(GIVEN)).all(db).await?)
}

/// Who consents to an item now, by subject, after `after`.
pub async fn given_by(db: &impl ConnectionTrait, item: &str, after: Option<Uuid>, limit: u64) -> Result<Vec<Uuid>> {
    let mut given = consent::Entity::find().select_only().column(consent::Column::Subject);
    given = given.filter(consent::Column::Item.eq(item)).filter(consent::Column::State.eq(GIVEN));
    if let Some(after) = after {
        given = given.filter(consent::Column::Subject.gt(after));
    }
    Ok(given.order_by_asc(consent::Column::Subject).limit(limit).into_tuple().all(db).await?)
}

/// Whether anything of the subject is sealed as evidence, by what the rooms say of their columns.
pub async fn any_evidence(db: &impl ConnectionTrait, columns: &[Column], subject: Uuid) -> Result<bool> {
    let is_of_subjects = |table: &str| {
        columns.iter().any(|column| column.table == table && column.name == "subject" && matches!(column.holds, Holds::Subject))
    };
    let sealed = columns.iter().filter(|column| matches!(column.holds, Holds::Sealed(Class::Evidence)));
    let looks: Vec<String> = sealed
        .filter(|column| is_of_subjects(column.table))
        .map(|column| format!("SELECT 1 AS one FROM {} WHERE subject = $1 AND {} IS NOT NULL", column.table, column.name))
        .collect();
    let sql = format!("{} LIMIT 1", looks.join(" UNION ALL "));
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [subject.into()]);
    Ok(db.query_one_raw(query).await?.is_some())
}

pub async fn find_erasure(db: &impl ConnectionTrait, subject: Uuid) -> Result<Option<erasure::Model>> {
    Ok(erasure::Entity::find().filter(erasure::Column::Subject.eq(subject)).one(db).await?)
}

/// Subjects whose erasure has begun and is not done.
pub async fn running(db: &impl ConnectionTrait) -> Result<Vec<Uuid>> {
    let running = erasure::Entity::find().filter(erasure::Column::State.eq(RUNNING));
    Ok(running.limit(SWEEP_MAX).all(db).await?.into_iter().map(|row| row.subject).collect())
}

pub async fn find_certificate(db: &impl ConnectionTrait, number: &str) -> Result<Option<certificate::Model>> {
    Ok(certificate::Entity::find().filter(certificate::Column::Number.eq(number)).one(db).await?)
}

pub async fn certificates_due(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<certificate::Model>> {
    Ok(certificate::Entity::find().filter(certificate::Column::Until.lte(now)).limit(SWEEP_MAX).all(db).await?)
}

/// A held record of which something is still there.
pub async fn find_held(db: &impl ConnectionTrait, number: &str) -> Result<Option<held_record::Model>> {
    let living = held_record::Entity::find().filter(held_record::Column::DestroyedAt.is_null());
    Ok(living.filter(held_record::Column::Number.eq(number)).one(db).await?)
}

/// The held record of a subject of which something is still there.
pub async fn find_held_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Option<held_record::Model>> {
    let living = held_record::Entity::find().filter(held_record::Column::DestroyedAt.is_null());
    Ok(living.filter(held_record::Column::Subject.eq(subject)).one(db).await?)
}

pub async fn held_due(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<held_record::Model>> {
    let living = held_record::Entity::find().filter(held_record::Column::DestroyedAt.is_null());
    Ok(living.filter(held_record::Column::NextAt.lte(now)).limit(SWEEP_MAX).all(db).await?)
}

/// The generation of the register that the record has seen last.
pub async fn generation(db: &impl ConnectionTrait) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Meta {
        value: String,
    }
    let query = Statement::from_string(db.get_database_backend(), "SELECT value FROM meta WHERE name = 'register_generation'");
    match Meta::find_by_statement(query).one(db).await? {
        Some(row) => row.value.parse().map_err(|_| Error::internal("meta.register_generation is no number")),
        None => Ok(0),
    }
}

/// Notes the generation, which only grows.
pub async fn raise_generation(db: &impl ConnectionTrait, generation: i64) -> Result<()> {
    let sql = "INSERT INTO meta (name, value) VALUES ('register_generation', $1) ON CONFLICT (name) DO UPDATE SET value = $1 \
               WHERE CAST(meta.value AS bigint) < CAST($1 AS bigint)";
    change(db, sql, [generation.to_string().into()]).await.map(drop)
}
