//! Reminders of a visit, by the plan of the profile at the time when it was booked. Each is a row and a task that comes when it
//! is due; whether the visit still stands is looked at then, and once more when the message leaves the house. Quiet hours and the
//! patient's own choices are the notifications' matter; what they put off beyond the visit's beginning is not sent.

use super::office;
use super::rows::{self, Booking, Reminder};
use crate::app::App;
use crate::app::notices::Channel;
use crate::app::period::Period;
use crate::app::profile::{Profile, Reminding};
use crate::clinic::notifications;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use crate::kernel::queue::{Claimed, Outcome, Task};
use chrono::{DateTime, NaiveTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

const SENT: &str = "sent";
const PLANNED: &str = "planned";
/// It was due, and there was nothing to be reminded of any more.
const SKIPPED: &str = "skipped";

#[derive(Serialize, Deserialize)]
pub struct Remind {
    pub reminder: Uuid,
}

impl Task for Remind {
    const KIND: &'static str = "scheduling.remind";
}

/// Plans the reminders of a booking that is confirmed now, and has none yet. Nobody reads them back: they cost the booking no
/// statement.
pub fn plan(tx: &mut Tx, profile: &Profile, booking: &Booking) -> Result<()> {
    for reminder in ahead(tx, profile, booking)? {
        tx.enqueue(Remind { reminder: reminder.id }.task().at(reminder.due_at));
        rows::put_reminder(tx, reminder);
    }
    Ok(())
}

/// Plans the reminders of a booking that was moved, and drops those of the time from which it was moved.
pub async fn plan_again(tx: &mut Tx, profile: &Profile, booking: &Booking) -> Result<()> {
    drop_but(tx, booking.id, Some(booking.starts_at)).await?;
    for planned in ahead(tx, profile, booking)? {
        if let Some(reminder) = rows::plan_reminder(tx, &planned).await? {
            tx.enqueue(Remind { reminder }.task().at(planned.due_at));
        }
    }
    Ok(())
}

/// The reminders of a visit that lie ahead of it, by the profile.
fn ahead(tx: &Tx, profile: &Profile, booking: &Booking) -> Result<Vec<Reminder>> {
    let zone = office::zone(&booking.zone)?;
    let rules = profile.reminders.iter().filter(|rule| profile.reminds_by(rule.channel));
    let planned = rules.filter_map(|rule| {
        let due_at = due(rule, zone, booking.starts_at).filter(|due| *due > tx.now() && *due < booking.starts_at)?;
        Some(Reminder {
            id: tx.id(),
            subject: booking.subject,
            booking: booking.id,
            channel: rule.channel.as_str().to_owned(),
            starts_at: booking.starts_at,
            due_at,
            state: PLANNED.to_owned(),
            notification: None,
        })
    });
    Ok(planned.collect())
}

/// Drops what was planned, and withdraws what has not left the house yet.
pub async fn drop(tx: &mut Tx, booking: Uuid) -> Result<()> {
    drop_but(tx, booking, None).await
}

async fn drop_but(tx: &mut Tx, booking: Uuid, but: Option<DateTime<Utc>>) -> Result<()> {
    let told: BTreeSet<(Uuid, Uuid)> = rows::drop_reminders(tx, booking, but).await?.into_iter().collect();
    for (subject, notice) in told {
        // One message may tell of several visits of a day.
        if !rows::tells_of_another(tx, subject, notice).await? {
            notifications::withdraw(tx, notice).await?;
        }
    }
    Ok(())
}

/// When a rule reminds of a visit. The hour is the clinic's; one that its clock leaves out is the next that it shows.
fn due(rule: &Reminding, zone: Tz, starts_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let Some(hour) = rule.at else { return Some(rule.before.before(starts_at)) };
    let begins = starts_at.with_timezone(&zone).date_naive();
    let day = match rule.before {
        Period::Days(days) => begins.checked_sub_signed(TimeDelta::days(i64::from(days)))?,
        other => other.before(starts_at).with_timezone(&zone).date_naive(),
    };
    super::slots::instant(zone, day, minutes(hour))
}

fn minutes(hour: NaiveTime) -> i32 {
    i32::try_from(hour.num_seconds_from_midnight() / 60).unwrap_or(0)
}

/// Reminds somebody of all his visits of which he is to be reminded at this moment by this way, in one message.
pub async fn remind(app: &App, task: &Claimed) -> Result<Outcome> {
    let Remind { reminder } = task.read()?;
    let Some(due) = rows::reminder(&app.db.reader(), reminder).await?.filter(|due| due.state == PLANNED) else {
        return Ok(Outcome::Done);
    };
    let Some(channel) = Channel::parse(&due.channel) else { return Ok(Outcome::Done) };
    app.write(&Actor::house("remind"), async |tx: &mut Tx| -> Result<()> {
        // Several reminders of one moment run at once.
        tx.hold(&[due.subject]).await?;
        let together = rows::due_together(tx, &due, tx.now()).await?;
        let Some(first) = together.first() else { return rows::end_reminder(tx, due.id, SKIPPED, None).await };
        let told = rows::told_at(tx, first).await?;
        let notice = notifications::remind(tx, told, (first.subject, first.booking), channel, first.starts_at).await?;
        for reminder in &together {
            rows::end_reminder(tx, reminder.id, SENT, Some(notice)).await?;
        }
        if together.iter().all(|reminder| reminder.id != due.id) {
            rows::end_reminder(tx, due.id, SKIPPED, None).await?;
        }
        Ok(())
    })
    .await?;
    Ok(Outcome::Done)
}
