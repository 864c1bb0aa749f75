//! A clinic, or one room of it, that is closed for a time: water in the cellar, a repair, a day of disinfection.

use super::affected::{self, Affected};
use super::hours::checked_room;
use super::office;
use super::rows::{self, ComingFilter};
use super::times::{self, Times};
use super::timetable::Closure;
use crate::app::profile;
use crate::clinic::identity::Caller;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ConnectionTrait;
use std::sync::Arc;
use uuid::Uuid;

/// Most closures that one clinic may have to come.
pub const CLOSURES_MAX: usize = 200;
/// A closure lasts at most so long, and begins within so long from now.
const LONGEST: TimeDelta = TimeDelta::days(366);
const FURTHEST: TimeDelta = TimeDelta::days(1100);

/// Plans a closure: what stands in its way, in which visits.
///
/// # Errors
/// `not_found` for a clinic that is not the caller's; `invalid`; `state_conflict` where there are too many.
pub async fn plan_closure(
    db: &impl ConnectionTrait,
    rules: &profile::Booking,
    caller: &Caller,
    new: &Closure,
    now: DateTime<Utc>,
) -> Result<(Closure, Affected)> {
    office::clinic_for(db, caller, new.clinic).await?;
    let mut faults = Faults::default();
    if new.ends_at <= new.starts_at || new.ends_at - new.starts_at > LONGEST {
        faults.add("/endsAt", Fault::OutOfRange);
    } else if new.ends_at <= now {
        faults.add("/endsAt", Fault::InThePast);
    } else if new.starts_at > now + FURTHEST {
        faults.add("/startsAt", Fault::OutOfRange);
    }
    let room = new.room.as_deref().and_then(|room| faults.check("/room", checked_room(room)));
    faults.into_result()?;
    let closure = Closure { room, ..new.clone() };
    let known = rows::closures(db, &[new.clinic]).await?.remove(&new.clinic).unwrap_or_default();
    if known.iter().filter(|one| one.ends_at > now).count() >= CLOSURES_MAX {
        return Err(Error::refused(Code::StateConflict));
    }
    let filter = ComingFilter {
        doctor: None,
        clinic: Some(new.clinic),
        from: closure.starts_at.max(now),
        until: Some(closure.ends_at),
        after: None,
    };
    let doctors = affected::doctors_of(db, &filter, now).await?;
    let before = Times::hours(db, &doctors, &[new.clinic]).await?;
    let mut after = before.clone();
    let closed = known.into_iter().chain(std::iter::once(closure.clone())).collect();
    after.closures.insert(new.clinic, Arc::new(closed));
    let affected = affected::by_change(db, rules, &filter, (&before, &after), now).await?;
    Ok((closure, affected))
}

/// Carries out what was planned, and drops what is over.
pub async fn create_closure(tx: &mut Tx, closure: &Closure) -> Result<()> {
    rows::drop_closures(tx, closure.clinic, tx.now()).await?;
    rows::insert_closure(tx, closure, tx.now()).await?;
    times::closures_changed(tx, closure.clinic);
    tx.audit(Line::new("addClosure").on("clinic", closure.clinic));
    Ok(())
}

/// A closure of one of the caller's clinics.
///
/// # Errors
/// `not_found`.
pub async fn closure_for(db: &impl ConnectionTrait, caller: &Caller, id: Uuid) -> Result<Closure> {
    rows::closure(db, id).await?.filter(|one| caller.clinics.serve(one.clinic)).ok_or_else(Error::not_found)
}

/// Whose visits a clinic that works no more would have seen, from now on. They stay: this is what is left to move or to cancel.
pub async fn by_closing(
    db: &impl ConnectionTrait,
    rules: &profile::Booking,
    clinic: Uuid,
    now: DateTime<Utc>,
) -> Result<Affected> {
    let filter = ComingFilter { doctor: None, clinic: Some(clinic), from: now, until: None, after: None };
    let doctors = affected::doctors_of(db, &filter, now).await?;
    let before = Times::hours(db, &doctors, &[clinic]).await?;
    let mut after = before.clone();
    let forever = Closure { id: Uuid::nil(), clinic, room: None, starts_at: now, ends_at: now + FURTHEST };
    after.closures.insert(clinic, Arc::new(vec![forever]));
    affected::by_change(db, rules, &filter, (&before, &after), now).await
}

/// Opens again what was to be closed.
///
/// # Errors
/// As `closure_for`.
pub async fn delete_closure(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<()> {
    let closure = closure_for(tx, caller, id).await?;
    rows::delete_closure(tx, id).await?;
    times::closures_changed(tx, closure.clinic);
    tx.audit(Line::new("dropClosure").on("clinic", closure.clinic));
    Ok(())
}
