//! The benchmark: starts the release server on fresh stores, drives it from this process over loopback, and prints one
//! table. It measures; it never judges. A disk and a machine differ from hour to hour, so that each figure stands beside
//! what it is compared with, measured between its rounds: read the ratios, and the processor's time.
//!
//! `cargo bench --bench load` (a few minutes). With FELDSHER_TEST_POSTGRES set, PostgreSQL is measured as well.
//! `cargo bench --bench load -- --short` runs a tenth of everything, to see that it runs.

#![allow(clippy::disallowed_methods, clippy::expect_used, clippy::unwrap_used, reason = "a benchmark stops where it stands")]

#[path = "../../tests/peers/apns.rs"]
#[allow(dead_code, reason = "the tests ask the peer for more")]
mod apns;
mod inserts;
mod people;
mod place;
mod pushes;
mod server;
mod table;
mod telemetry;
mod town;
mod uploads;

use feldsher::kernel::db::Engine;
use place::Place;
use server::Server;
use std::time::Duration;
use table::{Row, median, print};
use town::Town;

/// So many do what is measured at once.
const CLIENTS: usize = 16;
const ROUNDS: usize = 3;
/// How many writers of SQLite share a commit when the operator says nothing.
const TURNS: usize = 64;

fn main() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        println!("disk syncs of 4 KiB: {:.0} a second", table::syncs_per_second());
        let mut rows = measure(Engine::Sqlite).await;
        if std::env::var("FELDSHER_TEST_POSTGRES").is_ok() {
            rows.extend(measure(Engine::Postgres).await);
        } else {
            println!("PostgreSQL is left out: FELDSHER_TEST_POSTGRES is not set");
        }
        print(&rows);
    });
}

/// A size of the whole benchmark, or a tenth of it.
fn size(whole: usize) -> usize {
    let is_short = std::env::args().any(|argument| argument == "--short");
    if is_short { whole.div_ceil(10) } else { whole }
}

async fn measure(engine: Engine) -> Vec<Row> {
    let place = Place::new(engine).await;
    let server = start(&place).await;
    let town = Town::build(&server, &place).await;
    let mut rows = vec![bookings(&server, &town, engine).await];
    server.settle().await;
    rows.push(town.read(&server, "one's own account, read", "/v1/me").await);
    rows.push(town.read(&server, "one's bookings, a page of 20", "/v1/bookings").await);
    rows.extend(uploads::measure(&server, &town.patients, &place).await);
    rows.push(telemetry::measure(&server, &town.patients, &place).await);
    server.settle().await;
    rows.push(pushes::measure(server, &place).await);
    for row in &mut rows {
        row.engine = Some(engine);
    }
    place.end().await;
    rows
}

/// The first start migrates; the others show how soon a server is ready that has nothing to do, and what it holds then.
async fn start(place: &Place) -> Server {
    drop(Server::start(place, TURNS, &[]).await);
    let mut ready_ms = Vec::new();
    for _ in 1..ROUNDS {
        ready_ms.push(Server::start(place, TURNS, &[]).await.ready_ms);
    }
    let server = Server::start(place, TURNS, &[]).await;
    ready_ms.push(server.ready_ms);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (ready_ms, idle_mb) = (median(ready_ms), server.resident_mb());
    println!("{:?}: ready after a start with migrations done in {ready_ms:.0} ms; idle memory {idle_mb:.1} MB", place.engine);
    server
}

/// On SQLite beside a server whose writers have a commit each.
async fn bookings(server: &Server, town: &Town, engine: Engine) -> Row {
    let what = "booking, with all that hangs on it";
    if engine == Engine::Postgres {
        let mut rounds = Vec::new();
        for round in 0..ROUNDS {
            rounds.push(town.book(server, round).await);
        }
        return Row::new(what, rounds);
    }
    let alone_place = Place::new(engine).await;
    let alone = Server::start(&alone_place, 1, &[]).await;
    let alone_town = Town::build(&alone, &alone_place).await;
    let (mut rounds, mut beside) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        rounds.push(town.book(server, round).await);
        server.settle().await;
        beside.push(alone_town.book(&alone, round).await.per_s);
        alone.settle().await;
    }
    drop(alone);
    alone_place.end().await;
    Row::new(what, rounds).beside("one writer a commit", beside)
}
