//! Sessions: opaque tokens, stored as SHA-256. A short access token and a refresh token that rotates. A lost reply may be
//! repeated for a minute while the new pair is unused; a replay of a used token ends the whole family.

use super::reach::{Event, Happened};
use super::rows::{self, change, session, session_token};
use crate::app::App;
use crate::app::period::Period;
use crate::app::profile;
use crate::kernel::audit::Line;
use crate::kernel::clock::Ambient;
use crate::kernel::db::{Tx, Verdict};
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::queue::Task;
use crate::kernel::sql;
use crate::kernel::text::check_line;
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Set};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How long a used refresh token may be repeated while what it brought is unused.
const REPEATABLE: TimeDelta = TimeDelta::seconds(60);

/// A new pair, as it is answered once.
#[derive(Debug, Clone)]
pub struct Pair {
    pub access: String,
    pub refresh: String,
    pub access_lives_s: i32,
}

/// Terms of a session, from the profile.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    pub access: Period,
    pub idle: Period,
    pub absolute: Period,
}

impl Terms {
    pub fn of(sessions: &profile::Sessions, kind: &str) -> Self {
        let (idle, absolute) = match kind {
            "patient" => (sessions.patient_idle, sessions.patient_absolute),
            _ => (sessions.staff_idle, sessions.staff_absolute),
        };
        Self { access: sessions.access_lives, idle, absolute }
    }
}

/// What the person called his device. Shown to him in the list of his sessions.
#[derive(Serialize, Deserialize)]
pub struct Device {
    pub name: String,
}

impl Personal for Device {
    const TABLE: &'static str = "session";
    const COLUMN: &'static str = "device";
    const CLASS: Class = Class::Contact;
}

impl Device {
    /// # Errors
    /// `invalid` at `/deviceName`.
    pub fn check(name: &str) -> Result<Self> {
        let faulty = |fault: Fault| Error::field("/deviceName", fault);
        let name = check_line(name.trim(), 100).map_err(faulty)?;
        if name.is_empty() { Err(faulty(Fault::Required)) } else { Ok(Self { name }) }
    }
}

/// SHA-256 of a token: tokens have 256 random bits, so nothing slower is needed.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Opens a session and its first pair.
pub async fn open(tx: &mut Tx, keys: &SubjectKeys, kind: &'static str, terms: Terms, device: Option<Device>) -> Result<Pair> {
    let id = tx.id();
    open_as(tx, (id, false), keys, kind, terms, device).await
}

/// As `open`, under an id that the caller has made. A provisional session can do nothing but change the credentials by which
/// it was opened.
pub async fn open_as(
    tx: &mut Tx,
    (id, is_provisional): (Uuid, bool),
    keys: &SubjectKeys,
    kind: &'static str,
    terms: Terms,
    device: Option<Device>,
) -> Result<Pair> {
    let device = device.map(|device| keys.seal(id, &device)).transpose()?;
    let row = session::ActiveModel {
        id: Set(id),
        owner: Set(keys.subject),
        kind: Set(kind.to_owned()),
        created_at: Set(tx.now()),
        used_at: Set(tx.now()),
        absolute_until: Set(terms.absolute.after(tx.now())),
        ended_at: Set(None),
        device: Set(device),
        is_provisional: Set(is_provisional),
    };
    rows::insert_session(tx, row).await?;
    tx.audit(Line::new("signIn").on("session", id).about(keys));
    issue(tx, id, terms, None).await
}

async fn issue(tx: &mut Tx, session: Uuid, terms: Terms, parent: Option<Vec<u8>>) -> Result<Pair> {
    let (access, refresh) = (token(tx.ambient()), token(tx.ambient()));
    let now = tx.now();
    let access_until = terms.access.after(now);
    for (token, kind, until) in [(&access, "access", access_until), (&refresh, "refresh", terms.idle.after(now))] {
        let row = session_token::Model {
            hash: hash(token).to_vec(),
            session,
            kind: kind.to_owned(),
            issued_at: now,
            until,
            used_at: None,
            parent: parent.clone(),
        };
        rows::insert_token(tx, row).await?;
    }
    let access_lives_s = i32::try_from((access_until - now).num_seconds()).unwrap_or(i32::MAX);
    Ok(Pair { access, refresh, access_lives_s })
}

/// Takes a refresh token and gives the next pair.
///
/// # Errors
/// `wrong_refresh_token`; a replayed one ends the family, and that is kept.
pub async fn rotate(tx: &mut Tx, token: &str, sessions: &profile::Sessions) -> Verdict<(Pair, Uuid)> {
    match rotation(tx, token, sessions).await {
        Ok(Some(rotated)) => Ok(rotated).into(),
        Ok(None) => Verdict::kept(Error::refused(Code::WrongRefreshToken)),
        Err(error) => Err(error).into(),
    }
}

/// `None`: the family was ended.
async fn rotation(tx: &mut Tx, token: &str, sessions: &profile::Sessions) -> Result<Option<(Pair, Uuid)>> {
    let wrong = || Error::refused(Code::WrongRefreshToken);
    let hash = hash(token);
    let found = rows::find_token(tx, &hash).await?.filter(|token| token.kind == "refresh").ok_or_else(wrong)?;
    // The first change locks the row, so that of parallel refreshes one comes after the other.
    change(tx, "UPDATE session SET used_at = $2 WHERE id = $1", [found.session.into(), tx.now().into()]).await?;
    let found = rows::find_token(tx, &hash).await?.ok_or_else(wrong)?;
    let session = rows::find_session(tx, found.session).await?.ok_or_else(wrong)?;
    if session.ended_at.is_some() || session.absolute_until <= tx.now() || found.until <= tx.now() {
        return Err(wrong());
    }
    if let Some(used_at) = found.used_at {
        let sql = "SELECT count(*) AS n FROM session_token WHERE parent = $1 AND kind = 'refresh' AND used_at IS NOT NULL";
        let spent = rows::number(tx, sql, [hash.to_vec().into()]).await? > 0;
        if spent || tx.now() - used_at > REPEATABLE {
            end(tx, session.id, "replayed").await?;
            let event = Event::SessionReplayed;
            tx.enqueue(Happened { subject: session.owner, event, object: session.id }.task());
            return Ok(None);
        }
        change(tx, "DELETE FROM session_token WHERE parent = $1", [hash.to_vec().into()]).await?;
    }
    let used = "UPDATE session_token SET used_at = $2 WHERE hash = $1 AND used_at IS NULL";
    change(tx, used, [hash.to_vec().into(), tx.now().into()]).await?;
    let old_access = "DELETE FROM session_token WHERE session = $1 AND kind = 'access'";
    change(tx, old_access, [session.id.into()]).await?;
    tx.audit(Line::new("refresh").on("session", session.id));
    let pair = issue(tx, session.id, Terms::of(sessions, &session.kind), Some(hash.to_vec())).await?;
    Ok(Some((pair, session.owner)))
}

/// Ends one session, and those by representation that rest on it, at once on every node: each request reads it. What its
/// device was called goes with it.
pub async fn end(tx: &mut Tx, session: Uuid, action: &'static str) -> Result<()> {
    let sql = "UPDATE session SET ended_at = $2, device = NULL WHERE (id = $1 OR opened_by = $1) AND ended_at IS NULL";
    change(tx, sql, [session.into(), tx.now().into()]).await?;
    tx.audit(Line::new(action).on("session", session));
    Ok(())
}

/// Names the device of one of one's own living sessions.
///
/// # Errors
/// `not_found`.
pub async fn rename(tx: &mut Tx, keys: &SubjectKeys, session: Uuid, device: &Device) -> Result<()> {
    let sql = "UPDATE session SET device = $3 WHERE id = $1 AND owner = $2 AND ended_at IS NULL AND absolute_until > $4";
    let sealed = keys.seal(session, device)?;
    if change(tx, sql, [session.into(), keys.subject.into(), sealed.into(), tx.now().into()]).await? == 0 {
        return Err(Error::not_found());
    }
    tx.audit(Line::new("renameSession").on("session", session).about(keys).of(Class::Contact));
    Ok(())
}

/// Whether a session lives: for what runs longer than a request.
pub async fn is_signed_in(app: &App, session: Uuid) -> Result<bool> {
    let row = rows::find_session(&app.db.reader(), session).await?;
    Ok(row.is_some_and(|row| row.ended_at.is_none() && row.absolute_until > app.ambient.now()))
}

/// Ends every session of somebody, but for the one that he keeps.
pub async fn end_all(tx: &mut Tx, owner: Uuid, but: Option<Uuid>) -> Result<()> {
    for session in rows::living_sessions(tx, owner, tx.now()).await? {
        if Some(session.id) != but {
            end(tx, session.id, "signOut").await?;
        }
    }
    Ok(())
}

/// Somebody's sessions that can still be used or renewed: for what goes with a session, as push tokens do.
pub async fn living(db: &impl ConnectionTrait, owner: Uuid, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    rows::usable_sessions(db, "s.owner = $2", [owner.into()], now).await
}

/// Which of these sessions can still be used or renewed.
pub async fn living_among(db: &impl ConnectionTrait, sessions: &[Uuid], now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    if sessions.is_empty() {
        return Ok(Vec::new());
    }
    let (places, values) = sql::list(1, sessions);
    rows::usable_sessions(db, &format!("s.id IN ({places})"), values, now).await
}

fn token(ambient: &Ambient) -> String {
    URL_SAFE_NO_PAD.encode(ambient.bytes::<32>())
}
