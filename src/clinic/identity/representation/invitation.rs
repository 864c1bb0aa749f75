//! An adult chooses who acts for him. He gives the other a code; nobody is looked up by phone, so that nobody learns who has an account.

use super::acting::{born, today};
use super::change::tell;
use super::proof::{self, Kind, Scope};
use super::rows::{self, INVITED, VERIFIED};
use super::{OBJECT, Representation};
use crate::app::App;
use crate::clinic::identity::Caller;
use crate::clinic::identity::sessions::hash;
use crate::kernel::audit::Line;
use crate::kernel::clock::Ambient;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::vault::Index;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// For how long an invitation can be taken up.
pub const CODE_LIVES: TimeDelta = TimeDelta::hours(24);
const INVITATIONS_MAX: usize = 5;
/// Codes that one person may try in an hour. Each has sixty random bits.
const TRIES_MAX: i64 = 10;
const HOUR_S: i64 = 3600;
/// Without 0, 1, I and O, which are mistaken for each other.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// What the adult is told once.
pub struct Invitation {
    pub id: Uuid,
    /// `XXXX-XXXX-XXXX`
    pub code: String,
    pub code_until: DateTime<Utc>,
}

/// Makes an invitation to act for the caller.
///
/// # Errors
/// `refused_by_profile` for a minor, who is represented by law; `state_conflict` with too many at once; `invalid`.
pub async fn invite(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    (scope, until): (Scope, Option<DateTime<Utc>>),
) -> Result<Invitation> {
    if until.is_some_and(|until| until <= app.ambient.now()) {
        return Err(Error::field("/until", Fault::InThePast));
    }
    let age = born(app, caller.id).await?.and_then(|born| today(app).years_since(born));
    if age.is_some_and(|age| age < app.profile.representation.of_age) {
        return Err(Error::refused(Code::RefusedByProfile));
    }
    let code = code(&app.ambient);
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<Invitation> {
        tx.hold(&[caller.id]).await?;
        let others = rows::of_subject(tx, caller.id, tx.now()).await?;
        if others.iter().filter(|row| row.state == INVITED).count() >= INVITATIONS_MAX {
            return Err(Error::refused(Code::StateConflict));
        }
        let (id, code_until) = (tx.id(), tx.now() + CODE_LIVES);
        let row = Representation {
            id,
            subject: caller.id,
            representative: None,
            kind: Kind::Granted.as_str().to_owned(),
            scope: scope.as_str().to_owned(),
            state: INVITED.to_owned(),
            of_minor: false,
            created_at: tx.now(),
            until,
            ended_at: None,
            verified_by: None,
            code: Some(hash(&code).to_vec()),
            code_until: Some(code_until),
            proof: None,
        };
        rows::insert(tx, row).await?;
        tx.audit(Line::new("inviteRepresentative").on(OBJECT, id).about(&caller.keys));
        Ok(Invitation { id, code: shown(&code), code_until })
    })
    .await
}

/// Takes up an invitation, once.
///
/// # Errors
/// `wrong_code` for whatever is no living invitation of another; `rate_limited`; `state_conflict` when he acts for him already.
pub async fn redeem(app: &App, caller: &Caller, operation: &'static str, typed: &str) -> Result<Uuid> {
    let tries = Index { kind: "representativeCodes", value: caller.id.to_string() };
    if app.vault.count(&tries, HOUR_S).await? > TRIES_MAX {
        let into_hour = app.ambient.now().timestamp().rem_euclid(HOUR_S);
        return Err(Error::rate_limited(u32::try_from(HOUR_S - into_hour).unwrap_or(60)));
    }
    let wrong = || Error::refused(Code::WrongCode);
    let hash = hash(&normal(typed));
    let found = rows::by_code(&app.db.reader(), &hash, app.ambient.now()).await?.filter(|row| row.subject != caller.id);
    let found = found.ok_or_else(wrong)?;
    let keys = app.vault.keys(found.subject).await?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<Uuid> {
        tx.hold(&[found.subject]).await?;
        let row = rows::by_code(tx, &hash, tx.now()).await?.ok_or_else(wrong)?;
        if rows::of_pair(tx, row.subject, caller.id).await?.is_some() {
            return Err(Error::refused(Code::StateConflict));
        }
        if !rows::take_up(tx, row.id, caller.id).await? {
            return Err(wrong());
        }
        let row = Representation { representative: Some(caller.id), state: VERIFIED.to_owned(), ..row };
        proof::give_reasons(tx, &row, &app.profile.representation);
        tx.audit(Line::new("takeUpRepresentation").on(OBJECT, row.id).about(&keys));
        tell(tx, &row);
        Ok(row.id)
    })
    .await
}

fn code(ambient: &Ambient) -> String {
    ambient.bytes::<12>().iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

fn shown(code: &str) -> String {
    format!("{}-{}-{}", &code[..4], &code[4..8], &code[8..])
}

/// However it was typed.
fn normal(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
}
