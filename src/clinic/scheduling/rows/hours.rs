//! Hours: weeks, exceptions and closures, of many doctors and clinics in one question.

use super::super::timetable::{Change, Closure, Exception, Opening, Stretch, Timetable};
use super::{all, change, one};
use crate::kernel::error::{Error, Result};
use crate::kernel::sql;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, FromJsonQueryResult, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;

/// Parts of a day in one column: they are read and written together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
struct Stretches(Vec<Stretch>);

#[derive(FromQueryResult)]
struct OpeningRow {
    doctor: Uuid,
    weekday: i32,
    from_min: i32,
    to_min: i32,
    breaks: Option<Stretches>,
    valid_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
    on_holidays: bool,
    clinic: Uuid,
    room: Option<String>,
}

impl OpeningRow {
    fn opening(self) -> Opening {
        Opening {
            weekday: self.weekday,
            hours: Stretch { from_min: self.from_min, to_min: self.to_min },
            breaks: self.breaks.unwrap_or_default().0,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            on_holidays: self.on_holidays,
            clinic: self.clinic,
            room: self.room,
        }
    }
}

#[derive(FromQueryResult)]
struct ExceptionRow {
    id: Uuid,
    doctor: Uuid,
    change: String,
    first_day: NaiveDate,
    last_day: NaiveDate,
    clinic: Option<Uuid>,
    room: Option<String>,
    stretches: Stretches,
}

impl ExceptionRow {
    fn exception(self) -> Result<Exception> {
        Ok(Exception {
            id: self.id,
            change: Change::parse(&self.change).ok_or_else(|| Error::internal("an exception of hours is of no kind"))?,
            first_day: self.first_day,
            last_day: self.last_day,
            clinic: self.clinic,
            room: self.room,
            stretches: self.stretches.0,
        })
    }
}

#[derive(FromQueryResult)]
struct ClosureRow {
    id: Uuid,
    clinic: Uuid,
    room: Option<String>,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

impl ClosureRow {
    fn closure(self) -> Closure {
        let Self { id, clinic, room, starts_at, ends_at } = self;
        Closure { id, clinic, room, starts_at, ends_at }
    }
}

const OPENING: &str = "SELECT h.doctor, h.weekday, h.from_min, h.to_min, h.breaks, h.valid_from, h.valid_until, h.on_holidays, \
                       COALESCE(h.clinic, d.clinic) AS clinic, h.room FROM hours h JOIN doctor d ON d.id = h.doctor";
const EXCEPTION: &str = "SELECT e.id, e.doctor, e.change, e.first_day, e.last_day, e.clinic, e.room, e.stretches \
                         FROM hours_exception e";
const CLOSURE: &str = "SELECT id, clinic, room, starts_at, ends_at FROM closure";

/// The hours of each of these doctors. Two questions, however many doctors. What is over was dropped when something was
/// added.
pub async fn timetables(db: &impl ConnectionTrait, doctors: &[Uuid]) -> Result<HashMap<Uuid, Timetable>> {
    let mut timetables: HashMap<Uuid, Timetable> = doctors.iter().map(|id| (*id, Timetable::default())).collect();
    if doctors.is_empty() {
        return Ok(timetables);
    }
    let (ids, values) = sql::list(0, doctors);
    let sql = format!("{OPENING} WHERE h.doctor IN ({ids}) ORDER BY h.weekday, h.from_min, h.id");
    for row in all::<OpeningRow>(db, &sql, values.clone()).await? {
        timetables.entry(row.doctor).or_default().weekly.push(row.opening());
    }
    let sql = format!("{EXCEPTION} WHERE e.doctor IN ({ids}) ORDER BY e.first_day, e.id");
    for row in all::<ExceptionRow>(db, &sql, values).await? {
        timetables.entry(row.doctor).or_default().exceptions.push(row.exception()?);
    }
    Ok(timetables)
}

/// Who else may have a room of a clinic: the doctors with hours or exceptions in it, but for one.
pub async fn others_in_room(db: &impl ConnectionTrait, clinic: Uuid, rooms: &[String], but: Uuid) -> Result<Vec<Uuid>> {
    #[derive(FromQueryResult)]
    struct Other {
        doctor: Uuid,
    }
    if rooms.is_empty() {
        return Ok(Vec::new());
    }
    let (rooms_at, rooms) = sql::list(2, rooms);
    let sql = format!(
        "SELECT doctor FROM hours WHERE clinic = $1 AND doctor <> $2 AND room IN ({rooms_at}) \
         UNION SELECT doctor FROM hours_exception WHERE clinic = $1 AND doctor <> $2 AND room IN ({rooms_at})"
    );
    let first: [Value; 2] = [clinic.into(), but.into()];
    Ok(all::<Other>(db, &sql, first.into_iter().chain(rooms)).await?.into_iter().map(|row| row.doctor).collect())
}

/// What is closed in each of these clinics, and when. What is over was dropped when something was added.
pub async fn closures(db: &impl ConnectionTrait, clinics: &[Uuid]) -> Result<HashMap<Uuid, Vec<Closure>>> {
    let mut closures: HashMap<Uuid, Vec<Closure>> = clinics.iter().map(|id| (*id, Vec::new())).collect();
    if clinics.is_empty() {
        return Ok(closures);
    }
    let (places, values) = sql::list(0, clinics);
    let sql = format!("{CLOSURE} WHERE clinic IN ({places}) ORDER BY starts_at, id");
    for row in all::<ClosureRow>(db, &sql, values).await? {
        closures.entry(row.clinic).or_default().push(row.closure());
    }
    Ok(closures)
}

pub async fn closure(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Closure>> {
    Ok(one::<ClosureRow>(db, &format!("{CLOSURE} WHERE id = $1"), [id.into()]).await?.map(ClosureRow::closure))
}

/// An exception with its doctor.
pub async fn exception(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<(Uuid, Exception)>> {
    let found = one::<ExceptionRow>(db, &format!("{EXCEPTION} WHERE e.id = $1"), [id.into()]).await?;
    found.map(|row| Ok((row.doctor, row.exception()?))).transpose()
}

/// The clinics of a doctor and their zones, his first one first, whether they work or not.
pub async fn clinics_of(db: &impl ConnectionTrait, doctor: Uuid) -> Result<Vec<(Uuid, String)>> {
    #[derive(FromQueryResult)]
    struct Zoned {
        clinic: Uuid,
        zone: String,
    }
    let sql = "SELECT c.id AS clinic, c.zone FROM doctor_clinic w JOIN clinic c ON c.id = w.clinic WHERE w.doctor = $1 \
               ORDER BY w.place, w.clinic";
    Ok(all::<Zoned>(db, sql, [doctor.into()]).await?.into_iter().map(|row| (row.clinic, row.zone)).collect())
}

/// Puts `openings` in the place of all hours that the doctor has.
pub async fn replace_hours(db: &impl ConnectionTrait, doctor: Uuid, openings: &[(Uuid, &Opening)]) -> Result<()> {
    change(db, "DELETE FROM hours WHERE doctor = $1", [doctor.into()]).await?;
    let sql = "INSERT INTO hours (id, doctor, weekday, from_min, to_min, breaks, valid_from, valid_until, on_holidays, clinic, room) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    for (id, opening) in openings {
        let breaks = Some(&opening.breaks).filter(|breaks| !breaks.is_empty()).cloned().map(Stretches);
        let values: [Value; 11] = [
            (*id).into(),
            doctor.into(),
            opening.weekday.into(),
            opening.hours.from_min.into(),
            opening.hours.to_min.into(),
            breaks.into(),
            opening.valid_from.into(),
            opening.valid_until.into(),
            opening.on_holidays.into(),
            opening.clinic.into(),
            opening.room.clone().into(),
        ];
        change(db, sql, values).await?;
    }
    Ok(())
}

pub async fn insert_exception(db: &impl ConnectionTrait, doctor: Uuid, one: &Exception, now: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO hours_exception (id, doctor, change, first_day, last_day, clinic, room, stretches, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values: [Value; 9] = [
        one.id.into(),
        doctor.into(),
        one.change.as_str().into(),
        one.first_day.into(),
        one.last_day.into(),
        one.clinic.into(),
        one.room.clone().into(),
        Stretches(one.stretches.clone()).into(),
        now.into(),
    ];
    change(db, sql, values).await.map(drop)
}

pub async fn insert_closure(db: &impl ConnectionTrait, one: &Closure, now: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO closure (id, clinic, room, starts_at, ends_at, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let values: [Value; 6] =
        [one.id.into(), one.clinic.into(), one.room.clone().into(), one.starts_at.into(), one.ends_at.into(), now.into()];
    change(db, sql, values).await.map(drop)
}

/// Drops the exceptions of a doctor that ended before a day.
pub async fn drop_exceptions(db: &impl ConnectionTrait, doctor: Uuid, before: NaiveDate) -> Result<()> {
    let sql = "DELETE FROM hours_exception WHERE doctor = $1 AND last_day < $2";
    change(db, sql, [doctor.into(), before.into()]).await.map(drop)
}

/// Drops the closures of a clinic that are over.
pub async fn drop_closures(db: &impl ConnectionTrait, clinic: Uuid, now: DateTime<Utc>) -> Result<()> {
    let sql = "DELETE FROM closure WHERE clinic = $1 AND ends_at <= $2";
    change(db, sql, [clinic.into(), now.into()]).await.map(drop)
}

pub async fn delete_exception(db: &impl ConnectionTrait, id: Uuid) -> Result<()> {
    change(db, "DELETE FROM hours_exception WHERE id = $1", [id.into()]).await.map(drop)
}

pub async fn delete_closure(db: &impl ConnectionTrait, id: Uuid) -> Result<()> {
    change(db, "DELETE FROM closure WHERE id = $1", [id.into()]).await.map(drop)
}
