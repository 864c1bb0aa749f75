//! Machines: each serves one patient at a time.

use super::asked::Asked;
use super::{all, change, one};
use crate::app::multilingual::Multilingual;
use crate::app::wire::Paging;
use crate::clinic::identity::Clinics;
use crate::kernel::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

#[derive(Clone, Debug, FromQueryResult)]
pub struct EquipmentRow {
    pub id: Uuid,
    pub clinic: Uuid,
    /// What services ask for, as `ultrasound`.
    pub kind: String,
    pub names: Multilingual,
    /// Out of order or gone: nothing is booked on it.
    pub active: bool,
    pub version: i64,
}

const EQUIPMENT: &str = "SELECT id, clinic, kind, names, active, version FROM equipment";

pub async fn equipment_of_office(
    db: &impl ConnectionTrait,
    scope: &Clinics,
    clinic: Option<Uuid>,
    page: &Paging<Uuid>,
) -> Result<Vec<EquipmentRow>> {
    let mut asked = Asked::new(&format!("{EQUIPMENT} WHERE 1 = 1"));
    asked.within("clinic", scope);
    if let Some(clinic) = clinic {
        asked.and("clinic = {}", [clinic.into()]);
    }
    if let Some(after) = page.place {
        asked.and("id > {}", [after.into()]);
    }
    asked.end(&format!("ORDER BY id LIMIT {}", page.rows()));
    all(db, &asked.sql, asked.values).await
}

pub async fn equipment(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<EquipmentRow>> {
    one(db, &format!("{EQUIPMENT} WHERE id = $1"), [id.into()]).await
}

pub async fn insert_equipment(db: &impl ConnectionTrait, row: &EquipmentRow, now: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO equipment (id, clinic, kind, names, active, version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = [
        row.id.into(),
        row.clinic.into(),
        row.kind.as_str().into(),
        row.names.clone().into(),
        row.active.into(),
        row.version.into(),
        now.into(),
    ];
    change(db, sql, values).await.map(drop)
}

/// A machine stays in its clinic, and of its kind.
pub async fn update_equipment(db: &impl ConnectionTrait, row: &EquipmentRow) -> Result<()> {
    let sql = "UPDATE equipment SET names = $2, active = $3, version = $4 WHERE id = $1";
    change(db, sql, [row.id.into(), row.names.clone().into(), row.active.into(), row.version.into()]).await.map(drop)
}
