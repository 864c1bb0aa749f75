//! Tables of credentials and undertakings, and their queries.

use super::rows::change;
use crate::kernel::error::Result;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use uuid::Uuid;

/// Issued by the desk, to be changed.
pub const ISSUED: &str = "issued";

pub mod patient_credential {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "patient_credential")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject: Uuid,
        pub state: String,
        pub version: i64,
        pub login: Sealed,
        pub password: Sealed,
        pub issued_at: DateTimeUtc,
        pub issued_until: Option<DateTimeUtc>,
        pub issued_by: Uuid,
        pub issued_clinic: Option<Uuid>,
        pub identity_check: Uuid,
        pub changed_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod undertaking {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "undertaking")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub staff: Uuid,
        pub version: String,
        pub at: DateTimeUtc,
        pub sealed: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub async fn find(db: &impl ConnectionTrait, subject: Uuid) -> Result<Option<patient_credential::Model>> {
    Ok(patient_credential::Entity::find_by_id(subject).one(db).await?)
}

/// False: there are credentials already.
pub async fn insert(db: &impl ConnectionTrait, row: patient_credential::ActiveModel) -> Result<bool> {
    let unless_there = OnConflict::column(patient_credential::Column::Subject).do_nothing().to_owned();
    Ok(patient_credential::Entity::insert(row).on_conflict(unless_there).exec_without_returning(db).await? == 1)
}

/// False: somebody has issued or changed them meanwhile.
pub async fn replace(db: &impl ConnectionTrait, row: patient_credential::ActiveModel, version: i64) -> Result<bool> {
    let subject = row.subject.try_as_ref().copied().unwrap_or_default();
    let update = patient_credential::Entity::update_many().set(row).filter(patient_credential::Column::Subject.eq(subject));
    Ok(update.filter(patient_credential::Column::Version.eq(version)).exec(db).await?.rows_affected == 1)
}

/// Makes them the patient's own. False: somebody has issued or changed them meanwhile.
pub async fn make_own(
    db: &impl ConnectionTrait,
    subject: Uuid,
    version: i64,
    password: Sealed,
    now: DateTime<Utc>,
) -> Result<bool> {
    let sql = "UPDATE patient_credential SET state = 'own', password = $3, issued_until = NULL, changed_at = $4, \
               version = version + 1 WHERE subject = $1 AND version = $2";
    Ok(change(db, sql, [subject.into(), version.into(), password.into(), now.into()]).await? == 1)
}

pub async fn insert_undertaking(db: &impl ConnectionTrait, row: undertaking::ActiveModel) -> Result<()> {
    undertaking::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
