//! Taking a time and giving it back: the statements that change what a booking takes and where it stands. Each looks and
//! writes in one, and where two of them race, the schema's constraint lets one through.

use super::super::state::{BOOKED, CANCELLED, DONE, EXPIRED, MOVABLE, TAKES, before};
use super::bookings::{Booking, LONGEST, OVERRUN};
use super::{all, change, one};
use crate::kernel::error::{Result, Span};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};
use uuid::Uuid;

/// Whether anything stands in the way of a row whose columns are called `row`, but that row itself.
fn in_the_way(row: &str) -> String {
    let earliest = "$1";
    format!(
        "EXISTS (SELECT 1 FROM booking o WHERE o.doctor = {row}.doctor AND o.id <> {row}.id AND o.state IN {TAKES} \
         AND o.blocks_from < {row}.blocks_until AND o.blocks_until > {row}.blocks_from AND o.blocks_from > {earliest}) \
         OR EXISTS (SELECT 1 FROM booking o WHERE o.subject = {row}.subject AND o.id <> {row}.id AND o.state IN {TAKES} \
         AND o.starts_at < {row}.ends_at AND o.ends_at > {row}.starts_at) \
         OR EXISTS (SELECT 1 FROM booking o WHERE o.equipment = {row}.equipment AND o.id <> {row}.id AND o.state IN {TAKES} \
         AND o.blocks_from < {row}.blocks_until AND o.blocks_until > {row}.blocks_from AND o.blocks_from > {earliest})"
    )
}

#[derive(FromQueryResult)]
struct Joined {
    episode: Option<Uuid>,
}

/// Inserts the booking unless the doctor, the patient or the machine is busy then. It joins the open course of its patient
/// with its doctor, if there is one. What is held no longer still stands in the way: let go of it by `expire_within`.
/// Answers the row as it stands; `None`: it does not.
pub async fn insert(db: &impl ConnectionTrait, row: Booking) -> Result<Option<Booking>, DbErr> {
    let sql = format!(
        "INSERT INTO booking (id, subject, doctor, clinic, service, starts_at, ends_at, blocks_from, blocks_until, state, \
         booked_by, created_at, complaint, held_until, charge, booked_how, visitor, payer, equipment, series, channel, episode) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, \
         (SELECT e.id FROM episode e WHERE e.subject = $2 AND e.doctor = $3 AND e.closed_at IS NULL LIMIT 1) \
         WHERE NOT EXISTS (SELECT 1 FROM booking WHERE doctor = $3 AND state IN {TAKES} AND blocks_from < $9 \
         AND blocks_until > $8 AND blocks_from > $22) \
         AND NOT EXISTS (SELECT 1 FROM booking WHERE subject = $2 AND state IN {TAKES} AND starts_at < $7 AND ends_at > $6) \
         AND ($19 IS NULL OR NOT EXISTS (SELECT 1 FROM booking WHERE equipment = $19 AND state IN {TAKES} \
         AND blocks_from < $9 AND blocks_until > $8 AND blocks_from > $22)) \
         ON CONFLICT DO NOTHING RETURNING episode"
    );
    let values: [Value; 22] = [
        row.id.into(),
        row.subject.into(),
        row.doctor.into(),
        row.clinic.into(),
        row.service.into(),
        row.starts_at.into(),
        row.ends_at.into(),
        row.blocks_from.into(),
        row.blocks_until.into(),
        row.state.as_str().into(),
        row.booked_by.into(),
        row.created_at.into(),
        row.complaint.clone().into(),
        row.held_until.into(),
        row.charge.into(),
        row.booked_how.as_str().into(),
        row.visitor.clone().into(),
        row.payer.as_str().into(),
        row.equipment.into(),
        row.series.into(),
        row.channel.clone().into(),
        (row.blocks_from - LONGEST).into(),
    ];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let joined = Joined::find_by_statement(statement).one(db).await?;
    Ok(joined.map(|joined| Booking { episode: joined.episode, ..row }))
}

/// A machine of the kind that nobody has then, and in its clinic.
pub async fn free_machine(
    db: &impl ConnectionTrait,
    clinic: Uuid,
    kind: &str,
    blocks: Span,
    but: Option<Uuid>,
) -> Result<Option<Uuid>> {
    let sql = format!(
        "SELECT e.id FROM equipment e WHERE e.clinic = $1 AND e.kind = $2 AND e.active AND NOT EXISTS \
         (SELECT 1 FROM booking o WHERE o.equipment = e.id AND o.state IN {TAKES} AND o.blocks_from < $4 \
         AND o.blocks_until > $3 AND o.blocks_from > $5 AND ($6 IS NULL OR o.id <> $6)) ORDER BY e.id LIMIT 1"
    );
    let values: [Value; 6] = [
        clinic.into(),
        kind.into(),
        blocks.starts_at.into(),
        blocks.ends_at.into(),
        (blocks.starts_at - LONGEST).into(),
        but.into(),
    ];
    Ok(one::<Id>(db, &sql, values).await?.map(|row| row.id))
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

fn ids(rows: Vec<Id>) -> Vec<Uuid> {
    rows.into_iter().map(|row| row.id).collect()
}

/// Whose time is wanted: holds that have ended are let go there.
pub struct Wanted {
    pub doctor: Uuid,
    pub subject: Uuid,
    /// Where a machine is wanted, too: its clinic.
    pub machines_of: Option<Uuid>,
    pub blocks: Span,
}

/// Lets go of the holds that have ended and stand in the way of a doctor, a patient or a machine.
pub async fn expire_within(db: &impl ConnectionTrait, wanted: &Wanted, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    let sql = format!(
        "UPDATE booking SET state = '{EXPIRED}' WHERE state IN {} AND held_until <= $1 \
         AND (doctor = $2 OR subject = $3 OR (equipment IS NOT NULL AND clinic = $4)) \
         AND blocks_from < $6 AND blocks_until > $5 RETURNING id",
        before(EXPIRED)
    );
    let values: [Value; 6] = [
        now.into(),
        wanted.doctor.into(),
        wanted.subject.into(),
        wanted.machines_of.into(),
        wanted.blocks.starts_at.into(),
        wanted.blocks.ends_at.into(),
    ];
    Ok(ids(all(db, &sql, values).await?))
}

/// Holds that one transaction of the duty lets go.
pub const EXPIRED_AT_ONCE: usize = 200;

/// Lets go of holds that have ended, the first first.
pub async fn expire(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    let sql = format!(
        "UPDATE booking SET state = '{EXPIRED}' WHERE state IN {from} AND held_until <= $1 AND id IN (SELECT id FROM booking \
         WHERE state IN {from} AND held_until <= $1 ORDER BY held_until LIMIT {EXPIRED_AT_ONCE}) RETURNING id",
        from = before(EXPIRED)
    );
    Ok(ids(all(db, &sql, [now.into()]).await?))
}

/// Whether a hold has ended that nobody has let go yet.
pub async fn any_to_expire(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool> {
    let sql = format!("SELECT id FROM booking WHERE state IN {} AND held_until <= $1 LIMIT 1", before(EXPIRED));
    Ok(one::<Id>(db, &sql, [now.into()]).await?.is_some())
}

/// Books what was held or let go, unless somebody else has the time by now. What was confirmed keeps no `held_until`.
/// Answers whether it is booked now.
pub async fn confirm_paid(
    db: &impl ConnectionTrait,
    id: Uuid,
    earliest: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = format!(
        "UPDATE booking SET state = '{BOOKED}', held_until = NULL WHERE id = $2 AND starts_at > $3 AND charge IS NOT NULL \
         AND (state = 'held' OR (state = '{EXPIRED}' AND NOT ({})))",
        in_the_way("booking")
    );
    let values: [Value; 3] = [earliest.into(), id.into(), now.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await?.rows_affected() == 1)
}

/// What was asked for becomes booked, or held for a charge. Answers whether it still waited.
pub async fn grant(db: &impl ConnectionTrait, id: Uuid, held: Option<(Uuid, DateTime<Utc>)>, now: DateTime<Utc>) -> Result<bool> {
    let (charge, until) = held.unzip();
    let to = if held.is_some() { super::HELD } else { BOOKED };
    let sql = "UPDATE booking SET state = $2, charge = $3, held_until = $4 \
               WHERE id = $1 AND state = 'requested' AND held_until > $5 AND starts_at > $5";
    Ok(change(db, sql, [id.into(), to.into(), charge.into(), until.into(), now.into()]).await? == 1)
}

/// Writes one step of a visit, if the booking stands as it was read. `stamp` is the column that keeps when.
pub async fn step(
    db: &impl ConnectionTrait,
    row: &Booking,
    to: &str,
    stamp: Option<&'static str>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let stamped = stamp.map(|column| format!(", {column} = $5")).unwrap_or_default();
    let sql = format!("UPDATE booking SET state = $2{stamped} WHERE id = $1 AND state = $3 AND starts_at = $4");
    let mut values: Vec<Value> = vec![row.id.into(), to.into(), row.state.as_str().into(), row.starts_at.into()];
    values.extend(stamp.map(|_| Value::from(now)));
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await?.rows_affected() == 1)
}

/// Where a booking goes: another time, another doctor, another machine.
pub struct Destination {
    pub doctor: Uuid,
    pub clinic: Uuid,
    pub visit: Span,
    pub blocks: Span,
    pub equipment: Option<Uuid>,
    pub counts_from: Option<DateTime<Utc>>,
}

/// Moves a booking, if it stands as it was read and nobody has the new time. `false`: one of both.
pub async fn relocate(db: &impl ConnectionTrait, row: &Booking, to: &Destination, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = format!(
        "UPDATE booking SET doctor = $2, clinic = $3, starts_at = $4, ends_at = $5, blocks_from = $6, blocks_until = $7, \
         equipment = $8, counts_from = $9, held_until = CASE WHEN held_until > $4 THEN $4 ELSE held_until END, \
         episode = CASE WHEN doctor = $2 THEN episode ELSE \
         (SELECT e.id FROM episode e WHERE e.subject = $10 AND e.doctor = $2 AND e.closed_at IS NULL LIMIT 1) END \
         WHERE id = $1 AND doctor = $11 AND starts_at = $12 AND state IN {MOVABLE} \
         AND starts_at > $13 AND (held_until IS NULL OR held_until > $13) \
         AND NOT EXISTS (SELECT 1 FROM booking o WHERE o.doctor = $2 AND o.id <> $1 AND o.state IN {TAKES} \
         AND o.blocks_from < $7 AND o.blocks_until > $6 AND o.blocks_from > $14) \
         AND NOT EXISTS (SELECT 1 FROM booking o WHERE o.subject = $10 AND o.id <> $1 AND o.state IN {TAKES} \
         AND o.starts_at < $5 AND o.ends_at > $4) \
         AND ($8 IS NULL OR NOT EXISTS (SELECT 1 FROM booking o WHERE o.equipment = $8 AND o.id <> $1 AND o.state IN {TAKES} \
         AND o.blocks_from < $7 AND o.blocks_until > $6 AND o.blocks_from > $14))"
    );
    let values: [Value; 14] = [
        row.id.into(),
        to.doctor.into(),
        to.clinic.into(),
        to.visit.starts_at.into(),
        to.visit.ends_at.into(),
        to.blocks.starts_at.into(),
        to.blocks.ends_at.into(),
        to.equipment.into(),
        to.counts_from.into(),
        row.subject.into(),
        row.doctor.into(),
        row.starts_at.into(),
        now.into(),
        (to.blocks.starts_at - LONGEST).into(),
    ];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await?.rows_affected() == 1)
}

/// A visit that is over.
#[derive(FromQueryResult)]
pub struct Ended {
    pub id: Uuid,
    pub subject: Uuid,
}

/// Visits that end in one transaction.
pub const ENDED_AT_ONCE: usize = 500;

/// Writes down that visits are over, those that ended first first, and answers which.
pub async fn end_visits(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Ended>> {
    let over = "state IN ('booked', 'arrived', 'inProgress') AND ends_at <= $1 AND (state = 'booked' OR ends_at <= $2)";
    let sql = format!(
        "UPDATE booking SET state = '{DONE}' WHERE {over} AND id IN (SELECT id FROM booking WHERE {over} \
         ORDER BY ends_at LIMIT {ENDED_AT_ONCE}) RETURNING id, subject"
    );
    all(db, &sql, [now.into(), (now - OVERRUN).into()]).await
}

/// Cancels a booking that begins after `limit` and whose hold, if it has one, has not ended. Answers whether there was one.
pub async fn cancel(
    db: &impl ConnectionTrait,
    (subject, id): (Uuid, Uuid),
    ground: Option<&str>,
    limit: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let sql = format!(
        "UPDATE booking SET state = '{CANCELLED}', cancelled_at = $3, ground = $4 WHERE id = $1 AND subject = $2 \
         AND state IN {} AND starts_at > $5 AND (held_until IS NULL OR held_until > $3)",
        before(CANCELLED)
    );
    Ok(change(db, &sql, [id.into(), subject.into(), now.into(), ground.into(), limit.into()]).await? == 1)
}

/// As `cancel`, also while its visit should be running: for staff.
pub async fn cancel_running(db: &impl ConnectionTrait, id: Uuid, ground: &str, now: DateTime<Utc>) -> Result<bool> {
    let sql = format!(
        "UPDATE booking SET state = '{CANCELLED}', cancelled_at = $2, ground = $3 WHERE id = $1 AND state IN {} \
         AND ends_at > $2 AND (held_until IS NULL OR held_until > $2)",
        before(CANCELLED)
    );
    Ok(change(db, &sql, [id.into(), now.into(), ground.into()]).await? == 1)
}

/// A booking that was cancelled, with what was paid for it.
#[derive(FromQueryResult)]
pub struct Cancelled {
    pub id: Uuid,
    pub charge: Option<Uuid>,
    pub starts_at: DateTime<Utc>,
    pub counts_from: Option<DateTime<Utc>>,
}

/// Cancels all of a patient's bookings that have not begun.
pub async fn cancel_coming(db: &impl ConnectionTrait, subject: Uuid, now: DateTime<Utc>) -> Result<Vec<Cancelled>> {
    let sql = format!(
        "UPDATE booking SET state = '{CANCELLED}', cancelled_at = $2 WHERE subject = $1 AND state IN {} AND starts_at > $2 \
         RETURNING id, charge, starts_at, counts_from",
        before(CANCELLED)
    );
    all(db, &sql, [subject.into(), now.into()]).await
}

/// How a booking was moved.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Move {
    pub id: Uuid,
    pub from_doctor: Uuid,
    pub from_starts_at: DateTime<Utc>,
    pub to_doctor: Uuid,
    pub to_starts_at: DateTime<Utc>,
    /// `self`, `representative`, `desk`, `staff`.
    pub how: String,
    pub at: DateTime<Utc>,
}

pub async fn insert_move(db: &impl ConnectionTrait, booking: Uuid, row: &Move) -> Result<()> {
    let sql = "INSERT INTO booking_move (id, booking, from_doctor, from_starts_at, to_doctor, to_starts_at, how, at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values: [Value; 8] = [
        row.id.into(),
        booking.into(),
        row.from_doctor.into(),
        row.from_starts_at.into(),
        row.to_doctor.into(),
        row.to_starts_at.into(),
        row.how.as_str().into(),
        row.at.into(),
    ];
    change(db, sql, values).await.map(drop)
}

/// Most moves that are read of one booking.
pub const MOVES_READ: u64 = 100;

/// How a booking was moved, the first first.
pub async fn moves(db: &impl ConnectionTrait, booking: Uuid) -> Result<Vec<Move>> {
    let sql = format!(
        "SELECT id, from_doctor, from_starts_at, to_doctor, to_starts_at, how, at FROM booking_move WHERE booking = $1 \
         ORDER BY id LIMIT {MOVES_READ}"
    );
    all(db, &sql, [booking.into()]).await
}
