//! Credentials, issued at the desk against an identity document and printed on a slip.

use super::credential_slip as slip;
use crate::app::App;
use crate::clinic::contracts;
use crate::clinic::identity::credentials::{self, Issued};
use crate::clinic::identity::{Caller, is_known, representation};
use crate::clinic::privacy::{check_found, standing_check};
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use crate::kernel::lang::Lang;
use uuid::Uuid;

/// Issues credentials and prints them. See `identity::credentials::issue`.
///
/// # Errors
/// `refused_by_profile`, also for somebody below the age of an account of one's own; `not_found` for a patient whom this desk
/// did not find in the last minutes; `contract_required` where the profile asks for a contract; `identity_check_required` without a
/// check of who he is.
pub async fn issue(app: &App, caller: &Caller, patient: Uuid, lang: Lang) -> Result<(Issued, String)> {
    const OPERATION: &str = "issueCredentials";
    check_found(&app.db.reader(), caller, patient, app.ambient.now()).await?;
    credentials::by_password(app)?;
    let today = app.profile.today(app.ambient.now());
    contracts::require(&app.db.reader(), &app.profile, patient, today).await?;
    if !is_known(app, patient).await? {
        return Err(Error::not_found());
    }
    // Asked before a login is reserved and a password hashed, and once more where it is written.
    let actor = caller.actor(OPERATION);
    app.write(&actor, async |tx: &mut Tx| -> Result<Uuid> { standing_check(tx, caller, patient).await }).await?;
    representation::check_own_account(app, patient).await?;
    let keys = app.vault.keys(patient).await?;
    let standing = async |tx: &mut Tx| standing_check(tx, caller, patient).await;
    let issued = credentials::issue(app, caller, OPERATION, &keys, standing).await?;
    let html = slip::print(&app.profile, lang, &issued)?;
    Ok((issued, html))
}
