//! Reminders, planned and sent.

use super::{all, change, one};
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

/// One reminder of one visit by one way.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Reminder {
    pub id: Uuid,
    pub subject: Uuid,
    pub booking: Uuid,
    pub channel: String,
    /// The beginning of the visit that it is about: a visit that was moved has others.
    pub starts_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub state: String,
    /// The notice that it became, of one visit or several.
    pub notification: Option<Uuid>,
}

const REMINDER: &str =
    "SELECT r.id, r.subject, r.booking, r.channel, r.starts_at, r.due_at, r.state, r.notification FROM reminder r";

/// Writes a reminder of a visit that has none yet.
pub fn put_reminder(tx: &mut Tx, row: Reminder) {
    let columns = &["id", "subject", "booking", "channel", "starts_at", "due_at", "state"];
    let values = vec![
        row.id.into(),
        row.subject.into(),
        row.booking.into(),
        row.channel.into(),
        row.starts_at.into(),
        row.due_at.into(),
        row.state.into(),
    ];
    tx.put("reminder", columns, values);
}

/// Plans a reminder, or one that was dropped again. Answers its id; none where it was sent already, or stands.
pub async fn plan_reminder(db: &impl ConnectionTrait, row: &Reminder) -> Result<Option<Uuid>> {
    #[derive(FromQueryResult)]
    struct Planned {
        id: Uuid,
    }
    let sql = "INSERT INTO reminder (id, subject, booking, channel, starts_at, due_at, state) VALUES ($1, $2, $3, $4, $5, $6, 'planned') \
               ON CONFLICT (booking, starts_at, channel, due_at) DO UPDATE SET state = 'planned', notification = NULL \
               WHERE reminder.state = 'dropped' RETURNING id";
    let values: [Value; 6] = [
        row.id.into(),
        row.subject.into(),
        row.booking.into(),
        row.channel.as_str().into(),
        row.starts_at.into(),
        row.due_at.into(),
    ];
    Ok(one::<Planned>(db, sql, values).await?.map(|row| row.id))
}

/// Drops the reminders of a visit; with `but`, those of another beginning than this. Answers the notices that they became, and whose.
pub async fn drop_reminders(db: &impl ConnectionTrait, booking: Uuid, but: Option<DateTime<Utc>>) -> Result<Vec<(Uuid, Uuid)>> {
    #[derive(FromQueryResult)]
    struct Dropped {
        subject: Uuid,
        notification: Option<Uuid>,
    }
    let sql = "UPDATE reminder SET state = 'dropped' WHERE booking = $1 AND state IN ('planned', 'sent') \
               AND ($2 IS NULL OR starts_at <> $2) RETURNING subject, notification";
    let dropped: Vec<Dropped> = all(db, sql, [booking.into(), but.into()]).await?;
    Ok(dropped.into_iter().filter_map(|row| Some((row.subject, row.notification?))).collect())
}

/// Whether a notice still tells of a visit that stands.
pub async fn tells_of_another(db: &impl ConnectionTrait, subject: Uuid, notice: Uuid) -> Result<bool> {
    let sql = format!("{REMINDER} WHERE r.subject = $1 AND r.notification = $2 AND r.state = 'sent' LIMIT 1");
    Ok(one::<Reminder>(db, &sql, [subject.into(), notice.into()]).await?.is_some())
}

pub async fn reminder(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Reminder>> {
    one(db, &format!("{REMINDER} WHERE r.id = $1"), [id.into()]).await
}

/// What one person is to be reminded of by one way at one moment, of the visits that still stand and have not begun, in order.
pub async fn due_together(db: &impl ConnectionTrait, of: &Reminder, now: DateTime<Utc>) -> Result<Vec<Reminder>> {
    let sql = format!(
        "{REMINDER} JOIN booking b ON b.id = r.booking AND b.subject = r.subject AND b.starts_at = r.starts_at \
         WHERE r.subject = $1 AND r.due_at = $2 AND r.channel = $3 AND r.state = 'planned' AND b.state = 'booked' \
         AND r.starts_at > $4 ORDER BY r.starts_at, r.id"
    );
    all(db, &sql, [of.subject.into(), of.due_at.into(), of.channel.as_str().into(), now.into()]).await
}

/// The notice by which somebody was reminded of a visit at that moment, by another way.
pub async fn told_at(db: &impl ConnectionTrait, of: &Reminder) -> Result<Option<Uuid>> {
    let sql = format!(
        "{REMINDER} WHERE r.subject = $1 AND r.due_at = $2 AND r.booking = $3 AND r.state = 'sent' \
         AND r.notification IS NOT NULL LIMIT 1"
    );
    let told = one::<Reminder>(db, &sql, [of.subject.into(), of.due_at.into(), of.booking.into()]).await?;
    Ok(told.and_then(|row| row.notification))
}

pub async fn end_reminder(db: &impl ConnectionTrait, id: Uuid, state: &str, notice: Option<Uuid>) -> Result<()> {
    let sql = "UPDATE reminder SET state = $2, notification = $3 WHERE id = $1 AND state = 'planned'";
    change(db, sql, [id.into(), state.into(), notice.into()]).await.map(drop)
}

pub async fn every_reminder(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<Reminder>> {
    all(db, &format!("{REMINDER} WHERE r.subject = $1 ORDER BY r.due_at, r.id"), [subject.into()]).await
}

pub async fn forget_reminders(db: &impl ConnectionTrait, subject: Uuid) -> Result<()> {
    change(db, "DELETE FROM reminder WHERE subject = $1", [subject.into()]).await.map(drop)
}

/// Drops the reminders of visits that were long ago.
pub async fn sweep_reminders(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<()> {
    change(db, "DELETE FROM reminder WHERE starts_at < $1", [before.into()]).await.map(drop)
}
