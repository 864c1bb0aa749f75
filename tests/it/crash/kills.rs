//! Killed at a random moment, again and again, under clients who write down what they were told.

use crate::support::people::Person;
use crate::support::process::{Broken, Node, Wire, run};
use crate::support::stores::{On, Stores, engines};
use feldsher::kernel::clock::Ambient;
use futures_util::future::join_all;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const CYCLES: usize = 8;
const CLIENTS: usize = 16;

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

/// A client who works until the server is gone.
async fn client(wire: Wire, book: Book) {
    while visit(&wire, &book).await.is_ok() {}
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

/// Holds the server against the book, from the given places on.
async fn audit(wire: &Wire, book: &Book, patients_from: usize, ended_from: usize) {
    let (patients, ended, unknown) = book.with(|ledger| {
        (ledger.patients[patients_from..].to_vec(), ledger.ended[ended_from..].to_vec(), std::mem::take(&mut ledger.unknown))
    });
    join_all(patients.iter().enumerate().map(|(n, known)| async move {
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
    join_all(ended.iter().map(|token| async move {
        wire.get("/v1/me", Some(token)).await.expect("an answer").refused(401, "unauthenticated");
    }))
    .await;
    // Whoever was cut off can come again at once, wherever he was cut off.
    join_all(unknown.iter().map(|phone| async move {
        let person = wire.newcomer(phone).await.expect("an answer");
        book.with(|ledger| ledger.patients.push(Known { phone: phone.clone(), person, refreshing: false }));
    }))
    .await;
}

async fn killed_again_and_again(on: On, seed: u64) {
    let stores = Stores::new(on).await;
    let dice = Ambient::seeded(seed);
    let book = Book::default();
    for cycle in 0..CYCLES {
        let node = Node::start(&stores).await;
        let (patients, ended) = book.with(|ledger| (ledger.patients.len(), ledger.ended.len()));
        let clients: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(client(node.wire.clone(), book.clone()))).collect();
        tokio::time::sleep(Duration::from_millis(150 + u64::from(u16::from_le_bytes(dice.bytes())) % 700)).await;
        node.kill();
        for ended in clients {
            ended.await.expect("a client who got what he was promised");
        }
        let node = Node::start(&stores).await;
        let last = cycle + 1 == CYCLES;
        audit(&node.wire, &book, if last { 0 } else { patients }, if last { 0 } else { ended }).await;
        assert!(!node.log().contains("ERROR"), "{on:?} {}", node.log());
        assert!(node.stop().await.success());
        let verified = run(&stores, &["audit", "verify"]).await;
        assert!(verified.status.success(), "{on:?} {}", String::from_utf8_lossy(&verified.stdout));
    }
    let (patients, ended) = book.with(|ledger| (ledger.patients.len(), ledger.ended.len()));
    println!("{on:?}: {patients} patients and {ended} ended sessions stood {CYCLES} kills");
    assert!(patients > CYCLES, "the clients came to nothing");
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
