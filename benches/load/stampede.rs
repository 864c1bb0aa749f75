//! Monday morning: everybody wants the same doctor at the same moment. Everyone who comes too late is told other times.

use super::ROUNDS;
use super::server::Server;
use super::table::{Bar, Row, median};
use super::town::Town;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::time::Instant;

/// Times that are wanted, each by twenty.
const SLOTS: usize = 50;

/// What became of one who came.
struct Come {
    ms: f64,
    status: u16,
    answer: Value,
}

pub async fn measure(server: &Server, town: &Town, crowd: &[String]) -> [Row; 2] {
    let (mut late, mut middle) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let slots = &town.wanted[round * SLOTS..(round + 1) * SLOTS];
        let come = join_all(crowd.iter().enumerate().map(|(number, token)| async move {
            let (doctor, start) = &slots[number % SLOTS];
            let body = json!({"doctorId": doctor, "serviceId": town.service, "startsAt": start, "complaint": "Кашель"});
            let began = Instant::now();
            let (status, answer) = server.post("/v1/bookings", token, &format!("{doctor} {start}"), &body).await;
            Come { ms: began.elapsed().as_secs_f64() * 1000.0, status, answer }
        }));
        let mut come = come.await;
        check(&come, crowd.len());
        come.sort_by(|a, b| a.ms.total_cmp(&b.ms));
        late.push(come[(come.len() * 99 / 100).min(come.len() - 1)].ms);
        middle.push(median(come.iter().map(|one| one.ms).collect()));
        server.settle().await;
    }
    let what = |part: &str| format!("{} patients on {SLOTS} slots of one doctor, {part}", crowd.len());
    [Row::of(what("99th percentile"), "ms", late).aim(Bar::AtMost(500.0)), Row::of(what("median"), "ms", middle)]
}

/// Each time went to one, and the others were told of others.
fn check(come: &[Come], crowd: usize) {
    let won = come.iter().filter(|one| one.status == 201).count();
    assert_eq!(won, SLOTS.min(crowd), "each time has one patient");
    for Come { status, answer, .. } in come.iter().filter(|one| one.status != 201) {
        assert_eq!(*status, 409, "{answer}");
        assert!(answer["alternatives"].as_array().is_some_and(|others| !others.is_empty()), "{answer}");
    }
}
