//! Access to another person's data: a table of reasons. A grant finds one, or the answer is as if the thing did not
//! exist. It opens sealed values of one subject and one class, and nothing else does. What somebody opens of another
//! leaves lines in the trail that are durable before the answer goes.

use super::alias;
use super::audit::Line;
use super::db::{Actor, Db, Tx, Who};
use super::error::{Code, Error, Result};
use super::sql;
use super::vault::{Class, Personal, Sealed, SubjectKeys, Vault};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// Why a party may open a class of a subject's data, and until when.
#[derive(Clone, Debug)]
pub struct NewReason {
    pub subject: Uuid,
    /// The staff account, the person whom the patient chose, or the one thing (a conversation) that the reason opens.
    pub party: Uuid,
    pub class: Class,
    /// `booking`, `referral`, `contract`, `share`, …
    pub basis: &'static str,
    /// The booking, the referral: what the reason hangs on and ends with.
    pub object: Uuid,
    pub from: DateTime<Utc>,
    /// None: until it is ended.
    pub until: Option<DateTime<Utc>>,
}

/// Who asks for a grant.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    /// His own subject (a patient) or his staff account.
    pub id: Uuid,
    /// Staff whose role is flagged medical may hold grants for clinical data.
    pub medical: bool,
}

/// By which leave somebody acts for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Representing {
    /// The representation: the party of its reasons.
    pub id: Uuid,
    /// The profile shields from him what is clinical, whatever the representation says.
    pub is_shielded: bool,
}

/// What a shield takes from a representative: what is clinical, and where people write of it in their own words.
pub const SHIELDED: &[Class] = &[Class::Clinical, Class::Recording, Class::Support];

/// For so long what was found with the session is not asked for again. A download asks every half second.
const FRESH: TimeDelta = TimeDelta::milliseconds(200);

/// Leave to open values of one subject and class. Made by `Openings` alone.
#[derive(Clone)]
pub struct Grant {
    keys: Arc<SubjectKeys>,
    class: Class,
    pub basis: String,
}

impl Grant {
    pub fn subject(&self) -> Uuid {
        self.keys.subject
    }

    pub fn class(&self) -> Class {
        self.class
    }

    /// Opens a sealed value of this subject and class.
    ///
    /// # Errors
    /// `Internal` when the value is of another class, was altered or was moved.
    pub fn open<P: Personal>(&self, row: Uuid, sealed: &Sealed) -> Result<P> {
        if P::CLASS != self.class {
            return Err(Error::internal("a grant was used for another class"));
        }
        self.keys.open(row, sealed)
    }
}

/// One request's openings. What they lead to is answered through `Openings::answer`, which makes the lines durable first.
pub struct Openings<'a> {
    db: &'a Db,
    vault: &'a Vault,
    actor: Actor,
    asker: Asker,
    lines: Mutex<Vec<Line>>,
}

/// The basis of what a doctor opens in an emergency. A freeze does not stop it: whoever froze his record may lie senseless.
pub const BREAK_GLASS: &str = "breakGlass";

/// The basis of a contract of insurer, patient and clinic.
pub const CONTRACT: &str = "contract";
/// The basis of what a doctor opens, with a ground, of data that is blocked. By itself it opens nothing.
pub const BLOCKED: &str = "blocked";

#[derive(FromQueryResult)]
struct Found {
    basis: Option<String>,
    glass: Option<String>,
    frozen: Option<String>,
    blocked: Option<Uuid>,
}

impl Found {
    /// The basis that holds now for somebody else, freezes and blocks considered.
    fn basis(self) -> Option<String> {
        if self.frozen.is_some() || self.blocked.is_some() { self.glass } else { self.basis }
    }
}

/// `subject`'s own data, or a reason that holds now; whether a freeze stands against it, or against whom he was merged into; and
/// a block of the class or of the very document, for which the party has given no ground. The grace of a deletion shuts insurers
/// out, too.
const FIND: &str = "SELECT \
    (SELECT basis FROM reason WHERE subject = $1 AND party = $2 AND class = $3 AND valid_from <= $4 \
        AND (valid_until IS NULL OR valid_until > $4) AND basis <> 'blocked' ORDER BY valid_from DESC LIMIT 1) AS basis, \
    (SELECT basis FROM reason WHERE subject = $1 AND party = $2 AND class = $3 AND valid_from <= $4 \
        AND valid_until > $4 AND basis = 'breakGlass' LIMIT 1) AS glass, \
    (SELECT scope FROM access_freeze WHERE (subject = $1 OR subject = (SELECT survivor FROM subject_alias WHERE subject = $1)) \
        AND lifted_at IS NULL AND (scope = $5 OR ($5 = 'insurers' AND origin = 'deletion')) LIMIT 1) AS frozen, \
    (SELECT b.id FROM data_block b WHERE (b.subject = $1 OR b.subject = (SELECT survivor FROM subject_alias WHERE subject = $1)) \
        AND b.lifted_at IS NULL AND b.class = $3 AND (b.document IS NULL OR b.document = $6) \
        AND NOT EXISTS (SELECT 1 FROM reason g WHERE g.object = b.id AND g.party = $2 AND g.basis = 'blocked' \
            AND g.valid_from <= $4 AND g.valid_until > $4) LIMIT 1) AS blocked";

impl<'a> Openings<'a> {
    pub fn new(db: &'a Db, vault: &'a Vault, actor: Actor, asker: Asker) -> Self {
        Self { db, vault, actor, asker, lines: Mutex::default() }
    }

    /// Leave to open `class` of `subject`, for the object that is shown.
    ///
    /// # Errors
    /// `not_found` without a reason; `frozen` for one's own data under a freeze.
    pub async fn grant(&self, subject: Uuid, class: Class, object: (&'static str, Uuid)) -> Result<Grant> {
        if subject != self.asker.id {
            return self.grant_as(self.asker.id, subject, class, object).await;
        }
        if let Who::Representative { leave, .. } = self.actor.who {
            return self.grant_represented(leave, class, object).await;
        }
        if !self.is_known_free(subject) && self.find(subject, subject, class, ("patient", object.1)).await?.frozen.is_some() {
            return Err(Error::refused(Code::Frozen));
        }
        self.make(subject, class, "own".into()).await
    }

    /// Whether this very request has found, with the session, that no freeze stands against the subject himself. Whoever
    /// streams for longer asks again.
    fn is_known_free(&self, subject: Uuid) -> bool {
        match self.actor.who {
            Who::Patient { subject: own, free_at: Some(at), .. } => {
                own == subject && (TimeDelta::zero()..FRESH).contains(&(self.db.ambient.now() - at))
            }
            _ => false,
        }
    }

    /// Leave of a representative in the account of whom he acts for: by the reason that the representation gave, asked for
    /// each time, so that it ends with it. It leaves a line, which the represented person reads.
    async fn grant_represented(&self, by: Representing, class: Class, object: (&'static str, Uuid)) -> Result<Grant> {
        if by.is_shielded && SHIELDED.contains(&class) {
            return Err(Error::not_found());
        }
        let subject = self.asker.id;
        let found = self.find(by.id, subject, class, ("patient", object.1)).await?;
        if found.frozen.is_some() {
            return Err(Error::refused(Code::Frozen));
        }
        let grant = self.make(subject, class, found.basis.ok_or_else(Error::not_found)?).await?;
        self.note(&grant, object);
        Ok(grant)
    }

    /// As `grant`, by a reason that was given to `party` instead of the asker himself: to one conversation, for whoever
    /// stands on its other side. That the asker acts for the party the caller has checked.
    ///
    /// # Errors
    /// `not_found` without a reason, under a freeze, and for clinical data where the asker's role is not medical.
    pub async fn grant_as(&self, party: Uuid, subject: Uuid, class: Class, object: (&'static str, Uuid)) -> Result<Grant> {
        let found = self.find(party, subject, class, ("staff", object.1)).await?;
        let basis = found.basis().ok_or_else(Error::not_found)?;
        if class == Class::Clinical && !self.asker.medical {
            return Err(Error::not_found());
        }
        let grant = self.make(subject, class, basis).await?;
        self.note(&grant, object);
        Ok(grant)
    }

    /// As `grant_as`, for somebody of an insurer by a contract with the patient and the clinic: no medical role is asked of him,
    /// and a freeze of the insurers' cabinets stops it, whatever becomes of the staff's. That he is of that insurer the caller
    /// has checked.
    ///
    /// # Errors
    /// `not_found` without a reason of a contract, under a freeze or a block.
    pub async fn grant_insured(
        &self,
        contract: Uuid,
        subject: Uuid,
        class: Class,
        object: (&'static str, Uuid),
    ) -> Result<Grant> {
        let found = self.find(contract, subject, class, ("insurers", object.1)).await?;
        let basis = found.basis().filter(|basis| basis == CONTRACT).ok_or_else(Error::not_found)?;
        let grant = self.make(subject, class, basis).await?;
        self.note(&grant, object);
        Ok(grant)
    }

    /// Leave for somebody whose second account was merged into his own: what is in it is his. A freeze of either stops it. Who
    /// acts for him gets no more of it than of the first one, and his line stands in that one's log.
    ///
    /// # Errors
    /// `not_found` where no merge stands, and for a representative to whom the class is closed; `frozen`.
    pub async fn grant_joined(&self, subject: Uuid, class: Class, object: (&'static str, Uuid)) -> Result<Grant> {
        let reader = self.db.reader();
        if alias::survivor(&reader, subject).await? != self.asker.id {
            return Err(Error::not_found());
        }
        if let Who::Representative { leave, .. } = self.actor.who {
            self.grant_represented(leave, class, object).await?;
        }
        let found = self.find(self.asker.id, subject, class, ("patient", object.1)).await?;
        if found.frozen.is_some() {
            return Err(Error::refused(Code::Frozen));
        }
        self.make(subject, class, found.basis.ok_or_else(Error::not_found)?).await
    }

    /// Leave that rests on something the caller has checked in a way of its own: a staff member's own name for the
    /// list of doctors, the phone for the sending of a code, a held record opened with a ground.
    pub async fn grant_on(
        &self,
        basis: &'static str,
        subject: Uuid,
        class: Class,
        object: (&'static str, Uuid),
    ) -> Result<Grant> {
        let grant = self.make(subject, class, basis.into()).await?;
        if subject != self.asker.id || matches!(self.actor.who, Who::Representative { .. }) {
            self.note(&grant, object);
        }
        Ok(grant)
    }

    async fn make(&self, subject: Uuid, class: Class, basis: String) -> Result<Grant> {
        let keys = self.vault.keys(subject).await?;
        Ok(Grant { keys, class, basis })
    }

    fn note(&self, grant: &Grant, object: (&'static str, Uuid)) {
        let line = Line::new("open").on(object.0, object.1).about(&grant.keys).of(grant.class).because(&grant.basis);
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    async fn find(&self, party: Uuid, subject: Uuid, class: Class, (scope, object): (&'static str, Uuid)) -> Result<Found> {
        let reader = self.db.reader();
        let values: [Value; 6] =
            [subject.into(), party.into(), class.as_str().into(), self.db.ambient.now().into(), scope.into(), object.into()];
        let query = Statement::from_sql_and_values(reader.get_database_backend(), FIND, values);
        Found::find_by_statement(query).one(&reader).await?.ok_or_else(|| Error::internal("a select without a row"))
    }

    /// Writes down what was opened, then lets the answer go.
    pub async fn answer<T>(self, answer: T) -> Result<T> {
        let lines = self.lines.into_inner().unwrap_or_else(PoisonError::into_inner);
        if !lines.is_empty() {
            self.db
                .write(&self.actor, async |tx: &mut Tx| -> Result<()> {
                    lines.iter().cloned().for_each(|line| tx.audit(line));
                    Ok(())
                })
                .await?;
        }
        Ok(answer)
    }
}

/// Whether somebody may act in his own cabinet now. In a transaction; or again and again, by whoever streams to him.
///
/// # Errors
/// `frozen`.
pub async fn check_own(db: &impl ConnectionTrait, subject: Uuid) -> Result<()> {
    let sql = "SELECT 1 AS one FROM access_freeze WHERE subject = $1 AND lifted_at IS NULL AND scope = 'patient' LIMIT 1";
    let frozen = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [subject.into()])).await?;
    if frozen.is_some() { Err(Error::refused(Code::Frozen)) } else { Ok(()) }
}

/// Whether a party has a reason of this basis now, frozen or not: for what the freeze itself needs.
pub async fn has_reason(
    db: &impl ConnectionTrait,
    subject: Uuid,
    party: Uuid,
    basis: &'static str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let sql = "SELECT 1 AS one FROM reason WHERE subject = $1 AND party = $2 AND basis = $3 AND valid_from <= $4 \
               AND (valid_until IS NULL OR valid_until > $4) LIMIT 1";
    let values: [Value; 4] = [subject.into(), party.into(), basis.into(), now.into()];
    Ok(db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?.is_some())
}

/// Whether a party has a reason for a class now that rests on none of these bases, be it frozen or blocked: for who asks to open
/// what is blocked, or refers somebody.
pub async fn has_reason_but(
    db: &impl ConnectionTrait,
    (subject, party): (Uuid, Uuid),
    class: Class,
    bases: &[&'static str],
    now: DateTime<Utc>,
) -> Result<bool> {
    let places: Vec<String> = (5..5 + bases.len()).map(|place| format!("${place}")).collect();
    let sql = format!(
        "SELECT 1 AS one FROM reason WHERE subject = $1 AND party = $2 AND class = $3 AND valid_from <= $4 \
         AND (valid_until IS NULL OR valid_until > $4) AND basis NOT IN ({}) LIMIT 1",
        places.join(", ")
    );
    let values: [Value; 4] = [subject.into(), party.into(), class.as_str().into(), now.into()];
    let values = values.into_iter().chain(bases.iter().map(|basis| Value::from(*basis)));
    Ok(db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?.is_some())
}

/// Those of `subjects` whose own access is frozen.
pub async fn frozen_among(db: &impl ConnectionTrait, subjects: &[Uuid]) -> Result<BTreeSet<Uuid>> {
    let (places, values) = sql::list(0, subjects);
    let sql = format!(
        "SELECT DISTINCT subject FROM access_freeze WHERE lifted_at IS NULL AND scope = 'patient' AND subject IN ({places})"
    );
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Ends every reason that hangs on `object`.
pub async fn end_reasons(tx: &mut Tx, object: Uuid) -> Result<()> {
    let sql = "UPDATE reason SET valid_until = $2 WHERE object = $1 AND (valid_until IS NULL OR valid_until > $2)";
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [object.into(), tx.now().into()])).await?;
    Ok(())
}

/// Ends every reason that a party has: somebody who works here no more, or as something else.
pub async fn end_reasons_of(tx: &mut Tx, party: Uuid) -> Result<()> {
    let sql = "UPDATE reason SET valid_until = $2 WHERE party = $1 AND (valid_until IS NULL OR valid_until > $2)";
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [party.into(), tx.now().into()])).await?;
    Ok(())
}

/// Drops every reason that hangs on `object`, as if it had never been.
pub async fn drop_reasons(tx: &mut Tx, object: Uuid) -> Result<()> {
    let sql = "DELETE FROM reason WHERE object = $1";
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [object.into()])).await?;
    Ok(())
}

/// Drops every reason about a subject: at his erasure.
pub async fn forget(tx: &mut Tx, subject: Uuid) -> Result<()> {
    for sql in [
        "DELETE FROM reason WHERE subject = $1",
        "DELETE FROM access_freeze WHERE subject = $1",
        "DELETE FROM subject_alias WHERE subject = $1 OR survivor = $1",
        // What is held after an erasure is shut by that itself, and opens by the rules of held records.
        "DELETE FROM data_block WHERE subject = $1",
    ] {
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [subject.into()])).await?;
    }
    Ok(())
}
