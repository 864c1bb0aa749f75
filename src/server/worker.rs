//! Which task runs where, and what a running node does besides answering: tasks, duties, the sealer, news of other nodes.

use crate::app::App;
use crate::app::room::{Duty, Runner, Slots, Together};
use crate::clinic::notifications::DELIVERIES;
use crate::kernel::audit;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Error, Result};
use crate::kernel::queue::{self, Claimed, Outcome, Share};
use crate::kernel::{invalidation, lease};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// Tasks that one claim takes.
const AT_ONCE: u32 = 16;
/// Tasks that one worker of a node runs at once: as long as this many are not slow, nothing waits for those that are.
const SLOTS: u32 = 64;
/// Tasks that come in crowds and run together: deliveries go a thousand a second or not at all.
const CROWD: Together = DELIVERIES;
const CROWD_SLOTS: u32 = 256;
const CROWD_AT_ONCE: u32 = 64;
/// A worker looks no more often than this: what comes meanwhile goes together, in one claim and in one commit. Whoever comes
/// after a pause does not wait.
const GATHER: Duration = Duration::from_millis(20);
/// Without a wake-up (another node enqueued, a time has come) a worker looks so often.
const POLL: Duration = Duration::from_millis(500);
const SEAL_EVERY: Duration = Duration::from_millis(250);
const SEALER_TERM: TimeDelta = TimeDelta::seconds(5);
const DUTIES_EVERY: Duration = Duration::from_secs(15);
/// A drain that goes on longer has tasks that enqueue each other.
const DRAIN_ROUNDS_MAX: usize = 1_000;
/// A drain waits two seconds for a task that somebody else runs.
const IN_FLIGHT_ROUNDS_MAX: usize = 200;

/// Starts everything that runs beside the answers. It ends when `stop` is cancelled.
pub fn start(app: &App, stop: &CancellationToken) -> JoinSet<()> {
    let mut running = JoinSet::new();
    running.spawn(work(app.clone(), stop.clone(), Share::But(CROWD.kind), (AT_ONCE, SLOTS)));
    running.spawn(work(app.clone(), stop.clone(), Share::Only(CROWD.kind), (CROWD_AT_ONCE, CROWD_SLOTS)));
    running.spawn(seal(app.clone(), stop.clone()));
    running.spawn(duties(app.clone(), stop.clone()));
    running.spawn(invalidation::follow(app.db.clone(), stop.clone()));
    running
}

/// Claims what is due of a share while there are slots, and runs it beside what runs already. When told to stop it lets what
/// is in flight end.
async fn work(app: App, stop: CancellationToken, share: Share, (at_once, slots): (u32, u32)) {
    let slots = Arc::new(Semaphore::new(slots as usize));
    let mut running = JoinSet::new();
    let mut looks = tokio::time::interval(GATHER);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !stop.is_cancelled() {
        looks.tick().await;
        let woken = app.db.work.notified();
        let free = tokio::select! {
            free = slots.clone().acquire_many_owned(at_once) => free,
            () = stop.cancelled() => break,
        };
        let Ok(free) = free else { break };
        while running.try_join_next().is_some() {}
        match queue::claim_of(&app.db, app.node, at_once, share).await {
            Ok(claimed) if claimed.is_empty() => {
                drop(free);
                tokio::select! { () = woken => {}, () = tokio::time::sleep(POLL) => {}, () = stop.cancelled() => {} }
            }
            Ok(claimed) => {
                if claimed.len() >= at_once as usize {
                    looks.reset_immediately();
                }
                begin(&app, share, claimed, free, &mut running);
            }
            Err(error) => {
                drop(free);
                tell(&error, "queue", "tasks could not be claimed");
                tokio::time::sleep(POLL).await;
            }
        }
    }
    while running.join_next().await.is_some() {}
}

/// Sets claimed tasks going, each with its slot; what is left of `free` is free again.
fn begin(app: &App, share: Share, claimed: Vec<Claimed>, mut free: OwnedSemaphorePermit, running: &mut JoinSet<()>) {
    if share == Share::Only(CROWD.kind) {
        let app = app.clone();
        running.spawn(async move {
            let mut slots = Slots::held(free);
            slots.keep(claimed.len());
            (CROWD.run)(&app, claimed, slots).await;
        });
        return;
    }
    for task in claimed {
        let (app, slot) = (app.clone(), free.split(1));
        running.spawn(async move {
            run(&app, &task).await;
            drop(slot);
        });
    }
}

/// Claims what is due and runs it to its end. Answers how many there were.
async fn run_due(app: &App) -> Result<usize> {
    let crowd = queue::claim_of(&app.db, app.node, AT_ONCE, Share::Only(CROWD.kind)).await?;
    let others = queue::claim_of(&app.db, app.node, AT_ONCE, Share::But(CROWD.kind)).await?;
    let count = crowd.len() + others.len();
    let alone = join_all(others.iter().map(|task| run(app, task)));
    let together = async {
        if !crowd.is_empty() {
            (CROWD.run)(app, crowd, Slots::uncounted()).await;
        }
    };
    tokio::join!(alone, together);
    Ok(count)
}

/// Says what went wrong. All of it is tried again: an engine that does not answer for a while is nobody's fault here.
fn tell(error: &Error, of: &str, what: &str) {
    match error {
        Error::Unavailable(_) => tracing::warn!(%error, of, "{what}"),
        _ => tracing::error!(%error, of, "{what}"),
    }
}

/// Runs one task in its room and settles it. A task whose lease ran out meanwhile is settled by its new holder.
async fn run(app: &App, task: &Claimed) {
    let outcome = match runner(app, &task.kind) {
        Some(runner) => (runner.run)(app, task).await.unwrap_or_else(|error| {
            tell(&error, &task.kind, "a task failed");
            Outcome::Retry { after_s: None, why: "failed" }
        }),
        None => Outcome::Fail { why: "no room runs this kind" },
    };
    if let Outcome::Retry { why, .. } | Outcome::Fail { why } = outcome {
        tracing::warn!(kind = task.kind, attempt = task.attempt, why, "a task did not succeed");
    }
    let settled = app.write(&Actor::house("queue.settle"), async |tx: &mut Tx| queue::settle(tx, task, outcome).await).await;
    if let Err(error) = settled {
        tell(&error, &task.kind, "a task could not be settled; its lease will run out");
    }
}

fn runner<'a>(app: &'a App, kind: &str) -> Option<&'a Runner> {
    app.rooms.iter().flat_map(|room| room.runners).find(|runner| runner.kind == kind)
}

/// Runs all that is due now, and what that enqueues, until nothing is. For the sandbox, the demo and the tests.
pub async fn drain(app: &App) -> Result<()> {
    drain_from(app, None).await
}

/// Runs what was enqueued up to now; what others enqueue meanwhile is not waited for, or a busy house would never end.
pub async fn catch_up(app: &App) -> Result<()> {
    drain_from(app, Some(app.ambient.now())).await
}

async fn drain_from(app: &App, until: Option<DateTime<Utc>>) -> Result<()> {
    let mut patience = IN_FLIGHT_ROUNDS_MAX;
    for _ in 0..DRAIN_ROUNDS_MAX {
        if run_due(app).await? > 0 && until.is_none() {
            continue;
        }
        if patience == 0 || !queue::any_pending(&app.db, app.node, until).await? {
            return Ok(());
        }
        // The node's own worker was quicker and is still at it. What a process that was killed had taken is not waited for.
        patience -= 1;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err(Error::internal("tasks enqueue each other without end"))
}

async fn seal(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = seal_under_lease(&app).await {
            tell(&error, "sealer", "the trail could not be sealed");
        }
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(SEAL_EVERY) => {} }
    }
    let _ = seal_under_lease(&app).await;
}

async fn seal_under_lease(app: &App) -> Result<()> {
    if audit::any_unchained(&app.db).await? && lease::take(&app.db, "sealer", app.node, SEALER_TERM).await? {
        while audit::seal_once(&app.db, &app.sealer).await? > 0 {}
    }
    Ok(())
}

async fn duties(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let _ = run_duties(&app).await;
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(DUTIES_EVERY) => {} }
    }
}

/// Runs each duty whose slot has come and that no other node has begun. One that fails holds up no other; it is tried
/// again at the next look.
///
/// # Errors
/// The first failure, after all were tried.
pub async fn run_duties(app: &App) -> Result<()> {
    let mut outcome = Ok(());
    for duty in app.rooms.iter().flat_map(|room| room.duties) {
        if let Err(error) = run_duty(app, duty).await {
            tell(&error, duty.name, "a duty failed");
            outcome = outcome.and(Err(error));
        }
    }
    invalidation::sweep(&app.db).await?;
    outcome
}

async fn run_duty(app: &App, duty: &'static Duty) -> Result<()> {
    let slot = slot(duty, app.ambient.now());
    let actor = Actor::house("duty");
    if !app.write(&actor, async |tx: &mut Tx| queue::begin_slot(tx, duty.name, slot).await).await? {
        return Ok(());
    }
    let done = (duty.run)(app).await;
    if done.is_err() {
        app.write(&actor, async |tx: &mut Tx| queue::give_slot_back(tx, duty.name).await).await?;
    }
    done
}

/// The beginning of the stretch of `every` in which `now` lies.
fn slot(duty: &Duty, now: DateTime<Utc>) -> DateTime<Utc> {
    let every_s = duty.every.num_seconds().max(1);
    let begun_s = now.timestamp().div_euclid(every_s) * every_s;
    DateTime::from_timestamp(begun_s, 0).unwrap_or(now)
}
