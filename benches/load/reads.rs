//! Reading: one's own things, and free times. What the processor did for each request is what counts; the rates depend on
//! this process as well, which shares the machine.

use super::pgbench::{ONE_ROW, TWENTY_ROWS};
use super::server::Server;
use super::table::{Bar, Figure, Row};
use super::town::Town;
use super::{Peers, ROUNDS, size};
use feldsher::kernel::db::Engine;
use futures_util::future::join_all;

/// Requests of one client in one round.
const READINGS: usize = 200;

/// Three times as good as PocketBase on the same machine, and what is aimed at.
pub const ONE: (Bar, Bar) = (Bar::Cpu(130.0), Bar::Cpu(80.0));
pub const MANY: (Bar, Bar) = (Bar::Cpu(250.0), Bar::Cpu(150.0));

pub async fn measure(server: &Server, town: &Town, engine: Engine, peers: &Peers) -> Vec<Row> {
    let account = vec!["/v1/me".to_owned(); town.patients.len()];
    let list = vec!["/v1/bookings?limit=20".to_owned(); town.patients.len()];
    let slots = vec![town.two_weeks.clone(); town.patients.len()];
    let own = town.own_bookings(server).await;
    let mut rounds: [Vec<Figure>; 5] = Default::default();
    let (mut row, mut rows) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        rounds[0].push(peers.hello.round().await);
        rounds[1].push(round(server, &town.patients, &own).await);
        rounds[2].push(round(server, &town.patients, &account).await);
        peers.pgbench(ONE_ROW, &mut row).await;
        rounds[3].push(round(server, &town.patients, &list).await);
        peers.pgbench(TWENTY_ROWS, &mut rows).await;
        rounds[4].push(round(server, &town.patients, &slots).await);
    }
    let [hello, own, account, list, slots] = rounds;
    let hellos: Vec<f64> = hello.iter().map(|round| round.per_s).collect();
    let constant = || ("poem hello", hellos.clone());
    let (beside_one, beside_list) = match engine {
        Engine::Sqlite => (constant(), constant()),
        Engine::Postgres => (("pgbench, one row", row), ("pgbench, 20 rows", rows)),
    };
    vec![
        Row::new("poem hello, the same client", &hello),
        Row::new("one's own booking, read", &own).beside(beside_one.0, beside_one.1).floor(ONE.0).aim(ONE.1),
        Row::new("one's own account, read", &account).beside("poem hello", hellos.clone()),
        Row::new("one's bookings, a page of 20", &list).beside(beside_list.0, beside_list.1).floor(MANY.0).aim(MANY.1),
        Row::new("a doctor's free slots of two weeks", &slots).beside("poem hello", hellos.clone()).floor(MANY.0).aim(MANY.1),
    ]
}

/// Every client reads his own path, again and again.
pub async fn round(server: &Server, tokens: &[String], paths: &[String]) -> Figure {
    let each = size(READINGS);
    let reading = tokens.iter().zip(paths).map(|(token, path)| async move {
        for _ in 0..each {
            server.get(path, token).await;
        }
    });
    server.figure(async { join_all(reading).await.len() * each }).await
}
