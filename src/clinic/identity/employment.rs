//! What becomes of a staff account: its role, its clinics, whether it may come in. What is taken away is gone at the next
//! call: each request reads role and state anew, and the sessions end as well.

use super::caller::{Caller, Role};
use super::clinics::Clinics;
use super::rows::{self, change};
use super::sessions;
use super::staff;
use super::staff_rows;
use crate::app::App;
use crate::app::wire::{Cursor, Paging};
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Result};
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// Whoever may take away the last administrator holds this, so that two of them don't end each other.
const ADMINISTRATORS: Uuid = Uuid::from_u128(0x0ad0_1215_7a70_45b0_9c3e_5d1f_6a2b_8c4d);

#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "camelCase")]
pub enum StaffState {
    /// The issued credentials have not been changed yet.
    Invited,
    Active,
    /// Shut out, and may be let in again.
    Suspended,
    /// For good.
    Ended,
}

impl StaffState {
    const fn as_str(self) -> &'static str {
        match self {
            StaffState::Invited => rows::INVITED,
            StaffState::Active => rows::ACTIVE,
            StaffState::Suspended => rows::SUSPENDED,
            StaffState::Ended => rows::ENDED,
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let all = [StaffState::Invited, StaffState::Active, StaffState::Suspended, StaffState::Ended];
        let known = all.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| Error::internal("a staff account is in an unknown state"))
    }
}

/// A staff account, as administrators see it.
pub struct Account {
    pub id: Uuid,
    pub role: Role,
    pub clinics: Clinics,
    pub state: StaffState,
    pub login: String,
    pub name: String,
    pub created_at: DateTime<Utc>,
}

/// What an account is to be from now on.
pub struct Terms {
    pub role: Role,
    pub clinics: Clinics,
    pub state: StaffState,
}

/// Whether an administrator may give away these clinics: each of them is there, and is his.
///
/// # Errors
/// `invalid` at `/clinicIds`.
pub async fn check_given(db: &impl ConnectionTrait, caller: &Caller, clinics: &Clinics) -> Result<()> {
    let may = caller.clinics.cover(clinics) && staff_rows::are_there(db, clinics).await?;
    if may { Ok(()) } else { Err(Error::field("/clinicIds", Fault::UnknownValue)) }
}

/// A page of accounts, newest first, and where the next one begins: an administrator of clinics sees those that serve no
/// others.
pub async fn list(app: &App, caller: &Caller, page: &Paging<Uuid>) -> Result<(Vec<Account>, Option<Cursor>)> {
    let reader = app.db.reader();
    let mut found = staff_rows::page(&reader, &caller.clinics, page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| row.id)?;
    let ids: Vec<Uuid> = found.iter().map(|row| row.id).collect();
    let mut clinics = staff_rows::clinics_of_all(&reader, &ids).await?;
    let mut accounts = Vec::with_capacity(found.len());
    for row in found {
        accounts.push(account(app, row.id, clinics.remove(&row.id).unwrap_or_default()).await?);
    }
    Ok((accounts, next_cursor))
}

/// One account, if it is the administrator's to see.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, caller: &Caller, id: Uuid) -> Result<Account> {
    let clinics = staff_rows::clinics_of(&app.db.reader(), id).await?;
    if caller.clinics.cover(&clinics) { account(app, id, clinics).await } else { Err(Error::not_found()) }
}

async fn account(app: &App, id: Uuid, clinics: Clinics) -> Result<Account> {
    let (row, body) = staff::staff_member(app, id).await?;
    let role = Role::parse(&row.role).ok_or_else(|| Error::internal("a staff account has an unknown role"))?;
    let state = StaffState::parse(&row.state)?;
    Ok(Account { id, role, clinics, state, login: body.login, name: body.name, created_at: row.created_at })
}

/// Changes an account. Its sessions end.
///
/// # Errors
/// `not_found` for an account that serves other clinics than the administrator; `invalid`; `state_conflict` for one that
/// has ended, or was invited and is to be suspended; `last_administrator`.
pub async fn change_account(tx: &mut Tx, caller: &Caller, id: Uuid, terms: &Terms) -> Result<()> {
    tx.hold(&[ADMINISTRATORS]).await?;
    let row = rows::find_staff(tx, id).await?.ok_or_else(Error::not_found)?;
    let clinics = staff_rows::clinics_of(tx, id).await?;
    if !caller.clinics.cover(&clinics) {
        return Err(Error::not_found());
    }
    check_given(tx, caller, &terms.clinics).await?;
    let was = StaffState::parse(&row.state)?;
    let state = next(was, terms.state)?;
    let same_role = row.role == terms.role.as_str();
    // A doctor has a place in a clinic, which is not made here.
    if terms.role == Role::Patient || (terms.role == Role::Doctor && !same_role) {
        return Err(Error::field("/role", Fault::UnknownValue));
    }
    let stays = terms.role == Role::Administrator && terms.clinics.is_everywhere() && state == StaffState::Active;
    let is_chief = row.role == Role::Administrator.as_str() && clinics.is_everywhere() && was == StaffState::Active;
    if is_chief && !stays && staff_rows::other_administrators(tx, id).await? == 0 {
        return Err(Error::refused(Code::LastAdministrator));
    }
    let sql = "UPDATE staff SET role = $2, state = $3 WHERE id = $1";
    change(tx, sql, [id.into(), terms.role.as_str().into(), state.as_str().into()]).await?;
    staff_rows::put_clinics(tx, id, &terms.clinics).await?;
    sessions::end_all(tx, id, None).await?;
    if !same_role || state == StaffState::Ended {
        access::end_reasons_of(tx, id).await?;
    }
    if state == StaffState::Ended {
        for sql in ["DELETE FROM passkey WHERE staff = $1", "DELETE FROM staff_invitation WHERE staff = $1"] {
            change(tx, sql, [id.into()]).await?;
        }
    }
    tx.audit(Line::new("changeStaff").on("staff", id).because(if same_role { state.as_str() } else { terms.role.as_str() }));
    Ok(())
}

/// The state that follows. An invitation is taken up by nobody but the invited, so that `active` leaves it as it is.
fn next(was: StaffState, wanted: StaffState) -> Result<StaffState> {
    match (was, wanted) {
        (StaffState::Invited, StaffState::Invited | StaffState::Active) => Ok(StaffState::Invited),
        (StaffState::Invited, StaffState::Suspended) | (_, StaffState::Invited) => Err(Error::refused(Code::StateConflict)),
        (StaffState::Ended, wanted) if wanted != StaffState::Ended => Err(Error::refused(Code::StateConflict)),
        (_, wanted) => Ok(wanted),
    }
}
