//! Telling every account of a new version of the policy: page by page, so that nothing else waits for it. Which account was told
//! is noted in the same transaction as its notice; a run that died is simply repeated.

use super::delivery;
use super::notice;
use super::rows::campaign as rows;
use crate::app::App;
use crate::app::notices::Kind;
use crate::clinic::privacy::{self, TellPolicy};
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use crate::kernel::queue::{Claimed, Outcome};
use uuid::Uuid;

/// Notices of one version that may wait to be sent. As long as there are more, nobody else's are queued.
const WAITING_MAX: i64 = 1_000;
/// Seconds between two pages, and while too many notices wait.
const PAUSE_S: u32 = 1;
const LONG_PAUSE_S: u32 = 30;

/// Tells the next page of accounts, and comes again until there are none.
pub async fn tell_page(app: &App, task: &Claimed) -> Result<Outcome> {
    let TellPolicy { version } = task.read()?;
    let Some(id) = privacy::policy_version(app, &version).await? else { return Ok(Outcome::Done) };
    if rows::waiting(&app.db.reader(), id).await? >= WAITING_MAX {
        return Ok(Outcome::Retry { after_s: Some(LONG_PAUSE_S), why: "enough of it waits to be sent" });
    }
    let is_told = app.write(&Actor::house("tellPolicy"), async |tx: &mut Tx| page(tx, &version).await).await?;
    Ok(if is_told { Outcome::Done } else { Outcome::Retry { after_s: Some(PAUSE_S), why: "more are to be told" } })
}

/// Answers whether all are told.
async fn page(tx: &mut Tx, version: &str) -> Result<bool> {
    let Some((policy, people)) = privacy::next_to_tell(tx, version).await? else { return Ok(true) };
    for subject in people {
        let id: Uuid = tx.id();
        notice::put(tx, id, subject, Kind::PolicyChanged, policy, None).await?;
        // Under the same mark as the messages of a campaign, by which those that wait are counted.
        delivery::mark_as_of(tx, id, policy).await?;
    }
    Ok(false)
}
