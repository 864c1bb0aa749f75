//! What doctors and clinics are called.

use super::{all, one};
use crate::app::multilingual::Multilingual;
use crate::kernel::error::Result;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

/// Every doctor of a clinic, active or not.
pub async fn doctors_of(db: &impl ConnectionTrait, clinic: Uuid) -> Result<Vec<Uuid>> {
    #[derive(FromQueryResult)]
    struct Doctor {
        id: Uuid,
    }
    let found: Vec<Doctor> = all(db, "SELECT id FROM doctor WHERE clinic = $1", [clinic.into()]).await?;
    Ok(found.into_iter().map(|doctor| doctor.id).collect())
}

/// What a doctor or a clinic is called, whether it is active or not.
pub async fn names(db: &impl ConnectionTrait, table: &'static str, id: Uuid) -> Result<Option<Multilingual>> {
    #[derive(FromQueryResult)]
    struct Names {
        names: Multilingual,
    }
    Ok(one::<Names>(db, &format!("SELECT names FROM {table} WHERE id = $1"), [id.into()]).await?.map(|row| row.names))
}
