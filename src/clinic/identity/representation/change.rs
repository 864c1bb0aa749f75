//! How a representation begins by a declaration, and how it ends.

use super::acting::{self, today};
use super::proof::{self, Kind, Proof, Scope};
use super::rows::{self, DECLARED};
use super::{OBJECT, Representation};
use crate::app::App;
use crate::clinic::identity::person::{Contact, Form};
use crate::clinic::identity::reach::{Event, Happened};
use crate::clinic::identity::rows::find_patient;
use crate::clinic::identity::{Addresses, Caller, Newcomer, credential_rows};
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::queue::Task;
use crate::kernel::vault::SubjectKeys;
use chrono::{DateTime, Utc};
use poem_openapi::types::ToJSON;
use uuid::Uuid;

/// For how many people one person acts at most: more is no family.
const DEPENDANTS_MAX: usize = 20;

/// A child or ward who has no account yet.
pub struct NewDependant {
    /// As `person::check_from` left it.
    pub form: Form,
    pub kind: Kind,
    pub proof: Proof,
    pub until: Option<DateTime<Utc>>,
}

/// Makes an account of a dependant's own, without a sign-in, for the caller to act in. The proof is declared, and seen by the desk later.
/// The same key makes the same dependant, and answers the same representation.
///
/// # Errors
/// `refused_by_profile`; `invalid`: a parent's child is a minor; `state_conflict` beyond any family.
pub async fn declare(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    key: &str,
    (asked, new): (&impl ToJSON, NewDependant),
) -> Result<Uuid> {
    let rules = &app.profile.representation;
    new.kind.check(rules)?;
    if new.until.is_some_and(|until| until <= app.ambient.now()) {
        return Err(Error::field("/until", Fault::InThePast));
    }
    let born = new.form.person.birth_date.ok_or_else(|| Error::field("/birthDate", Fault::Required))?;
    let of_minor = today(app).years_since(born).is_none_or(|age| age < rules.of_age);
    if new.kind == Kind::BirthCertificate && !of_minor {
        return Err(Error::field("/birthDate", Fault::OutOfRange));
    }
    let actor = caller.actor(operation);
    if let Some(first) = app.kept(&actor, &caller.keys, key, asked).await? {
        return Ok(first);
    }
    let newcomer = Newcomer::prepare(app, &new.form, &Addresses::default()).await?;
    let keys = &newcomer.keys;
    let written = app
        .write_once(&actor, &caller.keys, key, asked, async |tx: &mut Tx| {
            tx.hold(&[caller.id]).await?;
            if rows::of_representative(tx, caller.id, tx.now()).await?.len() >= DEPENDANTS_MAX {
                return Err(Error::refused(Code::StateConflict));
            }
            newcomer.insert(tx).await?;
            let id = tx.id();
            let row = Representation {
                id,
                subject: keys.subject,
                representative: Some(caller.id),
                kind: new.kind.as_str().to_owned(),
                scope: Scope::All.as_str().to_owned(),
                state: DECLARED.to_owned(),
                of_minor,
                created_at: tx.now(),
                until: new.until,
                ended_at: None,
                verified_by: None,
                code: None,
                code_until: None,
                proof: Some(keys.seal(id, &new.proof)?),
            };
            proof::give_reasons(tx, &row, rules);
            rows::insert(tx, row).await?;
            tx.audit(Line::new("declareRepresentation").on(OBJECT, id).about(keys));
            Ok(id)
        })
        .await;
    // Also when another request with this key was faster: then nothing points to these keys.
    if matches!(written, Ok(_) | Err(Error::Refused(_))) {
        newcomer.abandon(app).await?;
    }
    written
}

/// Ends a representation: its sessions and its reasons end in this transaction, and both sides are told. False: it was over already.
pub async fn end(tx: &mut Tx, row: &Representation, keys: &SubjectKeys) -> Result<bool> {
    tx.hold(&[row.subject]).await?;
    if !rows::end(tx, row.id, tx.now()).await? {
        return Ok(false);
    }
    rows::end_sessions(tx, row.id, None, tx.now()).await?;
    access::end_reasons(tx, row.id).await?;
    tx.audit(Line::new("endRepresentation").on(OBJECT, row.id).about(keys));
    tell(tx, row);
    Ok(true)
}

/// Tells both sides. An invitation that nobody took up is told to nobody.
pub fn tell(tx: &mut Tx, row: &Representation) {
    let Some(representative) = row.representative else { return };
    for subject in [row.subject, representative] {
        tx.enqueue(Happened { subject, event: Event::RepresentationChanged, object: row.id }.task());
    }
}

/// The represented person ends it, at any time and without a reason.
///
/// # Errors
/// `not_found`; `not_by_representation` for a minor who is represented by law: the desk ends that.
pub async fn end_by_subject(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<()> {
    let row = rows::find(&app.db.reader(), id).await?.filter(|row| row.subject == caller.id && row.ended_at.is_none());
    let row = row.ok_or_else(Error::not_found)?;
    if row.of_minor && acting::age(app, &row).await? != acting::Age::Over {
        return Err(Error::refused(Code::Forbidden));
    }
    app.write(&caller.actor(operation), async |tx: &mut Tx| end(tx, &row, &caller.keys).await.map(drop)).await
}

/// The representative lays it down.
///
/// # Errors
/// `not_found`; `last_representative` when nobody could reach the account then.
pub async fn end_by_representative(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<()> {
    let mine = |row: &Representation| row.representative == Some(caller.id) && row.ended_at.is_none();
    let row = rows::find(&app.db.reader(), id).await?.filter(mine).ok_or_else(Error::not_found)?;
    let keys = app.vault.keys(row.subject).await?;
    let signs_in = signs_in(app, row.subject).await?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        tx.hold(&[row.subject]).await?;
        let others = rows::of_subject(tx, row.subject, tx.now()).await?;
        if !signs_in && !others.iter().any(|other| other.id != id && other.lives(tx.now())) {
            return Err(Error::refused(Code::LastRepresentative));
        }
        end(tx, &row, &keys).await.map(drop)
    })
    .await
}

/// Whether somebody has a sign-in of his own: an address to which a code goes, or credentials from the desk.
pub async fn signs_in(app: &App, subject: Uuid) -> Result<bool> {
    let has_credentials = credential_rows::find(&app.db.reader(), subject).await?.is_some();
    Ok(has_credentials || !contact(app, subject).await?.points.is_empty())
}

/// How somebody is reached, for a rule.
async fn contact(app: &App, subject: Uuid) -> Result<Contact> {
    use crate::kernel::access::Asker;
    use crate::kernel::db::Actor;
    use crate::kernel::vault::Class;
    let row = find_patient(&app.db.reader(), subject).await?.ok_or_else(Error::not_found)?;
    let openings = app.openings(Actor::house("representation"), Asker { id: subject, medical: false });
    let grant = openings.grant_on("own", subject, Class::Contact, ("patient", subject)).await?;
    openings.answer(grant.open(subject, &row.contact)?).await
}
