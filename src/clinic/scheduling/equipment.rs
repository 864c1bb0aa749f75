//! Machines of a clinic, as its administrator writes them. A service asks for a kind; a machine serves one patient at a time.

use super::rows::{self, EquipmentRow};
use super::{office, services};
use crate::app::multilingual::{Multilingual, line};
use crate::clinic::identity::Caller;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Faults, Result};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

pub struct EquipmentForm {
    pub clinic: Uuid,
    pub kind: String,
    pub names: Multilingual,
    pub active: bool,
}

impl EquipmentForm {
    /// # Errors
    /// `invalid`, with every field at fault.
    pub fn check(&self, id: Uuid) -> Result<EquipmentRow> {
        let mut faults = Faults::default();
        let row = EquipmentRow {
            id,
            clinic: self.clinic,
            kind: faults.check("/kind", services::check_kind(&self.kind)).unwrap_or_default(),
            names: self.names.check("/names", &mut faults, line),
            active: self.active,
            version: 1,
        };
        faults.into_result()?;
        Ok(row)
    }
}

/// # Errors
/// `not_found` for a clinic that is not the caller's.
pub async fn add(tx: &mut Tx, caller: &Caller, row: &EquipmentRow) -> Result<()> {
    office::clinic_for(tx, caller, row.clinic).await?;
    rows::insert_equipment(tx, row, tx.now()).await?;
    tx.audit(Line::new("addEquipment").on("equipment", row.id));
    Ok(())
}

/// A machine of a clinic of the caller's.
///
/// # Errors
/// `not_found`.
pub async fn find(db: &impl ConnectionTrait, caller: &Caller, id: Uuid) -> Result<EquipmentRow> {
    let row = rows::equipment(db, id).await?;
    row.filter(|row| caller.clinics.serve(row.clinic)).ok_or_else(Error::not_found)
}

/// Renames a machine, takes it out of use or puts it back. What is booked on it stays booked.
///
/// # Errors
/// `not_found`, also for a clinic that is not the caller's; `invalid` where clinic or kind are others than its own; what `is_current` refuses of the version that stands.
pub async fn put(
    tx: &mut Tx,
    caller: &Caller,
    mut row: EquipmentRow,
    is_current: impl Fn(i64) -> Result<()>,
) -> Result<EquipmentRow> {
    tx.hold(&[row.id]).await?;
    let was = find(tx, caller, row.id).await?;
    is_current(was.version)?;
    let mut faults = Faults::default();
    if row.clinic != was.clinic {
        office::clinic_for(tx, caller, row.clinic).await?;
        faults.add("/clinicId", Fault::UnknownValue);
    }
    if row.kind != was.kind {
        faults.add("/kind", Fault::UnknownValue);
    }
    faults.into_result()?;
    row.version = was.version + 1;
    rows::update_equipment(tx, &row).await?;
    tx.audit(Line::new("changeEquipment").on("equipment", row.id));
    Ok(row)
}
