//! Doctors who open who comes and why: each opening is in the trail, durably, before the answer goes.

use super::server::{Server, text};
use super::table::{Bar, Row};
use super::town::Town;
use super::{CLIENTS, ROUNDS, size};
use futures_util::future::join_all;

/// Requests of one client in one round.
const READINGS: usize = 60;

pub async fn measure(server: &Server, town: &Town, bookings_per_s: f64) -> Row {
    let path = &town.first_visit;
    let shown = server.get(path, &town.doctors[0]).await;
    assert_ne!(text(&shown["items"][0], "complaint"), "", "{shown}");
    let (each, mut rounds) = (size(READINGS), Vec::new());
    for _ in 0..ROUNDS {
        let opening = (0..CLIENTS).map(|client| async move {
            for _ in 0..each {
                server.get(path, &town.doctors[client % town.doctors.len()]).await;
            }
        });
        rounds.push(server.figure(async { join_all(opening).await.len() * each }).await);
    }
    let what = "opening by a doctor, in the trail before the answer";
    Row::new(what, &rounds).beside("bookings of this run", vec![bookings_per_s]).floor(Bar::Ratio(0.5))
}
