//! Representations at the end of an account, in an export, and at the hand-over of an account to whom it belongs.

use super::acting::{Age, age, check_own_account};
use super::change::{end, signs_in, tell};
use super::proof::Proof;
use super::rows;
use super::{OBJECT, Representation};
use crate::app::App;
use crate::app::profile::Way;
use crate::app::room::{Exported, Forget};
use crate::clinic::identity::codes::{Channel, Target};
use crate::clinic::identity::desk::DESK;
use crate::clinic::identity::person::{Contact, Point};
use crate::clinic::identity::rows::{ACTIVE, change, find_patient};
use crate::clinic::identity::sessions;
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::{Class, Column, Holds, Reservation, Sealed, SubjectKeys};
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

pub fn columns() -> Vec<Column> {
    use Holds::{Digest, Office, Plain, Sealed, Subject};
    Column::of(
        "representation",
        &[
            ("id", Plain),
            ("subject", Subject),
            ("representative", Subject),
            ("kind", Plain),
            ("scope", Plain),
            ("state", Plain),
            ("of_minor", Plain),
            ("created_at", Plain),
            ("until", Plain),
            ("ended_at", Plain),
            ("verified_by", Office),
            ("code", Digest),
            ("code_until", Plain),
            ("proof", Sealed(Class::Evidence)),
        ],
    )
}

/// Somebody whose account nobody could reach any more.
#[derive(Clone, Debug)]
pub struct Dependant {
    pub subject: Uuid,
    pub representation: Uuid,
}

/// Whom somebody leaves alone who goes: those for whom others opened an account, who have no sign-in of their own and no other
/// representative. Whoever has come to the desk to be entered comes there again.
pub async fn left_alone(app: &App, representative: Uuid) -> Result<Vec<Dependant>> {
    let (reader, now) = (app.db.reader(), app.ambient.now());
    let mut left = Vec::new();
    for row in rows::of_representative(&reader, representative, now).await? {
        let others = rows::of_subject(&reader, row.subject, now).await?;
        let is_alone = !others.iter().any(|other| other.id != row.id && other.lives(now));
        if is_alone && was_opened_for(&reader, row.subject).await? && !signs_in(app, row.subject).await? {
            left.push(Dependant { subject: row.subject, representation: row.id });
        }
    }
    Ok(left)
}

/// Whether an account was opened by a declaration: then both were written at once.
async fn was_opened_for(db: &impl ConnectionTrait, subject: Uuid) -> Result<bool> {
    let Some(account) = find_patient(db, subject).await? else { return Ok(false) };
    let all = rows::every_of(db, subject).await?;
    Ok(all.iter().any(|row| row.subject == subject && row.created_at == account.created_at))
}

/// Who is about to go acts for nobody meanwhile: the sessions end, the representations stay for an undoing.
pub async fn shut(tx: &mut Tx, representative: Uuid) -> Result<()> {
    for row in rows::of_representative(tx, representative, tx.now()).await? {
        rows::end_sessions(tx, row.id, None, tx.now()).await?;
    }
    Ok(())
}

/// Of the rows about him nothing stays, unless they are held as evidence; in those about whom he acted for nobody stands.
pub async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    for row in rows::every_of(tx, who.subject).await? {
        rows::end_sessions(tx, row.id, None, tx.now()).await?;
        access::drop_reasons(tx, row.id).await?;
        if row.subject == who.subject && who.held.contains(&Class::Evidence) {
            rows::end(tx, row.id, tx.now()).await?;
        }
    }
    rows::drop_representative(tx, who.subject, who.stand_in, tx.now()).await?;
    if !who.held.contains(&Class::Evidence) {
        rows::drop_of_subject(tx, who.subject).await?;
    }
    Ok(())
}

/// Both sides: of the represented person everything, of whom he acts for himself only that he does.
pub async fn export(app: &App, keys: &SubjectKeys) -> Result<Exported> {
    let all = rows::every_of(&app.db.reader(), keys.subject).await?;
    let mut lines = Vec::with_capacity(all.len());
    for row in all {
        let proof: Option<Proof> = match row.proof.as_ref().filter(|_| row.subject == keys.subject) {
            Some(sealed) => Some(app.own_grant(keys, Class::Evidence).await?.open(row.id, sealed)?),
            None => None,
        };
        lines.push(json!({
            "id": row.id, "side": if row.subject == keys.subject { "represented" } else { "representative" },
            "kind": row.kind, "scope": row.scope, "state": row.state, "createdAt": row.created_at, "until": row.until,
            "endedAt": row.ended_at, "proofLastDigits": proof.map(|proof| proof.last_digits),
        }));
    }
    Ok(Exported { name: "representations", rows: lines, files: Vec::new() })
}

/// An account that is about to be handed over: the number is reserved for it.
pub struct HandOver {
    contact: Sealed,
    over: Vec<Representation>,
}

/// Prepares the hand-over of an account to whom it belongs: the phone that he names at the desk becomes his way in.
///
/// # Errors
/// `not_found`; `state_conflict` when he has a way in already; `refused_by_profile` below the age of an account of one's own, and where
/// a phone is no way in (the desk issues credentials there); `identifier_taken`; `invalid`.
pub async fn prepare_hand_over(app: &App, keys: &SubjectKeys, phone: &str) -> Result<HandOver> {
    let subject = keys.subject;
    find_patient(&app.db.reader(), subject).await?.filter(|row| row.state == ACTIVE).ok_or_else(Error::not_found)?;
    let sign_in = &app.profile.sign_in;
    if !sign_in.lets_in(Way::Code) && !sign_in.lets_in(Way::Iin) {
        return Err(Error::refused(Code::RefusedByProfile));
    }
    let target = Target::check(&app.profile, Channel::Sms, phone)?;
    if signs_in(app, subject).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    check_own_account(app, subject).await?;
    let mut over = Vec::new();
    for row in rows::of_subject(&app.db.reader(), subject, app.ambient.now()).await? {
        if age(app, &row).await? == Age::Over {
            over.push(row);
        }
    }
    if let Reservation::Taken(_) = app.vault.reserve(keys, &target.index()).await? {
        return Err(Error::refused(Code::IdentifierTaken));
    }
    let contact = Contact { points: vec![Point::told(target, app.ambient.now())] };
    Ok(HandOver { contact: keys.seal(subject, &contact)?, over })
}

/// Hands it over. Every session ends; whoever represents him still, as a minor's parent may, opens another one.
pub async fn hand_over(tx: &mut Tx, keys: &SubjectKeys, hand_over: &HandOver) -> Result<()> {
    let sql = "UPDATE patient SET contact = $2, version = version + 1 WHERE subject = $1 AND state = 'active'";
    if change(tx, sql, [keys.subject.into(), hand_over.contact.clone().into()]).await? == 0 {
        return Err(Error::not_found());
    }
    for row in rows::of_subject(tx, keys.subject, tx.now()).await? {
        if hand_over.over.iter().any(|over| over.id == row.id) {
            end(tx, &row, keys).await?;
        } else {
            tell(tx, &row);
        }
    }
    sessions::end_all(tx, keys.subject, None).await?;
    tx.audit(Line::new("handOver").on(OBJECT, keys.subject).about(keys).of(Class::Contact).because(DESK));
    Ok(())
}
