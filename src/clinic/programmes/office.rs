//! Programmes, as administrators write them.

use super::enrolment;
use super::rows::{self, Programme};
use super::tasks::EndEnrolments;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::Task;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

const OBJECT: &str = "programme";

pub async fn is_there(db: &impl ConnectionTrait, id: Uuid) -> Result<bool> {
    Ok(rows::programme(db, id).await?.is_some())
}

pub async fn add(tx: &mut Tx, row: &Programme) -> Result<()> {
    rows::insert_programme(tx, row, tx.now()).await?;
    tx.audit(Line::new("addProgramme").on(OBJECT, row.id));
    Ok(())
}

/// Puts what a programme is to be in the place of what it was. Whoever takes part stays; new places go to those who wait.
///
/// # Errors
/// `not_found`; `state_conflict` when it has ended, or has fewer places than are taken; what `is_current` refuses.
pub async fn put(tx: &mut Tx, row: Programme, is_current: impl Fn(i64) -> Result<()>) -> Result<Programme> {
    tx.hold(&[row.id]).await?;
    let was = rows::programme(tx, row.id).await?.ok_or_else(Error::not_found)?;
    is_current(was.version)?;
    if !rows::update_programme(tx, &row).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    tx.audit(Line::new("changeProgramme").on(OBJECT, row.id));
    enrolment::move_up(tx, row.id).await?;
    rows::programme(tx, row.id).await?.ok_or_else(Error::not_found)
}

/// Ends a programme: nobody enters it any more, and the part of everybody in it ends. From then on terms run.
///
/// # Errors
/// `not_found`; `state_conflict` when it has ended.
pub async fn end(tx: &mut Tx, id: Uuid) -> Result<()> {
    tx.hold(&[id]).await?;
    rows::programme(tx, id).await?.ok_or_else(Error::not_found)?;
    if !rows::end_programme(tx, id, tx.now()).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    tx.enqueue(EndEnrolments { programme: id }.task().once(format!("{}:{id}", EndEnrolments::KIND)));
    tx.audit(Line::new("endProgramme").on(OBJECT, id));
    Ok(())
}
