//! The benchmark: starts the release server on fresh stores, drives it from this process over loopback, and prints one
//! table. It measures; it never judges what it can't compare. A disk and a machine differ from hour to hour, so that each
//! figure stands beside what it is compared with, measured between its rounds: read the ratios, and the processor's time.
//!
//! `cargo bench --bench load` (some minutes). Where PostgreSQL is installed, it is measured as well, in a cluster of its own.
//! `… -- --short` runs a tenth of everything, to see that it runs; `… -- --engine sqlite` (or `postgres`) one engine alone.
//! `… -- --growth [--patients N --bookings M]` measures instead a large store beside a small one.

#![allow(clippy::disallowed_methods, clippy::expect_used, clippy::unwrap_used, reason = "a benchmark stops where it stands")]

#[path = "../../tests/peers/apns.rs"]
#[allow(dead_code, reason = "the tests ask the peer for more")]
mod apns;
mod bookings;
mod cluster;
mod growth;
mod hello;
mod inserts;
mod openings;
mod people;
mod pgbench;
mod place;
mod process;
mod pushes;
mod reads;
mod seal;
mod server;
mod stampede;
mod table;
mod telemetry;
mod town;
mod uploads;

use cluster::Cluster;
use feldsher::kernel::db::Engine;
use hello::Hello;
use pgbench::Pgbench;
use place::Place;
use server::Server;
use std::time::Duration;
use table::{Bar, Row, print};
use town::Town;

/// So many do what is measured at once.
const CLIENTS: usize = 16;
const ROUNDS: usize = 3;
/// How many writers of SQLite share a commit when the operator says nothing.
const TURNS: usize = 64;
/// Patients who come at the same moment, each with a phone.
const CROWD: usize = 1000;

/// What is measured between the rounds.
pub struct Peers {
    hello: Hello,
    pgbench: Option<Pgbench>,
}

impl Peers {
    /// One more round of a script, where there is pgbench.
    async fn pgbench(&self, script: &str, rounds: &mut Vec<f64>) {
        if let Some(pgbench) = &self.pgbench {
            rounds.push(pgbench.per_second(script).await);
        }
    }
}

fn main() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        match hello::asked() {
            Some(port) => hello::serve(port).await,
            None => drive().await,
        }
    });
}

async fn drive() {
    println!("disk syncs of 4 KiB: {:.0} a second", table::syncs_per_second());
    let _cluster = Cluster::start().await;
    if has("--growth") {
        let mut rows = Vec::new();
        for engine in engines() {
            rows.extend(growth::measure(engine).await);
        }
        return print(&rows);
    }
    let peers = Peers { hello: Hello::start().await, pgbench: Pgbench::open().await };
    let mut rows = vec![seal::measure().await];
    for engine in engines() {
        rows.extend(measure(engine, &peers).await);
    }
    if let Some(pgbench) = peers.pgbench {
        pgbench.end().await;
    }
    print(&rows);
}

fn has(flag: &str) -> bool {
    std::env::args().any(|argument| argument == flag)
}

/// What stands behind a flag.
fn said(flag: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != flag).nth(1)
}

fn engines() -> Vec<Engine> {
    let wanted = said("--engine").map(|name| if name == "postgres" { Engine::Postgres } else { Engine::Sqlite });
    let there = [Some(Engine::Sqlite), cluster::url().map(|_| Engine::Postgres)];
    there.into_iter().flatten().filter(|engine| wanted.is_none_or(|wanted| wanted == *engine)).collect()
}

/// A size of the whole benchmark, or a tenth of it.
fn size(whole: usize) -> usize {
    if has("--short") { whole.div_ceil(10) } else { whole }
}

async fn measure(engine: Engine, peers: &Peers) -> Vec<Row> {
    let place = Place::new(engine).await;
    let (server, mut rows) = start(&place).await;
    let town = Town::build(&server, &place).await;
    let (booked, rate) = bookings::measure(&server, &town, engine, peers).await;
    rows.extend(booked);
    server.settle().await;
    rows.extend(reads::measure(&server, &town, engine, peers).await);
    rows.push(openings::measure(&server, &town, rate).await);
    let crowd = people::arrive(&server, CLIENTS..CLIENTS + size(CROWD)).await;
    rows.extend(stampede::measure(&server, &town, &crowd).await);
    server.settle().await;
    rows.extend(uploads::measure(&server, &town.patients, &place).await);
    rows.push(telemetry::measure(&server, &town.patients, &place).await);
    server.settle().await;
    rows.push(pushes::measure(server, &place, &crowd).await);
    for row in &mut rows {
        row.engine = Some(engine);
    }
    place.end().await;
    rows
}

/// The first start migrates; the others show how soon a server is ready that has nothing to do, and what it holds then.
async fn start(place: &Place) -> (Server, Vec<Row>) {
    drop(Server::start(place, TURNS, &[]).await);
    let mut ready_ms = Vec::new();
    for _ in 1..ROUNDS {
        ready_ms.push(Server::start(place, TURNS, &[]).await.ready_ms);
    }
    let server = Server::start(place, TURNS, &[]).await;
    ready_ms.push(server.ready_ms);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let ready = Row::of("ready after a start, migrations done", "ms", ready_ms).floor(Bar::AtMost(150.0)).aim(Bar::AtMost(50.0));
    let idle = Row::of("idle memory", "MB", vec![server.resident_mb()]).floor(Bar::AtMost(40.0)).aim(Bar::AtMost(25.0));
    (server, vec![ready, idle])
}
