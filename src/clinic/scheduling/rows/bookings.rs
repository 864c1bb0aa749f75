//! Bookings. A patient's finders start from the patient, a doctor's from the doctor.

use super::super::state::{ARRIVED, BOOKED, DONE, EXPIRED, HELD, IN_PROGRESS, REQUESTED, TAKES};
use super::{all, change, one};
use crate::app::multilingual::Multilingual;
use crate::clinic::identity::Clinics;
use crate::kernel::error::{Result, Span};
use crate::kernel::vault::Sealed;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use std::ops::Range;
use uuid::Uuid;

/// No booking blocks its doctor longer, so none that began earlier can reach into a moment.
pub const LONGEST: TimeDelta = TimeDelta::hours(24);
/// A patient who is not there so long after the beginning is late.
const LATE_AFTER: TimeDelta = TimeDelta::minutes(5);
/// A visit that nobody has finished is over so long after its hour.
pub const OVERRUN: TimeDelta = TimeDelta::hours(8);

/// A booking, with what is shown of its doctor, clinic and service.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Booking {
    pub id: Uuid,
    pub subject: Uuid,
    pub doctor: Uuid,
    pub doctor_names: Multilingual,
    pub clinic: Uuid,
    pub clinic_names: Multilingual,
    pub zone: String,
    pub service: Uuid,
    pub service_names: Multilingual,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// The visit with its buffers: for so long the doctor and the machine serve nobody else.
    pub blocks_from: DateTime<Utc>,
    pub blocks_until: DateTime<Utc>,
    pub state: String,
    pub created_at: DateTime<Utc>,
    pub complaint: Option<Sealed>,
    /// Until when it is held for its patient to pay, or waits for reception. It stays on a booking that was never confirmed.
    pub held_until: Option<DateTime<Utc>>,
    pub charge: Option<Uuid>,
    /// The patient, whoever acted for him, or the staff account of the desk.
    pub booked_by: Uuid,
    /// `self`, `representative`, `desk`.
    pub booked_how: String,
    /// How its patient came to the desk that booked it for him. None: it was not the desk.
    pub channel: Option<String>,
    /// Who comes instead of the patient.
    pub visitor: Option<Sealed>,
    /// `self`, `oms`, `dms`, `programme`.
    pub payer: String,
    /// The machine that serves it.
    pub equipment: Option<Uuid>,
    /// Bookings that were made in one go share it.
    pub series: Option<Uuid>,
    /// The course of treatment that it belongs to.
    pub episode: Option<Uuid>,
    pub arrived_at: Option<DateTime<Utc>>,
    pub begun_at: Option<DateTime<Utc>>,
    /// When its doctor said that it is over. None: the hour alone ended it.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why staff ended it, as a code.
    pub ground: Option<String>,
    /// The beginning from which a refund is reckoned, where a late move would have mended it.
    pub counts_from: Option<DateTime<Utc>>,
}

impl Booking {
    /// How it stands at `now`: neither the end of a hold nor that of a visit waits for the duty that writes it down.
    pub fn state_at(&self, now: DateTime<Utc>) -> &str {
        match self.state.as_str() {
            HELD | REQUESTED if self.held_until.is_some_and(|until| until <= now) => EXPIRED,
            BOOKED if self.ends_at <= now => DONE,
            ARRIVED | IN_PROGRESS if self.ends_at + OVERRUN <= now => DONE,
            state => state,
        }
    }

    /// Its visit has begun, and the patient is not there.
    pub fn is_late(&self, now: DateTime<Utc>) -> bool {
        self.state_at(now) == BOOKED && self.starts_at + LATE_AFTER <= now
    }

    pub fn blocks(&self) -> Span {
        Span { starts_at: self.blocks_from, ends_at: self.blocks_until }
    }
}

const BOOKING: &str = "SELECT b.id, b.subject, b.doctor, d.names AS doctor_names, b.clinic, c.names AS clinic_names, c.zone, \
                       b.service, s.names AS service_names, b.starts_at, b.ends_at, b.blocks_from, b.blocks_until, b.state, \
                       b.created_at, b.complaint, b.held_until, b.charge, b.booked_by, b.booked_how, b.channel, b.visitor, \
                       b.payer, b.equipment, b.series, b.episode, b.arrived_at, b.begun_at, b.finished_at, b.ground, \
                       b.counts_from \
                       FROM booking b JOIN doctor d ON d.id = b.doctor JOIN clinic c ON c.id = b.clinic \
                       JOIN service s ON s.id = b.service";

#[derive(FromQueryResult)]
struct SpanRow {
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

impl From<SpanRow> for Span {
    fn from(row: SpanRow) -> Self {
        Span { starts_at: row.starts_at, ends_at: row.ends_at }
    }
}

/// What still takes its time at `$now`: a hold that has ended does not.
fn takes(now: &str) -> String {
    format!("state IN {TAKES} AND (state NOT IN ('requested', 'held') OR held_until > {now})")
}

/// When the doctor is blocked within a stretch of time, buffers included, in order: as if one booking were not there, for one
/// that is to be moved.
pub async fn busy_but(
    db: &impl ConnectionTrait,
    doctor: Uuid,
    within: &Range<DateTime<Utc>>,
    but: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<Vec<Span>> {
    let sql = format!(
        "SELECT blocks_from AS starts_at, blocks_until AS ends_at FROM booking WHERE doctor = $1 AND {} \
         AND blocks_from < $3 AND blocks_until > $2 AND blocks_from > $4 AND ($6 IS NULL OR id <> $6) ORDER BY blocks_from",
        takes("$5")
    );
    let values: [Value; 6] =
        [doctor.into(), within.start.into(), within.end.into(), (within.start - LONGEST).into(), now.into(), but.into()];
    Ok(all::<SpanRow>(db, &sql, values).await?.into_iter().map(Span::from).collect())
}

/// Whether the patient himself has another visit within a stretch of time.
pub async fn is_elsewhere(
    db: &impl ConnectionTrait,
    subject: Uuid,
    span: Span,
    but: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let sql = format!(
        "SELECT starts_at, ends_at FROM booking WHERE subject = $1 AND {} AND starts_at < $3 AND ends_at > $2 \
         AND ($5 IS NULL OR id <> $5) LIMIT 1",
        takes("$4")
    );
    let values: [Value; 5] = [subject.into(), span.starts_at.into(), span.ends_at.into(), now.into(), but.into()];
    Ok(one::<SpanRow>(db, &sql, values).await?.is_some())
}

/// Most visits of one's own that the search for another time looks at.
const OWN_READ: u64 = 200;

/// When the patient himself has visits within a stretch of time, in order.
pub async fn own_spans(
    db: &impl ConnectionTrait,
    subject: Uuid,
    within: &Range<DateTime<Utc>>,
    but: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<Vec<Span>> {
    let sql = format!(
        "SELECT starts_at, ends_at FROM booking WHERE subject = $1 AND {} AND starts_at < $3 AND ends_at > $2 \
         AND ($5 IS NULL OR id <> $5) ORDER BY starts_at LIMIT {OWN_READ}",
        takes("$4")
    );
    let values: [Value; 5] = [subject.into(), within.start.into(), within.end.into(), now.into(), but.into()];
    Ok(all::<SpanRow>(db, &sql, values).await?.into_iter().map(Span::from).collect())
}

/// How many visits to come the patient has, at most `limit`.
pub async fn open_count(db: &impl ConnectionTrait, subject: Uuid, limit: i64, now: DateTime<Utc>) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Count {
        count: i64,
    }
    let sql = format!(
        "SELECT count(*) AS count FROM (SELECT 1 FROM booking WHERE subject = $1 AND {} AND ends_at > $2 LIMIT {limit}) open",
        takes("$2")
    );
    Ok(one::<Count>(db, &sql, [subject.into(), now.into()]).await?.map_or(0, |row| row.count))
}

/// A patient's bookings that have not begun, in order of time, in these clinics.
pub async fn coming(
    db: &impl ConnectionTrait,
    subject: Uuid,
    clinics: &Clinics,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Booking>> {
    let theirs = clinics.condition("b.clinic", 3);
    let sql =
        format!("{BOOKING} WHERE b.subject = $1 AND b.starts_at > $2 AND {theirs} ORDER BY b.starts_at, b.id LIMIT {limit}");
    let values: Vec<Value> = [subject.into(), now.into()].into_iter().chain(clinics.values()).collect();
    all(db, &sql, values).await
}

/// His own, or those of an account that was merged into his. One list, for an `OR` makes PostgreSQL read every booking there is.
const SEEN_BY: &str = "b.subject IN (SELECT $1 UNION ALL SELECT a.subject FROM subject_alias a WHERE a.survivor = $1)";

/// One booking that a patient may read.
pub async fn find_seen(db: &impl ConnectionTrait, subject: Uuid, id: Uuid) -> Result<Option<Booking>> {
    one(db, &format!("{BOOKING} WHERE {SEEN_BY} AND b.id = $2"), [subject.into(), id.into()]).await
}

/// The bookings that a patient may read, newest first, from before `before` on; with `by`, those that he made.
pub async fn seen_by(
    db: &impl ConnectionTrait,
    subject: Uuid,
    by: Option<Uuid>,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Booking>> {
    let sql = format!(
        "{BOOKING} WHERE {SEEN_BY} AND ($2 IS NULL OR b.id < $2) AND ($3 IS NULL OR b.booked_by = $3) \
         ORDER BY b.id DESC LIMIT {limit}"
    );
    all(db, &sql, [subject.into(), before.into(), by.into()]).await
}

/// All of a patient's bookings, oldest first.
pub async fn every_of_subject(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<Booking>> {
    all(db, &format!("{BOOKING} WHERE b.subject = $1 ORDER BY b.id"), [subject.into()]).await
}

/// One of a patient's bookings.
pub async fn find_of(db: &impl ConnectionTrait, subject: Uuid, id: Uuid) -> Result<Option<Booking>> {
    one(db, &format!("{BOOKING} WHERE b.id = $1 AND b.subject = $2"), [id.into(), subject.into()]).await
}

/// A booking, for the house itself.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Booking>> {
    one(db, &format!("{BOOKING} WHERE b.id = $1"), [id.into()]).await
}

/// Whose day is wanted.
#[derive(Clone, Copy)]
pub enum Diary {
    Doctor(Uuid),
    Clinic(Uuid),
}

/// The bookings that begin within a stretch of time, in order, after the one that begins at `after.0` and has the id `after.1`.
pub async fn diary(
    db: &impl ConnectionTrait,
    of: Diary,
    within: &Range<DateTime<Utc>>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u64,
) -> Result<Vec<Booking>> {
    let (column, id) = match of {
        Diary::Doctor(id) => ("doctor", id),
        Diary::Clinic(id) => ("clinic", id),
    };
    let sql = format!(
        "{BOOKING} WHERE b.{column} = $1 AND b.starts_at >= $2 AND b.starts_at < $3 \
         AND ($4 IS NULL OR (b.starts_at, b.id) > ($4, $5)) ORDER BY b.starts_at, b.id LIMIT {limit}"
    );
    let (after, last) = after.unzip();
    all(db, &sql, [id.into(), within.start.into(), within.end.into(), after.into(), last.into()]).await
}

/// Leaves of a patient's bookings only that somebody was there.
pub async fn depersonalise(db: &impl ConnectionTrait, subject: Uuid, stand_in: Uuid) -> Result<()> {
    let sql = "UPDATE booking SET subject = $2, complaint = NULL, visitor = NULL, \
               booked_by = CASE WHEN booked_by = $1 THEN $2 ELSE booked_by END WHERE subject = $1";
    change(db, sql, [subject.into(), stand_in.into()]).await.map(drop)
}

/// Leaves of whom somebody booked for nothing but that somebody booked.
pub async fn forget_booker(db: &impl ConnectionTrait, gone: Uuid, stand_in: Uuid) -> Result<()> {
    let sql = "UPDATE booking SET booked_by = $2 WHERE booked_by = $1 AND booked_by <> subject";
    change(db, sql, [gone.into(), stand_in.into()]).await.map(drop)
}

/// When the patient's last visit ended.
pub async fn last_visit(db: &impl ConnectionTrait, subject: Uuid, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
    let sql = "SELECT starts_at, ends_at FROM booking WHERE subject = $1 AND state IN ('booked', 'arrived', 'inProgress', 'done') \
               AND ends_at <= $2 ORDER BY ends_at DESC LIMIT 1";
    Ok(one::<SpanRow>(db, sql, [subject.into(), now.into()]).await?.map(|row| row.ends_at))
}

/// When the last visit of this patient with this doctor ends, be it to come or past.
pub async fn last_visit_with(db: &impl ConnectionTrait, subject: Uuid, doctor: Uuid) -> Result<Option<DateTime<Utc>>> {
    let sql = "SELECT starts_at, ends_at FROM booking WHERE subject = $1 AND doctor = $2 AND state IN ('booked', 'arrived', 'inProgress', 'done') \
               ORDER BY ends_at DESC LIMIT 1";
    Ok(one::<SpanRow>(db, sql, [subject.into(), doctor.into()]).await?.map(|row| row.ends_at))
}
