//! The state of a patient's account, for the rooms that act for him, and its end in a merge.

use super::rows::{self, change};
use super::sessions;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// An account that leads to another one.
pub const MERGED: &str = "merged";

/// How an account stands.
pub struct Account {
    /// Neither leaving nor merged.
    pub is_active: bool,
    /// Within the grace of its deletion.
    pub is_leaving: bool,
    pub accepted_version: Option<String>,
    pub has_profile: bool,
    pub version: i64,
}

/// The account of a patient, if there is one.
pub async fn account(db: &impl ConnectionTrait, subject: Uuid) -> Result<Option<Account>> {
    Ok(rows::find_patient(db, subject).await?.map(|row| Account {
        is_active: row.state == rows::ACTIVE,
        is_leaving: row.state == rows::LEAVING,
        accepted_version: row.accepted_version,
        has_profile: row.identity.is_some(),
        version: row.version,
    }))
}

/// Closes an account that is merged into another: its sessions end, and nobody signs in to it.
///
/// # Errors
/// `state_conflict` for one that leaves, or was merged already.
pub async fn close_merged(tx: &mut Tx, subject: Uuid) -> Result<()> {
    let sql = "UPDATE patient SET state = 'merged' WHERE subject = $1 AND state = 'active'";
    if change(tx, sql, [subject.into()]).await? == 0 {
        return Err(Error::refused(Code::StateConflict));
    }
    sessions::end_all(tx, subject, None).await
}

/// Opens it again.
///
/// # Errors
/// `state_conflict` when it is not merged.
pub async fn reopen_merged(tx: &mut Tx, subject: Uuid) -> Result<()> {
    let sql = "UPDATE patient SET state = 'active' WHERE subject = $1 AND state = 'merged'";
    if change(tx, sql, [subject.into()]).await? == 0 { Err(Error::refused(Code::StateConflict)) } else { Ok(()) }
}

/// A merged account goes with the one that it leads to: it is due at once. False: it is not merged any more.
pub async fn erase_at_once(tx: &mut Tx, subject: Uuid) -> Result<bool> {
    let sql = "UPDATE patient SET state = 'leaving', leaving_since = $2, erase_at = $2 WHERE subject = $1 AND state = 'merged'";
    Ok(change(tx, sql, [subject.into(), tx.now().into()]).await? == 1)
}
