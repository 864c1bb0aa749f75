//! What is taken: the time of doctors and machines, and the visits to come, of many in one question.

use super::super::slots::Measure;
use super::super::state::TAKES;
use super::{LONGEST, all};
use crate::app::multilingual::Multilingual;
use crate::kernel::error::{Result, Span};
use crate::kernel::sql;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use std::collections::HashMap;
use std::ops::Range;
use uuid::Uuid;

/// Time that a visit takes, with what it keeps free around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taken {
    pub span: Span,
    /// It is held until then, and free afterwards whether or not anybody has written it down.
    pub held_until: Option<DateTime<Utc>>,
}

#[derive(FromQueryResult)]
struct TakenRow {
    whose: Uuid,
    blocks_from: DateTime<Utc>,
    blocks_until: DateTime<Utc>,
    held_until: Option<DateTime<Utc>>,
}

impl TakenRow {
    fn taken(&self) -> Taken {
        Taken { span: Span { starts_at: self.blocks_from, ends_at: self.blocks_until }, held_until: self.held_until }
    }
}

/// A machine of a clinic, and when it is taken.
#[derive(Clone, Debug)]
pub struct Machine {
    pub kind: String,
    pub taken: Vec<Taken>,
}

/// What is taken of each of these doctors within a stretch of time.
pub async fn taken(
    db: &impl ConnectionTrait,
    doctors: &[Uuid],
    within: &Range<DateTime<Utc>>,
) -> Result<HashMap<Uuid, Vec<Taken>>> {
    by_column(db, "doctor", doctors, within).await
}

/// The machines of each of these clinics, and what is taken of them.
pub async fn machines(
    db: &impl ConnectionTrait,
    clinics: &[Uuid],
    within: &Range<DateTime<Utc>>,
) -> Result<HashMap<Uuid, Vec<Machine>>> {
    #[derive(FromQueryResult)]
    struct MachineRow {
        id: Uuid,
        clinic: Uuid,
        kind: String,
    }
    if clinics.is_empty() {
        return Ok(HashMap::new());
    }
    let (places, values) = sql::list(0, clinics);
    let sql = format!("SELECT id, clinic, kind FROM equipment WHERE active AND clinic IN ({places}) ORDER BY id");
    let rows: Vec<MachineRow> = all(db, &sql, values).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut taken = by_column(db, "equipment", &ids, within).await?;
    let mut machines: HashMap<Uuid, Vec<Machine>> = HashMap::new();
    for MachineRow { id, clinic, kind } in rows {
        machines.entry(clinic).or_default().push(Machine { kind, taken: taken.remove(&id).unwrap_or_default() });
    }
    Ok(machines)
}

async fn by_column(
    db: &impl ConnectionTrait,
    column: &'static str,
    ids: &[Uuid],
    within: &Range<DateTime<Utc>>,
) -> Result<HashMap<Uuid, Vec<Taken>>> {
    let mut taken: HashMap<Uuid, Vec<Taken>> = HashMap::new();
    if ids.is_empty() {
        return Ok(taken);
    }
    let (places, ids) = sql::list(3, ids);
    let sql = format!(
        "SELECT {column} AS whose, blocks_from, blocks_until, held_until FROM booking WHERE {column} IN ({places}) \
         AND state IN {TAKES} AND blocks_from < $2 AND blocks_until > $1 AND blocks_from > $3 ORDER BY blocks_from"
    );
    let earliest = within.start - LONGEST;
    let span: [Value; 3] = [within.start.into(), within.end.into(), earliest.into()];
    for row in all::<TakenRow>(db, &sql, span.into_iter().chain(ids)).await? {
        taken.entry(row.whose).or_default().push(row.taken());
    }
    Ok(taken)
}

/// A service that a doctor does in a clinic, as the search for slots needs it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Practice {
    pub doctor: Uuid,
    pub doctor_names: Multilingual,
    pub clinic: Uuid,
    pub clinic_names: Multilingual,
    pub zone: String,
    pub service: Uuid,
    pub duration_min: i32,
    pub buffer_before_min: i32,
    pub buffer_after_min: i32,
    pub lead_min: Option<i32>,
    pub equipment: Option<String>,
}

impl Practice {
    pub fn measure(&self) -> Measure {
        Measure::of_minutes(self.duration_min, self.buffer_before_min, self.buffer_after_min)
    }
}

/// Whose practice is wanted. All that is said must hold.
#[derive(Clone, Debug, Default)]
pub struct PracticeFilter {
    pub doctor: Option<Uuid>,
    pub speciality: Option<String>,
    pub clinic: Option<Uuid>,
    pub service: Option<Uuid>,
}

/// What the doctors do, in each clinic the service that is asked for, or else the shortest: of the first `doctors_max` doctors
/// that fit, and one more, which tells that there are others.
pub async fn practices(db: &impl ConnectionTrait, filter: &PracticeFilter, doctors_max: usize) -> Result<Vec<Practice>> {
    let sql = format!(
        "SELECT doctor, doctor_names, clinic, clinic_names, zone, service, duration_min, buffer_before_min, buffer_after_min, \
         lead_min, equipment FROM (SELECT d.id AS doctor, d.names AS doctor_names, c.id AS clinic, c.names AS clinic_names, c.zone, \
         s.id AS service, s.duration_min, s.buffer_before_min, s.buffer_after_min, s.lead_min, s.equipment, \
         row_number() OVER (PARTITION BY d.id, c.id ORDER BY s.duration_min, s.id) AS place \
         FROM (SELECT o.id, o.names, o.speciality FROM doctor o WHERE o.active AND ($1 IS NULL OR o.id = $1) \
         AND ($2 IS NULL OR o.speciality = $2) AND EXISTS (SELECT 1 FROM doctor_clinic v JOIN service t ON t.clinic = v.clinic \
         WHERE v.doctor = o.id AND t.active AND (t.speciality IS NULL OR t.speciality = o.speciality) \
         AND ($3 IS NULL OR v.clinic = $3) AND ($4 IS NULL OR t.id = $4)) ORDER BY o.id LIMIT {}) d \
         JOIN doctor_clinic w ON w.doctor = d.id JOIN clinic c ON c.id = w.clinic \
         JOIN service s ON s.clinic = c.id AND (s.speciality IS NULL OR s.speciality = d.speciality) \
         WHERE c.active AND s.active AND ($3 IS NULL OR c.id = $3) AND ($4 IS NULL OR s.id = $4)) p WHERE place = 1 \
         ORDER BY doctor, clinic",
        doctors_max + 1
    );
    all(db, &sql, [filter.doctor.into(), filter.speciality.clone().into(), filter.clinic.into(), filter.service.into()]).await
}

/// A visit to come, as far as hours decide whether it can take place.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Coming {
    pub id: Uuid,
    pub doctor: Uuid,
    pub clinic: Uuid,
    pub zone: String,
    pub service: Uuid,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub duration_min: i32,
    pub buffer_before_min: i32,
    pub buffer_after_min: i32,
    pub lead_min: Option<i32>,
    pub equipment: Option<String>,
}

impl Coming {
    pub fn span(&self) -> Span {
        Span { starts_at: self.starts_at, ends_at: self.ends_at }
    }

    pub fn measure(&self) -> Measure {
        Measure::of_minutes(self.duration_min, self.buffer_before_min, self.buffer_after_min)
    }
}

/// Whose visits may be affected, and when.
#[derive(Clone, Copy, Debug)]
pub struct ComingFilter {
    pub doctor: Option<Uuid>,
    pub clinic: Option<Uuid>,
    /// They end after its beginning, and begin before its end.
    pub from: DateTime<Utc>,
    pub until: Option<DateTime<Utc>>,
    /// The place in the order after which they stand.
    pub after: Option<(DateTime<Utc>, Uuid)>,
}

/// Visits that have not begun at `now`, in order of time.
pub async fn coming_visits(
    db: &impl ConnectionTrait,
    filter: &ComingFilter,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Coming>> {
    // A condition each, not one for all: the index on whose they are is used then.
    let whose = match (filter.doctor, filter.clinic) {
        (Some(_), None) => "b.doctor = $1",
        (Some(_), Some(_)) => "b.doctor = $1 AND b.clinic = $2",
        (None, _) => "b.clinic = $2",
    };
    let sql = format!(
        "SELECT b.id, b.doctor, b.clinic, c.zone, b.service, b.starts_at, b.ends_at, s.duration_min, s.buffer_before_min, \
         s.buffer_after_min, s.lead_min, s.equipment FROM booking b JOIN clinic c ON c.id = b.clinic \
         JOIN service s ON s.id = b.service WHERE {whose} AND ($1 IS NULL OR b.doctor = $1) AND ($2 IS NULL OR b.clinic = $2) \
         AND b.state IN {TAKES} AND (b.held_until IS NULL OR b.held_until > $3) \
         AND b.starts_at > $3 AND b.starts_at > $8 AND b.ends_at > $4 AND ($5 IS NULL OR b.starts_at < $5) \
         AND ($6 IS NULL OR (b.starts_at, b.id) > ($6, $7)) ORDER BY b.starts_at, b.id LIMIT {limit}"
    );
    let (after, last) = filter.after.unzip();
    let values: [Value; 8] = [
        filter.doctor.into(),
        filter.clinic.into(),
        now.into(),
        filter.from.into(),
        filter.until.into(),
        after.into(),
        last.into(),
        (filter.from - LONGEST).into(),
    ];
    all(db, &sql, values).await
}
