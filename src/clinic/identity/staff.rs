//! People who work here: accounts with a role, credentials issued once, password and TOTP (RFC 6238).

use super::caller::Role;
use super::clinics::Clinics;
use super::credentials::{check_login, login_index};
use super::password;
use super::person_name::check_name;
use super::rows::{self, change, staff};
use super::sessions::{self, Pair, Terms};
use super::staff_rows;
use super::undertaking::{self, Given};
use crate::app::App;
use crate::app::period::Period;
use crate::kernel::access::Asker;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::durable;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::vault::{Class, Personal, Reservation, SubjectKeys};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Set};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use totp_rs::{Builder, Secret};
use uuid::Uuid;
use zeroize::Zeroizing;

const CLASSES: &[Class] = &[Class::Staff, Class::Contact, Class::Security];
/// How long an issued password waits to be changed.
const ISSUED_LIVES: Period = Period::Days(3);
const CLAIM_LIVES: TimeDelta = TimeDelta::minutes(30);
const CLAIM_FILE: &str = "claim-token";

/// What is sealed about a staff member.
#[derive(Serialize, Deserialize, Clone)]
pub struct StaffBody {
    pub login: String,
    pub name: String,
    password_hash: String,
    /// An issued password must be changed before this.
    issued_until: Option<DateTime<Utc>>,
    #[serde(with = "hex::serde")]
    totp_secret: Vec<u8>,
}

impl StaffBody {
    /// The same person, with all that he signs in with made anew.
    pub fn anew(self, password_hash: String, totp_secret: Vec<u8>) -> Self {
        Self { password_hash, totp_secret, issued_until: None, ..self }
    }
}

impl Personal for StaffBody {
    const TABLE: &'static str = "staff";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Staff;
}

impl StaffBody {
    pub(super) fn password_hash(&self) -> &str {
        &self.password_hash
    }
}

/// An account to be made.
pub struct NewStaff {
    pub role: Role,
    pub clinics: Clinics,
    pub login: String,
    pub name: String,
}

/// What an authenticator app needs. Answered once.
pub struct Enrolment {
    pub secret: String,
    pub uri: String,
}

/// Reserves the login, makes the keys and the account. Answers the issued password: it is shown once and nowhere kept.
pub async fn add_staff(app: &App, actor: &Actor, new: NewStaff) -> Result<(Uuid, String)> {
    add_staff_with(app, actor, new, async |_, _| Ok(())).await
}

/// As `add_staff`, with what a room above writes about the new account in the same transaction.
pub async fn add_staff_with(
    app: &App,
    actor: &Actor,
    new: NewStaff,
    also: impl AsyncFnOnce(&mut Tx, Uuid) -> Result<()>,
) -> Result<(Uuid, String)> {
    let issued = URL_SAFE_NO_PAD.encode(app.ambient.bytes::<12>());
    let until = ISSUED_LIVES.after(app.ambient.now());
    let keys = make(app, actor, &new, Zeroizing::new(issued.clone()), Some(until), rows::INVITED, also).await?;
    Ok((keys.subject, issued))
}

async fn make(
    app: &App,
    actor: &Actor,
    new: &NewStaff,
    password: Zeroizing<String>,
    issued_until: Option<DateTime<Utc>>,
    state: &'static str,
    also: impl AsyncFnOnce(&mut Tx, Uuid) -> Result<()>,
) -> Result<Arc<SubjectKeys>> {
    let mut faults = Faults::default();
    let login = faults.check("/login", check_login(&new.login));
    let name = faults.check("/name", check_name(&new.name));
    faults.into_result()?;
    let (login, name) = (login.unwrap_or_default(), name.unwrap_or_default());
    let keys = app.vault.create(CLASSES).await?;
    if let Reservation::Taken(_) = app.vault.reserve(&keys, &login_index(&login)).await? {
        return Err(Error::refused(Code::LoginTaken));
    }
    let password_hash = password::hash(password, &app.ambient).await?;
    let body = StaffBody { login, name, password_hash, issued_until, totp_secret: app.ambient.bytes::<20>().to_vec() };
    let sealed = keys.seal(keys.subject, &body)?;
    app.write(actor, async |tx: &mut Tx| -> Result<()> {
        if actor.operation == "claimInstallation" && rows::any_administrator(tx).await? {
            return Err(Error::refused(Code::AlreadyClaimed));
        }
        let row = staff::ActiveModel {
            id: Set(keys.subject),
            role: Set(new.role.as_str().to_owned()),
            state: Set(state.to_owned()),
            sealed: Set(sealed.clone()),
            totp_step: Set(0),
            created_at: Set(tx.now()),
        };
        rows::insert_staff(tx, row).await?;
        staff_rows::put_clinics(tx, keys.subject, &new.clinics).await?;
        tx.audit(Line::new("addStaff").on("staff", keys.subject).because(new.role.as_str()));
        also(tx, keys.subject).await
    })
    .await?;
    app.vault.settle(keys.subject).await?;
    Ok(keys)
}

/// A staff member's body, for his own sign-in and for showing his name to colleagues.
pub async fn staff_member(app: &App, id: Uuid) -> Result<(staff::Model, StaffBody)> {
    let row = rows::find_staff(&app.db.reader(), id).await?.ok_or_else(Error::not_found)?;
    let openings = app.openings(Actor::house("staff"), Asker { id, medical: false });
    let body = openings.grant(id, Class::Staff, ("staff", id)).await?.open(id, &row.sealed)?;
    openings.answer((row, body)).await
}

/// A staff member's name, while his account lives.
pub async fn staff_name(app: &App, id: Uuid) -> Result<Option<String>> {
    match staff_member(app, id).await {
        Ok((_, body)) => Ok(Some(body.name)),
        Err(error) if error.code() == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The accounts of a clinic's reception, those that serve the whole installation included.
pub async fn reception_of(db: &impl ConnectionTrait, clinic: Uuid) -> Result<Vec<Uuid>> {
    rows::active_staff(db, Role::Reception.as_str(), clinic).await
}

/// Opens a session for an account whose password was right: with TOTP, once the issued credentials were changed. One code
/// is taken once.
///
/// # Errors
/// `sign_in_failed`.
pub async fn enter(app: &App, actor: &Actor, row: &staff::Model, body: &StaffBody, totp: Option<&str>) -> Result<(Pair, Role)> {
    let failed = || Error::refused(Code::SignInFailed);
    let step = match row.state.as_str() {
        rows::INVITED if body.issued_until.is_none_or(|until| until > app.ambient.now()) => None,
        rows::ACTIVE if totp.is_none() && !app.profile.staff.second_factor.contains(&row.role) => None,
        rows::ACTIVE => Some(totp_step(app, body, totp.unwrap_or_default()).ok_or_else(failed)?),
        _ => return Err(failed()),
    };
    let role = Role::parse(&row.role).ok_or_else(failed)?;
    let keys = app.vault.keys(row.id).await?;
    let pair = app
        .write(actor, async |tx: &mut Tx| -> Result<Pair> {
            if let Some(step) = step {
                let sql = "UPDATE staff SET totp_step = $2 WHERE id = $1 AND totp_step < $2";
                if change(tx, sql, [row.id.into(), step.into()]).await? == 0 {
                    return Err(failed());
                }
            }
            sessions::open(tx, &keys, "staff", Terms::of(&app.profile.sessions, "staff"), None).await
        })
        .await?;
    Ok((pair, role))
}

/// Changes the issued password and answers what the authenticator app needs. Every session ends: the next sign-in is with
/// the new password and a code. The undertaking that the profile may ask for is given with it.
pub async fn change_credentials(
    app: &App,
    actor: &Actor,
    id: Uuid,
    new_password: &str,
    given: Option<Given>,
) -> Result<Enrolment> {
    let (row, mut body) = staff_member(app, id).await?;
    if row.state != rows::INVITED {
        return Err(Error::refused(Code::StateConflict));
    }
    let new_password = password::check(new_password).map_err(|fault| Error::field("/newPassword", fault))?;
    if password::verify(&new_password, Some(body.password_hash.clone())).await? {
        return Err(Error::field("/newPassword", Fault::Duplicate));
    }
    body.password_hash = password::hash(new_password, &app.ambient).await?;
    body.issued_until = None;
    let enrolment = enrolment(app, &body)?;
    let keys = app.vault.keys(id).await?;
    let sealed = keys.seal(id, &body)?;
    app.write(actor, async |tx: &mut Tx| -> Result<()> {
        let sql = "UPDATE staff SET sealed = $2, state = 'active' WHERE id = $1 AND state = 'invited'";
        if change(tx, sql, [id.into(), sealed.clone().into()]).await? == 0 {
            return Err(Error::refused(Code::StateConflict));
        }
        // Whoever has changed the issued credentials needs no invitation any more.
        change(tx, "DELETE FROM staff_invitation WHERE staff = $1", [id.into()]).await?;
        if let Some(given) = &given {
            undertaking::give(tx, &keys, given).await?;
        }
        sessions::end_all(tx, id, None).await?;
        tx.audit(Line::new("changeCredentials").on("staff", id));
        Ok(())
    })
    .await?;
    Ok(enrolment)
}

pub fn enrolment(app: &App, body: &StaffBody) -> Result<Enrolment> {
    let issuer = app.profile.operator.name.en.replace(':', " ");
    let totp = Builder::new()
        .with_secret(Secret::from(body.totp_secret.clone()))
        .with_account_name(body.login.as_str())
        .with_issuer(Some(issuer.as_str()))
        .build()
        .map_err(|_| Error::internal("a TOTP secret could not be used"))?;
    Ok(Enrolment {
        secret: Secret::from(body.totp_secret.clone()).to_base32(),
        uri: totp.to_url().map_err(|_| Error::internal("no TOTP address"))?,
    })
}

fn totp_step(app: &App, body: &StaffBody, code: &str) -> Option<i64> {
    let totp = Builder::new().with_secret(Secret::from(body.totp_secret.clone())).build().ok()?;
    let now = u64::try_from(app.ambient.now().timestamp()).ok()?;
    totp.check(code, now).and_then(|step| i64::try_from(step).ok())
}

/// Writes a one-time token for the first administrator into a file of mode 0600, when there is none yet. Answers where.
pub async fn ensure_claim_token(app: &App) -> Result<Option<std::path::PathBuf>> {
    let path = app.config.keys.join(CLAIM_FILE);
    if rows::any_administrator(&app.db.reader()).await? {
        return Ok(None);
    }
    let token = URL_SAFE_NO_PAD.encode(app.ambient.bytes::<24>());
    let until = app.ambient.now() + CLAIM_LIVES;
    let failed = |error: std::io::Error| Error::internal(format!("{}: {error}", path.display()));
    durable::replace(&path, &format!("{token}\n{}\n", until.to_rfc3339()), &app.ambient).map_err(failed)?;
    Ok(Some(path))
}

/// Makes the first administrator, for whoever can read the token's file.
///
/// # Errors
/// `sign_in_failed` for a wrong, used or expired token.
pub async fn claim(app: &App, actor: &Actor, token: &str, login: &str, name: &str, new_password: &str) -> Result<Enrolment> {
    let failed = || Error::refused(Code::SignInFailed);
    let path = app.config.keys.join(CLAIM_FILE);
    let text = std::fs::read_to_string(&path).map_err(|_| failed())?;
    let (kept, until) = text.trim().split_once('\n').ok_or_else(failed)?;
    let until = DateTime::parse_from_rfc3339(until.trim()).map_err(|_| failed())?;
    if until <= app.ambient.now() || !bool::from(kept.as_bytes().ct_eq(token.as_bytes())) {
        return Err(failed());
    }
    let password = password::check(new_password).map_err(|fault| Error::field("/password", fault))?;
    let new = NewStaff { role: Role::Administrator, clinics: Clinics::everywhere(), login: login.into(), name: name.into() };
    let keys = make(app, actor, &new, password, None, rows::ACTIVE, async |_, _| Ok(())).await?;
    let _ = std::fs::remove_file(&path);
    let (_, body) = staff_member(app, keys.subject).await?;
    enrolment(app, &body)
}
