//! Deliveries on their way: a claim of them is looked through and marked in one transaction, sent side by side, and ended in
//! transactions that take whatever is ready. Nothing is held up by what is slow, and no later notice overtakes an earlier
//! one of the same person, channel and weight.

mod ending;
mod look;
mod marking;

use super::preferences::Preferences;
use super::rows::{self, Waiting};
use super::sending;
use crate::app::App;
use crate::app::notices::{Channel, Kind, Plan, Weight};
use crate::app::profile::Service;
use crate::app::room::Slots;
use crate::clinic::{devices, identity};
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Error, Result};
use crate::kernel::queue::{self, Claimed, Outcome, Task};
use chrono::{DateTime, TimeDelta, Utc};
use ending::end;
use look::look;
use marking::mark;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uuid::Uuid;

/// To be sent, now or when its task comes.
pub const WAITING: &str = "waiting";
/// It may be leaving the house at this moment.
pub const SENDING: &str = "sending";
/// An earlier one has to end first. It has no task; the earlier one's end gives it one.
pub const BEHIND: &str = "behind";
pub const SENT: &str = "sent";
/// The person or the profile does not want this way.
pub const OFF: &str = "off";
/// No consent, an account that ends, or a freeze.
pub const WITHHELD: &str = "withheld";
/// The provider of this way may get nothing about this person: its country, or a consent that it needs.
pub const BARRED: &str = "barred";
/// There is no phone and no address.
pub const NOWHERE: &str = "nowhere";
pub const FAILED: &str = "failed";
pub const EXPIRED: &str = "expired";
/// It may have arrived, and is not worth a repetition.
pub const UNKNOWN: &str = "unknown";

#[derive(Serialize, Deserialize)]
pub struct Deliver {
    pub delivery: Uuid,
}

impl Task for Deliver {
    const KIND: &'static str = "notifications.deliver";
    /// It ends by its expiry.
    const ATTEMPTS: i32 = 10_000;
}

/// The deliveries of one person in one lane go one after the other.
fn lane(kind: Kind, channel: Channel) -> String {
    let weight = match kind.weight() {
        Weight::Urgent => "urgent",
        Weight::Usual => "usual",
        Weight::Marketing => "marketing",
    };
    format!("{}.{weight}", channel.as_str())
}

/// Writes the first delivery of a notice that this transaction writes.
pub fn put(tx: &mut Tx, notification: Uuid, subject: Uuid, kind: Kind, channel: Channel) {
    let id = tx.id();
    let lane = lane(kind, channel);
    let row = vec![id.into(), notification.into(), subject.into(), channel.as_str().into(), lane.into(), WAITING.into()];
    tx.put("delivery", &["id", "notification", "subject", "channel", "lane", "state"], row);
    tx.enqueue(Deliver { delivery: id }.task());
}

/// Writes a delivery, unless the notice goes this way already or was forgotten.
pub async fn open(tx: &mut Tx, notification: Uuid, kind: Kind, channel: Channel) -> Result<()> {
    open_all(tx, &[(notification, kind, channel)]).await
}

/// As `open`, of many.
pub async fn open_all(tx: &mut Tx, ways: &[(Uuid, Kind, Channel)]) -> Result<()> {
    let rows: Vec<_> = ways.iter().map(|(notice, kind, channel)| (tx.id(), *notice, *channel, lane(*kind, *channel))).collect();
    for delivery in rows::open(tx, &rows).await? {
        tx.enqueue(Deliver { delivery }.task());
    }
    Ok(())
}

/// Writes the one delivery of a campaign's notice.
pub async fn open_campaign(tx: &mut Tx, notification: Uuid, channel: Channel, campaign: Uuid) -> Result<()> {
    open(tx, notification, Kind::Marketing, channel).await?;
    mark_as_of(tx, notification, campaign).await
}

/// Counts the deliveries of a notice as part of something that is told to many.
pub async fn mark_as_of(tx: &mut Tx, notification: Uuid, campaign: Uuid) -> Result<()> {
    rows::change(tx, "UPDATE delivery SET campaign = $2 WHERE notification = $1", [notification.into(), campaign.into()])
        .await
        .map(drop)
}

/// A delivery with its task and what was found out about it.
pub struct Due {
    pub task: Claimed,
    pub row: Waiting,
    pub kind: Kind,
    pub channel: Channel,
    pub expires_at: DateTime<Utc>,
    pub preferences: Preferences,
    /// The providers to which it may go; known once it was marked.
    pub services: Vec<Service>,
    reach: Reach,
    plan: Plan,
    verdict: Verdict,
}

/// By what somebody can be reached beside his inbox at all. Those who work here leave no address.
#[derive(Clone, Copy)]
struct Reach {
    phone: bool,
    addresses: bool,
}

#[derive(Clone, Copy)]
enum Verdict {
    Send,
    Wait { after_s: Option<u32> },
    End(&'static str),
}

/// Runs a claim of deliveries to its end, and gives back the slots of each that is settled.
pub async fn deliver(app: &App, claimed: Vec<Claimed>, mut slots: Slots) {
    let due = match begin(app, &claimed).await {
        Ok(due) => due,
        Err(error) => return give_back(app, &claimed, &error).await,
    };
    slots.keep(due.len());
    let (sent, mut ended) = mpsc::channel(claimed.len().max(1));
    // Each on its own: one that was not polled while an end is written would keep its connection, and the end wants one.
    let mut sending = JoinSet::new();
    for due in due {
        let (app, sent) = (app.clone(), sent.clone());
        sending.spawn(async move {
            let outcome = sending::send(&app, &due).await;
            let _ = sent.send((due, outcome)).await;
        });
    }
    drop(sent);
    let mut chunk = Vec::with_capacity(claimed.len());
    while ended.recv_many(&mut chunk, claimed.len().max(1)).await > 0 {
        end(app, &chunk).await;
        slots.free(chunk.len());
        chunk.clear();
    }
}

async fn give_back(app: &App, claimed: &[Claimed], error: &Error) {
    tracing::error!(%error, "deliveries could not be begun");
    let again: Vec<_> = claimed.iter().map(|task| (task, Outcome::Retry { after_s: None, why: "not begun" })).collect();
    let given = app.write(&Actor::house("deliver"), async |tx: &mut Tx| queue::settle_all(tx, &again).await).await;
    if let Err(error) = given {
        tracing::error!(%error, "deliveries could not be given back; their leases will run out");
    }
}

/// Looks through a claim, settles what is not to be sent now, and answers the rest, marked as `sending`.
async fn begin(app: &App, claimed: &[Claimed]) -> Result<Vec<Due>> {
    let ids: Vec<Uuid> = claimed.iter().filter_map(|task| task.read::<Deliver>().ok()).map(|task| task.delivery).collect();
    let mut rows: BTreeMap<Uuid, Waiting> =
        rows::waiting(&app.db.reader(), &ids).await?.into_iter().map(|row| (row.id, row)).collect();
    let recipients: Vec<Uuid> = rows.values().map(|row| row.subject).collect();
    let with_phone = devices::with_phone(&app.db.reader(), &recipients).await?;
    let staff = identity::staff_among(&app.db.reader(), &recipients).await?;
    let mut settled = Vec::new();
    let mut due = Vec::with_capacity(claimed.len());
    for task in claimed {
        match task.read::<Deliver>().ok().and_then(|task| rows.remove(&task.delivery)) {
            Some(row) => {
                let reach = Reach { phone: with_phone.contains(&row.subject), addresses: !staff.contains(&row.subject) };
                due.push(look(app, task, row, reach).await);
            }
            // Forgotten, or ended by an earlier run.
            None => settled.push((task, Outcome::Done)),
        }
    }
    due.sort_by_key(|due| due.row.id);
    let mut sending: BTreeMap<Uuid, Vec<Service>> =
        app.write(&Actor::house("deliver"), async |tx: &mut Tx| mark(tx, &app.profile, &due, &settled).await).await?;
    due.retain_mut(|due| match sending.remove(&due.row.id) {
        Some(services) => {
            due.services = services;
            true
        }
        None => false,
    });
    Ok(due)
}

/// Whole seconds, rounded up.
fn seconds(span: TimeDelta) -> u32 {
    u32::try_from(span.num_milliseconds().max(0) / 1000 + 1).unwrap_or(u32::MAX)
}
