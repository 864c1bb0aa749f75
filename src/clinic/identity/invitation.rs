//! Invitations of staff: a token that is shown once, lives three days and is redeemed once, with a password of one's own.

use super::caller::Caller;
use super::password;
use super::rows::{self, change};
use super::sessions;
use super::staff::{self, Enrolment};
use super::staff_rows;
use crate::app::App;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

const LIVES: TimeDelta = TimeDelta::hours(72);

/// Makes a token for an account, in the place of the one before.
///
/// # Errors
/// `not_found` for an account that serves other clinics; `state_conflict` for one that is shut out.
pub async fn issue(app: &App, caller: &Caller, id: Uuid) -> Result<(String, DateTime<Utc>)> {
    let token = URL_SAFE_NO_PAD.encode(app.ambient.bytes::<32>());
    let until = app.ambient.now() + LIVES;
    app.write(&caller.actor("inviteStaff"), async |tx: &mut Tx| -> Result<()> {
        let row = rows::find_staff(tx, id).await?.ok_or_else(Error::not_found)?;
        if !caller.clinics.cover(&staff_rows::clinics_of(tx, id).await?) {
            return Err(Error::not_found());
        }
        if !may_come(&row.state) {
            return Err(Error::refused(Code::StateConflict));
        }
        change(tx, "DELETE FROM staff_invitation WHERE staff = $1", [id.into()]).await?;
        let sql = "INSERT INTO staff_invitation (hash, staff, until) VALUES ($1, $2, $3)";
        change(tx, sql, [sessions::hash(&token).to_vec().into(), id.into(), until.into()]).await?;
        tx.audit(Line::new("inviteStaff").on("staff", id));
        Ok(())
    })
    .await?;
    Ok((token, until))
}

/// Takes a token for a new password, and makes a new secret for the authenticator app. All that the account signed in with
/// before ends.
///
/// # Errors
/// `sign_in_failed` for a wrong, used or expired token, and for an account that is shut out; `invalid`.
pub async fn redeem(app: &App, actor: &Actor, token: &str, new_password: &str) -> Result<Enrolment> {
    let failed = || Error::refused(Code::SignInFailed);
    let hash = sessions::hash(token).to_vec();
    let id = staff_rows::invited(&app.db.reader(), &hash, app.ambient.now()).await?.ok_or_else(failed)?;
    let new_password = password::check(new_password).map_err(|fault| Error::field("/newPassword", fault))?;
    let (row, body) = staff::staff_member(app, id).await?;
    if !may_come(&row.state) {
        return Err(failed());
    }
    let body = body.anew(password::hash(new_password, &app.ambient).await?, app.ambient.bytes::<20>().to_vec());
    let sealed = app.vault.keys(id).await?.seal(id, &body)?;
    app.write(actor, async |tx: &mut Tx| -> Result<()> {
        let used = "DELETE FROM staff_invitation WHERE hash = $1 AND until > $2";
        let took = change(tx, used, [hash.clone().into(), tx.now().into()]).await? == 1;
        let sql =
            "UPDATE staff SET sealed = $2, state = 'active', totp_step = 0 WHERE id = $1 AND state IN ('invited', 'active')";
        if !took || change(tx, sql, [id.into(), sealed.clone().into()]).await? == 0 {
            return Err(failed());
        }
        change(tx, "DELETE FROM passkey WHERE staff = $1", [id.into()]).await?;
        sessions::end_all(tx, id, None).await?;
        tx.audit(Line::new("redeemInvitation").on("staff", id));
        Ok(())
    })
    .await?;
    staff::enrolment(app, &body)
}

fn may_come(state: &str) -> bool {
    matches!(state, rows::INVITED | rows::ACTIVE)
}
