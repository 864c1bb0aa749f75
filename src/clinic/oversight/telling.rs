//! The people whom a breach concerns are told in their inbox, page by page, so that bookings do not wait for it. Each is told
//! once, and it is kept who was, and when.

use super::rows::breach as rows;
use crate::app::App;
use crate::app::profile::BreachStep;
use crate::clinic::identity;
use crate::clinic::notifications::{self, Kind};
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use crate::kernel::queue::{Claimed, Outcome, Task};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// People who are told in one transaction.
const PAGE: u64 = 100;
/// Seconds between two pages.
const PAUSE_S: u32 = 1;

#[derive(Serialize, Deserialize)]
pub struct TellPeople {
    pub breach: Uuid,
}

impl Task for TellPeople {
    const KIND: &'static str = "oversight.tellPeople";
    /// A run is a page.
    const ATTEMPTS: i32 = 1_000_000;
}

pub fn begin(tx: &mut Tx, breach: Uuid) {
    tx.enqueue(TellPeople { breach }.task().once(format!("{}:{breach}", TellPeople::KIND)));
}

/// Tells the next page, and comes again until there are none.
pub async fn run(app: &App, task: &Claimed) -> Result<Outcome> {
    let TellPeople { breach } = task.read()?;
    let is_told = app.write(&Actor::house("tellPeople"), async |tx: &mut Tx| page(tx, breach).await).await?;
    Ok(if is_told { Outcome::Done } else { Outcome::Retry { after_s: Some(PAUSE_S), why: "more are to be told" } })
}

/// Answers whether all are told.
async fn page(tx: &mut Tx, id: Uuid) -> Result<bool> {
    // Two runs of one task, after a lease ran out, tell one page after the other.
    tx.hold(&[id]).await?;
    let Some(breach) = rows::find(tx, id).await? else { return Ok(true) };
    let mut told_up_to = breach.told_up_to;
    if breach.everybody {
        let people = identity::patients_after(tx, breach.told_up_to, PAGE).await?;
        told_up_to = people.last().copied().or(told_up_to);
        rows::concern(tx, id, &people).await?;
    }
    let people = rows::untold(tx, id, PAGE).await?;
    let now = tx.now();
    let mut told = 0;
    for subject in &people {
        if rows::note_told(tx, id, *subject, now).await? {
            notifications::tell(tx, *subject, Kind::DataBreach, id).await?;
            told += 1;
        }
    }
    let is_last = (people.len() as u64) < PAGE;
    // Nobody's pseudonym stays where it is not needed.
    rows::go_on(tx, id, told_up_to.filter(|_| !is_last), told).await?;
    if is_last {
        rows::keep_terms(tx, id, BreachStep::People.as_str(), now).await?;
    }
    Ok(is_last)
}
