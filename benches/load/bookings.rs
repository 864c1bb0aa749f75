//! Bookings with all that hangs on them, durable, by sixteen patients at once: beside the limit of the database.

use super::pgbench::{FOUR_STATEMENTS, ONE_ROUND_TRIP};
use super::place::Place;
use super::server::Server;
use super::table::{Bar, Row, median};
use super::town::Town;
use super::{Peers, ROUNDS};
use feldsher::kernel::db::Engine;

/// The rows, and how many bookings there were in a second.
pub async fn measure(server: &Server, town: &Town, engine: Engine, peers: &Peers) -> (Vec<Row>, f64) {
    let alone = match engine {
        Engine::Sqlite => Some(Alone::start(engine).await),
        Engine::Postgres => None,
    };
    let (mut rounds, mut own, mut four, mut one) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        rounds.push(town.book(server, round).await);
        server.settle().await;
        peers.pgbench(FOUR_STATEMENTS, &mut four).await;
        match &alone {
            Some(Alone { server, town, .. }) => {
                own.push(town.book(server, round).await.per_s);
                server.settle().await;
            }
            None => peers.pgbench(ONE_ROUND_TRIP, &mut one).await,
        }
    }
    let rate = median(rounds.iter().map(|round| round.per_s).collect());
    let what = "booking with all that hangs on it, durable";
    let beside_four = Row::new(what, &rounds).beside("pgbench, four statements", four).floor(Bar::Ratio(0.7));
    let rows = match alone {
        Some(alone) => {
            alone.end().await;
            vec![beside_four.aim(Bar::Ratio(1.0)), Row::new(what, &rounds).beside("one writer a commit", own)]
        }
        None => vec![beside_four, Row::new(what, &rounds).beside("pgbench, one round trip", one).aim(Bar::Ratio(0.7))],
    };
    (rows, rate)
}

/// A server of SQLite whose writers have a commit each.
struct Alone {
    place: Place,
    server: Server,
    town: Town,
}

impl Alone {
    async fn start(engine: Engine) -> Self {
        let place = Place::new(engine).await;
        let server = Server::start(&place, 1, &[]).await;
        let town = Town::build(&server, &place).await;
        Self { place, server, town }
    }

    async fn end(self) {
        drop(self.server);
        self.place.end().await;
    }
}
