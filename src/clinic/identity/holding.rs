//! A person and his numbers change together: the register decides who holds a number, the record keeps what he said. A
//! number that somebody else holds becomes a claim, which the desk settles.
//!
//! The order: read, reserve, write what was read at that version and no other, then give up what is held no longer. Whoever
//! stops in between leaves a reservation of his own behind, and never a number that two people have.

use super::candidates;
use super::claim_rows::{self, OPEN, number_claim};
use super::identifier::Identifier;
use super::person::{self, Person};
use super::rows::{self, change};
use crate::app::App;
use crate::kernel::access::Grant;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::{Class, Index, Personal, Reservation, SubjectKeys};
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// New numbers that one person may bring in a day. Mistakes are few, and who tries out which numbers are known here needs many.
const NEW_NUMBERS_MAX: i64 = 20;
const DAY_S: i64 = 86_400;
/// How often a change is tried again that somebody else's got ahead of.
pub const ATTEMPTS: usize = 3;

/// A claim for a number, opened.
#[derive(Clone)]
pub struct Claim {
    pub id: Uuid,
    pub number: Identifier,
}

/// What is sealed of a claim.
#[derive(Serialize, Deserialize)]
pub struct Claimed {
    pub number: Identifier,
}

impl Personal for Claimed {
    const TABLE: &'static str = "number_claim";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Identity;
}

/// What is known of a person now.
pub struct Known {
    pub subject: Uuid,
    pub person: Option<Person>,
    pub version: i64,
    /// Numbers that he says are his, and somebody else holds.
    pub claims: Vec<Claim>,
}

impl Known {
    /// # Errors
    /// `not_found` when the record has no such patient.
    pub async fn read(app: &App, grant: &Grant) -> Result<Self> {
        let row = rows::find_patient(&app.db.reader(), grant.subject()).await?.ok_or_else(Error::not_found)?;
        Self::of(app, grant, &row).await
    }

    /// As `read`, by the row of the patient where it is at hand.
    pub async fn of(app: &App, grant: &Grant, row: &rows::patient::Model) -> Result<Self> {
        let (subject, reader) = (grant.subject(), app.db.reader());
        let person = row.identity.as_ref().map(|sealed| grant.open(subject, sealed)).transpose()?;
        let mut claims = Vec::new();
        for row in claim_rows::open_of(&reader, subject).await? {
            claims.push(Claim { id: row.id, number: grant.open::<Claimed>(row.id, &row.sealed)?.number });
        }
        Ok(Self { subject, person, version: row.version, claims })
    }

    /// One's own, to be changed.
    pub async fn own(app: &App, keys: &SubjectKeys) -> Result<Self> {
        Self::read(app, &app.own_grant(keys, Class::Identity).await?).await
    }

    /// Numbers that are his.
    pub fn held(&self) -> &[Identifier] {
        self.person.as_ref().map(|person| person.identifiers.as_slice()).unwrap_or_default()
    }

    /// His numbers and those that he claims.
    pub fn all(&self) -> impl Iterator<Item = &Identifier> {
        self.held().iter().chain(self.claims.iter().map(|claim| &claim.number))
    }

    /// A change that brings no new number.
    pub fn with(self, person: Person, claimed: Vec<Identifier>) -> Change {
        Change { touched: self.held().iter().map(Identifier::index).collect(), known: self, person, claimed }
    }
}

/// A person as he is to be, with his numbers reserved.
pub struct Change {
    known: Known,
    person: Person,
    claimed: Vec<Identifier>,
    /// What he held or reserves: given up afterwards, unless he holds it then.
    touched: Vec<Index>,
}

impl Change {
    /// Reserves the numbers that `wanted` are, and sorts out those that somebody else holds.
    ///
    /// # Errors
    /// `rate_limited` after too many new numbers, whoever holds them; `state_conflict` for a second claim of a kind.
    pub async fn reserve(app: &App, keys: &SubjectKeys, known: Known, person: Person, wanted: Vec<Identifier>) -> Result<Self> {
        for new in wanted.iter().filter(|new| !known.all().any(|old| old.is_same_number(new))) {
            // Counted before it is looked up, so that the limit says nothing of the number.
            let changes = Index { kind: "newNumbers", value: keys.subject.to_string() };
            if app.vault.count(&changes, DAY_S).await? > NEW_NUMBERS_MAX {
                let into_day = app.ambient.now().timestamp().rem_euclid(DAY_S);
                tracing::info!(kind = new.system.as_str(), "a person brings too many numbers in a day");
                return Err(Error::rate_limited(u32::try_from(DAY_S - into_day).unwrap_or(3600)));
            }
        }
        let mut change = known.with(Person { identifiers: Vec::new(), ..person }, Vec::new());
        for number in wanted {
            let index = number.index();
            match app.vault.reserve(keys, &index).await? {
                Reservation::Ours => {
                    change.touched.push(index);
                    change.person.identifiers.push(number);
                }
                Reservation::Taken(_) if change.claimed.iter().any(|claimed| claimed.system == number.system) => {
                    change.give_up(app, keys).await?;
                    return Err(Error::refused(Code::StateConflict));
                }
                Reservation::Taken(_) => change.claimed.push(number),
            }
        }
        Ok(change)
    }

    /// Numbers that somebody else holds.
    pub fn claimed(&self) -> &[Identifier] {
        &self.claimed
    }

    /// Writes the person and his claims, and answers the new version.
    ///
    /// # Errors
    /// `precondition_failed` when he changed meanwhile; `state_conflict` for a second claim of a kind.
    pub async fn write(&self, tx: &mut Tx, keys: &SubjectKeys) -> Result<i64> {
        rewrite(tx, keys, self.known.version, &self.person).await?;
        for gone in self.known.claims.iter().filter(|old| !self.claimed.iter().any(|new| new.is_same_number(&old.number))) {
            if !claim_rows::end(tx, gone.id, "withdrawn", None, tx.now()).await? {
                return Err(Error::refused(Code::StateConflict));
            }
            tx.audit(Line::new("withdrawClaim").on("numberClaim", gone.id).about(keys).of(Class::Identity));
        }
        for number in &self.claimed {
            match self.known.claims.iter().find(|old| old.number.is_same_number(number)) {
                Some(old) if old.number == *number => {}
                Some(old) => reseal(tx, keys, old.id, number).await?,
                None => open(tx, keys, number).await?,
            }
        }
        Ok(self.known.version + 1)
    }

    /// Gives up in the register what the person does not hold now, whether the change was written or not.
    pub async fn give_up(&self, app: &App, keys: &SubjectKeys) -> Result<()> {
        let now = Known::own(app, keys).await?;
        let kept: Vec<Index> = now.held().iter().map(Identifier::index).collect();
        let is_kept = |index: &Index| kept.iter().any(|kept| kept.kind == index.kind && kept.value == index.value);
        for index in self.touched.iter().filter(|index| !is_kept(index)) {
            app.vault.take_away(self.known.subject, index).await?;
        }
        Ok(())
    }
}

/// Writes a person over the version of him that was read.
///
/// # Errors
/// `precondition_failed` when he changed meanwhile.
pub async fn rewrite(tx: &mut Tx, keys: &SubjectKeys, version: i64, person: &Person) -> Result<()> {
    let sealed = keys.seal(keys.subject, person)?;
    let sql = "UPDATE patient SET identity = $2, version = version + 1 WHERE subject = $1 AND version = $3";
    match change(tx, sql, [keys.subject.into(), sealed.into(), version.into()]).await? {
        0 => Err(Error::refused(Code::PreconditionFailed)),
        _ => Ok(()),
    }
}

async fn open(tx: &mut Tx, keys: &SubjectKeys, number: &Identifier) -> Result<()> {
    let id = tx.id();
    let row = number_claim::ActiveModel {
        id: Set(id),
        subject: Set(keys.subject),
        system: Set(number.system.as_str().to_owned()),
        state: Set(OPEN.to_owned()),
        holder: Set(None),
        sealed: Set(keys.seal(id, &Claimed { number: number.clone() })?),
        created_at: Set(tx.now()),
        settled_at: Set(None),
        settled_by: Set(None),
    };
    if !claim_rows::insert(tx, row).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    tx.audit(Line::new("claimNumber").on("numberClaim", id).about(keys).of(Class::Identity));
    Ok(())
}

async fn reseal(tx: &mut Tx, keys: &SubjectKeys, id: Uuid, number: &Identifier) -> Result<()> {
    let sealed = keys.seal(id, &Claimed { number: number.clone() })?;
    change(tx, "UPDATE number_claim SET sealed = $2 WHERE id = $1 AND state = 'open'", [id.into(), sealed.into()]).await.map(drop)
}

/// Takes a checked form. Without `numbers` those of before stay: they are not sent back, so nobody could repeat them.
///
/// # Errors
/// `precondition_failed` by `may_overwrite`; what [`Change::reserve`] refuses.
pub async fn put(
    app: &App,
    actor: &Actor,
    keys: &SubjectKeys,
    form: &person::Form,
    may_overwrite: impl Fn(i64) -> Result<()>,
) -> Result<()> {
    for _ in 0..ATTEMPTS {
        let known = Known::own(app, keys).await?;
        may_overwrite(known.version)?;
        let wanted = match &form.numbers {
            Some(numbers) => numbers.iter().map(|number| as_known(app, &known, number)).collect(),
            None => known.all().cloned().collect(),
        };
        let change = Change::reserve(app, keys, known, form.person.clone(), wanted).await?;
        candidates::list(app, keys, &change.person).await?;
        let written = app
            .write(actor, async |tx: &mut Tx| -> Result<()> {
                change.write(tx, keys).await?;
                tx.audit(Line::new("putProfile").on("patient", keys.subject).about(keys).of(Class::Identity));
                Ok(())
            })
            .await;
        change.give_up(app, keys).await?;
        candidates::unlist(app, keys, &change.person).await?;
        match written {
            Err(error) if error.code() == Code::PreconditionFailed => {}
            written => return written,
        }
    }
    Err(Error::Unavailable("a person changes too fast"))
}

/// The number with what was known of its policy before; a policy that is new begins here.
fn as_known(app: &App, known: &Known, number: &Identifier) -> Identifier {
    let old = known.all().find(|old| old.is_same_number(number) && (number.insurer.is_none() || old.insurer == number.insurer));
    let Some(old) = old else { return begun(app, number) };
    let mut number = number.clone();
    number.insurer = number.insurer.or_else(|| old.insurer.clone());
    number.policy = old.policy.clone();
    number
}

/// A number that is new here: the record of a policy begins with it.
pub fn begun(app: &App, number: &Identifier) -> Identifier {
    let is_policy = number.system.is_policy();
    let policy = is_policy.then(|| super::policies::declared(app.ambient.id(), app.ambient.now(), None, None));
    Identifier { policy, ..number.clone() }
}
