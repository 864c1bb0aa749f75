//! Rows of addresses and attestations, and every query on them.

use super::rows::change;
use crate::kernel::error::Result;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use uuid::Uuid;

/// How long an address that was given up is kept for the message to it.
const FORMER_KEPT: TimeDelta = TimeDelta::days(7);
/// Attestations that are shown: nobody reads more of them.
const ATTESTATIONS_MAX: u64 = 100;

/// An address that was given up, until it has been told so.
pub mod former_address {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "former_address")]
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

pub mod attestation {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "attestation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub subject: Uuid,
        pub version: i64,
        pub at: DateTimeUtc,
        /// The staff member who wrote it down for him.
        pub staff: Option<Uuid>,
        pub sealed: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Puts an address book in the place of the one that was read. False: somebody else has changed it meanwhile. What the
/// patient sees of it gives his account a new version; that an address was used does not.
pub async fn put_contact(
    db: &impl ConnectionTrait,
    subject: Uuid,
    (read, new): (&Sealed, &Sealed),
    is_seen: bool,
) -> Result<bool> {
    let sql = "UPDATE patient SET contact = $3, version = version + $4 WHERE subject = $1 AND contact = $2";
    let values = [subject.into(), read.clone().into(), new.clone().into(), i64::from(is_seen).into()];
    Ok(change(db, sql, values).await? == 1)
}

pub async fn insert_former(db: &impl ConnectionTrait, row: former_address::ActiveModel) -> Result<()> {
    former_address::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub async fn find_former(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<former_address::Model>> {
    Ok(former_address::Entity::find_by_id(id).one(db).await?)
}

pub async fn formers_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<former_address::Model>> {
    let his = former_address::Entity::find().filter(former_address::Column::Subject.eq(subject));
    Ok(his.order_by_asc(former_address::Column::Id).all(db).await?)
}

pub async fn drop_former(db: &impl ConnectionTrait, id: Uuid) -> Result<()> {
    change(db, "DELETE FROM former_address WHERE id = $1", [id.into()]).await.map(drop)
}

/// Drops those that could not be told in all this time.
pub async fn sweep_formers(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<()> {
    change(db, "DELETE FROM former_address WHERE at < $1", [(now - FORMER_KEPT).into()]).await.map(drop)
}

pub async fn insert_attestation(db: &impl ConnectionTrait, row: attestation::ActiveModel) -> Result<()> {
    attestation::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The last attestations, newest first.
pub async fn attestations(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<attestation::Model>> {
    let his = attestation::Entity::find().filter(attestation::Column::Subject.eq(subject));
    Ok(his.order_by_desc(attestation::Column::Id).limit(ATTESTATIONS_MAX).all(db).await?)
}

pub async fn last_attestation(db: &impl ConnectionTrait, subject: Uuid) -> Result<Option<attestation::Model>> {
    let his = attestation::Entity::find().filter(attestation::Column::Subject.eq(subject));
    Ok(his.order_by_desc(attestation::Column::Id).one(db).await?)
}
