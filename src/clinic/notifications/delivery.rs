//! Deliveries on their way: a claim of them is looked through and marked in one transaction, sent side by side, and ended in
//! transactions that take whatever is ready. Nothing is held up by what is slow, and no later notice overtakes an earlier
//! one of the same person, channel and weight.

use super::notice::marketing_consent;
use super::preferences::Preferences;
use super::quiet;
use super::rows::{self, Waiting};
use super::sending::{self, Ending, Sent};
use crate::app::App;
use crate::app::notices::{Channel, Kind, Plan, Weight};
use crate::app::profile::Profile;
use crate::app::room::Slots;
use crate::clinic::{devices, identity, privacy};
use crate::kernel::access;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::{self, Claimed, Outcome, Task};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
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
/// There is no phone and no address.
pub const NOWHERE: &str = "nowhere";
pub const FAILED: &str = "failed";
pub const EXPIRED: &str = "expired";
/// It may have arrived, and is not worth a repetition.
pub const UNKNOWN: &str = "unknown";

/// What can't even be read after so many attempts never will be.
const READ_ATTEMPTS: i32 = 5;
/// So that an hour's trouble of a provider is not followed by another hour of silence.
const LONGEST_WAIT_S: u32 = 600;
/// How often the end of what has been sent is tried to be written.
const END_ATTEMPTS: usize = 3;

#[derive(Serialize, Deserialize)]
pub struct Deliver {
    pub delivery: Uuid,
}

impl Task for Deliver {
    const KIND: &'static str = "notifications.deliver";
    /// It ends by its expiry.
    const ATTEMPTS: i32 = 10_000;
}

/// Writes a delivery, unless the notice goes this way already or was forgotten.
pub async fn open(tx: &mut Tx, notification: Uuid, kind: Kind, channel: Channel) -> Result<()> {
    let id = tx.id();
    let weight = match kind.weight() {
        Weight::Urgent => "urgent",
        Weight::Usual => "usual",
        Weight::Marketing => "marketing",
    };
    let lane = format!("{}.{weight}", channel.as_str());
    let sql = "INSERT INTO delivery (id, notification, subject, channel, lane, state) SELECT $1, id, subject, $3, $4, $5 \
               FROM notification WHERE id = $2 ON CONFLICT DO NOTHING";
    let values = [id.into(), notification.into(), channel.as_str().into(), lane.into(), WAITING.into()];
    if rows::change(tx, sql, values).await? == 1 {
        tx.enqueue(Deliver { delivery: id }.task());
    }
    Ok(())
}

/// A delivery with its task and what was found out about it.
pub struct Due {
    pub task: Claimed,
    pub row: Waiting,
    pub kind: Kind,
    pub channel: Channel,
    pub expires_at: DateTime<Utc>,
    pub preferences: Preferences,
    plan: Plan,
    verdict: Verdict,
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
    let mut settled = Vec::new();
    let mut due = Vec::with_capacity(claimed.len());
    for task in claimed {
        match task.read::<Deliver>().ok().and_then(|task| rows.remove(&task.delivery)) {
            Some(row) => due.push(look(app, task, row).await),
            // Forgotten, or ended by an earlier run.
            None => settled.push((task, Outcome::Done)),
        }
    }
    due.sort_by_key(|due| due.row.id);
    let sending: BTreeSet<Uuid> =
        app.write(&Actor::house("deliver"), async |tx: &mut Tx| mark(tx, &app.profile, &due, &settled).await).await?;
    due.retain(|due| sending.contains(&due.row.id));
    Ok(due)
}

/// What the profile, the hour and the person's wishes say.
async fn look(app: &App, task: &Claimed, row: Waiting) -> Due {
    let kind = Kind::parse(&row.kind).unwrap_or(Kind::Marketing);
    let channel = Channel::parse(&row.channel).unwrap_or(Channel::Push);
    let plan = app.profile.notice_plan(kind);
    let expires_at = plan.expires.after(row.at);
    let now = app.ambient.now();
    let (preferences, verdict) = match Preferences::of_recipient(app, &row).await {
        Ok(preferences) => {
            let verdict = verdict(app, &row, (kind, channel, &plan), &preferences, (now, expires_at));
            (preferences, verdict)
        }
        Err(error) if error.code() == Code::NotFound => (Preferences::default(), Verdict::End(WITHHELD)),
        Err(error) => {
            tracing::error!(%error, attempt = task.attempt, "a delivery does not read");
            let read = if task.attempt < READ_ATTEMPTS { Verdict::Wait { after_s: None } } else { Verdict::End(FAILED) };
            (Preferences::default(), read)
        }
    };
    Due { task: task.clone(), row, kind, channel, expires_at, preferences, plan, verdict }
}

fn verdict(
    app: &App,
    row: &Waiting,
    (kind, channel, plan): (Kind, Channel, &Plan),
    preferences: &Preferences,
    (now, expires_at): (DateTime<Utc>, DateTime<Utc>),
) -> Verdict {
    let goes = plan.channels.contains(&channel) || plan.fallback.contains(&channel);
    if expires_at <= now {
        return Verdict::End(EXPIRED);
    }
    if !goes || preferences.is_off(kind.group(), channel) {
        return Verdict::End(OFF);
    }
    if row.state == SENDING && kind == Kind::Marketing {
        // Whoever ran it before died between the sending and its end.
        return Verdict::End(UNKNOWN);
    }
    let zone = preferences.zone().unwrap_or(app.profile.notices.zone);
    if kind.weight() != Weight::Urgent
        && let Some(until) = quiet::until(&app.profile.notices, zone, now)
    {
        return Verdict::Wait { after_s: Some(seconds(until - now)) };
    }
    match app.adapters.pauses.check(channel.as_str(), now) {
        Err(crate::adapters::SendFault::Retry { after_s, .. }) => Verdict::Wait { after_s },
        _ => Verdict::Send,
    }
}

/// Whole seconds, rounded up.
fn seconds(span: TimeDelta) -> u32 {
    u32::try_from(span.num_milliseconds().max(0) / 1000 + 1).unwrap_or(u32::MAX)
}

/// The first transaction: freeze, account, consent and order. Answers what is to be sent.
async fn mark(tx: &mut Tx, profile: &Profile, due: &[Due], settled: &[(&Claimed, Outcome)]) -> Result<BTreeSet<Uuid>> {
    let mut outcomes = settled.to_vec();
    let mut sending = BTreeSet::new();
    if !due.is_empty() {
        let ids: Vec<Uuid> = due.iter().map(|due| due.row.id).collect();
        let subjects: Vec<Uuid> = due.iter().map(|due| due.row.subject).collect();
        // Whoever marks or ends deliveries of the same people waits, so that who is next is clear.
        tx.hold(&subjects).await?;
        let standing = rows::standing(tx, &ids).await?;
        let accounts = identity::accounts(tx, &subjects).await?;
        let frozen = access::frozen_among(tx, &subjects).await?;
        let mut ended = Vec::new();
        let mut behind = Vec::new();
        for due in due {
            let Some(before) = standing.get(&due.row.id) else {
                outcomes.push((&due.task, Outcome::Done));
                continue;
            };
            let lives = accounts.get(&due.row.subject).copied();
            let may = lives.is_some() && (due.kind.is_vital() || (lives == Some(true) && !frozen.contains(&due.row.subject)));
            plan_others(tx, due).await?;
            let verdict = match due.verdict {
                Verdict::End(state) => Verdict::End(state),
                _ if !may || !is_consented(tx, profile, due).await? => Verdict::End(WITHHELD),
                verdict => verdict,
            };
            let outcome = match verdict {
                Verdict::End(state) => {
                    ended.push((due, state));
                    Outcome::Done
                }
                Verdict::Wait { after_s } => again(tx, due, after_s, "not now"),
                Verdict::Send if before.is_some() => {
                    behind.push(due.row.id);
                    Outcome::Done
                }
                Verdict::Send => {
                    sending.insert(due.row.id);
                    continue;
                }
            };
            outcomes.push((&due.task, outcome));
        }
        rows::set_state(tx, &sending.iter().copied().collect::<Vec<_>>(), SENDING).await?;
        // Before others end: one of these may be next then.
        rows::set_state(tx, &behind, BEHIND).await?;
        close(tx, &ended).await?;
    }
    queue::settle_all(tx, &outcomes).await?;
    Ok(sending)
}

/// The push is a notice's first delivery: it opens those that go beside it.
async fn plan_others(tx: &mut Tx, due: &Due) -> Result<()> {
    if due.channel == Channel::Push {
        for channel in due.plan.channels.iter().copied().filter(|channel| *channel != Channel::Push) {
            open(tx, due.row.notification, due.kind, channel).await?;
        }
    }
    Ok(())
}

async fn is_consented(tx: &Tx, profile: &Profile, due: &Due) -> Result<bool> {
    let own = (due.kind == Kind::Marketing).then(|| marketing_consent(due.channel));
    for item in own.iter().chain(profile.notices.needs_consent.get(&due.channel)) {
        if !privacy::is_consent_given(tx, due.row.subject, item).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Once more, at the latest when it expires: then it ends and lets the next one go.
fn again(tx: &Tx, due: &Due, after_s: Option<u32>, why: &'static str) -> Outcome {
    let usual = || {
        let wait_s = queue::back_off(due.task.attempt, tx.ambient()).as_secs();
        u32::try_from(wait_s).unwrap_or(LONGEST_WAIT_S).min(LONGEST_WAIT_S)
    };
    let after_s = after_s.unwrap_or_else(usual).min(seconds(due.expires_at - tx.now()));
    Outcome::Retry { after_s: Some(after_s), why }
}

/// Ends deliveries, tries the next way where this one led nowhere, and lets those go that stood behind.
async fn close(tx: &mut Tx, ended: &[(&Due, &'static str)]) -> Result<()> {
    let mut by_state: BTreeMap<&'static str, Vec<Uuid>> = BTreeMap::new();
    for (due, state) in ended {
        by_state.entry(state).or_default().push(due.row.id);
        let leads_nowhere = matches!(*state, NOWHERE | FAILED) || (*state == WITHHELD && due.kind == Kind::Marketing);
        if let Some(next) = due.plan.after(due.channel).filter(|_| leads_nowhere) {
            open(tx, due.row.notification, due.kind, next).await?;
        }
    }
    for (state, ids) in &by_state {
        rows::end(tx, ids, state, tx.now()).await?;
    }
    let lanes: BTreeSet<_> = ended.iter().map(|(due, _)| (due.row.subject, due.row.lane.as_str())).collect();
    let next = rows::next_behind(tx, &lanes).await?;
    rows::set_state(tx, &next, WAITING).await?;
    for delivery in next {
        tx.enqueue(Deliver { delivery }.task());
    }
    Ok(())
}

/// The last transaction of what was sent: its state, dead tokens, the tasks.
async fn end(app: &App, chunk: &[(Due, Sent)]) {
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
