//! Passkeys of staff (WebAuthn): a key in the telephone or the computer, opened by finger, face or PIN. One signs in
//! without a password, and satisfies what the profile demands of a second factor. A ceremony's challenge lies in the record
//! for five minutes, so that another node may end what one began.

use super::caller::{Caller, Role};
use super::limits;
use super::rows::{self, change};
use super::sessions::{self, Device, Pair, Terms};
use super::staff;
use super::webauthn::{self, PublicKey};
use crate::app::App;
use crate::kernel::access::Asker;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::text::check_line;
use crate::kernel::vault::{Class, Personal, Sealed};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use uuid::Uuid;

pub const CEREMONY_LIVES: TimeDelta = TimeDelta::minutes(5);
/// Passkeys of one account: a telephone, a computer, a key in the safe, and some to spare.
const KEYS_MAX: usize = 10;
const NAME_CHARS_MAX: usize = 60;
/// Sign-ins that may begin at one place in an hour: a clinic behind one address.
const CEREMONIES_MAX: i64 = 600;

/// What is sealed about a passkey.
#[derive(Serialize, Deserialize)]
struct Body {
    name: String,
    #[serde(with = "hex::serde")]
    credential: Vec<u8>,
    key: PublicKey,
}

impl Personal for Body {
    const TABLE: &'static str = "passkey";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Staff;
}

/// A passkey, as its owner sees it.
pub struct Passkey {
    pub id: Uuid,
    pub name: String,
    pub credential: Vec<u8>,
    pub created_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

/// What the browser is asked to sign.
pub struct Ceremony {
    pub id: Uuid,
    pub challenge: [u8; 32],
}

/// What the browser answers to a registration.
pub struct Registration {
    pub ceremony: Uuid,
    pub name: String,
    pub client_data: Vec<u8>,
    pub attestation_object: Vec<u8>,
}

/// What the browser answers to a sign-in.
pub struct Assertion {
    pub ceremony: Uuid,
    pub credential: Vec<u8>,
    pub client_data: Vec<u8>,
    pub authenticator_data: Vec<u8>,
    pub signature: Vec<u8>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    staff: Uuid,
    sealed: Sealed,
    counter: i64,
    created_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, staff, sealed, counter, created_at, used_at";

async fn select(db: &impl ConnectionTrait, which: &str, value: Value) -> Result<Vec<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM passkey WHERE {which} = $1 ORDER BY id");
    Ok(Row::find_by_statement(Statement::from_sql_and_values(db.get_database_backend(), sql, [value])).all(db).await?)
}

/// Begins a ceremony: a registration of `staff`, or a sign-in of nobody yet.
async fn begin(app: &App, actor: &Actor, staff: Option<Uuid>) -> Result<Ceremony> {
    let ceremony = Ceremony { id: app.ambient.id(), challenge: app.ambient.bytes() };
    app.write(actor, async |tx: &mut Tx| -> Result<()> {
        let sql = "INSERT INTO passkey_ceremony (id, staff, challenge, until) VALUES ($1, $2, $3, $4)";
        let until = tx.now() + CEREMONY_LIVES;
        let values: [Value; 4] = [ceremony.id.into(), staff.into(), ceremony.challenge.to_vec().into(), until.into()];
        change(tx, sql, values).await.map(drop)
    })
    .await?;
    Ok(ceremony)
}

/// The challenge of a ceremony that lives and is of `staff`.
async fn challenge(app: &App, id: Uuid, staff: Option<Uuid>) -> Result<Option<Vec<u8>>> {
    let db = app.db.reader();
    let sql = "SELECT staff, challenge FROM passkey_ceremony WHERE id = $1 AND until > $2";
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [id.into(), app.ambient.now().into()]);
    let Some(row) = db.query_one_raw(query).await? else { return Ok(None) };
    let whose: Option<Uuid> = row.try_get_by_index(0)?;
    if whose == staff { Ok(Some(row.try_get_by_index(1)?)) } else { Ok(None) }
}

/// Takes the ceremony away: of two that end it at once, one does.
async fn end(tx: &Tx, id: Uuid) -> Result<bool> {
    Ok(change(tx, "DELETE FROM passkey_ceremony WHERE id = $1", [id.into()]).await? == 1)
}

/// Begins a registration. Answers what the account has already, so that no device makes a second key.
pub async fn begin_registration(app: &App, caller: &Caller) -> Result<(Ceremony, Vec<Passkey>)> {
    let existing = list(app, caller, "beginPasskey").await?;
    if existing.len() >= KEYS_MAX {
        return Err(Error::refused(Code::StateConflict));
    }
    Ok((begin(app, &caller.actor("beginPasskey"), Some(caller.id)).await?, existing))
}

/// Ends a registration: the passkey can sign in from now on.
///
/// # Errors
/// `not_found` for a ceremony that is over or another's; `invalid` for what proves nothing and for a credential that is there
/// already.
pub async fn register(app: &App, caller: &Caller, registration: Registration) -> Result<Passkey> {
    let unproven = || Error::field("/attestationObject", Fault::BadFormat);
    let name = check_line(registration.name.trim(), NAME_CHARS_MAX).map_err(|fault| Error::field("/name", fault))?;
    let challenge = challenge(app, registration.ceremony, Some(caller.id)).await?.ok_or_else(Error::not_found)?;
    let party = &app.config.passkeys;
    let made = webauthn::register(party, &challenge, &registration.client_data, &registration.attestation_object)
        .map_err(|_| unproven())?;
    let id = app.ambient.id();
    let digest = Sha256::digest(&made.id).to_vec();
    let body = Body { name: name.clone(), credential: made.id, key: made.key };
    let sealed = caller.keys.seal(id, &body)?;
    let created_at = app
        .write(&caller.actor("createPasskey"), async |tx: &mut Tx| -> Result<DateTime<Utc>> {
            if !end(tx, registration.ceremony).await? {
                return Err(Error::not_found());
            }
            let sql = "INSERT INTO passkey (id, staff, credential, sealed, counter, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
                       ON CONFLICT DO NOTHING";
            let values: [Value; 6] = [
                id.into(),
                caller.id.into(),
                digest.clone().into(),
                sealed.clone().into(),
                i64::from(made.counter).into(),
                tx.now().into(),
            ];
            if change(tx, sql, values).await? == 0 {
                return Err(Error::field("/attestationObject", Fault::Duplicate));
            }
            tx.audit(Line::new("addPasskey").on("staff", caller.id));
            Ok(tx.now())
        })
        .await?;
    Ok(Passkey { id, name, credential: body.credential, created_at, used_at: None })
}

/// One's own passkeys, oldest first.
pub async fn list(app: &App, caller: &Caller, operation: &'static str) -> Result<Vec<Passkey>> {
    let rows = select(&app.db.reader(), "staff", caller.id.into()).await?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant(caller.id, Class::Staff, ("staff", caller.id)).await?;
    let view = |row: Row| -> Result<Passkey> {
        let body: Body = grant.open(row.id, &row.sealed)?;
        let (name, credential) = (body.name, body.credential);
        Ok(Passkey { id: row.id, name, credential, created_at: row.created_at, used_at: row.used_at })
    };
    let passkeys = rows.into_iter().map(view).collect::<Result<Vec<_>>>()?;
    openings.answer(passkeys).await
}

/// Takes one of one's own passkeys away.
///
/// # Errors
/// `not_found`.
pub async fn remove(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<()> {
    let sql = "DELETE FROM passkey WHERE id = $1 AND staff = $2";
    if change(tx, sql, [id.into(), caller.id.into()]).await? == 0 {
        return Err(Error::not_found());
    }
    tx.audit(Line::new("removePasskey").on("staff", caller.id));
    Ok(())
}

/// Begins a sign-in. Nobody says who he is: the authenticator knows, and so nothing is asked that could tell who works here.
///
/// # Errors
/// `rate_limited`.
pub async fn begin_sign_in(app: &App, actor: &Actor, addr: IpAddr) -> Result<Ceremony> {
    limits::count(app, "ceremonies", &limits::place(addr), limits::HOUR_S, CEREMONIES_MAX).await?;
    begin(app, actor, None).await
}

/// Signs in. The limits on passwords don't touch it: who is kept out by somebody's guessing comes in by his passkey.
///
/// # Errors
/// `not_found` for a ceremony that is over; `sign_in_failed` for every other cause alike.
pub async fn sign_in(app: &App, actor: &Actor, assertion: Assertion, device: Option<Device>) -> Result<(Pair, Role)> {
    let failed = || Error::refused(Code::SignInFailed);
    let challenge = challenge(app, assertion.ceremony, None).await?.ok_or_else(Error::not_found)?;
    let digest = Sha256::digest(&assertion.credential).to_vec();
    let row = select(&app.db.reader(), "credential", digest.into()).await?.pop().ok_or_else(failed)?;
    let (account, _) = staff::staff_member(app, row.staff).await?;
    let role = Role::parse(&account.role).filter(|_| account.state == rows::ACTIVE).ok_or_else(failed)?;
    let openings = app.openings(actor.clone(), Asker { id: row.staff, medical: false });
    let body: Body = openings.grant(row.staff, Class::Staff, ("staff", row.staff)).await?.open(row.id, &row.sealed)?;
    let key = openings.answer(body.key).await?;
    let Assertion { client_data, authenticator_data, signature, .. } = &assertion;
    let counter = webauthn::prove(&app.config.passkeys, &challenge, &key, client_data, authenticator_data, signature)
        .map_err(|_| failed())?;
    // An authenticator that counts never counts back: two that hold one key would.
    if counter != 0 && i64::from(counter) <= row.counter || counter == 0 && row.counter != 0 {
        return Err(failed());
    }
    let keys = app.vault.keys(row.staff).await?;
    let pair = app
        .write(actor, async |tx: &mut Tx| -> Result<Pair> {
            let used = "UPDATE passkey SET counter = $2, used_at = $3 WHERE id = $1 AND counter = $4";
            let values: [Value; 4] = [row.id.into(), i64::from(counter).into(), tx.now().into(), row.counter.into()];
            if !end(tx, assertion.ceremony).await? || change(tx, used, values).await? == 0 {
                return Err(failed());
            }
            sessions::open(tx, &keys, "staff", Terms::of(&app.profile.sessions, "staff"), device).await
        })
        .await?;
    Ok((pair, role))
}
