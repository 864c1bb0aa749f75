//! Samples of telemetry, sent in batches, beside rows that are inserted one by one.

use super::inserts::Inserts;
use super::place::Place;
use super::server::Server;
use super::table::{Bar, Figure, Row};
use super::{CLIENTS, ROUNDS, size};
use futures_util::future::join_all;
use serde_json::{Value, json};

const SAMPLES: usize = 100;
/// Batches of one client in one round: all rounds together are what one person may send in an hour.
const BATCHES: usize = 20;

pub async fn measure(server: &Server, patients: &[String], place: &Place) -> Row {
    for patient in patients {
        server.put("/v1/me/consents/telemetry", patient, &json!({})).await;
    }
    let inserts = Inserts::open(place).await;
    let (mut rounds, mut beside) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        rounds.push(send(server, &patients[..CLIENTS], round).await);
        beside.push(inserts.per_second().await);
    }
    inserts.close().await;
    Row::new("samples of telemetry, 100 a request", &rounds).beside("one-row inserts", beside).floor(Bar::Ratio(20.0))
}

async fn send(server: &Server, patients: &[String], round: usize) -> Figure {
    let (batches, body) = (size(BATCHES), &batch());
    let sending = patients.iter().map(|token| async move {
        for batch in 0..batches {
            let (status, answer) = server.post("/v1/telemetry", token, &format!("batch {round} {batch}"), body).await;
            assert_eq!((status, &answer["taken"]), (202, &json!(SAMPLES)), "{answer}");
        }
    });
    let figure = server.figure(async { join_all(sending).await.len() * batches }).await;
    Figure { per_s: figure.per_s * SAMPLES as f64, ..figure }
}

fn batch() -> Value {
    let at = chrono::Utc::now();
    let events: Vec<Value> = (0..SAMPLES)
        .map(|number| {
            let name = ["screenOpen", "appStart", "documentOpen", "bookingMade"][number % 4];
            let attributes = json!([{"name": "network", "word": "wifi"}, {"name": "attempt", "number": number}]);
            json!({"name": name, "at": at.to_rfc3339(), "durationMs": 40 + number * 7, "ok": number % 9 != 0, "attributes": attributes})
        })
        .collect();
    json!({"platform": "ios", "appVersion": "3.2.1", "osVersion": "19.1", "model": "iPhone16,2", "events": events})
}
