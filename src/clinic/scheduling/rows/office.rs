//! What doctors and clinics are called.

use super::one;
use crate::app::multilingual::Multilingual;
use crate::kernel::error::Result;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

/// What a doctor or a clinic is called, whether it is active or not.
pub async fn names(db: &impl ConnectionTrait, table: &'static str, id: Uuid) -> Result<Option<Multilingual>> {
    #[derive(FromQueryResult)]
    struct Names {
        names: Multilingual,
    }
    Ok(one::<Names>(db, &format!("SELECT names FROM {table} WHERE id = $1"), [id.into()]).await?.map(|row| row.names))
}
