//! A number that two people call theirs. The desk sees who came and which number he claims, and nothing of the other one. It
//! grants the number to him, and then the other is told that it left his profile; or it refuses.

use super::caller::Caller;
use super::claim_rows::{self, GRANTED, OPEN, number_claim};
use super::desk::DESK;
use super::holding::{self, Claimed, Known};
use super::identifier::Identifier;
use super::person::Person;
use super::reach::{Event, Happened};
use super::rows;
use crate::app::App;
use crate::kernel::access::Openings;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Reservation, SubjectKeys};
use sea_orm::ConnectionTrait;
use std::sync::Arc;
use uuid::Uuid;

pub use number_claim::Model as NumberClaim;

/// On what the desk opens the profile from which it takes a number away, as his access log names it.
const BASIS: &str = "numberClaim";

/// # Errors
/// `not_found`.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<NumberClaim> {
    claim_rows::find(db, id).await?.ok_or_else(Error::not_found)
}

/// Open claims, oldest first.
pub async fn open_after(db: &impl ConnectionTrait, after: Option<Uuid>, limit: u64) -> Result<Vec<NumberClaim>> {
    claim_rows::open_after(db, after, limit).await
}

/// The claimed number, for a desk that has found who claims it.
///
/// # Errors
/// `not_found` for every other one.
pub async fn number(openings: &Openings<'_>, claim: &NumberClaim) -> Result<Identifier> {
    let grant = openings.grant(claim.subject, Class::Identity, ("numberClaim", claim.id)).await?;
    Ok(grant.open::<Claimed>(claim.id, &claim.sealed)?.number)
}

pub fn is_open(claim: &NumberClaim) -> bool {
    claim.state == OPEN
}

/// Everything that a grant writes, read beforehand.
pub struct Handover {
    claim: Uuid,
    claimant: Rewritten,
    holder: Option<Rewritten>,
    /// What the number takes the place of.
    replaced: Vec<Identifier>,
}

/// A person as he is to be, and the version of him that was read.
struct Rewritten {
    keys: Arc<SubjectKeys>,
    version: i64,
    person: Person,
}

/// Who holds the claimed number now, if it is somebody else.
///
/// # Errors
/// `not_found` for a claim of somebody whom this desk did not find.
pub async fn holder(app: &App, caller: &Caller, operation: &'static str, claim: &NumberClaim) -> Result<Option<Uuid>> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let index = number(&openings, claim).await?.index();
    let holder = app.vault.find(&index).await?.filter(|holder| *holder != claim.subject);
    openings.answer(holder).await
}

/// Notes from whom the number is about to be taken, so that whoever stops after this can be followed.
///
/// # Errors
/// `state_conflict` when the claim is not open.
pub async fn begin(tx: &mut Tx, claim: Uuid, holder: Option<Uuid>) -> Result<()> {
    if claim_rows::note_holder(tx, claim, holder).await? { Ok(()) } else { Err(Error::refused(Code::StateConflict)) }
}

/// Moves the number in the register and prepares what the record is to say. To be done again after whatever stopped it.
///
/// # Errors
/// `not_found` for a claim of somebody whom this desk did not find.
pub async fn hand_over(app: &App, caller: &Caller, operation: &'static str, claim: &NumberClaim) -> Result<Handover> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let object = ("numberClaim", claim.id);
    let keys = app.vault.keys(claim.subject).await?;
    let number = number(&openings, claim).await?;
    let index = number.index();
    let holder = find(&app.db.reader(), claim.id).await?.holder;
    if let Some(holder) = holder {
        app.vault.take_away(holder, &index).await?;
    }
    if let Reservation::Taken(_) = app.vault.reserve(&keys, &index).await? {
        return Err(Error::Unavailable("a number is changing hands"));
    }
    let grant = openings.grant(claim.subject, Class::Identity, object).await?;
    let known = Known::read(app, &grant).await?;
    let mut person = known.person.unwrap_or_default();
    let (replaced, mut kept): (Vec<_>, Vec<_>) = person.identifiers.into_iter().partition(|held| held.excludes(&number));
    kept.push(number.clone());
    person.identifiers = kept;
    let replaced = replaced.into_iter().filter(|held| !held.is_same_number(&number)).collect();
    let holder = match holder {
        Some(holder) => stripped(app, &openings, holder, &number).await?,
        None => None,
    };
    let claimant = Rewritten { keys, version: known.version, person };
    openings.answer(Handover { claim: claim.id, claimant, holder, replaced }).await
}

/// The holder without the number. `None` when he is gone or does not have it any more.
async fn stripped(app: &App, openings: &Openings<'_>, holder: Uuid, number: &Identifier) -> Result<Option<Rewritten>> {
    if rows::find_patient(&app.db.reader(), holder).await?.is_none() {
        return Ok(None);
    }
    // The claim itself is the other one's: its id has no place in this one's access log.
    let grant = openings.grant_on(BASIS, holder, Class::Identity, ("patient", holder)).await?;
    let known = Known::read(app, &grant).await?;
    let Some(mut person) = known.person else { return Ok(None) };
    let before = person.identifiers.len();
    person.identifiers.retain(|held| !held.is_same_number(number));
    let keys = app.vault.keys(holder).await?;
    Ok((person.identifiers.len() < before).then_some(Rewritten { keys, version: known.version, person }))
}

/// Writes what a handover prepared.
///
/// # Errors
/// `state_conflict` when the claim is not open any more; `precondition_failed` when one of the two changed meanwhile.
pub async fn grant(tx: &mut Tx, caller: &Caller, handover: &Handover) -> Result<()> {
    let Handover { claim, claimant, holder, .. } = handover;
    settle(tx, caller, &claimant.keys, *claim, GRANTED).await?;
    holding::rewrite(tx, &claimant.keys, claimant.version, &claimant.person).await?;
    if let Some(Rewritten { keys, version, person }) = holder {
        holding::rewrite(tx, keys, *version, person).await?;
        tx.audit(Line::new("loseNumber").on("patient", keys.subject).about(keys).of(Class::Identity).because(BASIS));
        // Nothing of the claim is told to him: it belongs to the other one.
        let object = tx.id();
        tx.enqueue(Happened { subject: keys.subject, event: Event::IdentifierChanged, object }.task());
    }
    Ok(())
}

/// Gives up what the granted number has replaced.
pub async fn clean_up(app: &App, handover: &Handover) -> Result<()> {
    for replaced in &handover.replaced {
        app.vault.take_away(handover.claimant.keys.subject, &replaced.index()).await?;
    }
    Ok(())
}

/// Ends an open claim, and tells who claimed.
///
/// # Errors
/// `state_conflict` when it is not open.
pub async fn settle(tx: &mut Tx, caller: &Caller, keys: &SubjectKeys, claim: Uuid, state: &'static str) -> Result<()> {
    if !claim_rows::end(tx, claim, state, Some(caller.id), tx.now()).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    let verb = if state == GRANTED { "grantClaim" } else { "refuseClaim" };
    tx.audit(Line::new(verb).on("numberClaim", claim).about(keys).of(Class::Identity).because(DESK));
    tx.enqueue(Happened { subject: keys.subject, event: Event::IdentifierChanged, object: claim }.task());
    Ok(())
}
