//! What an officer does with a request: takes it, extends its term with reasons, answers or refuses it. The person is told
//! of each, and reads what was said.

use super::alarms;
use super::kind::{RequestAct, RequestState};
use super::request::{OBJECT, TEXT_CHARS, Words};
use super::rows::{self, Request};
use crate::clinic::identity::Caller;
use crate::clinic::notifications::{self, Kind};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::text::{check_line, check_text};
use crate::kernel::vault::{Class, SubjectKeys};
use uuid::Uuid;

const RULE_CHARS: usize = 300;
/// Fewer characters are no reasons.
const REASONS_CHARS_MIN: usize = 10;

/// What an officer says.
pub fn words(text: &str, rule: Option<&str>) -> Result<Words> {
    let mut faults = Faults::default();
    let text = check_text(text.trim(), TEXT_CHARS).and_then(|text| match text.chars().count() {
        0..REASONS_CHARS_MIN => Err(Fault::TooShort),
        _ => Ok(text),
    });
    let text = faults.check("/text", text);
    let rule = rule.and_then(|rule| faults.check("/rule", check_line(rule.trim(), RULE_CHARS)));
    faults.into_result()?;
    Ok(Words { text: text.unwrap_or_default(), rule })
}

/// Takes an open request. To take one's own again changes nothing.
///
/// # Errors
/// `not_found`; `already_claimed` when another officer has it; `state_conflict` once it is closed.
pub async fn take(tx: &mut Tx, officer: &Caller, keys: &SubjectKeys, id: Uuid) -> Result<()> {
    let row = find(tx, id).await?;
    if !rows::take(tx, id, officer.id).await? {
        let code = if row.closed_at.is_some() { Code::StateConflict } else { Code::AlreadyClaimed };
        return Err(Error::refused(code));
    }
    if row.officer.is_none() {
        note(tx, officer, keys, &row, RequestAct::Taken, None).await?;
    }
    Ok(())
}

/// Extends the term, once, before it ends. The reasons go to the person at once.
///
/// # Errors
/// `not_found`; `refused_by_profile` where the law extends no such term; `too_late` after its end; `state_conflict` for a
/// second extension, and once it is closed.
pub async fn extend(tx: &mut Tx, officer: &Caller, keys: &SubjectKeys, id: Uuid, words: &Words) -> Result<()> {
    let row = find(tx, id).await?;
    if row.closed_at.is_some() || row.extended_at.is_some() {
        return Err(Error::refused(Code::StateConflict));
    }
    let Some(due_at) = row.extend_to else { return Err(Error::refused(Code::RefusedByProfile)) };
    // The notice belongs into the first term: afterwards there is nothing to extend.
    if row.due_at <= tx.now() {
        return Err(Error::refused(Code::TooLate));
    }
    if !rows::extend(tx, id, tx.now()).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    let extended = Request { due_at, ..row };
    alarms::set(tx, &extended);
    note(tx, officer, keys, &extended, RequestAct::Extended, Some(words)).await?;
    notifications::tell(tx, extended.subject, Kind::RequestChanged, id).await
}

/// Answers a request, or refuses it with reasons.
///
/// # Errors
/// `not_found`; `state_conflict` once it is closed.
pub async fn close(
    tx: &mut Tx,
    officer: &Caller,
    keys: &SubjectKeys,
    id: Uuid,
    (act, words): (RequestAct, &Words),
) -> Result<()> {
    let row = find(tx, id).await?;
    let state = if act == RequestAct::Refused { RequestState::Refused } else { RequestState::Answered };
    if !rows::close(tx, id, state, tx.now()).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    note(tx, officer, keys, &row, act, Some(words)).await?;
    notifications::tell(tx, row.subject, Kind::RequestChanged, id).await
}

async fn find(tx: &Tx, id: Uuid) -> Result<Request> {
    rows::find(tx, id).await?.ok_or_else(Error::not_found)
}

async fn note(
    tx: &mut Tx,
    officer: &Caller,
    keys: &SubjectKeys,
    row: &Request,
    act: RequestAct,
    words: Option<&Words>,
) -> Result<()> {
    let (id, at) = (tx.id(), tx.now());
    let sealed = words.map(|words| keys.seal(id, words)).transpose()?;
    rows::insert_act(tx, id, row, (act, Some(officer.id), at), sealed).await?;
    let action = match act {
        RequestAct::Taken => "take",
        RequestAct::Extended => "extend",
        RequestAct::Answered => "answer",
        RequestAct::Refused => "refuse",
        RequestAct::Withdrawn => "withdraw",
    };
    tx.audit(Line::new(action).on(OBJECT, row.id).about(keys).of(Class::Evidence));
    Ok(())
}
