//! Reception: the desk and the call centre. What staff do for people who came, called or wrote: enter them, book for them,
//! tell them their rights, make one account of two; and those who only asked.
//!
//! Tables: `registration`, `rights_notice`, `lead`, `person_merge`. Invariants: the desk acts for a patient whom it has found
//! within the last minutes, and for nobody else; where the profile wants it, nobody is entered or booked of whom it is not
//! recorded that he was told his rights; a lead is under keys of its own, which go with it on `purge_at`; an account is
//! merged into at most one other, nothing sealed is moved for it, and it can be undone; credentials are issued, addresses set
//! and attestations written down for whom this desk has found and whose identity it has just checked.

pub mod api;
mod bookings;
mod credential_slip;
mod credentials;
mod leads;
mod merge;
mod number_claims;
mod patient_policies;
mod patients;
mod privacy;
mod rights;
mod rows;
mod slip;
mod tasks;
mod waiting;

pub use leads::is_theirs as is_lead;
pub use privacy::ROOM;

use crate::clinic::identity::{self, Account, Caller};
use crate::clinic::privacy as rights_of_people;
use crate::kernel::error::{Code, Error, Result};
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// The account of a patient whom this desk has found and may do something for.
///
/// # Errors
/// `not_found` for whom it did not find, and for an account that leads to another one; `deletion_pending`.
async fn found(db: &impl ConnectionTrait, caller: &Caller, patient: Uuid, now: DateTime<Utc>) -> Result<Account> {
    rights_of_people::check_found(db, caller, patient, now).await?;
    let account = identity::account(db, patient).await?.ok_or_else(Error::not_found)?;
    match account {
        Account { is_leaving: true, .. } => Err(Error::refused(Code::DeletionPending)),
        Account { is_active: false, .. } => Err(Error::not_found()),
        account => Ok(account),
    }
}
