//! Blocking: an officer grants a request for it, and from then on the class or the document is shut to everybody but the person
//! himself. A doctor with a reason learns that it is blocked, and reads it for a while after he has stated his ground. An
//! officer lifts it with a reason.

use super::given::may_open;
use super::rows;
use crate::app::App;
use crate::app::wire::{Cursor, Paging};
use crate::clinic::documents;
use crate::clinic::identity::{self, Caller};
use crate::clinic::requests::{self, RequestAct};
use crate::kernel::access::{self, BLOCKED, NewReason};
use crate::kernel::audit::Line;
use crate::kernel::block::{self, Block, NewBlock, OBJECT};
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::text::check_text;
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A ground, and the reason of a lifting, in characters.
const WORDS_CHARS: std::ops::RangeInclusive<usize> = 10..=1000;

/// What was said when it was set and when it was lifted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Words {
    pub set: String,
    pub lifted: Option<String>,
}

impl Personal for Words {
    const TABLE: &'static str = "data_block";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Evidence;
}

/// Why a doctor opened what is blocked: his own words, sealed under his own key.
#[derive(Serialize, Deserialize)]
struct Ground {
    text: String,
}

impl Personal for Ground {
    const TABLE: &'static str = "block_opening";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Staff;
}

/// What is to be shut: whole classes, or one document.
pub struct Wanted {
    pub classes: Vec<Class>,
    pub document: Option<Uuid>,
}

/// Words that are enough for a ground.
pub fn check_words(pointer: &str, raw: &str) -> Result<String> {
    let at_fault = |fault: Fault| Error::field(pointer, fault);
    let text = check_text(raw.trim(), *WORDS_CHARS.end()).map_err(at_fault)?;
    if text.chars().count() < *WORDS_CHARS.start() { Err(at_fault(Fault::TooShort)) } else { Ok(text) }
}

/// Shuts what was asked for and answers the request by it.
///
/// # Errors
/// `not_found`, also for a document that is not the person's; `state_conflict` once the request is closed, and when it stands already.
pub async fn grant(
    tx: &mut Tx,
    officer: &Caller,
    keys: &SubjectKeys,
    request: Uuid,
    (wanted, text): (&Wanted, &str),
) -> Result<Vec<Uuid>> {
    if let Some(document) = wanted.document
        && !documents::are_complete(tx, keys.subject, None, &[document]).await?
    {
        return Err(Error::not_found());
    }
    let documents = wanted.document.map(|document| (Class::Clinical, Some(document)));
    let shut: Vec<(Class, Option<Uuid>)> = wanted.classes.iter().map(|class| (*class, None)).chain(documents).collect();
    let mut ids = Vec::with_capacity(shut.len());
    for (class, document) in shut {
        let id = tx.id();
        let sealed = keys.seal(id, &Words { set: text.to_owned(), lifted: None })?;
        let subject = keys.subject;
        let new = NewBlock { id, subject, class, document, request: Some(request), by: officer.id, sealed };
        if !block::set(tx, new).await? {
            return Err(Error::refused(Code::StateConflict));
        }
        tx.audit(Line::new("block").on(OBJECT, id).about(keys).of(class));
        ids.push(id);
    }
    let words = requests::words(text, None)?;
    requests::close(tx, officer, keys, request, (RequestAct::Answered, &words)).await?;
    Ok(ids)
}

/// Lifts a block with a reason.
///
/// # Errors
/// `not_found`; `state_conflict` once it is lifted; `invalid`.
pub async fn lift(app: &App, officer: &Caller, operation: &'static str, id: Uuid, reason: &str) -> Result<()> {
    let reason = check_words("/reason", reason)?;
    let row = block::find(&app.db.reader(), id).await?.ok_or_else(Error::not_found)?;
    let keys = app.vault.keys(row.subject).await?;
    let openings = app.openings(officer.actor(operation), officer.asker());
    let words: Words = openings.grant_on("request", row.subject, Class::Evidence, (OBJECT, id)).await?.open(id, &row.sealed)?;
    let sealed = keys.seal(id, &Words { lifted: Some(reason), ..words })?;
    openings.answer(()).await?;
    app.write(&officer.actor(operation), async |tx: &mut Tx| -> Result<()> {
        if !block::lift(tx, id, officer.id, sealed.clone()).await? {
            return Err(Error::refused(Code::StateConflict));
        }
        // Grounds were stated for this block: they open nothing by themselves, and need not stay.
        access::end_reasons(tx, id).await?;
        tx.audit(Line::new("liftBlock").on(OBJECT, id).about(&keys));
        Ok(())
    })
    .await
}

/// The blocks of a patient that stand in the way of a doctor who has a reason for the class: that they stand, and no more.
///
/// # Errors
/// `not_found` without any reason, and under a freeze.
pub async fn in_the_way(app: &App, doctor: &Caller, patient: Uuid) -> Result<Vec<Block>> {
    let mut standing = Vec::new();
    let mut treats = may_open(app, doctor, patient, Class::Clinical, &[BLOCKED]).await?;
    for block in block::of(&app.db.reader(), patient).await?.into_iter().filter(|block| block.lifted_at.is_none()) {
        let class = Class::parse(&block.class).ok_or_else(|| Error::internal("a block of an unknown class"))?;
        if may_open(app, doctor, patient, class, &[BLOCKED]).await? {
            treats = true;
            standing.push(block);
        }
    }
    if treats { Ok(standing) } else { Err(Error::not_found()) }
}

/// Whose block it is, for a doctor who could read the data if it were not blocked.
///
/// # Errors
/// `not_found`.
pub async fn find_for(app: &App, doctor: &Caller, id: Uuid) -> Result<Block> {
    let found = block::find(&app.db.reader(), id).await?.filter(|block| block.lifted_at.is_none());
    let block = found.ok_or_else(Error::not_found)?;
    let class = Class::parse(&block.class).ok_or_else(|| Error::internal("a block of an unknown class"))?;
    if may_open(app, doctor, block.subject, class, &[BLOCKED]).await? { Ok(block) } else { Err(Error::not_found()) }
}

/// Opens what is blocked to a doctor, with his ground, until `until`. It takes his own reason besides.
pub async fn open(
    tx: &mut Tx,
    doctor: &Caller,
    keys: &SubjectKeys,
    (block, ground, until): (&Block, &str, DateTime<Utc>),
) -> Result<Uuid> {
    let class = Class::parse(&block.class).ok_or_else(|| Error::internal("a block of an unknown class"))?;
    let (id, now, subject) = (tx.id(), tx.now(), keys.subject);
    let sealed = doctor.keys.seal(id, &Ground { text: ground.to_owned() })?;
    rows::insert_opening(tx, id, (block.id, subject, doctor.id), (now, until), sealed).await?;
    let (party, basis) = (doctor.id, BLOCKED);
    tx.allow(NewReason { subject, party, class, basis, object: block.id, from: now, until: Some(until) });
    // Whether anything is then read or not, he reads in his log that it was opened.
    tx.audit(Line::new("open").on(OBJECT, block.id).about(keys).of(class).because(BLOCKED));
    Ok(id)
}

/// A block with what was said about it.
pub struct Told {
    pub row: Block,
    pub words: Words,
    pub openings: Vec<Opening>,
}

/// A doctor opened it.
pub struct Opening {
    pub at: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub doctor_name: Option<String>,
    /// For officers.
    pub ground: Option<String>,
}

/// The caller's own blocks, oldest first, lifted ones too.
pub async fn own(app: &App, caller: &Caller, operation: &'static str) -> Result<Vec<Told>> {
    let reader = app.db.reader();
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant(caller.id, Class::Evidence, ("patient", caller.id)).await?;
    let mut told = Vec::new();
    for row in block::of(&reader, caller.id).await? {
        let words = grant.open(row.id, &row.sealed)?;
        let mut opened = Vec::new();
        for opening in rows::openings_of(&reader, row.id).await? {
            let doctor_name = identity::staff_name(app, opening.staff).await?;
            opened.push(Opening { at: opening.at, until: opening.until, doctor_name, ground: None });
        }
        told.push(Told { row, words, openings: opened });
    }
    openings.answer(told).await
}

/// A page of all blocks for officers, newest first, with the grounds of those who opened them.
pub async fn list(
    app: &App,
    officer: &Caller,
    operation: &'static str,
    page: &Paging<Uuid>,
) -> Result<(Vec<Told>, Option<Cursor>)> {
    let reader = app.db.reader();
    let mut found = block::page(&reader, page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| row.id)?;
    let openings = app.openings(officer.actor(operation), officer.asker());
    let mut told = Vec::with_capacity(found.len());
    for row in found {
        let words = match openings.grant_on("request", row.subject, Class::Evidence, (OBJECT, row.id)).await {
            // An erasure on its way: the keys are gone, and the row goes next.
            Err(error) if error.code() == Code::NotFound => continue,
            grant => grant?.open(row.id, &row.sealed)?,
        };
        let mut opened = Vec::new();
        for opening in rows::openings_of(&reader, row.id).await? {
            let grant = openings.grant_on("oversight", opening.staff, Class::Staff, (OBJECT, row.id)).await?;
            let ground: Ground = grant.open(opening.id, &opening.sealed)?;
            let doctor_name = identity::staff_name(app, opening.staff).await?;
            opened.push(Opening { at: opening.at, until: opening.until, doctor_name, ground: Some(ground.text) });
        }
        told.push(Told { row, words, openings: opened });
    }
    openings.answer((told, next_cursor)).await
}
