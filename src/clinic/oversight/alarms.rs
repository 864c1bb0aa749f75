//! Alarms of breaches: officers are told before a term ends, when it has ended, and every six hours from then on until it is kept.

use super::rows::breach::{self as rows, Term};
use crate::app::App;
use crate::clinic::identity;
use crate::clinic::notifications::{self, Kind};
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use crate::kernel::queue::{Claimed, Outcome, Task};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// So long before the end officers are told; of a shorter time at its half.
const AHEAD: TimeDelta = TimeDelta::hours(12);
const AGAIN: TimeDelta = TimeDelta::hours(6);

#[derive(Serialize, Deserialize)]
pub struct BreachAlarm {
    pub term: Uuid,
}

impl Task for BreachAlarm {
    const KIND: &'static str = "oversight.breachAlarm";
}

/// Sets both alarms of a term.
pub fn set(tx: &mut Tx, term: &Term) {
    let ahead = AHEAD.min((term.due_at - tx.now()).max(TimeDelta::zero()) / 2);
    tx.enqueue(BreachAlarm { term: term.id }.task().at(term.due_at - ahead));
    tx.enqueue(BreachAlarm { term: term.id }.task().at(term.due_at));
}

/// Tells the officers, unless the term is kept by now.
pub async fn run(app: &App, task: &Claimed) -> Result<Outcome> {
    let BreachAlarm { term } = task.read()?;
    let Some(row) = rows::find_term(&app.db.reader(), term).await?.filter(|row| row.done_at.is_none()) else {
        return Ok(Outcome::Done);
    };
    let now = app.ambient.now();
    let is_overdue = row.due_at <= now;
    if is_overdue {
        tracing::warn!(breach = %row.breach, step = %row.step, "a term of a breach is overdue");
    }
    app.write(&Actor::house("breachAlarm"), async |tx: &mut Tx| -> Result<()> {
        let kind = if is_overdue { Kind::BreachOverdue } else { Kind::BreachDue };
        for officer in identity::officers(tx).await? {
            notifications::tell(tx, officer, kind, row.breach).await?;
        }
        if is_overdue {
            // One chain of alarms, however often this run is repeated.
            let again = BreachAlarm { term }.task().at(now + AGAIN);
            tx.enqueue(again.once(format!("{}:{term}", BreachAlarm::KIND)));
        }
        Ok(())
    })
    .await?;
    Ok(Outcome::Done)
}
