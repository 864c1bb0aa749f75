//! Insurance policies. A policy is one of its owner's numbers, with a term, a scan and what the desk said of it: there is no
//! second copy of the number.

use super::caller::Caller;
use super::holding::{ATTEMPTS, Change, Known, rewrite};
use super::identifier::{Identifier, Judgement, PolicyRecord};
use super::person::Person;
use crate::app::App;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::Class;
use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::types::{ParseFromJSON, ToJSON};
use uuid::Uuid;

/// Numbers of one person, policies included.
const NUMBERS_MAX: usize = 16;

/// What a policy is, today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyState {
    /// Somebody else holds the number; the desk settles whose it is.
    Pending,
    /// Its owner says that he has it.
    Declared,
    /// The desk has seen it.
    Verified,
    /// The desk has seen it, and it is not his or not valid.
    Rejected,
    /// Its last day is over.
    Expired,
}

/// A policy that somebody says he has.
pub fn declared(
    id: Uuid,
    declared_at: DateTime<Utc>,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
) -> PolicyRecord {
    PolicyRecord { id, declared_at, valid_from, valid_to, scan: None, judgement: None }
}

pub fn state_of(policy: &PolicyRecord, is_claimed: bool, today: NaiveDate) -> PolicyState {
    match policy.judgement {
        _ if is_claimed => PolicyState::Pending,
        _ if policy.valid_to.is_some_and(|last| last < today) => PolicyState::Expired,
        Some(Judgement { is_verified: true, .. }) => PolicyState::Verified,
        Some(_) => PolicyState::Rejected,
        None => PolicyState::Declared,
    }
}

/// One policy of somebody.
pub struct Policy {
    pub number: Identifier,
    pub record: PolicyRecord,
    pub state: PolicyState,
}

/// His policies, the claimed ones last.
pub fn of(known: &Known, today: NaiveDate) -> Vec<Policy> {
    let claimed = known.claims.iter().map(|claim| (&claim.number, true));
    let all = known.held().iter().map(|number| (number, false)).chain(claimed);
    let policy = |(number, is_claimed): (&Identifier, bool)| {
        let record = number.policy.clone()?;
        Some(Policy { state: state_of(&record, is_claimed, today), number: number.clone(), record })
    };
    all.filter_map(policy).collect()
}

/// Adds a checked policy, and answers what `view` makes of it.
///
/// # Errors
/// `identifier_taken` for one that he has already, or where he may have but one; what [`Change::reserve`] refuses.
pub async fn add<T: ToJSON + ParseFromJSON>(
    app: &App,
    caller: &Caller,
    key: &str,
    body: &impl ToJSON,
    number: &Identifier,
    view: impl Fn(Policy) -> T,
) -> Result<T> {
    let (actor, keys) = (caller.actor("createInsurancePolicy"), &*caller.keys);
    for _ in 0..ATTEMPTS {
        let known = Known::own(app, keys).await?;
        let is_there = known.all().any(|old| old.excludes(number));
        let is_full = known.all().count() >= NUMBERS_MAX;
        let person = known.person.clone().unwrap_or_default();
        let mut wanted: Vec<Identifier> = known.all().cloned().collect();
        // What is refused below is not reserved. The rule itself refuses, so that a repeated request is answered first.
        if !is_there && !is_full {
            wanted.push(number.clone());
        }
        let change = Change::reserve(app, keys, known, person, wanted).await?;
        let is_claimed = change.claimed().iter().any(|claimed| claimed.is_same_number(number));
        let written = app
            .write_once(&actor, keys, key, body, async |tx: &mut Tx| {
                match (is_there, is_full) {
                    (true, _) => return Err(Error::refused(Code::IdentifierTaken)),
                    (_, true) => return Err(Error::refused(Code::StateConflict)),
                    _ => {}
                }
                change.write(tx, keys).await?;
                let record = number.policy.clone().ok_or_else(|| Error::internal("a policy without its record"))?;
                tx.audit(Line::new("declare").on("insurancePolicy", record.id).about(keys).of(Class::Identity));
                let state = state_of(&record, is_claimed, tx.now().date_naive());
                Ok(view(Policy { number: number.clone(), record, state }))
            })
            .await;
        change.give_up(app, keys).await?;
        match written {
            Err(error) if error.code() == Code::PreconditionFailed => {}
            written => return written,
        }
    }
    Err(Error::Unavailable("a person changes too fast"))
}

/// Takes a policy, or the claim for one, out of somebody's numbers.
///
/// # Errors
/// `not_found`.
pub async fn remove(app: &App, caller: &Caller, id: Uuid) -> Result<()> {
    let (actor, keys) = (caller.actor("deleteInsurancePolicy"), &*caller.keys);
    for _ in 0..ATTEMPTS {
        let known = Known::own(app, keys).await?;
        if !known.all().any(|number| is_policy(number, id)) {
            return Err(Error::not_found());
        }
        let rest = |numbers: Vec<Identifier>| numbers.into_iter().filter(|number| !is_policy(number, id)).collect::<Vec<_>>();
        let mut person = known.person.clone().unwrap_or_default();
        person.identifiers = rest(person.identifiers);
        let claimed = rest(known.claims.iter().map(|claim| claim.number.clone()).collect());
        let change = known.with(person, claimed);
        let written = app
            .write(&actor, async |tx: &mut Tx| -> Result<()> {
                change.write(tx, keys).await?;
                tx.audit(Line::new("delete").on("insurancePolicy", id).about(keys).of(Class::Identity));
                Ok(())
            })
            .await;
        match written {
            Err(error) if error.code() == Code::PreconditionFailed => {}
            written => {
                change.give_up(app, keys).await?;
                return written;
            }
        }
    }
    Err(Error::Unavailable("a person changes too fast"))
}

fn is_policy(number: &Identifier, id: Uuid) -> bool {
    number.policy.as_ref().is_some_and(|policy| policy.id == id)
}

/// A person of whose policies one was noted something.
pub struct Noted {
    pub person: Person,
    pub policy: Policy,
}

/// What is known of a person, with one of the policies that he holds changed.
///
/// # Errors
/// `not_found` when he has none such; `state_conflict` while it is not settled whose its number is.
pub fn noted(known: &Known, id: Uuid, today: NaiveDate, edit: impl Fn(&mut PolicyRecord)) -> Result<Noted> {
    if known.claims.iter().any(|claim| is_policy(&claim.number, id)) {
        return Err(Error::refused(Code::StateConflict));
    }
    let mut person = known.person.clone().ok_or_else(Error::not_found)?;
    let number = person.identifiers.iter_mut().find(|number| is_policy(number, id)).ok_or_else(Error::not_found)?;
    let mut record = number.policy.take().ok_or_else(Error::not_found)?;
    edit(&mut record);
    number.policy = Some(record.clone());
    let policy = Policy { number: number.clone(), state: state_of(&record, false, today), record };
    Ok(Noted { person, policy })
}

/// The scan of one's own policy: a document of one's own, which the caller has checked.
///
/// # Errors
/// As [`noted`].
pub async fn attach_scan(app: &App, caller: &Caller, operation: &'static str, id: Uuid, scan: Uuid) -> Result<Policy> {
    for _ in 0..ATTEMPTS {
        let known = Known::own(app, &caller.keys).await?;
        let noted = noted(&known, id, app.ambient.now().date_naive(), |record| record.scan = Some(scan))?;
        let written = app
            .write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
                rewrite(tx, &caller.keys, known.version, &noted.person).await?;
                tx.audit(Line::new("attachScan").on("insurancePolicy", id).about(&caller.keys).of(Class::Identity));
                Ok(())
            })
            .await;
        match written {
            Err(error) if error.code() == Code::PreconditionFailed => {}
            written => return written.map(|()| noted.policy),
        }
    }
    Err(Error::Unavailable("a person changes too fast"))
}
