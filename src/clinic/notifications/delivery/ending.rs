//! How a delivery ends, or waits for another attempt, and who comes after it.

use super::super::rows;
use super::super::sending::{Ending, Sent};
use super::{BARRED, Deliver, Due, FAILED, NOWHERE, OFF, WAITING, WITHHELD, open_all, seconds};
use crate::app::App;
use crate::app::notices::Kind;
use crate::clinic::devices;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use crate::kernel::queue::{self, Outcome, Task};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// So that an hour's trouble of a provider is not followed by another hour of silence.
const LONGEST_WAIT_S: u32 = 600;
/// How often the end of what has been sent is tried to be written.
const END_ATTEMPTS: usize = 3;

/// Once more, at the latest when it expires: then it ends and lets the next one go.
pub fn again(tx: &Tx, due: &Due, after_s: Option<u32>, why: &'static str) -> Outcome {
    let usual = || {
        let wait_s = queue::back_off(due.task.attempt, tx.ambient()).as_secs();
        u32::try_from(wait_s).unwrap_or(LONGEST_WAIT_S).min(LONGEST_WAIT_S)
    };
    let after_s = after_s.unwrap_or_else(usual).min(seconds(due.expires_at - tx.now()));
    Outcome::Retry { after_s: Some(after_s), why }
}

/// Ends deliveries, tries the next way where this one led nowhere, and lets those go that stood behind.
pub async fn close(tx: &mut Tx, ended: &[(&Due, &'static str)]) -> Result<()> {
    let mut by_state: BTreeMap<&'static str, Vec<Uuid>> = BTreeMap::new();
    let mut instead = Vec::new();
    for (due, state) in ended {
        by_state.entry(state).or_default().push(due.row.id);
        if *state == BARRED {
            tx.audit(Line::new("withhold").on("delivery", due.row.id).because("residency"));
        }
        let leads_nowhere = matches!(*state, NOWHERE | FAILED | BARRED) || (*state == WITHHELD && due.kind == Kind::Marketing);
        if let Some(next) = due.plan.after(due.channel).filter(|_| leads_nowhere) {
            instead.push((due.row.notification, due.kind, next));
        }
    }
    open_all(tx, &instead).await?;
    let is_unwanted = |(due, state): &&(&Due, &str)| due.row.purpose.is_some() && matches!(*state, OFF | WITHHELD);
    let unwanted: Vec<Uuid> = ended.iter().filter(is_unwanted).map(|(due, _)| due.row.notification).collect();
    rows::campaign::take_back(tx, &unwanted).await?;
    for (state, ids) in &by_state {
        rows::end(tx, ids, state, tx.now()).await?;
    }
    let subjects: BTreeSet<Uuid> = ended.iter().map(|(due, _)| due.row.subject).collect();
    if subjects.is_empty() {
        return Ok(());
    }
    let next = rows::next_behind(tx, &subjects.into_iter().collect::<Vec<_>>()).await?;
    rows::set_state(tx, &next, WAITING).await?;
    for delivery in next {
        tx.enqueue(Deliver { delivery }.task());
    }
    Ok(())
}

/// The last transaction of what was sent: its state, dead tokens, the tasks.
pub async fn end(app: &App, chunk: &[(Due, Sent)]) {
    for attempt in 1..=END_ATTEMPTS {
        let ended = app.write(&Actor::house("deliver"), async |tx: &mut Tx| write_end(tx, chunk).await).await;
        match ended {
            Ok(()) => return,
            Err(error) => tracing::error!(%error, attempt, "the end of deliveries could not be written"),
        }
    }
}

async fn write_end(tx: &mut Tx, chunk: &[(Due, Sent)]) -> Result<()> {
    tx.hold(&chunk.iter().map(|(due, _)| due.row.subject).collect::<Vec<_>>()).await?;
    let mut ended = Vec::new();
    let mut waiting = Vec::new();
    let mut outcomes = Vec::with_capacity(chunk.len());
    for (due, sent) in chunk {
        for dead in &sent.dead {
            devices::drop_token(tx, dead.installation, dead.kind, Some(dead.since)).await?;
        }
        let outcome = match sent.ending {
            Ending::Ended(state) => {
                ended.push((due, state));
                Outcome::Done
            }
            Ending::Again { after_s, why } => {
                waiting.push(due.row.id);
                again(tx, due, after_s, why)
            }
        };
        outcomes.push((&due.task, outcome));
    }
    rows::set_state(tx, &waiting, WAITING).await?;
    close(tx, &ended).await?;
    queue::settle_all(tx, &outcomes).await
}
