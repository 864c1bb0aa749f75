//! Parked charges: what the provider said of them can't be, so nothing was changed and a person looks at it. The mark is
//! beside the charge's state, not part of it.

use super::lookup::look_up;
use super::rows::{self, ChargeRow, change};
use crate::app::App;
use crate::clinic::identity::Caller;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use uuid::Uuid;

/// A payment names the charge, and is of another sum, currency or payment than the charge asked for.
pub const OTHER_PAYMENT: &str = "otherPayment";
/// What was paid is said to be unpaid.
pub const CONTRADICTION: &str = "contradiction";
/// The provider refuses the question itself.
pub const REFUSED: &str = "refused";

/// Marks a charge. The first mark stays until somebody has looked at it.
pub async fn mark(tx: &mut Tx, charge: Uuid, why: &'static str) -> Result<()> {
    let sql = "UPDATE charge SET parked = $2, parked_at = $3 WHERE id = $1 AND parked IS NULL";
    if change(tx, sql, [charge.into(), why.into(), tx.now().into()]).await? == 1 {
        tx.audit(Line::new("park").on("charge", charge).because(why));
    }
    Ok(())
}

/// Takes the mark away and looks the charge up at the provider, who may give ground to mark it again. One that is not
/// parked is answered as it stands.
///
/// # Errors
/// `not_found` for a charge of another clinic.
pub async fn settle(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<ChargeRow> {
    let row = find(app, caller, id).await?;
    if row.parked.is_none() {
        return Ok(row);
    }
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        // Should this node die before it has looked, the reconciling sweep does.
        let sql = "UPDATE charge SET parked = NULL, parked_at = NULL, check_at = $2 WHERE id = $1";
        change(tx, sql, [id.into(), tx.now().into()]).await?;
        tx.audit(Line::new("unpark").on("charge", id));
        Ok(())
    })
    .await?;
    look_up(app, id).await?;
    find(app, caller, id).await
}

async fn find(app: &App, caller: &Caller, id: Uuid) -> Result<ChargeRow> {
    let row = rows::charge(&app.db.reader(), id).await?;
    row.filter(|row| caller.clinics.serve(row.clinic)).ok_or_else(Error::not_found)
}
