//! The stampede where it hurts: at two processes on one PostgreSQL, and at one that is killed in the middle of it, again and
//! again (`FELDSHER_TEST_KILLS=50` for fifty times; a few otherwise).

use crate::support::clinic::{Clinic, at};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::process::{Broken, Node, Wire, crowded_profile, run};
use crate::support::stores::{On, Stores, engines};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use feldsher::kernel::clock::Ambient;
use futures_util::StreamExt;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const KILLS: u32 = 4;
/// Those who run for the times of one day, and how many times it has.
const RUNNERS: usize = 100;
const SLOTS: usize = 50;
const MINUTES: i64 = 10;

/// A clinic whose doctor receives in fifty short times a day, and those who want them.
struct Town {
    house: House,
    clinic: Clinic,
    service: String,
    runners: Vec<Person>,
}

impl Town {
    async fn new(on: On, runners: usize) -> Self {
        let stores = Stores::new(on).await;
        let profile = crowded_profile(stores.folder.path()).display().to_string();
        let house = House::with(stores, Ambient::system(), |config| config.profile = profile).await;
        let administrator = house.administrator().await;
        let clinic = house.clinic(&administrator).await;
        let service = house.service(&administrator, &clinic.clinic_id, i32::try_from(MINUTES).expect("few")).await;
        let runners = house.crowd(runners).await;
        Self { house, clinic, service, runners }
    }

    fn times(&self, days: i64) -> Vec<DateTime<Utc>> {
        let first = at(&self.house, days, 9, 0);
        (0..SLOTS).map(|n| first + TimeDelta::minutes(MINUTES * i64::try_from(n).expect("few"))).collect()
    }

    fn body(&self, starts_at: DateTime<Utc>) -> Value {
        json!({"doctorId": self.clinic.doctor_id, "serviceId": self.service, "startsAt": instant(starts_at)})
    }
}

fn instant(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

async fn ask(wire: &Wire, patient: &Person, key: &str, body: &Value) -> Result<Answer, Broken> {
    let request = wire.request(Method::POST, "/v1/bookings", patient.token());
    wire.send(request.header("Idempotency-Key", key).json(body)).await
}

/// Told that it is taken, and what is free instead.
fn lost(answer: Answer) {
    let refused = answer.refused(409, "slot_taken");
    let free = refused.json()["alternatives"].as_array().map_or(0, Vec::len);
    assert_eq!(free, 5, "{}", refused.json());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3_03_two_nodes_that_race_for_the_same_times_give_each_once_and_forget_within_a_second() {
    if !engines().contains(&On::Postgres) {
        return;
    }
    let town = Town::new(On::Postgres, 2 * RUNNERS).await;
    let (a, b) = tokio::join!(Node::start(&town.house.stores), Node::start(&town.house.stores));
    let wires = [a.wire.clone(), b.wire.clone()];
    let times = town.times(2);
    let day = times[0].with_timezone(&crate::support::clinic::ZONE).date_naive();
    let path = format!("/v1/doctors/{}/slots?from={day}&to={day}&serviceId={}", town.clinic.doctor_id, town.service);
    let shown = async |wire: &Wire| {
        let slots = wire.get(&path, None).await.expect("an answer").is(200).json();
        let slots = slots["items"].as_array().cloned().unwrap_or_default();
        slots.iter().map(|slot| slot["startsAt"].as_str().unwrap_or_default().to_owned()).collect::<BTreeSet<_>>()
    };
    for wire in &wires {
        assert_eq!(shown(wire).await.len(), 54, "both remember the day as it is");
    }
    // Each time is wanted by two at each node.
    let racing = town.runners.iter().enumerate().map(|(n, patient)| {
        let (wire, body) = (&wires[n % 2], town.body(times[n / 2 % SLOTS]));
        async move { ask(wire, patient, &n.to_string(), &body).await.expect("an answer") }
    });
    let (mut won, mut winner, mut other) = (BTreeSet::new(), None, None);
    for (answer, patient) in join_all(racing).await.into_iter().zip(&town.runners) {
        match answer.status.as_u16() {
            201 => {
                assert!(won.insert(answer.text("/startsAt")), "one time twice");
                winner = Some(patient);
            }
            _ => {
                lost(answer);
                other = Some(patient);
            }
        }
    }
    assert_eq!(won.len(), SLOTS);
    tokio::time::sleep(Duration::from_secs(1)).await;
    for wire in &wires {
        assert!(shown(wire).await.is_disjoint(&won), "what is taken is shown no more, at either node");
    }
    // What one node gives back the other gives away, at once: what is shown decides nothing.
    let (winner, other) = (winner.expect("somebody"), other.expect("somebody else"));
    let own = wires[0].get("/v1/bookings", winner.token()).await.expect("an answer").is(200);
    let cancel = wires[0].request(Method::POST, &format!("/v1/bookings/{}/cancel", own.text("/items/0/id")), winner.token());
    wires[0].send(cancel.json(&json!({}))).await.expect("an answer").is(200);
    let starts_at = own.text("/items/0/startsAt").parse().expect("an instant");
    ask(&wires[1], other, "again", &town.body(starts_at)).await.expect("an answer").is(201);
}

/// What somebody was told of what he asked for.
struct Asked {
    runner: usize,
    key: String,
    body: Value,
    /// The booking, when he was told that it is his; `None` while he was told nothing.
    told: Option<Result<String, ()>>,
}

/// Everybody runs until the server is gone. Answers what each was told.
async fn run_for_it(town: &Arc<Town>, wire: &Wire, cycle: u32, acknowledged: &Arc<AtomicUsize>) -> Vec<Asked> {
    let times = town.times(i64::from(cycle) + 1);
    let running: Vec<_> = (0..town.runners.len())
        .map(|runner| {
            let (town, wire, acknowledged) = (town.clone(), wire.clone(), acknowledged.clone());
            let (key, body) = (format!("{cycle}-{runner}"), town.body(times[runner % SLOTS]));
            tokio::spawn(async move {
                let told = match ask(&wire, &town.runners[runner], &key, &body).await {
                    Ok(answer) if answer.status == 201 => Some(Ok(answer.text("/id"))),
                    Ok(answer) => {
                        lost(answer);
                        Some(Err(()))
                    }
                    Err(_) => None,
                };
                acknowledged.fetch_add(usize::from(told.is_some()), Ordering::Relaxed);
                Asked { runner, key, body, told }
            })
        })
        .collect();
    let mut asked = Vec::with_capacity(running.len());
    for runner in running {
        asked.push(runner.await.expect("somebody who was told the truth"));
    }
    asked
}

/// Whoever was told nothing asks again with the same key; whoever was told something is told the same.
async fn ask_again(town: &Town, wire: &Wire, asked: &mut [Asked]) {
    futures_util::stream::iter(asked.iter_mut())
        .for_each_concurrent(8, async |one| {
            let answer = ask(wire, &town.runners[one.runner], &one.key, &one.body).await.expect("an answer");
            match &one.told {
                Some(Ok(id)) => assert_eq!(answer.is(201).text("/id"), *id, "what was acknowledged stays"),
                Some(Err(())) => lost(answer),
                None if answer.status == 201 => one.told = Some(Ok(answer.text("/id"))),
                None => {
                    lost(answer);
                    one.told = Some(Err(()));
                }
            }
        })
        .await;
}

async fn killed_in_the_stampede(on: On, kills: u32, seed: u64) {
    let town = Arc::new(Town::new(on, RUNNERS).await);
    let (stores, dice) = (&town.house.stores, Ambient::seeded(seed));
    // From here on the stores are the processes'.
    town.house.app.close().await;
    let mut node = Node::start(stores).await;
    let (mut cut_off, mut owned) = (0, BTreeMap::<usize, BTreeSet<String>>::new());
    for cycle in 1..=kills {
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let running = tokio::spawn({
            let (town, wire, acknowledged) = (town.clone(), node.wire.clone(), acknowledged.clone());
            async move { run_for_it(&town, &wire, cycle, &acknowledged).await }
        });
        // After some answers, in the middle of the others.
        let [some] = dice.bytes();
        let enough = async {
            while acknowledged.load(Ordering::Relaxed) < 1 + usize::from(some) % (RUNNERS * 3 / 4) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(120), enough).await.expect("answers");
        node.kill();
        let mut asked = running.await.expect("runners");
        cut_off += asked.iter().filter(|one| one.told.is_none()).count();
        node = Node::start(stores).await;
        ask_again(&town, &node.wire, &mut asked).await;

        let won: Vec<&Asked> = asked.iter().filter(|one| matches!(one.told, Some(Ok(_)))).collect();
        let times: BTreeSet<String> = won.iter().map(|one| one.body["startsAt"].to_string()).collect();
        assert_eq!((won.len(), times.len()), (SLOTS, SLOTS), "{on:?}: each time once, and every one of them");
        for one in won {
            let Some(Ok(id)) = &one.told else { continue };
            assert!(owned.entry(one.runner).or_default().insert(id.clone()), "{on:?}: one booking for two requests");
        }
        // A loaded machine may have no connection in time, and says so: then nothing was done.
        let log = node.log();
        let faults: Vec<&str> = log.lines().filter(|line| line.contains("ERROR") && !line.contains("unavailable")).collect();
        assert!(faults.is_empty(), "{on:?} {faults:#?}");
    }
    for (runner, ids) in &owned {
        let mut listed = BTreeSet::new();
        let mut page = "/v1/bookings?limit=100".to_owned();
        while !page.is_empty() {
            let answer = node.wire.get(&page, town.runners[*runner].token()).await.expect("an answer").is(200);
            let items = answer.json()["items"].as_array().cloned().unwrap_or_default();
            listed.extend(items.iter().map(|item| item["id"].as_str().unwrap_or_default().to_owned()));
            let next = answer.text("/nextCursor");
            page = if next.is_empty() { next } else { format!("/v1/bookings?limit=100&cursor={next}") };
        }
        assert_eq!(listed, *ids, "{on:?}: all that was acknowledged, and nothing else");
    }
    assert!(node.stop().await.success());
    let verified = run(stores, &["audit", "verify"]).await;
    assert!(verified.status.success(), "{on:?} {}", String::from_utf8_lossy(&verified.stdout));
    let bookings: usize = owned.values().map(BTreeSet::len).sum();
    println!("{on:?}, {kills} kills in the stampede: {bookings} bookings, {cut_off} requests cut off");
}

fn kills() -> u32 {
    // The horizon of bookings is sixty days, and each time has a day of its own.
    std::env::var("FELDSHER_TEST_KILLS").ok().and_then(|asked| asked.parse().ok()).unwrap_or(KILLS).min(55)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3_03_killed_in_the_stampede_nothing_acknowledged_is_lost_on_sqlite() {
    killed_in_the_stampede(On::Sqlite, kills(), 11).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3_03_killed_in_the_stampede_nothing_acknowledged_is_lost_on_postgres() {
    if engines().contains(&On::Postgres) {
        killed_in_the_stampede(On::Postgres, kills(), 12).await;
    }
}
