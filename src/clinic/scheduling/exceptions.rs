//! Dates on which a doctor receives at other times than in his week. Why is not asked.

use super::hours::{Plan, Reach, bare_place, checked_room, fault_of, plan, today};
use super::rows;
use super::times;
use super::timetable::{Change, Exception, Stretch, Timetable};
use crate::app::profile;
use crate::clinic::identity::Caller;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Faults, Result, Span};
use chrono::{DateTime, Days, NaiveDate, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// Most exceptions that one doctor may have to come.
pub const EXCEPTIONS_MAX: usize = 200;
/// Most parts of a day in one exception.
const STRETCHES_MAX: usize = 10;
/// An exception lasts at most so many days, and ends within so many from today.
const DAYS_MAX: i64 = 366;
const DAYS_AHEAD_MAX: i64 = 1100;

/// An exception as it is asked for.
#[derive(Clone, Debug)]
pub struct NewException {
    pub change: Change,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    pub clinic: Option<Uuid>,
    pub room: Option<String>,
    pub stretches: Vec<Stretch>,
}

/// Plans an exception.
///
/// # Errors
/// `not_found`; `invalid`, `duplicate` where it meets other exceptions or hours; `state_conflict` where there are too many.
pub async fn plan_exception(
    db: &impl ConnectionTrait,
    rules: &profile::Booking,
    caller: &Caller,
    (doctor, id): (Uuid, Uuid),
    new: &NewException,
    now: DateTime<Utc>,
) -> Result<(Plan, Exception)> {
    let reach = Reach::find(db, caller, doctor).await?;
    let (_, before) = reach.times(db).await?;
    let exception = checked(&reach, id, new, now)?;
    let yesterday = yesterday(now);
    let coming: Vec<Exception> = before.exceptions.iter().filter(|one| one.last_day >= yesterday).cloned().collect();
    if coming.len() >= EXCEPTIONS_MAX {
        return Err(Error::refused(Code::StateConflict));
    }
    if coming.iter().any(|other| clashes(&exception, other)) {
        return Err(Error::field("/from", Fault::Duplicate));
    }
    let mut after = Timetable { weekly: before.weekly.clone(), exceptions: coming };
    check_apart(rules, &reach, &exception, &after)?;
    check_room(db, rules, &reach, &exception).await?;
    after.exceptions.push(exception.clone());
    Ok((plan(db, rules, &reach, after, now).await?, exception))
}

/// Carries out what was planned, and drops what is over.
pub async fn create_exception(tx: &mut Tx, plan: &Plan, exception: &Exception) -> Result<()> {
    rows::drop_exceptions(tx, plan.doctor, yesterday(tx.now())).await?;
    rows::insert_exception(tx, plan.doctor, exception, tx.now()).await?;
    times::hours_changed(tx, plan.doctor);
    tx.audit(Line::new("addHoursException").on("doctor", plan.doctor));
    Ok(())
}

/// Plans that an exception is taken back: extra hours may have visits.
///
/// # Errors
/// `not_found`, also for an exception that reaches beyond the caller's clinics.
pub async fn plan_removal(
    db: &impl ConnectionTrait,
    rules: &profile::Booking,
    caller: &Caller,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Plan> {
    let (doctor, exception) = rows::exception(db, id).await?.ok_or_else(Error::not_found)?;
    let reach = Reach::find(db, caller, doctor).await?;
    if !exception.clinic.map_or_else(|| reach.serves_all(), |clinic| reach.serves(clinic)) {
        return Err(Error::not_found());
    }
    let (_, before) = reach.times(db).await?;
    let mut after = Timetable::clone(&before);
    after.exceptions.retain(|one| one.id != id);
    plan(db, rules, &reach, after, now).await
}

/// Carries out what was planned.
pub async fn delete_exception(tx: &mut Tx, plan: &Plan, id: Uuid) -> Result<()> {
    rows::delete_exception(tx, id).await?;
    times::hours_changed(tx, plan.doctor);
    tx.audit(Line::new("dropHoursException").on("doctor", plan.doctor));
    Ok(())
}

/// Somewhere it may still be the day before.
fn yesterday(now: DateTime<Utc>) -> NaiveDate {
    now.date_naive() - Days::new(1)
}

fn checked(reach: &Reach, id: Uuid, new: &NewException, now: DateTime<Utc>) -> Result<Exception> {
    let mut faults = Faults::default();
    let is_day_off = new.change == Change::DayOff;
    // A day off without a clinic is one everywhere: for that the caller must be at home everywhere.
    let clinic = if is_day_off && new.clinic.is_none() {
        if !reach.serves_all() {
            faults.add("/clinicId", Fault::Required);
        }
        None
    } else {
        faults.check("/clinicId", reach.clinic(new.clinic)).map(|(clinic, _)| clinic)
    };
    let zone = clinic.map_or_else(|| reach.clinics.first().map_or(chrono_tz::UTC, |(_, zone)| *zone), |one| reach.zone_of(one));
    let today = today(zone, now);
    if new.last_day < new.first_day || (new.last_day - new.first_day).num_days() >= DAYS_MAX {
        faults.add("/until", Fault::OutOfRange);
    } else if new.last_day < today {
        faults.add("/until", Fault::InThePast);
    } else if (new.last_day - today).num_days() > DAYS_AHEAD_MAX {
        faults.add("/until", Fault::OutOfRange);
    }
    match (is_day_off, new.stretches.len()) {
        (true, 1..) => faults.add("/hours", Fault::NotAsked),
        (false, 0) => faults.add("/hours", Fault::Required),
        (false, count) if count > STRETCHES_MAX => faults.add("/hours", Fault::TooLong),
        _ => {}
    }
    for (index, stretch) in new.stretches.iter().enumerate() {
        if let Some(fault) = fault_of(*stretch) {
            faults.add(format!("/hours/{index}/to"), fault);
        }
        if new.stretches.iter().take(index).any(|other| other.meets(*stretch)) {
            faults.add(format!("/hours/{index}"), Fault::Duplicate);
        }
    }
    if is_day_off && new.room.is_some() {
        faults.add("/room", Fault::NotAsked);
    }
    let room = new.room.as_deref().and_then(|room| faults.check("/room", checked_room(room)));
    faults.into_result()?;
    let NewException { change, first_day, last_day, stretches, .. } = new.clone();
    Ok(Exception { id, change, first_day, last_day, clinic, room, stretches })
}

/// Whether the two say different things of the same date. Extra hours stand beside others, but not on a day off.
fn clashes(new: &Exception, other: &Exception) -> bool {
    let same_days = new.first_day <= other.last_day && other.first_day <= new.last_day;
    let same_clinic = new.clinic.is_none() || other.clinic.is_none() || new.clinic == other.clinic;
    let is_extra = |one: &Exception| one.change == Change::ExtraHours;
    let is_off = |one: &Exception| one.change == Change::DayOff;
    let stand_together = (is_extra(new) || is_extra(other)) && !is_off(new) && !is_off(other);
    same_days && same_clinic && !stand_together
}

/// New hours meet none that the doctor keeps on those dates, here or in another clinic.
fn check_apart(rules: &profile::Booking, reach: &Reach, new: &Exception, before: &Timetable) -> Result<()> {
    let Some(clinic) = new.clinic.filter(|_| new.change != Change::DayOff) else { return Ok(()) };
    let new_alone = Timetable { weekly: Vec::new(), exceptions: vec![new.clone()] };
    let here = bare_place(rules, clinic, reach.zone_of(clinic));
    for date in new.days() {
        let own: Vec<Span> = new_alone.open(&here, date..=date);
        for (other, zone) in &reach.clinics {
            // What the new hours replace is no obstacle.
            if *other == clinic && new.change == Change::OtherHours {
                continue;
            }
            // In another zone the same moment may have another date.
            let around = (date - Days::new(1))..=(date + Days::new(1));
            let kept = before.open(&bare_place(rules, *other, *zone), around);
            let meets = |a: &Span| kept.iter().any(|b| a.starts_at < b.ends_at && b.starts_at < a.ends_at);
            if own.iter().any(meets) {
                return Err(Error::field("/hours", Fault::Duplicate));
            }
        }
    }
    Ok(())
}

/// One doctor per room at a time.
async fn check_room(db: &impl ConnectionTrait, rules: &profile::Booking, reach: &Reach, new: &Exception) -> Result<()> {
    let (Some(clinic), Some(room)) = (new.clinic, new.room.as_ref()) else { return Ok(()) };
    let others = rows::others_in_room(db, clinic, std::slice::from_ref(room), reach.doctor).await?;
    let others = rows::timetables(db, &others).await?;
    let place = bare_place(rules, clinic, reach.zone_of(clinic));
    for date in new.days() {
        for other in others.values() {
            let theirs = other.parts(&place, date);
            let meets = |hours: &Stretch| theirs.iter().any(|part| part.room == Some(room.as_str()) && part.hours.meets(*hours));
            if new.stretches.iter().any(meets) {
                return Err(Error::field("/room", Fault::Duplicate));
            }
        }
    }
    Ok(())
}
