//! For which insurer somebody of the role `insurer` reads: one of the recipients that the profile names.

use super::rows::change;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::sql::one;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Row {
    insurer: String,
}

/// The insurer of a staff account, if it has one.
pub async fn insurer_of(db: &impl ConnectionTrait, staff: Uuid) -> Result<Option<String>> {
    let row: Option<Row> = one(db, "SELECT insurer FROM staff_insurer WHERE staff = $1", [staff.into()]).await?;
    Ok(row.map(|row| row.insurer))
}

/// Puts an insurer in the place of the one before. What the account could read by contracts of that one ends with it.
pub async fn put_insurer(tx: &mut Tx, staff: Uuid, insurer: &str) -> Result<()> {
    let sql = "INSERT INTO staff_insurer (staff, insurer, set_at) VALUES ($1, $2, $3) \
               ON CONFLICT (staff) DO UPDATE SET insurer = excluded.insurer, set_at = excluded.set_at";
    change(tx, sql, [staff.into(), insurer.into(), tx.now().into()]).await?;
    tx.audit(Line::new("putInsurer").on("staff", staff));
    Ok(())
}
