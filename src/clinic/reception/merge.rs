//! Two accounts of one person. The second is closed and leads to the first: its numbers sign in there, and its owner reads
//! there what the second one holds. Nothing sealed is moved, so that it can be undone.

use super::found;
use super::rows::{self, change, person_merge};
use crate::app::App;
use crate::clinic::identity;
use crate::clinic::identity::Caller;
use crate::clinic::privacy;
use crate::kernel::access::{self, NewReason};
use crate::kernel::alias;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::freeze;
use crate::kernel::vault::{Class, SubjectKeys};
use chrono::{DateTime, Utc};
use sea_orm::Set;
use uuid::Uuid;

/// The basis of what the survivor reads of the account that was merged into his.
pub const MERGED: &str = "merged";
/// Classes that a person reads of his second account.
const READ: [Class; 5] = [Class::Identity, Class::Contact, Class::Clinical, Class::Billing, Class::Evidence];

/// A merge that stands.
pub struct Merged {
    pub id: Uuid,
    pub at: DateTime<Utc>,
}

/// The keys of both, for a merge.
pub struct Both {
    pub survivor: std::sync::Arc<SubjectKeys>,
    pub other: std::sync::Arc<SubjectKeys>,
}

impl Both {
    /// # Errors
    /// `invalid` where they are one already; `not_found` for whom this desk did not find.
    pub async fn find(app: &App, caller: &Caller, survivor: Uuid, other: Uuid) -> Result<Self> {
        if survivor == other {
            return Err(Error::field("/otherId", Fault::Duplicate));
        }
        for patient in [survivor, other] {
            privacy::check_found(&app.db.reader(), caller, patient, app.ambient.now()).await?;
        }
        Ok(Self { survivor: app.vault.keys(survivor).await?, other: app.vault.keys(other).await? })
    }
}

/// Makes one account of two. Who each of them is this staff member has checked within the last minutes.
///
/// # Errors
/// `not_found`; `deletion_pending`; `identity_check_required`; `frozen` where access to either is forbidden, which a merge would
/// get around; `state_conflict` where either was merged before, or has others merged into it that would be lost sight of.
pub async fn merge(tx: &mut Tx, caller: &Caller, both: &Both) -> Result<Merged> {
    let (survivor, other) = (both.survivor.subject, both.other.subject);
    tx.hold(&[survivor, other]).await?;
    let survivor_check = check(tx, caller, survivor).await?;
    let other_check = check(tx, caller, other).await?;
    if !alias::merged_into(tx, other).await?.is_empty() {
        return Err(Error::refused(Code::StateConflict));
    }
    identity::close_merged(tx, other).await?;
    alias::join(tx, other, survivor).await?;
    let (id, at) = (tx.id(), tx.now());
    let row = person_merge::ActiveModel {
        id: Set(id),
        survivor: Set(survivor),
        other: Set(other),
        staff: Set(caller.id),
        at: Set(at),
        survivor_check: Set(survivor_check),
        other_check: Set(other_check),
        undone_at: Set(None),
        undone_by: Set(None),
    };
    rows::insert(tx, row).await?;
    for class in READ {
        tx.allow(NewReason { subject: other, party: survivor, class, basis: MERGED, object: id, from: at, until: None });
    }
    for keys in [&both.survivor, &both.other] {
        tx.audit(Line::new("merge").on("merge", id).about(keys).because(MERGED));
    }
    Ok(Merged { id, at })
}

/// Takes the last merge into this account apart again. Every session of it ends, for some may have come by the numbers of
/// the other.
///
/// # Errors
/// `not_found`, also where nothing is merged; `deletion_pending`; `identity_check_required`; `frozen`.
pub async fn undo(tx: &mut Tx, caller: &Caller, survivor: &SubjectKeys) -> Result<()> {
    check(tx, caller, survivor.subject).await?;
    let row = rows::last_merge(tx, survivor.subject).await?.ok_or_else(Error::not_found)?;
    let sql = "UPDATE person_merge SET undone_at = $2, undone_by = $3 WHERE id = $1 AND undone_at IS NULL";
    if change(tx, sql, [row.id.into(), tx.now().into(), caller.id.into()]).await? == 0 {
        return Err(Error::refused(Code::StateConflict));
    }
    identity::reopen_merged(tx, row.other).await?;
    alias::part(tx, row.other).await?;
    access::drop_reasons(tx, row.id).await?;
    identity::end_sessions(tx, survivor.subject, None).await?;
    tx.audit(Line::new("undoMerge").on("merge", row.id).about(survivor).because(MERGED));
    Ok(())
}

/// The check of who somebody is, of a patient for whom the desk may act and to whom nothing is forbidden.
async fn check(tx: &Tx, caller: &Caller, patient: Uuid) -> Result<Uuid> {
    found(tx, caller, patient, tx.now()).await?;
    let check = privacy::standing_check(tx, caller, patient).await?;
    if freeze::standing(tx, patient).await?.is_empty() { Ok(check) } else { Err(Error::refused(Code::Frozen)) }
}
