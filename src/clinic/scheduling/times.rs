//! What decides when somebody can come: hours, closures, and what is taken, of many doctors at once. Read from the database,
//! or for what is only shown from memory, which is never older than a second. In memory the calendar is cut into leaves, so
//! that a booking makes a node forget some days of one doctor and no more.

use super::rows::{self, Booking, DoctorRow, Machine, Practice, ServiceRow, Taken};
use super::slots::{self, Measure};
use super::timetable::{Closure, Place, Timetable};
use crate::app::App;
use crate::app::profile;
use crate::kernel::db::Tx;
use crate::kernel::error::{Result, Span};
use crate::kernel::memory::Memory;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use sea_orm::ConnectionTrait;
use std::any::Any;
use std::collections::HashMap;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;
use uuid::Uuid;

const LEAF_S: i64 = 16 * 86_400;
/// A visit that begins on a leaf reaches no further beyond it.
const MARGIN: TimeDelta = TimeDelta::days(1);

const TIMETABLE: &str = "timetable";
const CLOSURES: &str = "closures";
const TAKEN: &str = "taken";
const MACHINES: &str = "machines";

/// Which leaf of the calendar an instant stands on.
pub fn leaf_of(moment: DateTime<Utc>) -> i64 {
    moment.timestamp().div_euclid(LEAF_S)
}

/// The instants of a leaf.
pub fn leaf(number: i64) -> Option<Range<DateTime<Utc>>> {
    let start = DateTime::from_timestamp(number.checked_mul(LEAF_S)?, 0)?;
    Some(start..start.checked_add_signed(TimeDelta::seconds(LEAF_S))?)
}

/// The hours of a doctor are others now.
pub fn hours_changed(tx: &mut Tx, doctor: Uuid) {
    tx.forget((TIMETABLE, doctor, 0));
}

/// What is closed in a clinic is something else now.
pub fn closures_changed(tx: &mut Tx, clinic: Uuid) {
    tx.forget((CLOSURES, clinic, 0));
}

/// A booking takes time, or gives it back: this node shows so at once. Where nobody says it, a second later.
pub fn taken_changed(tx: &mut Tx, booking: &Booking) {
    for number in leaf_of(booking.blocks_from - MARGIN)..=leaf_of(booking.blocks_until + MARGIN) {
        tx.forget((TAKEN, booking.doctor, number));
        tx.forget((MACHINES, booking.clinic, number));
    }
}

/// Whose time is asked for, where, and what a visit takes of it.
#[derive(Clone, Debug)]
pub struct Terms {
    pub doctor: Uuid,
    pub clinic: Uuid,
    pub zone: Tz,
    pub measure: Measure,
    /// Minutes. None: as the profile says.
    pub lead_min: Option<i32>,
    /// The kind of machine that is needed.
    pub equipment: Option<String>,
}

impl Terms {
    pub fn of(practice: &Practice) -> Result<Self> {
        Ok(Self {
            doctor: practice.doctor,
            clinic: practice.clinic,
            zone: super::office::zone(&practice.zone)?,
            measure: practice.measure(),
            lead_min: practice.lead_min,
            equipment: practice.equipment.clone(),
        })
    }

    pub fn of_done(doctor: &DoctorRow, service: &ServiceRow) -> Result<Self> {
        Ok(Self {
            doctor: doctor.id,
            clinic: doctor.clinic,
            zone: super::office::zone(&doctor.zone)?,
            measure: Measure::of_minutes(service.duration_min, service.buffer_before_min, service.buffer_after_min),
            lead_min: service.lead_min,
            equipment: service.equipment.clone(),
        })
    }

    /// When a visit may begin.
    pub fn window(&self, rules: &profile::Booking, now: DateTime<Utc>) -> RangeInclusive<DateTime<Utc>> {
        let soonest = self.lead_min.map_or_else(|| rules.lead.after(now), |own| now + TimeDelta::minutes(i64::from(own)));
        soonest..=rules.horizon.after(now)
    }
}

/// Hours, closures and what is taken. What is not in here is none.
#[derive(Clone, Default)]
pub struct Times {
    pub timetables: HashMap<Uuid, Arc<Timetable>>,
    pub closures: HashMap<Uuid, Arc<Vec<Closure>>>,
    taken: HashMap<Uuid, Arc<Vec<Taken>>>,
    machines: HashMap<Uuid, Arc<Vec<Machine>>>,
}

impl Times {
    /// Hours and closures as the database has them.
    pub async fn hours(db: &impl ConnectionTrait, doctors: &[Uuid], clinics: &[Uuid]) -> Result<Self> {
        Ok(Self {
            timetables: shared(rows::timetables(db, doctors).await?),
            closures: shared(rows::closures(db, clinics).await?),
            ..Self::default()
        })
    }

    /// What is taken, as the database has it.
    pub async fn read_taken(&mut self, db: &impl ConnectionTrait, terms: &[&Terms], within: &Range<DateTime<Utc>>) -> Result<()> {
        let within = within.start - MARGIN..within.end + MARGIN;
        self.taken = shared(rows::taken(db, &doctors(terms), &within).await?);
        self.machines = shared(rows::machines(db, &equipped(terms), &within).await?);
        Ok(())
    }

    /// All of it for one leaf of the calendar, as far as possible from memory.
    pub async fn remembered(app: &App, terms: &[&Terms], number: i64) -> Result<Self> {
        let (memory, db) = (&app.db.memory, app.db.reader());
        let Some(Range { start, end }) = leaf(number) else { return Ok(Self::default()) };
        let within = start - MARGIN..end + MARGIN;
        let clinics = distinct(terms.iter().map(|terms| terms.clinic));
        let (mut timetables, missing) = recalled(memory, TIMETABLE, 0, doctors(terms));
        if !missing.is_empty() {
            let read = rows::timetables(&db, &ids(&missing)).await?;
            remember(memory, (TIMETABLE, 0), missing, read, timetable_bytes, &mut timetables);
        }
        let (mut closures, missing) = recalled(memory, CLOSURES, 0, clinics);
        if !missing.is_empty() {
            let read = rows::closures(&db, &ids(&missing)).await?;
            remember(memory, (CLOSURES, 0), missing, read, |closures| size_of_val(&closures[..]), &mut closures);
        }
        let (mut taken, missing) = recalled(memory, TAKEN, number, doctors(terms));
        if !missing.is_empty() {
            let read = rows::taken(&db, &ids(&missing), &within).await?;
            remember(memory, (TAKEN, number), missing, read, |taken| size_of_val(&taken[..]), &mut taken);
        }
        let (mut machines, missing) = recalled(memory, MACHINES, number, equipped(terms));
        if !missing.is_empty() {
            let read = rows::machines(&db, &ids(&missing), &within).await?;
            remember(
                memory,
                (MACHINES, number),
                missing,
                read,
                |machines: &Vec<Machine>| machines_bytes(machines),
                &mut machines,
            );
        }
        Ok(Self { timetables, closures, taken, machines })
    }

    fn open(&self, terms: &Terms, rules: &profile::Booking, days: RangeInclusive<NaiveDate>) -> Vec<Span> {
        let closures = self.closures.get(&terms.clinic).map_or(&[][..], |closures| closures);
        let place = Place { clinic: terms.clinic, zone: terms.zone, closures, holidays: &rules.holidays };
        self.timetables.get(&terms.doctor).map(|timetable| timetable.open(&place, days)).unwrap_or_default()
    }

    /// Whether the hours have room for a visit.
    pub fn hold(&self, terms: &Terms, rules: &profile::Booking, visit: Span) -> bool {
        let date = |moment: DateTime<Utc>| moment.with_timezone(&terms.zone).date_naive();
        slots::holds(&self.open(terms, rules, date(visit.starts_at)..=date(visit.ends_at)), visit)
    }

    /// What the hours offer on `days`, taken or not, beginning within `window`.
    pub fn offered(
        &self,
        terms: &Terms,
        rules: &profile::Booking,
        days: RangeInclusive<NaiveDate>,
        window: &RangeInclusive<DateTime<Utc>>,
    ) -> Vec<Span> {
        // However many days are asked for: the window decides how many are looked at.
        let date = |moment: &DateTime<Utc>| moment.with_timezone(&terms.zone).date_naive();
        let days = (*days.start()).max(date(window.start()))..=(*days.end()).min(date(window.end()));
        slots::slots(&self.open(terms, rules, days), &terms.measure, window)
    }

    /// Those of the slots that meet nothing that is taken, and for which a machine is free where one is needed.
    pub fn free(&self, terms: &Terms, slots: Vec<Span>, now: DateTime<Utc>) -> Vec<Span> {
        let busy = self.taken.get(&terms.doctor).map(|taken| standing(taken, now)).unwrap_or_default();
        let free = slots::free(slots, &terms.measure, &busy);
        let Some(kind) = &terms.equipment else { return free };
        let machines = self.machines.get(&terms.clinic).map_or(&[][..], |machines| machines);
        let machines: Vec<Vec<Span>> =
            machines.iter().filter(|machine| machine.kind == *kind).map(|machine| standing(&machine.taken, now)).collect();
        let serves = |slot: &Span| machines.iter().any(|busy| !slots::meets(busy, terms.measure.blocked(*slot)));
        free.into_iter().filter(serves).collect()
    }
}

/// What is still taken at `now`, in order and apart.
fn standing(taken: &[Taken], now: DateTime<Utc>) -> Vec<Span> {
    let standing = taken.iter().filter(|taken| taken.held_until.is_none_or(|until| until > now));
    slots::joined(standing.map(|taken| taken.span).collect())
}

fn doctors(terms: &[&Terms]) -> Vec<Uuid> {
    distinct(terms.iter().map(|terms| terms.doctor))
}

/// The clinics whose machines matter.
fn equipped(terms: &[&Terms]) -> Vec<Uuid> {
    distinct(terms.iter().filter(|terms| terms.equipment.is_some()).map(|terms| terms.clinic))
}

pub fn distinct(ids: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

type Missing = Vec<(Uuid, crate::kernel::memory::Ticket)>;

fn ids(missing: &Missing) -> Vec<Uuid> {
    missing.iter().map(|(id, _)| *id).collect()
}

fn shared<T>(read: HashMap<Uuid, T>) -> HashMap<Uuid, Arc<T>> {
    read.into_iter().map(|(id, value)| (id, Arc::new(value))).collect()
}

fn recalled<T: Any + Send + Sync>(
    memory: &Memory,
    kind: &'static str,
    part: i64,
    ids: Vec<Uuid>,
) -> (HashMap<Uuid, Arc<T>>, Missing) {
    let (mut known, mut missing) = (HashMap::with_capacity(ids.len()), Vec::new());
    for id in ids {
        match memory.recall((kind, id, part)) {
            Ok(value) => _ = known.insert(id, value),
            Err(ticket) => missing.push((id, ticket)),
        }
    }
    (known, missing)
}

fn remember<T: Any + Default + Send + Sync>(
    memory: &Memory,
    (kind, part): (&'static str, i64),
    missing: Missing,
    mut read: HashMap<Uuid, T>,
    bytes: impl Fn(&T) -> usize,
    known: &mut HashMap<Uuid, Arc<T>>,
) {
    for (id, ticket) in missing {
        let value = Arc::new(read.remove(&id).unwrap_or_default());
        memory.remember((kind, id, part), ticket, Arc::clone(&value), bytes(&value));
        known.insert(id, value);
    }
}

fn timetable_bytes(timetable: &Timetable) -> usize {
    let breaks: usize = timetable.weekly.iter().map(|one| size_of_val(&one.breaks[..])).sum();
    let stretches: usize = timetable.exceptions.iter().map(|one| size_of_val(&one.stretches[..])).sum();
    size_of_val(&timetable.weekly[..]) + size_of_val(&timetable.exceptions[..]) + breaks + stretches
}

fn machines_bytes(machines: &[Machine]) -> usize {
    machines.iter().map(|machine| size_of::<Machine>() + size_of_val(&machine.taken[..])).sum()
}
