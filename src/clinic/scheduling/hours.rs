//! A doctor's hours, as the office and he himself change them. A change is planned first: what it makes of his timetable, and
//! which visits lose their time by it. A plan that is only looked at changes nothing; one that is carried out leaves every
//! visit standing, for staff to move or to cancel.

use super::affected::{self, Affected};
use super::office;
use super::rows::{self, ComingFilter};
use super::slots::DAY_MIN;
use super::times::{self, Times};
use super::timetable::{Closure, Opening, Place, Stretch, Timetable};
use crate::app::profile;
use crate::clinic::identity::{Caller, Role};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Faults, Result};
use crate::kernel::text::check_line;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use sea_orm::ConnectionTrait;
use std::sync::Arc;
use uuid::Uuid;

/// Most stretches of a week that one doctor may have.
const OPENINGS_MAX: usize = 100;
/// Most breaks in one stretch.
const BREAKS_MAX: usize = 10;
/// What a door says, in characters.
const ROOM_CHARS: usize = 40;

/// A doctor whose hours the caller may change, with his clinics, the first one first.
pub struct Reach {
    pub doctor: Uuid,
    pub clinics: Vec<(Uuid, Tz)>,
    /// Those in which the caller may change something.
    served: Vec<Uuid>,
}

impl Reach {
    /// # Errors
    /// `not_found` for a doctor of others and for none alike; also for a doctor that asks for somebody else.
    pub async fn find(db: &impl ConnectionTrait, caller: &Caller, doctor: Uuid) -> Result<Self> {
        let is_own = caller.role == Role::Doctor;
        if is_own && caller.id != doctor {
            return Err(Error::not_found());
        }
        rows::doctor_of_office(db, doctor).await?.ok_or_else(Error::not_found)?;
        let mut clinics = Vec::new();
        for (clinic, zone) in rows::clinics_of(db, doctor).await? {
            clinics.push((clinic, office::zone(&zone)?));
        }
        let served = clinics.iter().map(|(clinic, _)| *clinic).filter(|clinic| is_own || caller.clinics.serve(*clinic));
        let served: Vec<Uuid> = served.collect();
        if served.is_empty() { Err(Error::not_found()) } else { Ok(Self { doctor, clinics, served }) }
    }

    pub fn serves(&self, clinic: Uuid) -> bool {
        self.served.contains(&clinic)
    }

    /// Whether the caller may change something in every clinic of the doctor.
    pub fn serves_all(&self) -> bool {
        self.served.len() == self.clinics.len()
    }

    /// The clinic that is meant: the one that is named, or else the doctor's first.
    ///
    /// # Errors
    /// `unknown_value` where the doctor does not receive, or the caller may change nothing.
    pub fn clinic(&self, named: Option<Uuid>) -> Result<(Uuid, Tz), Fault> {
        let found = match named {
            Some(named) => self.clinics.iter().find(|(clinic, _)| *clinic == named),
            None => self.clinics.first(),
        };
        found.copied().filter(|(clinic, _)| self.serves(*clinic)).ok_or(Fault::UnknownValue)
    }

    pub fn zone_of(&self, clinic: Uuid) -> Tz {
        self.clinics.iter().find(|(own, _)| *own == clinic).map_or(Tz::UTC, |(_, zone)| *zone)
    }

    /// The doctor's timetable, and what is closed where he receives.
    pub async fn times(&self, db: &impl ConnectionTrait) -> Result<(Times, Arc<Timetable>)> {
        let clinics: Vec<Uuid> = self.clinics.iter().map(|(clinic, _)| *clinic).collect();
        let times = Times::hours(db, &[self.doctor], &clinics).await?;
        let timetable = times.timetables.get(&self.doctor).cloned().unwrap_or_default();
        Ok((times, timetable))
    }
}

/// One stretch of a week as it is asked for: without a clinic it is the doctor's first.
#[derive(Clone, Debug)]
pub struct NewOpening {
    pub opening: Opening,
    pub clinic: Option<Uuid>,
}

/// Changes of the same doctor's hours, and of the rooms where he receives, come one after the other.
pub async fn hold(tx: &Tx, doctor: Uuid) -> Result<()> {
    let clinics = rows::clinics_of(tx, doctor).await?;
    let keys: Vec<Uuid> = clinics.into_iter().map(|(clinic, _)| clinic).chain(std::iter::once(doctor)).collect();
    tx.hold(&keys).await
}

/// What a change makes of a doctor's timetable, and whom it affects.
pub struct Plan {
    pub doctor: Uuid,
    pub after: Timetable,
    pub affected: Affected,
}

/// Compares the doctor's timetable with what it would be, for the visits to come.
pub async fn plan(
    db: &impl ConnectionTrait,
    rules: &profile::Booking,
    reach: &Reach,
    after: Timetable,
    now: DateTime<Utc>,
) -> Result<Plan> {
    let (before, _) = reach.times(db).await?;
    let mut changed = before.clone();
    changed.timetables.insert(reach.doctor, Arc::new(after.clone()));
    let filter = ComingFilter { doctor: Some(reach.doctor), clinic: None, from: now, until: None, after: None };
    let affected = affected::by_change(db, rules, &filter, (&before, &changed), now).await?;
    Ok(Plan { doctor: reach.doctor, after, affected })
}

/// Plans the hours that take the place of all that the doctor has in the caller's clinics. Those elsewhere stay.
///
/// # Errors
/// `not_found`; `invalid` at `/hours/N/…`.
pub async fn plan_hours(
    db: &impl ConnectionTrait,
    rules: &profile::Booking,
    caller: &Caller,
    doctor: Uuid,
    new: &[NewOpening],
    now: DateTime<Utc>,
) -> Result<Plan> {
    if new.len() > OPENINGS_MAX {
        return Err(Error::field("/hours", Fault::TooLong));
    }
    let reach = Reach::find(db, caller, doctor).await?;
    let (_, before) = reach.times(db).await?;
    let elsewhere: Vec<Opening> = before.weekly.iter().filter(|one| !reach.serves(one.clinic)).cloned().collect();
    let mut faults = Faults::default();
    let mut openings: Vec<Opening> = Vec::with_capacity(new.len());
    for (index, new) in new.iter().enumerate() {
        let at = format!("/hours/{index}");
        let opening = checked(&reach, new, &at, now, &mut faults);
        if openings.iter().chain(&elsewhere).any(|other| other.meets(&opening)) {
            faults.add(&at, Fault::Duplicate);
        }
        openings.push(opening);
    }
    faults.into_result()?;
    check_rooms(db, doctor, &openings).await?;
    let weekly = elsewhere.into_iter().chain(openings).collect();
    plan(db, rules, &reach, Timetable { weekly, exceptions: before.exceptions.clone() }, now).await
}

/// Carries out what was planned for the week.
pub async fn put_hours(tx: &mut Tx, plan: &Plan) -> Result<()> {
    let openings: Vec<(Uuid, &Opening)> = plan.after.weekly.iter().map(|opening| (tx.id(), opening)).collect();
    rows::replace_hours(tx, plan.doctor, &openings).await?;
    times::hours_changed(tx, plan.doctor);
    tx.audit(Line::new("replaceHours").on("doctor", plan.doctor));
    Ok(())
}

fn checked(reach: &Reach, new: &NewOpening, at: &str, now: DateTime<Utc>, faults: &mut Faults) -> Opening {
    let mut opening = new.opening.clone();
    if let Some(fault) = fault_of(opening.hours) {
        faults.add(format!("{at}/to"), fault);
    }
    if opening.breaks.len() > BREAKS_MAX {
        faults.add(format!("{at}/breaks"), Fault::TooLong);
    }
    opening.breaks.sort_by_key(|pause| pause.from_min);
    let apart = opening.breaks.windows(2).all(|pair| matches!(pair, [a, b] if !a.meets(*b)));
    let within = |pause: &Stretch| fault_of(*pause).is_none() && pause.within(opening.hours);
    if !apart || !opening.breaks.iter().all(within) {
        faults.add(format!("{at}/breaks"), Fault::OutOfRange);
    }
    if matches!((opening.valid_from, opening.valid_until), (Some(first), Some(last)) if last < first) {
        faults.add(format!("{at}/validUntil"), Fault::OutOfRange);
    }
    if let Some((clinic, zone)) = faults.check(format!("{at}/clinicId"), reach.clinic(new.clinic)) {
        opening.clinic = clinic;
        if opening.valid_until.is_some_and(|last| last < today(zone, now)) {
            faults.add(format!("{at}/validUntil"), Fault::InThePast);
        }
    }
    opening.room = opening.room.as_deref().and_then(|room| faults.check(format!("{at}/room"), checked_room(room)));
    opening
}

/// What is wrong with the edges of a part of a day.
pub fn fault_of(stretch: Stretch) -> Option<Fault> {
    let is_whole = (0..DAY_MIN).contains(&stretch.from_min) && stretch.from_min < stretch.to_min && stretch.to_min <= DAY_MIN;
    (!is_whole).then_some(Fault::OutOfRange)
}

/// # Errors
/// What is wrong with the text.
pub fn checked_room(room: &str) -> Result<String, Fault> {
    match room.trim() {
        "" => Err(Fault::Required),
        room => check_line(room, ROOM_CHARS),
    }
}

pub fn today(zone: Tz, now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&zone).date_naive()
}

/// One doctor per room at a time.
///
/// # Errors
/// `invalid` at `/hours/N/room`, `duplicate`, where somebody else has it in his week.
async fn check_rooms(db: &impl ConnectionTrait, doctor: Uuid, openings: &[Opening]) -> Result<()> {
    let mut faults = Faults::default();
    let mut clinics: Vec<Uuid> = openings.iter().filter(|one| one.room.is_some()).map(|one| one.clinic).collect();
    clinics.sort_unstable();
    clinics.dedup();
    for clinic in clinics {
        let here = || openings.iter().enumerate().filter(|(_, one)| one.clinic == clinic);
        let rooms: Vec<String> = here().filter_map(|(_, one)| one.room.clone()).collect();
        let others = rows::others_in_room(db, clinic, &rooms, doctor).await?;
        let others = rows::timetables(db, &others).await?;
        for (index, opening) in here().filter(|(_, one)| one.room.is_some()) {
            let has = |other: &Opening| other.clinic == clinic && other.room == opening.room && other.meets(opening);
            if others.values().any(|other| other.weekly.iter().any(has)) {
                faults.add(format!("/hours/{index}/room"), Fault::Duplicate);
            }
        }
    }
    faults.into_result()
}

/// A place of the doctor without closures, to compare hours with hours.
pub fn bare_place<'a>(rules: &'a profile::Booking, clinic: Uuid, zone: Tz) -> Place<'a> {
    const NONE: &[Closure] = &[];
    Place { clinic, zone, closures: NONE, holidays: &rules.holidays }
}
