//! Wishes for a visit without a time.

use super::{all, change, one};
use crate::app::multilingual::Multilingual;
use crate::clinic::identity::Clinics;
use crate::kernel::error::Result;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

/// Where a wish stands, as the column and the contract spell it.
pub const WISH_OPEN: &str = "open";
pub const WISH_BOOKED: &str = "booked";
pub const WISH_CLOSED: &str = "closed";

#[derive(Clone, Debug, FromQueryResult)]
pub struct BookingWish {
    pub id: Uuid,
    pub subject: Uuid,
    pub clinic: Uuid,
    /// None: any doctor who does the service.
    pub doctor: Option<Uuid>,
    pub doctor_names: Option<Multilingual>,
    pub service: Uuid,
    pub service_names: Multilingual,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    /// `any`, `morning`, `afternoon`, `evening`.
    pub part: String,
    pub state: String,
    pub booking: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    /// What the patient said of it.
    pub text: Option<Sealed>,
}

const WISH: &str = "SELECT w.id, w.subject, w.clinic, w.doctor, d.names AS doctor_names, w.service, s.names AS service_names, \
                    w.first_day, w.last_day, w.part, w.state, w.booking, w.created_at, w.closed_at, w.text \
                    FROM booking_wish w LEFT JOIN doctor d ON d.id = w.doctor JOIN service s ON s.id = w.service";

/// What can be wished for.
#[derive(FromQueryResult)]
pub struct Wished {
    pub clinic: Uuid,
    pub zone: String,
    pub names: Multilingual,
}

/// A service that is offered, with its clinic.
pub async fn wished(db: &impl ConnectionTrait, service: Uuid) -> Result<Option<Wished>> {
    let sql = "SELECT s.clinic, c.zone, s.names FROM service s JOIN clinic c ON c.id = s.clinic \
               WHERE s.id = $1 AND s.active AND c.active";
    one(db, sql, [service.into()]).await
}

pub async fn insert_wish(db: &impl ConnectionTrait, row: &BookingWish) -> Result<()> {
    let sql = "INSERT INTO booking_wish (id, subject, clinic, doctor, service, first_day, last_day, part, state, created_at, text) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let values: [Value; 11] = [
        row.id.into(),
        row.subject.into(),
        row.clinic.into(),
        row.doctor.into(),
        row.service.into(),
        row.first_day.into(),
        row.last_day.into(),
        row.part.as_str().into(),
        row.state.as_str().into(),
        row.created_at.into(),
        row.text.clone().into(),
    ];
    change(db, sql, values).await.map(drop)
}

/// How many wishes of a patient are open, at most `limit`.
pub async fn open_wishes(db: &impl ConnectionTrait, subject: Uuid, limit: i64) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Count {
        count: i64,
    }
    let sql = format!(
        "SELECT count(*) AS count FROM (SELECT 1 FROM booking_wish WHERE subject = $1 AND state = '{WISH_OPEN}' LIMIT {limit}) open"
    );
    Ok(one::<Count>(db, &sql, [subject.into()]).await?.map_or(0, |row| row.count))
}

/// A patient's wishes, newest first, from before `before` on.
pub async fn wishes_of(db: &impl ConnectionTrait, subject: Uuid, before: Option<Uuid>, limit: u64) -> Result<Vec<BookingWish>> {
    let sql = format!("{WISH} WHERE w.subject = $1 AND ($2 IS NULL OR w.id < $2) ORDER BY w.id DESC LIMIT {limit}");
    all(db, &sql, [subject.into(), before.into()]).await
}

/// Every wish of a patient, oldest first.
pub async fn every_wish_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<BookingWish>> {
    all(db, &format!("{WISH} WHERE w.subject = $1 ORDER BY w.id"), [subject.into()]).await
}

/// The open wishes of some clinics, the first first, after `after`.
pub async fn wishes_in(
    db: &impl ConnectionTrait,
    clinics: &Clinics,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<BookingWish>> {
    let theirs = clinics.condition("w.clinic", 2);
    let sql =
        format!("{WISH} WHERE w.state = '{WISH_OPEN}' AND ($1 IS NULL OR w.id > $1) AND {theirs} ORDER BY w.id LIMIT {limit}");
    let values: Vec<Value> = std::iter::once(after.into()).chain(clinics.values()).collect();
    all(db, &sql, values).await
}

/// A wish, for staff; a patient's is found by `wish_of`.
pub async fn wish(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<BookingWish>> {
    one(db, &format!("{WISH} WHERE w.id = $1"), [id.into()]).await
}

pub async fn wish_of(db: &impl ConnectionTrait, subject: Uuid, id: Uuid) -> Result<Option<BookingWish>> {
    one(db, &format!("{WISH} WHERE w.id = $1 AND w.subject = $2"), [id.into(), subject.into()]).await
}

/// Ends an open wish, with the booking that came of it, if one did. Answers whether it was open.
pub async fn end_wish(db: &impl ConnectionTrait, id: Uuid, booking: Option<Uuid>, now: DateTime<Utc>) -> Result<bool> {
    let to = if booking.is_some() { WISH_BOOKED } else { WISH_CLOSED };
    let sql = format!("UPDATE booking_wish SET state = $2, booking = $3, closed_at = $4 WHERE id = $1 AND state = '{WISH_OPEN}'");
    Ok(change(db, &sql, [id.into(), to.into(), booking.into(), now.into()]).await? == 1)
}

/// Closes what a patient still wishes for.
pub async fn close_wishes_of(db: &impl ConnectionTrait, subject: Uuid, now: DateTime<Utc>) -> Result<()> {
    let sql =
        format!("UPDATE booking_wish SET state = '{WISH_CLOSED}', closed_at = $2 WHERE subject = $1 AND state = '{WISH_OPEN}'");
    change(db, &sql, [subject.into(), now.into()]).await.map(drop)
}

/// Leaves of a patient's wishes only that somebody had them.
pub async fn depersonalise_wishes(db: &impl ConnectionTrait, subject: Uuid, stand_in: Uuid, now: DateTime<Utc>) -> Result<()> {
    let sql = format!(
        "UPDATE booking_wish SET subject = $2, text = NULL, closed_at = coalesce(closed_at, $3), \
         state = CASE WHEN state = '{WISH_OPEN}' THEN '{WISH_CLOSED}' ELSE state END WHERE subject = $1"
    );
    change(db, &sql, [subject.into(), stand_in.into(), now.into()]).await.map(drop)
}
