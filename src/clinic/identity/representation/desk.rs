//! The desk records who represents whom, verifies what was declared, and ends what is over: with the proof in its hand, for somebody whom
//! it has found in the last minutes.

use super::acting::today;
use super::change::{end, tell};
use super::proof::{self, Kind, Proof, Scope};
use super::rows::{self, DECLARED, VERIFIED};
use super::{OBJECT, Representation, acting};
use crate::app::App;
use crate::clinic::identity::desk::{DESK, initials};
use crate::clinic::identity::person::Person;
use crate::clinic::identity::rows::{ACTIVE, LEAVING, find_patient};
use crate::clinic::identity::{Caller, person};
use crate::kernel::access::{self, Openings};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::vault::Class;
use chrono::{DateTime, Datelike, Utc};
use poem_openapi::types::ToJSON;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// What the desk puts down.
pub struct Recorded {
    pub subject: Uuid,
    pub representative: Uuid,
    pub kind: Kind,
    pub scope: Scope,
    pub proof: Proof,
    pub until: Option<DateTime<Utc>>,
}

/// A representation of somebody whom the desk has found, with as much of the other side as it takes to compare a document.
pub struct Found {
    pub row: Representation,
    pub initials: Option<String>,
    pub birth_year: Option<i32>,
}

/// Whether this desk has found one of them in the last minutes.
async fn has_found(db: &impl ConnectionTrait, caller: &Caller, ids: &[Uuid], now: DateTime<Utc>) -> Result<bool> {
    for id in ids {
        if access::has_reason(db, *id, caller.id, DESK, now).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A living representation, of whose sides the desk has found one.
async fn of_found(app: &App, caller: &Caller, id: Uuid) -> Result<Representation> {
    let (reader, now) = (app.db.reader(), app.ambient.now());
    let row = rows::find(&reader, id).await?.filter(|row| row.lives(now)).ok_or_else(Error::not_found)?;
    let sides: Vec<Uuid> = [Some(row.subject), row.representative].into_iter().flatten().collect();
    if has_found(&reader, caller, &sides, now).await? { Ok(row) } else { Err(Error::not_found()) }
}

/// In which representations a patient stands whom the desk has found.
///
/// # Errors
/// `not_found` for a patient whom it has not.
pub async fn found(app: &App, caller: &Caller, operation: &'static str, patient: Uuid) -> Result<Vec<Found>> {
    let (reader, now) = (app.db.reader(), app.ambient.now());
    if !has_found(&reader, caller, &[patient], now).await? {
        return Err(Error::not_found());
    }
    let openings = app.openings(caller.actor(operation), caller.asker());
    let mut all = Vec::new();
    for row in rows::every_of(&reader, patient).await?.into_iter().filter(|row| row.lives(now)) {
        let other = if row.subject == patient { row.representative } else { Some(row.subject) };
        let person = match other {
            Some(other) => seen(app, &openings, other).await?,
            None => None,
        };
        let birth_year = person.as_ref().and_then(|person| person.birth_date).map(|date| date.year());
        let initials = person.as_ref().map(initials).filter(|initials| !initials.is_empty());
        all.push(Found { row, initials, birth_year });
    }
    openings.answer(all).await
}

async fn seen(app: &App, openings: &Openings<'_>, subject: Uuid) -> Result<Option<Person>> {
    if find_patient(&app.db.reader(), subject).await?.is_none() {
        return Ok(None);
    }
    let grant = openings.grant_on(DESK, subject, Class::Identity, ("patient", subject)).await?;
    person::open_by(app, &grant).await
}

/// Records a representation that the desk has seen the proof of. Both are patients whom it has found.
///
/// # Errors
/// `not_found`; `refused_by_profile`; `deletion_pending`; `state_conflict` when he represents him already; `invalid`.
pub async fn record(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    key: &str,
    (asked, new): (&impl ToJSON, Recorded),
) -> Result<Uuid> {
    let (rules, now) = (&app.profile.representation, app.ambient.now());
    new.kind.check(rules)?;
    if new.subject == new.representative {
        return Err(Error::field("/representativeId", Fault::Duplicate));
    }
    if new.until.is_some_and(|until| until <= now) {
        return Err(Error::field("/until", Fault::InThePast));
    }
    for side in [new.subject, new.representative] {
        if !has_found(&app.db.reader(), caller, &[side], now).await? {
            return Err(Error::not_found());
        }
    }
    let born = acting::born(app, new.subject).await?;
    let age = born.and_then(|born| today(app).years_since(born));
    let of_minor = age.is_some_and(|age| age < rules.of_age);
    if new.kind == Kind::BirthCertificate && !of_minor {
        return Err(Error::field("/kind", Fault::OutOfRange));
    }
    let keys = app.vault.keys(new.subject).await?;
    app.write_once(&caller.actor(operation), &caller.keys, key, asked, async |tx: &mut Tx| {
        tx.hold(&[new.subject]).await?;
        for side in [new.subject, new.representative] {
            let row = find_patient(tx, side).await?.ok_or_else(Error::not_found)?;
            match row.state.as_str() {
                ACTIVE => {}
                LEAVING => return Err(Error::refused(Code::DeletionPending)),
                _ => return Err(Error::not_found()),
            }
        }
        if rows::of_pair(tx, new.subject, new.representative).await?.is_some() {
            return Err(Error::refused(Code::StateConflict));
        }
        let id = tx.id();
        let row = Representation {
            id,
            subject: new.subject,
            representative: Some(new.representative),
            kind: new.kind.as_str().to_owned(),
            scope: new.scope.as_str().to_owned(),
            state: VERIFIED.to_owned(),
            of_minor,
            created_at: tx.now(),
            until: new.until,
            ended_at: None,
            verified_by: Some(caller.id),
            code: None,
            code_until: None,
            proof: Some(keys.seal(id, &new.proof)?),
        };
        proof::give_reasons(tx, &row, rules);
        tx.audit(Line::new("recordRepresentation").on(OBJECT, id).about(&keys).because(DESK));
        tell(tx, &row);
        rows::insert(tx, row).await?;
        Ok(id)
    })
    .await
}

/// Verifies what was declared: the document was shown, and its number is what stands there now.
///
/// # Errors
/// `not_found`; `refused_by_profile`; `state_conflict` for what is verified already.
pub async fn verify(app: &App, caller: &Caller, operation: &'static str, id: Uuid, (kind, proof): (Kind, Proof)) -> Result<()> {
    let rules = &app.profile.representation;
    kind.check(rules)?;
    let row = of_found(app, caller, id).await?;
    if row.state != DECLARED {
        return Err(Error::refused(Code::StateConflict));
    }
    let keys = app.vault.keys(row.subject).await?;
    let sealed = keys.seal(id, &proof)?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        tx.hold(&[row.subject]).await?;
        if !rows::verify(tx, id, caller.id, kind.as_str(), sealed.clone()).await? {
            return Err(Error::refused(Code::StateConflict));
        }
        access::end_reasons(tx, id).await?;
        proof::give_reasons(tx, &Representation { state: VERIFIED.to_owned(), ..row.clone() }, rules);
        tx.audit(Line::new("verifyRepresentation").on(OBJECT, id).about(&keys).because(DESK));
        tell(tx, &row);
        Ok(())
    })
    .await
}

/// Ends a representation at the desk: by a court's decision, or at the wish of somebody who came.
///
/// # Errors
/// `not_found`.
pub async fn end_at_desk(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<()> {
    let row = of_found(app, caller, id).await?;
    let keys = app.vault.keys(row.subject).await?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| end(tx, &row, &keys).await.map(drop)).await
}
