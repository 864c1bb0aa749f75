//! Killed at a random moment, again and again, under clients who write down what they were told.

use super::regular::{Offer, Regular};
use crate::support::clinic::at;
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::process::{Broken, Node, Wire, crowded_profile, run};
use crate::support::stores::{On, Stores, engines};
use feldsher::kernel::clock::Ambient;
use futures_util::StreamExt;
use futures_util::future::join_all;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const CYCLES: usize = 6;
/// Sixteen clients at once: those who register, and patients of the clinic.
const NEWCOMERS: usize = 6;
const REGULARS: usize = 10;

/// How much of their work the clients have seen acknowledged in one life of the server.
pub type Acknowledged = Arc<AtomicUsize>;

/// What the clients were told, and what they had asked when the server died.
#[derive(Default)]
struct Ledger {
    phones: u32,
    /// Registered and told so.
    patients: Vec<Known>,
    /// Begun and not told.
    unknown: BTreeSet<String>,
    /// Sessions that were ended and told so.
    ended: Vec<String>,
}

#[derive(Clone)]
struct Known {
    phone: String,
    person: Person,
    /// A refresh that was asked for: perhaps it was done.
    refreshing: bool,
}

#[derive(Clone, Default)]
struct Book(Arc<Mutex<Ledger>>);

impl Book {
    fn with<T>(&self, change: impl FnOnce(&mut Ledger) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One after the other comes until the server is gone.
async fn newcomers(wire: Wire, book: Book, done: Acknowledged) {
    while visit(&wire, &book).await.is_ok() {
        done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Somebody registers; refreshes his tokens; signs in a second time and out again.
async fn visit(wire: &Wire, book: &Book) -> Result<(), Broken> {
    let phone = book.with(|ledger| {
        ledger.phones += 1;
        let phone = format!("+7916{:07}", 1_000_000 + ledger.phones);
        ledger.unknown.insert(phone.clone());
        phone
    });
    let person = wire.newcomer(&phone).await?;
    let place = book.with(|ledger| {
        ledger.unknown.remove(&phone);
        ledger.patients.push(Known { phone: phone.clone(), person: person.clone(), refreshing: true });
        ledger.patients.len() - 1
    });
    let refresh = json!({"grant": "refresh", "refreshToken": person.refresh});
    let pair = wire.post("/v1/auth/tokens", None, refresh).await?.is(200);
    book.with(|ledger| {
        let known = &mut ledger.patients[place];
        known.person.token = pair.text("/accessToken");
        known.person.refresh = pair.text("/refreshToken");
        known.refreshing = false;
        ledger.ended.push(person.token.clone());
    });
    let second = wire.newcomer(&phone).await?;
    assert_eq!(second.id, person.id);
    wire.delete("/v1/auth/tokens", Some(&second.token)).await?.is(204);
    book.with(|ledger| ledger.ended.push(second.token));
    Ok(())
}

/// Carries them out, a few at once: all at once would be a storm that a loaded machine answers with `503`, which is right
/// and proves nothing here.
async fn some_at_once(checks: impl Iterator<Item = impl Future<Output = ()>>) {
    futures_util::stream::iter(checks).buffer_unordered(8).collect().await
}

/// Holds the server against the book, from the given places on.
async fn check(wire: &Wire, book: &Book, patients_from: usize, ended_from: usize) {
    let (patients, ended, unknown) = book.with(|ledger| {
        (ledger.patients[patients_from..].to_vec(), ledger.ended[ended_from..].to_vec(), std::mem::take(&mut ledger.unknown))
    });
    some_at_once(patients.iter().enumerate().map(|(n, known)| async move {
        let mut person = known.person.clone();
        if known.refreshing {
            // The answer was lost; asking again within a minute is answered anew.
            let refresh = json!({"grant": "refresh", "refreshToken": person.refresh});
            let pair = wire.post("/v1/auth/tokens", None, refresh).await.expect("an answer").is(200);
            person.token = pair.text("/accessToken");
            person.refresh = pair.text("/refreshToken");
            book.with(|ledger| {
                let known = &mut ledger.patients[patients_from + n];
                known.person = person.clone();
                known.refreshing = false;
            });
        }
        let me = wire.get("/v1/me", Some(&person.token)).await.expect("an answer").is(200);
        assert_eq!((me.text("/id"), me.text("/contacts/0/to")), (person.id, known.phone.clone()));
    }))
    .await;
    some_at_once(ended.iter().map(|token| async move {
        wire.get("/v1/me", Some(token)).await.expect("an answer").refused(401, "unauthenticated");
    }))
    .await;
    // Whoever was cut off can come again at once, wherever he was cut off.
    some_at_once(unknown.iter().map(|phone| async move {
        let person = wire.newcomer(phone).await.expect("an answer");
        book.with(|ledger| ledger.patients.push(Known { phone: phone.clone(), person, refreshing: false }));
    }))
    .await;
}

/// A clinic with one doctor, and patients of it. The house is closed again: from now on the stores are the processes'.
async fn clinic(on: On, patients: usize) -> (House, Offer, Vec<Regular>) {
    let stores = Stores::new(on).await;
    let profile = crowded_profile(stores.folder.path()).display().to_string();
    let house = House::with(stores, Ambient::system(), |config| config.profile = profile).await;
    let administrator = house.administrator().await;
    let clinic = house.clinic(&administrator).await;
    let long = house.service(&administrator, &clinic.clinic_id, 45).await;
    let hours = (1..20).flat_map(|day| (9..17).map(move |hour| (day, hour)));
    let times = hours.flat_map(|(day, hour)| [at(&house, day, hour, 0), at(&house, day, hour, 30)]).collect();
    let mut regulars = Vec::new();
    for n in 0..patients {
        regulars.push(Regular::new(house.patient(&format!("+7917{n:07}")).await));
    }
    house.app.close().await;
    (house, Offer { doctor: clinic.doctor_id, services: vec![clinic.service_id, long], times }, regulars)
}

async fn killed_again_and_again(on: On, seed: u64) {
    let (house, offer, mut regulars) = clinic(on, REGULARS).await;
    let (stores, offer, dice, book) = (&house.stores, Arc::new(offer), Ambient::seeded(seed), Book::default());
    let mut node = Node::start(stores).await;
    for cycle in 1..=CYCLES {
        let (patients, ended) = book.with(|ledger| (ledger.patients.len(), ledger.ended.len()));
        let (done, come) = (Acknowledged::default(), Acknowledged::default());
        let newcomers: Vec<_> =
            (0..NEWCOMERS).map(|_| tokio::spawn(newcomers(node.wire.clone(), book.clone(), come.clone()))).collect();
        let working: Vec<_> = regulars
            .into_iter()
            .map(|regular| {
                let (wire, offer, dice, done) = (node.wire.clone(), offer.clone(), dice.clone(), done.clone());
                tokio::spawn(async move { regular.work(wire, &offer, &dice, &done).await })
            })
            .collect();
        // Once some work is done, in the middle of the rest.
        let [some, few, delay_ms] = dice.bytes();
        let (some, few) = (10 + usize::from(some) % 40, 1 + usize::from(few) % 3);
        let busy = async {
            while done.load(Ordering::Relaxed) < some || come.load(Ordering::Relaxed) < few {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(300), busy).await.expect("clients that come to something");
        tokio::time::sleep(Duration::from_millis(u64::from(delay_ms) / 4)).await;
        node.kill();
        for ended in newcomers {
            ended.await.expect("a client who got what he was promised");
        }
        regulars = Vec::new();
        for ended in working {
            regulars.push(ended.await.expect("a client who got what he was promised"));
        }

        node = Node::start(stores).await;
        let last = cycle == CYCLES;
        check(&node.wire, &book, if last { 0 } else { patients }, if last { 0 } else { ended }).await;
        let mut visits: Vec<_> = join_all(regulars.iter_mut().map(|regular| regular.check(&node.wire))).await.concat();
        visits.sort_unstable();
        assert!(visits.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{on:?}: two bookings of one time");
        assert!(!node.log().contains("ERROR"), "{on:?} {}", node.log());
    }
    assert!(node.stop().await.success());
    let verified = run(stores, &["audit", "verify"]).await;
    assert!(verified.status.success(), "{on:?} {}", String::from_utf8_lossy(&verified.stdout));
    let (bookings, documents) = regulars.iter().map(Regular::counts).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let (patients, ended) = book.with(|ledger| (ledger.patients.len(), ledger.ended.len()));
    println!(
        "{:?}, {CYCLES} kills: {patients} patients, {ended} ended sessions, {bookings} bookings, {documents} documents",
        house.on
    );
    assert!(bookings > 0 && documents > 0 && patients > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_sqlite() {
    killed_again_and_again(On::Sqlite, 7).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_postgres() {
    if engines().contains(&On::Postgres) {
        killed_again_and_again(On::Postgres, 8).await;
    }
}
