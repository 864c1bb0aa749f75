//! Alarms: officers are told before the term of a request ends, when it has ended, and each day from then on until it is
//! answered. A late request is never silent.

use super::rows::{self, Request};
use crate::app::App;
use crate::clinic::identity;
use crate::clinic::notifications::{self, Kind};
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use crate::kernel::queue::{Claimed, Outcome, Task};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// So long before the end officers are told; of a shorter term at its half.
const AHEAD: TimeDelta = TimeDelta::days(2);
const AGAIN: TimeDelta = TimeDelta::days(1);

#[derive(Serialize, Deserialize)]
pub struct Alarm {
    pub request: Uuid,
    /// The end of the term that it is about. An extension makes this alarm a dead letter.
    pub due_at: DateTime<Utc>,
}

impl Task for Alarm {
    const KIND: &'static str = "requests.alarm";
}

/// Sets both alarms of the term that a request has now.
pub fn set(tx: &mut Tx, row: &Request) {
    let alarm = Alarm { request: row.id, due_at: row.due_at };
    let ahead = AHEAD.min((row.due_at - tx.now()).max(TimeDelta::zero()) / 2);
    tx.enqueue(alarm.task().at(row.due_at - ahead));
    tx.enqueue(alarm.task().at(row.due_at));
}

/// Tells the officers, unless the request is closed or has another term by now.
pub async fn run(app: &App, task: &Claimed) -> Result<Outcome> {
    let Alarm { request, due_at } = task.read()?;
    let open = |row: &Request| row.closed_at.is_none() && row.due_at == due_at;
    let Some(row) = rows::find(&app.db.reader(), request).await?.filter(open) else { return Ok(Outcome::Done) };
    let now = app.ambient.now();
    let is_overdue = row.due_at <= now;
    if is_overdue {
        tracing::warn!(request = %row.id, kind = %row.kind, "a request of a person is overdue");
    }
    app.write(&Actor::house("requestAlarm"), async |tx: &mut Tx| -> Result<()> {
        let kind = if is_overdue { Kind::RequestOverdue } else { Kind::RequestDue };
        for officer in identity::officers(tx).await? {
            notifications::tell(tx, officer, kind, row.id).await?;
        }
        if is_overdue {
            // One chain of alarms, however often this run is repeated.
            let again = Alarm { request, due_at }.task().at(now + AGAIN);
            tx.enqueue(again.once(format!("{}:{request}", Alarm::KIND)));
        }
        Ok(())
    })
    .await?;
    Ok(Outcome::Done)
}
