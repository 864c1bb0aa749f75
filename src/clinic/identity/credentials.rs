//! Logins and passwords. Staff and, where the profile lets them, patients sign in by them in one path, so that nobody learns
//! from an answer or its time whose a login is. A patient's credentials are issued by the desk and made his own by a change
//! of the password; there is no other way to a new one, and none that goes without the desk.

use super::caller::{Caller, Role};
use super::credential_rows::{self as rows, ISSUED, patient_credential};
use super::desk::DESK;
use super::limits;
use super::password;
use super::reach::{Event, Happened};
use super::rows as accounts;
use super::sessions::{self, Device, Pair, Terms};
use super::staff::{self, StaffBody};
use crate::app::App;
use crate::app::profile::Way;
use crate::kernel::access::Asker;
use crate::kernel::audit::Line;
use crate::kernel::clock::Ambient;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Index, Personal, Reservation, SubjectKeys};
use chrono::{DateTime, Utc};
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::time::{Duration, Instant};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Letters and digits that nobody takes for another one, in print or by ear.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const GROUP: usize = 4;
/// 40 random bits: enough that no two patients meet.
const LOGIN_CHARS: usize = 8;
/// 60 random bits.
const PASSWORD_CHARS: usize = 12;
const LOGIN_ATTEMPTS: usize = 5;

/// What a patient signs in by.
#[derive(Serialize, Deserialize)]
pub struct Login {
    pub login: String,
}

impl Personal for Login {
    const TABLE: &'static str = "patient_credential";
    const COLUMN: &'static str = "login";
    const CLASS: Class = Class::Contact;
}

#[derive(Serialize, Deserialize)]
struct PasswordHash {
    hash: String,
}

impl Personal for PasswordHash {
    const TABLE: &'static str = "patient_credential";
    const COLUMN: &'static str = "password";
    const CLASS: Class = Class::Security;
}

/// What somebody signs in with.
pub struct Given<'a> {
    pub login: &'a str,
    pub password: &'a str,
    pub totp: Option<&'a str>,
    /// A refresh token that this device once had: it tells a known device, and opens nothing.
    pub shown_token: Option<&'a str>,
    pub device: Option<Device>,
}

/// What the desk hands over, once.
pub struct Issued {
    pub login: String,
    pub one_time_password: String,
    pub until: DateTime<Utc>,
}

pub fn login_index(login: &str) -> Index {
    Index { kind: "login", value: login.to_owned() }
}

/// 3 to 64 characters: Latin letters, digits, `.`, `-`, `_`, `@`; in lower case.
pub fn check_login(raw: &str) -> Result<String, Fault> {
    let login = raw.trim().to_lowercase();
    match login.len() {
        ..3 => Err(Fault::TooShort),
        65.. => Err(Fault::TooLong),
        _ if login.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_@".contains(&b)) => Ok(login),
        _ => Err(Fault::BadCharacters),
    }
}

/// Groups of random characters, `k7m2-9fhx`.
fn readable<const N: usize>(ambient: &Ambient) -> String {
    let mut text = String::with_capacity(N + N / GROUP);
    for (index, byte) in ambient.bytes::<N>().into_iter().enumerate() {
        text.push_str(if index > 0 && index % GROUP == 0 { "-" } else { "" });
        text.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    text
}

/// Refusals come at full tenths of a second: that something was looked up for a login which is there can't be told from them.
const GRAIN: Duration = Duration::from_millis(100);

/// Whose login it is.
enum Holder {
    Staff(accounts::staff::Model, StaffBody),
    Patient(patient_credential::Model, PasswordHash),
}

impl Holder {
    async fn find(app: &App, login: &str) -> Result<Option<Self>> {
        let Some(id) = app.vault.find(&login_index(login)).await? else { return Ok(None) };
        if let Some(row) = rows::find(&app.db.reader(), id).await? {
            let (row, held, password) = opened(app, row).await?;
            return Ok((held.login == login).then_some(Holder::Patient(row, password)));
        }
        match staff::staff_member(app, id).await {
            Ok((row, body)) => Ok(Some(Holder::Staff(row, body))),
            Err(error) if error.code() == Code::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn hash(&self) -> &str {
        match self {
            Holder::Staff(_, body) => body.password_hash(),
            Holder::Patient(_, password) => &password.hash,
        }
    }
}

async fn opened(app: &App, row: patient_credential::Model) -> Result<(patient_credential::Model, Login, PasswordHash)> {
    let subject = row.subject;
    let openings = app.openings(Actor::house("signIn"), Asker { id: subject, medical: false });
    let object = ("patient", subject);
    let login = openings.grant_on("own", subject, Class::Contact, object).await?.open(subject, &row.login)?;
    let password = openings.grant_on("own", subject, Class::Security, object).await?.open(subject, &row.password)?;
    openings.answer((row, login, password)).await
}

/// Signs in with login and password and, for staff who have changed the issued ones, TOTP.
///
/// # Errors
/// `sign_in_failed` for every cause alike, after the same work; `rate_limited`; `refused_by_profile` for a patient whose
/// password is right where patients no longer sign in so.
pub async fn sign_in(app: &App, actor: &Actor, addr: IpAddr, given: Given<'_>) -> Result<(Pair, Role)> {
    let began = Instant::now();
    let entered = look_and_enter(app, actor, addr, given).await;
    if entered.is_err() {
        let grains = began.elapsed().as_nanos() / GRAIN.as_nanos() + 1;
        tokio::time::sleep_until((began + GRAIN * u32::try_from(grains).unwrap_or(1)).into()).await;
    }
    entered
}

async fn look_and_enter(app: &App, actor: &Actor, addr: IpAddr, given: Given<'_>) -> Result<(Pair, Role)> {
    let failed = || Error::refused(Code::SignInFailed);
    let login = check_login(given.login).map_err(|_| failed())?;
    limits::sign_in(app, &login, addr, given.shown_token).await?;
    let holder = Holder::find(app, &login).await?;
    let right = password::verify(given.password, holder.as_ref().map(|holder| holder.hash().to_owned())).await?;
    let entered = match holder.filter(|_| right).ok_or_else(failed)? {
        Holder::Staff(row, body) => staff::enter(app, actor, &row, &body, given.totp).await?,
        Holder::Patient(row, _) => (enter(app, actor, &row, given.device).await?, Role::Patient),
    };
    limits::signed_in(app, &login, addr).await?;
    Ok(entered)
}

/// Opens a session for a patient whose password was right.
async fn enter(app: &App, actor: &Actor, row: &patient_credential::Model, device: Option<Device>) -> Result<Pair> {
    let failed = || Error::refused(Code::SignInFailed);
    if row.issued_until.is_some_and(|until| until <= app.ambient.now()) {
        return Err(failed());
    }
    by_password(app)?;
    let keys = app.vault.keys(row.subject).await?;
    let terms = Terms::of(&app.profile.sessions, "patient");
    app.write(actor, async |tx: &mut Tx| -> Result<Pair> {
        // A password that was replaced while it was verified opens nothing.
        rows::find(tx, row.subject).await?.filter(|now| now.version == row.version).ok_or_else(failed)?;
        let id = tx.id();
        sessions::open_as(tx, (id, row.state == ISSUED), &keys, "patient", terms, device).await
    })
    .await
}

/// # Errors
/// `refused_by_profile` where patients have no passwords.
pub fn by_password(app: &App) -> Result<()> {
    let is_on = app.profile.sign_in.lets_in(Way::Password);
    if is_on { Ok(()) } else { Err(Error::refused(Code::RefusedByProfile)) }
}

/// Issues credentials at the desk, the first ones or new ones for lost ones: the password that was is void, and every
/// session ends. The login stays. `standing_check` runs in the transaction: it answers the id of the check of who he is, or refuses.
///
/// # Errors
/// What `standing_check` refuses; `refused_by_profile`; `state_conflict` when another desk has issued some at the same moment.
pub async fn issue(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    keys: &SubjectKeys,
    standing_check: impl AsyncFnOnce(&mut Tx) -> Result<Uuid>,
) -> Result<Issued> {
    by_password(app)?;
    let subject = keys.subject;
    let held = rows::find(&app.db.reader(), subject).await?;
    let login = match &held {
        Some(row) => login_of(app, caller, operation, row).await?,
        None => new_login(app, keys).await?,
    };
    let one_time_password = readable::<PASSWORD_CHARS>(&app.ambient);
    let hash = password::hash(Zeroizing::new(one_time_password.clone()), &app.ambient).await?;
    let until = app.profile.credentials.issued_lives.after(app.ambient.now());
    let (sealed_login, sealed_hash) =
        (keys.seal(subject, &Login { login: login.clone() })?, keys.seal(subject, &PasswordHash { hash })?);
    let version = held.as_ref().map(|row| row.version);
    let written = app
        .write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
            let identity_check = standing_check(tx).await?;
            let row = patient_credential::ActiveModel {
                subject: Set(subject),
                state: Set(ISSUED.to_owned()),
                version: Set(version.unwrap_or(0) + 1),
                login: Set(sealed_login.clone()),
                password: Set(sealed_hash.clone()),
                issued_at: Set(tx.now()),
                issued_until: Set(Some(until)),
                issued_by: Set(caller.id),
                issued_clinic: Set(caller.clinic),
                identity_check: Set(identity_check),
                changed_at: Set(None),
            };
            let is_ours = match version {
                Some(version) => rows::replace(tx, row, version).await?,
                None => rows::insert(tx, row).await?,
            };
            if !is_ours {
                return Err(Error::refused(Code::StateConflict));
            }
            sessions::end_all(tx, subject, None).await?;
            // Whoever had another login, or the sessions that end, learns that somebody came for new ones in his name.
            if version.is_some() {
                tx.enqueue(Happened { subject, event: Event::CredentialsReplaced, object: subject }.task());
            }
            // Who and by which check, and where.
            tx.audit(
                Line::new("issueCredentials").on("identityCheck", identity_check).about(keys).of(Class::Security).because(DESK),
            );
            if let Some(clinic) = caller.clinic {
                tx.audit(Line::new("issueCredentialsAt").on("clinic", clinic).about(keys).because(DESK));
            }
            Ok(())
        })
        .await;
    if written.is_err() && held.is_none() {
        app.vault.take_away(subject, &login_index(&login)).await?;
    }
    written.map(|()| Issued { login, one_time_password, until })
}

/// The login of before, for the new slip.
async fn login_of(app: &App, caller: &Caller, operation: &'static str, row: &patient_credential::Model) -> Result<String> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant_on(DESK, row.subject, Class::Contact, ("patient", row.subject)).await?;
    let held: Login = grant.open(row.subject, &row.login)?;
    openings.answer(held.login).await
}

async fn new_login(app: &App, keys: &SubjectKeys) -> Result<String> {
    for _ in 0..LOGIN_ATTEMPTS {
        let login = readable::<LOGIN_CHARS>(&app.ambient);
        if app.vault.reserve(keys, &login_index(&login)).await? == Reservation::Ours {
            return Ok(login);
        }
    }
    Err(Error::Unavailable("no free login was found"))
}

/// Makes issued credentials the patient's own, or changes his own. Every session ends.
///
/// # Errors
/// `refused_by_profile`; `not_found` for a patient without credentials; `invalid`; `sign_in_failed` for a wrong password of
/// now; `rate_limited`; `state_conflict`.
pub async fn change(app: &App, caller: &Caller, addr: IpAddr, operation: &'static str, now: &str, new: &str) -> Result<()> {
    by_password(app)?;
    let row = rows::find(&app.db.reader(), caller.id).await?.ok_or_else(Error::not_found)?;
    let new = password::check(new).map_err(|fault| Error::field("/newPassword", fault))?;
    let (row, held, password_now) = opened(app, row).await?;
    limits::sign_in(app, &held.login, addr, None).await?;
    if !password::verify(now, Some(password_now.hash)).await? {
        return Err(Error::refused(Code::SignInFailed));
    }
    if password::same(&new, now) {
        return Err(Error::field("/newPassword", Fault::Duplicate));
    }
    let hash = password::hash(new, &app.ambient).await?;
    let sealed = caller.keys.seal(caller.id, &PasswordHash { hash })?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        if !rows::make_own(tx, caller.id, row.version, sealed.clone(), tx.now()).await? {
            return Err(Error::refused(Code::StateConflict));
        }
        sessions::end_all(tx, caller.id, None).await?;
        tx.audit(Line::new("changePassword").on("patient", caller.id).about(&caller.keys).of(Class::Security));
        Ok(())
    })
    .await
}
