//! Bookings. A patient's finders start from the patient, a doctor's from the doctor.

use super::{BOOKED, DONE, EXPIRED, HELD, all, change, one};
use crate::app::multilingual::Multilingual;
use crate::clinic::identity::Clinics;
use crate::kernel::error::{Result, Span};
use crate::kernel::vault::Sealed;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use std::ops::Range;
use uuid::Uuid;

/// No booking lasts longer, so none that began earlier can reach into a moment.
pub const LONGEST: TimeDelta = TimeDelta::hours(8);

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
    pub state: String,
    pub created_at: DateTime<Utc>,
    pub complaint: Option<Sealed>,
    /// Until when it is held for its patient to pay. It stays on a booking that was never confirmed.
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
}

impl Booking {
    /// How it stands at `now`: neither the end of a hold nor that of a visit waits for the duty that writes it down.
    pub fn state_at(&self, now: DateTime<Utc>) -> &str {
        match self.state.as_str() {
            HELD if self.held_until.is_some_and(|until| until <= now) => EXPIRED,
            BOOKED if self.ends_at <= now => DONE,
            state => state,
        }
    }
}

const BOOKING: &str = "SELECT b.id, b.subject, b.doctor, d.names AS doctor_names, b.clinic, c.names AS clinic_names, c.zone, \
                       b.service, s.names AS service_names, b.starts_at, b.ends_at, b.state, b.created_at, b.complaint, \
                       b.held_until, b.charge, b.booked_by, b.booked_how, b.channel, b.visitor \
                       FROM booking b JOIN doctor d ON d.id = b.doctor JOIN clinic c ON c.id = b.clinic \
                       JOIN service s ON s.id = b.service";

/// Inserts the booking unless the doctor or the patient is busy then: one statement looks and writes, and where two of them
/// race, the schema's constraint lets one through. What is held no longer still stands in the way: let go of it by
/// `expire_within`. Answers whether the row stands.
pub async fn insert(db: &impl ConnectionTrait, row: &Booking) -> Result<bool, sea_orm::DbErr> {
    let sql = "INSERT INTO booking \
               (id, subject, doctor, clinic, service, starts_at, ends_at, state, booked_by, created_at, complaint, \
               held_until, charge, booked_how, visitor, blocks_from, blocks_until) \
               SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $13, $14, $15, $16, $6, $7 WHERE NOT EXISTS \
               (SELECT 1 FROM booking WHERE doctor = $3 AND state IN ('held', 'booked') AND starts_at < $7 AND ends_at > $6 \
               AND starts_at > $12) AND NOT EXISTS \
               (SELECT 1 FROM booking WHERE subject = $2 AND state IN ('held', 'booked') AND starts_at < $7 AND ends_at > $6) \
               ON CONFLICT DO NOTHING";
    let values: [Value; 16] = [
        row.id.into(),
        row.subject.into(),
        row.doctor.into(),
        row.clinic.into(),
        row.service.into(),
        row.starts_at.into(),
        row.ends_at.into(),
        row.state.as_str().into(),
        row.booked_by.into(),
        row.created_at.into(),
        row.complaint.clone().into(),
        (row.starts_at - LONGEST).into(),
        row.held_until.into(),
        row.charge.into(),
        row.booked_how.as_str().into(),
        row.visitor.clone().into(),
    ];
    let statement = sea_orm::Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await?.rows_affected() == 1)
}

/// A hold that was let go.
#[derive(FromQueryResult)]
pub struct LetGo {
    pub id: Uuid,
    pub charge: Option<Uuid>,
}

/// Lets go of the holds that have ended and stand in the way of a doctor or a patient.
pub async fn expire_within(
    db: &impl ConnectionTrait,
    doctor: Uuid,
    subject: Uuid,
    span: Span,
    now: DateTime<Utc>,
) -> Result<Vec<LetGo>> {
    let sql = "UPDATE booking SET state = 'expired' WHERE state = 'held' AND held_until <= $1 \
               AND (doctor = $2 OR subject = $3) AND starts_at < $5 AND ends_at > $4 RETURNING id, charge";
    all(db, sql, [now.into(), doctor.into(), subject.into(), span.starts_at.into(), span.ends_at.into()]).await
}

/// Lets go of every hold that has ended.
pub async fn expire(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<LetGo>> {
    let sql = "UPDATE booking SET state = 'expired' WHERE state = 'held' AND held_until <= $1 RETURNING id, charge";
    all(db, sql, [now.into()]).await
}

/// Whether a hold has ended that nobody has let go yet.
pub async fn any_to_expire(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool> {
    let sql = "SELECT starts_at, ends_at FROM booking WHERE state = 'held' AND held_until <= $1 LIMIT 1";
    Ok(one::<SpanRow>(db, sql, [now.into()]).await?.is_some())
}

/// Books what was held or let go, unless somebody else has the time by now. What was confirmed keeps no `held_until`.
/// Answers whether it is booked now.
pub async fn confirm(db: &impl ConnectionTrait, row: &Booking, now: DateTime<Utc>) -> Result<bool, sea_orm::DbErr> {
    let sql = "UPDATE booking SET state = 'booked', held_until = NULL WHERE id = $1 AND starts_at > $2 \
               AND (state = 'held' OR (state = 'expired' AND NOT EXISTS (SELECT 1 FROM booking o WHERE o.doctor = $3 AND o.state IN ('held', 'booked') \
               AND o.starts_at < $5 AND o.ends_at > $4 AND o.starts_at > $6) AND NOT EXISTS (SELECT 1 FROM booking o \
               WHERE o.subject = $7 AND o.state IN ('held', 'booked') AND o.starts_at < $5 AND o.ends_at > $4)))";
    let values: [Value; 7] = [
        row.id.into(),
        now.into(),
        row.doctor.into(),
        row.starts_at.into(),
        row.ends_at.into(),
        (row.starts_at - LONGEST).into(),
        row.subject.into(),
    ];
    let statement = sea_orm::Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await?.rows_affected() == 1)
}

/// Visits that end in one transaction.
pub const ENDED_AT_ONCE: usize = 500;

/// A visit that is over.
#[derive(FromQueryResult)]
pub struct Ended {
    pub id: Uuid,
    pub subject: Uuid,
}

/// Writes down that visits are over, those that ended first first, and answers which.
pub async fn end_visits(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Ended>> {
    let sql = format!(
        "UPDATE booking SET state = 'done' WHERE state = 'booked' AND id IN (SELECT id FROM booking WHERE state = 'booked' \
         AND ends_at <= $1 ORDER BY ends_at LIMIT {ENDED_AT_ONCE}) RETURNING id, subject"
    );
    all(db, &sql, [now.into()]).await
}

#[derive(FromQueryResult)]
struct SpanRow {
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

/// When the doctor is busy within a stretch of time, in order.
pub async fn busy(
    db: &impl ConnectionTrait,
    doctor: Uuid,
    within: &Range<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Vec<Span>> {
    let sql = "SELECT starts_at, ends_at FROM booking WHERE doctor = $1 AND (state = 'booked' OR (state = 'held' \
               AND held_until > $5)) AND starts_at < $3 AND ends_at > $2 AND starts_at > $4 ORDER BY starts_at";
    let values: [Value; 5] = [doctor.into(), within.start.into(), within.end.into(), (within.start - LONGEST).into(), now.into()];
    let span = |row: SpanRow| Span { starts_at: row.starts_at, ends_at: row.ends_at };
    Ok(all(db, sql, values).await?.into_iter().map(span).collect())
}

/// Whether the patient himself is booked somewhere within a stretch of time.
pub async fn is_elsewhere(db: &impl ConnectionTrait, subject: Uuid, span: Span, now: DateTime<Utc>) -> Result<bool> {
    let sql = "SELECT starts_at, ends_at FROM booking WHERE subject = $1 AND (state = 'booked' OR (state = 'held' \
               AND held_until > $4)) AND starts_at < $3 AND ends_at > $2 LIMIT 1";
    let values: [Value; 4] = [subject.into(), span.starts_at.into(), span.ends_at.into(), now.into()];
    Ok(one::<SpanRow>(db, sql, values).await?.is_some())
}

/// Notes on a booking how its patient came to the desk that made it.
pub async fn note_channel(db: &impl ConnectionTrait, id: Uuid, channel: &str) -> Result<()> {
    change(db, "UPDATE booking SET channel = $2 WHERE id = $1", [id.into(), channel.into()]).await.map(drop)
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

/// His own, or those of an account that was merged into his.
const SEEN_BY: &str = "(b.subject = $1 OR b.subject IN (SELECT a.subject FROM subject_alias a WHERE a.survivor = $1))";

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

/// Cancels a patient's booking that has not begun. Answers whether there was one.
pub async fn cancel(db: &impl ConnectionTrait, subject: Uuid, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE booking SET state = 'cancelled', cancelled_at = $3 \
               WHERE id = $1 AND subject = $2 AND state IN ('held', 'booked') AND starts_at > $3";
    Ok(change(db, sql, [id.into(), subject.into(), now.into()]).await? == 1)
}

/// A booking that was cancelled, with what was paid for it.
#[derive(FromQueryResult)]
pub struct Cancelled {
    pub charge: Option<Uuid>,
    pub starts_at: DateTime<Utc>,
}

/// Cancels all of a patient's bookings that have not begun.
pub async fn cancel_coming(db: &impl ConnectionTrait, subject: Uuid, now: DateTime<Utc>) -> Result<Vec<Cancelled>> {
    let sql = "UPDATE booking SET state = 'cancelled', cancelled_at = $2 \
               WHERE subject = $1 AND state IN ('held', 'booked') AND starts_at > $2 RETURNING charge, starts_at";
    all(db, sql, [subject.into(), now.into()]).await
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
    let sql = "SELECT starts_at, ends_at FROM booking WHERE subject = $1 AND state IN ('booked', 'done') \
               AND ends_at <= $2 ORDER BY ends_at DESC LIMIT 1";
    Ok(one::<SpanRow>(db, sql, [subject.into(), now.into()]).await?.map(|row| row.ends_at))
}

/// When the last visit of this patient with this doctor ends, be it to come or past.
pub async fn last_visit_with(db: &impl ConnectionTrait, subject: Uuid, doctor: Uuid) -> Result<Option<DateTime<Utc>>> {
    let sql = "SELECT starts_at, ends_at FROM booking WHERE subject = $1 AND doctor = $2 AND state IN ('booked', 'done') \
               ORDER BY ends_at DESC LIMIT 1";
    Ok(one::<SpanRow>(db, sql, [subject.into(), doctor.into()]).await?.map(|row| row.ends_at))
}
