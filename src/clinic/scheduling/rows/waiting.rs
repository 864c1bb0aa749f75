//! The waiting list and its offers. A patient's finders start from the patient.

use super::{Booking, LONGEST, all, change, one};
use crate::app::multilingual::Multilingual;
use crate::kernel::error::Result;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

/// Candidates that one freed time looks at.
const CANDIDATES: u32 = 50;

/// What somebody begins to wait for.
pub struct NewEntry<'a> {
    pub id: Uuid,
    pub subject: Uuid,
    pub clinic: Uuid,
    pub service: Uuid,
    /// None: any doctor who does the service.
    pub doctor: Option<Uuid>,
    pub from_day: NaiveDate,
    pub to_day: NaiveDate,
    pub part: &'a str,
    pub added_by: Uuid,
    pub added_how: &'a str,
}

/// What somebody waits for, with how many wait before him for the same.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Entry {
    pub id: Uuid,
    pub clinic: Uuid,
    pub clinic_names: Multilingual,
    pub zone: String,
    pub service: Uuid,
    pub service_names: Multilingual,
    pub doctor: Option<Uuid>,
    pub doctor_names: Option<Multilingual>,
    pub from_day: NaiveDate,
    pub to_day: NaiveDate,
    pub part: String,
    pub added_by: Uuid,
    pub added_how: String,
    pub created_at: DateTime<Utc>,
    pub before: i64,
}

/// Somebody who waits, and for whom a freed time is right.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Candidate {
    pub id: Uuid,
    pub subject: Uuid,
    pub service: Uuid,
    pub duration_min: i32,
    pub added_by: Uuid,
    pub added_how: String,
}

/// A time that is kept for one who waits. Its id is that of the booking that keeps it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct OfferRow {
    pub id: Uuid,
    pub waiting: Uuid,
    pub subject: Uuid,
    pub doctor: Uuid,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub state: String,
    pub until: DateTime<Utc>,
}

/// An offer as it is shown.
#[derive(Clone, Debug, FromQueryResult)]
pub struct OpenOffer {
    pub id: Uuid,
    pub waiting: Uuid,
    pub doctor: Uuid,
    pub doctor_names: Multilingual,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

pub async fn insert_entry(db: &impl ConnectionTrait, new: &NewEntry<'_>, now: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO waiting (id, subject, clinic, service, doctor, from_day, to_day, part, state, added_by, added_how, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', $9, $10, $11)";
    let values: [Value; 11] = [
        new.id.into(),
        new.subject.into(),
        new.clinic.into(),
        new.service.into(),
        new.doctor.into(),
        new.from_day.into(),
        new.to_day.into(),
        new.part.into(),
        new.added_by.into(),
        new.added_how.into(),
        now.into(),
    ];
    change(db, sql, values).await.map(drop)
}

/// For how many things a patient waits, and whether one of them is the same as this.
pub async fn waits(db: &impl ConnectionTrait, new: &NewEntry<'_>, today: NaiveDate) -> Result<(i64, bool)> {
    #[derive(FromQueryResult)]
    struct Row {
        service: Uuid,
        doctor: Option<Uuid>,
        from_day: NaiveDate,
        to_day: NaiveDate,
    }
    let sql = "SELECT service, doctor, from_day, to_day FROM waiting WHERE subject = $1 AND state = 'waiting' AND to_day >= $2";
    let rows: Vec<Row> = all(db, sql, [new.subject.into(), today.into()]).await?;
    let same = |row: &Row| {
        row.service == new.service && row.doctor == new.doctor && row.from_day <= new.to_day && new.from_day <= row.to_day
    };
    Ok((i64::try_from(rows.len()).unwrap_or(i64::MAX), rows.iter().any(same)))
}

/// For what a patient waits from `today` on, oldest first; with `by`, what that account entered. `before` counts those who
/// wait longer, in the same clinic for the same service, in days and hours that meet his, and not for another doctor alone.
pub async fn entries(db: &impl ConnectionTrait, subject: Uuid, by: Option<Uuid>, today: NaiveDate) -> Result<Vec<Entry>> {
    let sql = "SELECT w.id, w.clinic, c.names AS clinic_names, c.zone, w.service, s.names AS service_names, w.doctor, \
               d.names AS doctor_names, w.from_day, w.to_day, w.part, w.added_by, w.added_how, w.created_at, \
               (SELECT count(*) FROM waiting o WHERE o.clinic = w.clinic AND o.service = w.service AND o.state = 'waiting' \
               AND o.id < w.id AND o.to_day >= $2 AND o.from_day <= w.to_day AND w.from_day <= o.to_day \
               AND (o.part = w.part OR o.part = 'any' OR w.part = 'any') \
               AND (o.doctor IS NULL OR w.doctor IS NULL OR o.doctor = w.doctor)) AS before \
               FROM waiting w JOIN clinic c ON c.id = w.clinic JOIN service s ON s.id = w.service \
               LEFT JOIN doctor d ON d.id = w.doctor \
               WHERE w.subject = $1 AND w.state = 'waiting' AND w.to_day >= $2 AND ($3 IS NULL OR w.added_by = $3) ORDER BY w.id";
    all(db, sql, [subject.into(), today.into(), by.into()]).await
}

/// A patient leaves the list; with `by`, what that account entered. Answers whether he waited.
pub async fn leave(db: &impl ConnectionTrait, subject: Uuid, id: Uuid, by: Option<Uuid>, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE waiting SET state = 'left', ended_at = $3 WHERE id = $1 AND subject = $2 AND state = 'waiting' \
               AND ($4 IS NULL OR added_by = $4)";
    Ok(change(db, sql, [id.into(), subject.into(), now.into(), by.into()]).await? == 1)
}

#[derive(FromQueryResult)]
struct ClinicRow {
    clinic: Uuid,
}

/// The clinic in which a patient waits for something.
pub async fn waiting_clinic(db: &impl ConnectionTrait, subject: Uuid, id: Uuid) -> Result<Option<Uuid>> {
    let sql = "SELECT clinic FROM waiting WHERE id = $1 AND subject = $2 AND state = 'waiting'";
    Ok(one::<ClinicRow>(db, sql, [id.into(), subject.into()]).await?.map(|row| row.clinic))
}

/// The clinic in which something is, or was, offered to a patient.
pub async fn offer_clinic(db: &impl ConnectionTrait, subject: Uuid, offer: Uuid) -> Result<Option<Uuid>> {
    let sql = "SELECT w.clinic FROM waiting_offer o JOIN waiting w ON w.id = o.waiting WHERE o.id = $1 AND o.subject = $2";
    Ok(one::<ClinicRow>(db, sql, [offer.into(), subject.into()]).await?.map(|row| row.clinic))
}

/// He has what he waited for.
pub async fn serve(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    let sql = "UPDATE waiting SET state = 'served', ended_at = $2 WHERE id = $1 AND state = 'waiting'";
    change(db, sql, [id.into(), now.into()]).await.map(drop)
}

/// Who waits for a time that this booking gives back, oldest first: he who wants this doctor, or any who does this service, on
/// that day and at that hour, for a visit that fits in; whom this time was not offered, and to whom nothing else is offered.
pub async fn candidates(
    db: &impl ConnectionTrait,
    freed: &Booking,
    day: NaiveDate,
    part: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Candidate>> {
    let sql = format!(
        "SELECT w.id, w.subject, w.service, s.duration_min, w.added_by, w.added_how FROM waiting w \
         JOIN service s ON s.id = w.service WHERE w.state = 'waiting' AND w.clinic = $1 \
         AND (w.doctor = $3 OR (w.doctor IS NULL AND w.service = $2)) AND w.from_day <= $4 AND w.to_day >= $4 \
         AND w.part IN ('any', $5) AND s.active AND s.duration_min <= $6 AND w.subject <> $7 \
         AND NOT EXISTS (SELECT 1 FROM waiting_offer o WHERE o.waiting = w.id AND ((o.doctor = $3 AND o.starts_at = $8) \
         OR (o.state IN ('kept', 'open') AND o.until > $9))) ORDER BY w.id LIMIT {CANDIDATES}"
    );
    let length = i32::try_from((freed.ends_at - freed.starts_at).num_minutes()).unwrap_or(i32::MAX);
    let values: [Value; 9] = [
        freed.clinic.into(),
        freed.service.into(),
        freed.doctor.into(),
        day.into(),
        part.into(),
        length.into(),
        freed.subject.into(),
        freed.starts_at.into(),
        now.into(),
    ];
    all(db, &sql, values).await
}

pub async fn insert_offer(db: &impl ConnectionTrait, row: &OfferRow, now: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO waiting_offer (id, waiting, subject, doctor, starts_at, ends_at, state, until, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values: [Value; 9] = [
        row.id.into(),
        row.waiting.into(),
        row.subject.into(),
        row.doctor.into(),
        row.starts_at.into(),
        row.ends_at.into(),
        row.state.as_str().into(),
        row.until.into(),
        now.into(),
    ];
    change(db, sql, values).await.map(drop)
}

const OFFER: &str = "SELECT id, waiting, subject, doctor, starts_at, ends_at, state, until FROM waiting_offer";

pub async fn offer(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<OfferRow>> {
    one(db, &format!("{OFFER} WHERE id = $1"), [id.into()]).await
}

/// The offers that stand of one entry.
pub async fn offers_of(db: &impl ConnectionTrait, entry: Uuid) -> Result<Vec<OfferRow>> {
    all(db, &format!("{OFFER} WHERE waiting = $1 AND state IN ('kept', 'open') ORDER BY id"), [entry.into()]).await
}

/// The offers that stand of one patient.
pub async fn standing_offers(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<OfferRow>> {
    all(db, &format!("{OFFER} WHERE subject = $1 AND state IN ('kept', 'open') ORDER BY id"), [subject.into()]).await
}

/// The offers that a patient may take now.
pub async fn open_offers(db: &impl ConnectionTrait, subject: Uuid, now: DateTime<Utc>) -> Result<Vec<OpenOffer>> {
    let sql = "SELECT o.id, o.waiting, o.doctor, d.names AS doctor_names, o.starts_at, o.ends_at, o.until FROM waiting_offer o \
               JOIN doctor d ON d.id = o.doctor WHERE o.subject = $1 AND o.state = 'open' AND o.until > $2 ORDER BY o.id";
    all(db, sql, [subject.into(), now.into()]).await
}

/// Ends an offer that stands. Answers whether it stood.
pub async fn end_offer(db: &impl ConnectionTrait, id: Uuid, state: &str) -> Result<bool> {
    let sql = "UPDATE waiting_offer SET state = $2 WHERE id = $1 AND state IN ('kept', 'open')";
    Ok(change(db, sql, [id.into(), state.into()]).await? == 1)
}

/// Opens an offer whose time is still kept, until `until`. Answers whether it is open.
pub async fn open_offer(db: &impl ConnectionTrait, id: Uuid, until: DateTime<Utc>) -> Result<bool> {
    let kept = "UPDATE booking SET held_until = $2 WHERE id = $1 AND state = 'held'";
    if change(db, kept, [id.into(), until.into()]).await? == 0 {
        return Ok(false);
    }
    let sql = "UPDATE waiting_offer SET state = 'open', until = $2 WHERE id = $1 AND state = 'kept'";
    Ok(change(db, sql, [id.into(), until.into()]).await? == 1)
}

/// Lets go of the time that an offer kept: it was no booking, and leaves no trace as one. With `after`, only while it is kept
/// beyond that moment. Answers whether it was there.
pub async fn let_offer_go(db: &impl ConnectionTrait, id: Uuid, after: Option<DateTime<Utc>>) -> Result<bool> {
    let sql = "DELETE FROM booking WHERE id = $1 AND state IN ('held', 'expired', 'cancelled') \
               AND ($2 IS NULL OR (state = 'held' AND held_until > $2))";
    Ok(change(db, sql, [id.into(), after.into()]).await? == 1)
}

/// All that a patient ever waited for, oldest first.
pub async fn every_entry(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<PastEntry>> {
    let sql = "SELECT id, clinic, service, doctor, from_day, to_day, part, state, created_at, ended_at FROM waiting \
               WHERE subject = $1 ORDER BY id";
    all(db, sql, [subject.into()]).await
}

/// What somebody waits or waited for, for his export.
#[derive(Clone, Debug, FromQueryResult)]
pub struct PastEntry {
    pub id: Uuid,
    pub clinic: Uuid,
    pub service: Uuid,
    pub doctor: Option<Uuid>,
    pub from_day: NaiveDate,
    pub to_day: NaiveDate,
    pub part: String,
    pub state: String,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

pub async fn every_offer(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<OfferRow>> {
    all(db, &format!("{OFFER} WHERE subject = $1 ORDER BY id"), [subject.into()]).await
}

/// A patient leaves the list altogether.
pub async fn end_waiting(db: &impl ConnectionTrait, subject: Uuid, now: DateTime<Utc>) -> Result<()> {
    let sql = "UPDATE waiting SET state = 'left', ended_at = $2 WHERE subject = $1 AND state = 'waiting'";
    change(db, sql, [subject.into(), now.into()]).await.map(drop)
}

/// Leaves nothing of who waited; whom he entered as a representative is entered by nobody.
pub async fn forget_waiting(db: &impl ConnectionTrait, gone: Uuid, stand_in: Uuid) -> Result<()> {
    change(db, "DELETE FROM waiting_offer WHERE subject = $1", [gone.into()]).await?;
    change(db, "DELETE FROM waiting WHERE subject = $1", [gone.into()]).await?;
    change(db, "UPDATE waiting SET added_by = $2 WHERE added_by = $1", [gone.into(), stand_in.into()]).await.map(drop)
}

/// Drops what nobody waits for any more, with its offers.
pub async fn sweep_waiting(db: &impl ConnectionTrait, before: NaiveDate) -> Result<()> {
    let offers = "DELETE FROM waiting_offer WHERE starts_at < $1";
    let midnight = before.and_time(chrono::NaiveTime::MIN).and_utc() - LONGEST;
    change(db, offers, [midnight.into()]).await?;
    change(db, "DELETE FROM waiting WHERE to_day < $1", [before.into()]).await.map(drop)
}
