//! Visits: every doctor has one after the other, from years ago until a week from now. No two visits of a doctor or a patient
//! overlap, for whoever comes again does so when every doctor has seen others meanwhile.

use super::Size;
use super::office::{FROM_MIN, Office, VISIT_MIN, VISITS_A_DAY, ZONE};
use super::people::Made;
use crate::app::App;
use crate::app::period::Period;
use crate::clinic::scheduling::slots::instant;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use crate::kernel::sql::insert_many;
use crate::kernel::vault::{Class, Personal};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// So far ahead everything is taken, and nothing after it.
const TAKEN_DAYS: u64 = 7;
/// Somebody books so long before he comes.
const AHEAD: TimeDelta = TimeDelta::days(9);
const COMPLAINT: &str = "Кашель и температура третий день, горло болит с утра";

/// As the room seals it.
#[derive(Serialize, Deserialize)]
struct Complaint {
    text: String,
}

impl Personal for Complaint {
    const TABLE: &'static str = "booking";
    const COLUMN: &'static str = "complaint";
    const CLASS: Class = Class::Clinical;
}

/// Who sees whom, and when.
pub struct Calendar {
    clinic: Uuid,
    service: Uuid,
    doctors: Vec<Uuid>,
    visitors: u64,
    bookings: u64,
    first_day: NaiveDate,
    treatment: Period,
}

/// One visit: whose, with whom, when.
struct Visit {
    doctor: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

impl Calendar {
    pub fn of(app: &App, office: &Office, size: Size) -> Result<Self> {
        let doctors = office.doctors.clone();
        let days = size.bookings.div_ceil(doctors.len() as u64).div_ceil(VISITS_A_DAY);
        let today = app.ambient.now().with_timezone(&ZONE).date_naive();
        let last_day = today.checked_add_days(Days::new(TAKEN_DAYS));
        let first_day = last_day.and_then(|day| day.checked_sub_days(Days::new(days.saturating_sub(1))));
        Ok(Self {
            clinic: office.clinic,
            service: office.service,
            doctors,
            visitors: size.visitors(),
            bookings: size.bookings,
            first_day: first_day.ok_or_else(|| Error::internal("so many visits do not fit into the calendar"))?,
            treatment: app.profile.booking.treatment,
        })
    }

    /// The visits of one patient.
    fn of_patient(&self, number: u64) -> impl Iterator<Item = Visit> {
        let step = usize::try_from(self.visitors).unwrap_or(usize::MAX);
        let first = if number < self.visitors { number } else { self.bookings };
        (first..self.bookings).step_by(step).filter_map(|number| self.visit(number))
    }

    fn visit(&self, number: u64) -> Option<Visit> {
        let doctors = self.doctors.len() as u64;
        let doctor = *self.doctors.get(usize::try_from(number % doctors).ok()?)?;
        let place = number / doctors;
        let date = self.first_day.checked_add_days(Days::new(place / VISITS_A_DAY))?;
        let minute = FROM_MIN + VISIT_MIN * i32::try_from(place % VISITS_A_DAY).ok()?;
        let starts_at = instant(ZONE, date, minute)?;
        Some(Visit { doctor, starts_at, ends_at: starts_at + TimeDelta::minutes(i64::from(VISIT_MIN)) })
    }
}

const BOOKING: &[&str] = &[
    "id",
    "subject",
    "doctor",
    "clinic",
    "service",
    "starts_at",
    "ends_at",
    "blocks_from",
    "blocks_until",
    "state",
    "booked_by",
    "created_at",
    "complaint",
    "payer",
    "finished_at",
];
const REASON: &[&str] = &["id", "subject", "party", "class", "basis", "object", "valid_from", "valid_until"];

pub async fn insert(tx: &mut Tx, calendar: &Calendar, made: &[Made]) -> Result<()> {
    let now = tx.now();
    let (mut bookings, mut reasons) = (Vec::new(), Vec::new());
    for Made { number, keys, .. } in made {
        for Visit { doctor, starts_at, ends_at } in calendar.of_patient(*number) {
            let (id, subject) = (tx.id(), Value::from(keys.subject));
            let (state, finished_at) = if ends_at <= now { ("done", Some(ends_at)) } else { ("booked", None) };
            let created_at = (starts_at - AHEAD).min(now);
            let complaint = keys.seal(id, &Complaint { text: COMPLAINT.to_owned() })?;
            bookings.push(vec![
                id.into(),
                subject.clone(),
                doctor.into(),
                calendar.clinic.into(),
                calendar.service.into(),
                starts_at.into(),
                ends_at.into(),
                starts_at.into(),
                ends_at.into(),
                state.into(),
                subject.clone(),
                created_at.into(),
                complaint.into(),
                "self".into(),
                finished_at.into(),
            ]);
            let until = calendar.treatment.after(ends_at);
            let classes = if until > now { &[Class::Identity, Class::Clinical][..] } else { &[] };
            reasons.extend(classes.iter().map(|class| -> Vec<Value> {
                let (reason, class) = (tx.id().into(), class.as_str().into());
                let (from, until) = (created_at.into(), until.into());
                vec![reason, subject.clone(), doctor.into(), class, "booking".into(), id.into(), from, until]
            }));
        }
    }
    insert_many(tx, "booking", BOOKING, bookings).await?;
    insert_many(tx, "reason", REASON, reasons).await
}
