//! Killed while people pay: the provider is charged once for each visit, and no payment is lost.

use crate::adapters::payments::yookassa_peer::{SECRET, SHOP, YooKassaPeer};
use crate::support::clinic::{at, everywhere};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::process::{Broken, Node, Wire, crowded_profile};
use crate::support::stores::{On, Stores, engines};
use feldsher::kernel::clock::Ambient;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const CYCLES: u32 = 5;
const PATIENTS: u32 = 6;
const PRICE: i64 = 250_000;

/// One visit of one patient. Its keys stay the same, however often he has to ask.
#[derive(Clone)]
struct Visit {
    person: Person,
    body: Value,
    key: String,
}

impl Visit {
    async fn post(&self, wire: &Wire, path: &str, body: &Value) -> Result<crate::support::house::Answer, Broken> {
        let request = wire.request(Method::POST, path, self.person.token());
        wire.send(request.header("Idempotency-Key", format!("{} {path}", self.key)).json(body)).await
    }

    /// Books and pays, as far as it comes. Answers the booking and its charge.
    async fn go(&self, wire: &Wire, peer: &YooKassaPeer) -> Result<(String, String), Broken> {
        let held = self.post(wire, "/v1/bookings", &self.body).await?.is(201);
        let charge = held.text("/chargeId");
        let wish = json!({"returnUrl": "clinic://paid"});
        loop {
            let sheet = self.post(wire, &format!("/v1/charges/{charge}/payment"), &wish).await?;
            if sheet.status == 200 {
                if sheet.text("/kind") == "redirect" {
                    peer.settle(sheet.text("/url").trim_start_matches("https://pay.example/"), "succeeded");
                }
                return Ok((held.text("/id"), charge));
            }
            // The provider was slow: to be asked again.
            sheet.is(503);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn killed_while_paying(on: On, seed: u64) {
    let stores = Stores::new(on).await;
    let profile = crowded_profile(stores.folder.path()).display().to_string();
    let house = House::with(stores, Ambient::system(), |config| config.profile = profile).await;
    let admin = house.administrator().await;
    let clinic = house.clinic(&admin).await;
    let service = json!({
        "clinicId": clinic.clinic_id, "names": everywhere("Paid"), "durationMinutes": 30,
        "price": {"amount": PRICE, "currency": "RUB"},
    });
    let service = house.post("/v1/staff/services", admin.token(), service).await.is(201).text("/id");
    let mut people = Vec::new();
    for n in 0..PATIENTS {
        people.push(house.patient(&format!("+7917{n:07}")).await);
    }
    let starts = |cycle: u32, n: u32| at(&house, i64::from(cycle) + 2, 9 + n, 0).to_rfc3339();
    house.app.close().await;

    let peer = YooKassaPeer::start().await;
    let url = format!("{}/v3", peer.url);
    // In quotes, or a shop's number is read as one.
    let shop = format!("\"{SHOP}\"");
    let environment = [
        ("FELDSHER_PAYMENTS__RECEIPTS", "true"),
        ("FELDSHER_PAYMENTS__KIND", "yookassa"),
        ("FELDSHER_PAYMENTS__SHOP_ID", shop.as_str()),
        ("FELDSHER_PAYMENTS__SECRET_KEY", SECRET),
        ("FELDSHER_PAYMENTS__URL", url.as_str()),
    ];
    let start = async || {
        let node = Node::try_start(&house.stores, &["serve", "--sandbox"], &environment).await;
        node.unwrap_or_else(|log| panic!("it does not serve: {log}"))
    };
    let dice = Ambient::seeded(seed);
    let mut done = Vec::new();
    let mut node = start().await;
    for cycle in 0..CYCLES {
        let visit = |(n, person): (u32, &Person)| {
            let body = json!({"doctorId": clinic.doctor_id, "serviceId": service, "startsAt": starts(cycle, n)});
            Visit { person: person.clone(), body, key: format!("{cycle}-{n}") }
        };
        let visits: Vec<Visit> = (0..).zip(&people).map(visit).collect();
        let wire = node.wire.clone();
        let [delay_ms] = dice.bytes();
        let killing = async {
            tokio::time::sleep(Duration::from_millis(u64::from(delay_ms))).await;
            node.kill();
        };
        let going = join_all(visits.iter().map(|visit| visit.go(&wire, &peer)));
        let (_, ()) = tokio::join!(going, killing);
        node = start().await;
        let wire = node.wire.clone();
        for visited in join_all(visits.iter().map(|visit| visit.go(&wire, &peer))).await {
            done.push(visited.expect("a server that lives"));
        }
    }
    // The provider's calls never came: everything is looked up.
    for _ in 0..3 {
        let moved = node.wire.post("/sandbox/clock", None, json!({"advanceSeconds": 90})).await;
        moved.expect("an answer").is(200);
    }
    for (index, (booking, charge)) in done.iter().enumerate() {
        let person = &people[index % people.len()];
        let seen = node.wire.get(&format!("/v1/charges/{charge}"), person.token()).await.expect("an answer").is(200);
        assert_eq!(seen.text("/state"), "paid", "{on:?}");
        let seen = node.wire.get(&format!("/v1/bookings/{booking}"), person.token()).await.expect("an answer").is(200);
        assert_eq!(seen.text("/state"), "booked", "{on:?}");
    }
    let payments = peer.payments();
    let charges: BTreeSet<String> = payments.iter().map(|payment| payment["metadata"].to_string()).collect();
    assert_eq!(payments.len(), charges.len(), "{on:?}: a visit was charged twice");
    assert_eq!(payments.len(), done.len(), "{on:?}: one payment for each visit");
    let receipts: BTreeSet<String> =
        payments.iter().map(|payment| payment["receipt_sent"]["customer"]["phone"].to_string()).collect();
    assert_eq!(receipts.len(), people.len(), "{on:?}: each patient's receipt goes to his own phone");
    assert!(peer.refunds().is_empty());
    println!("{on:?}, {CYCLES} kills: {} visits, each paid once", done.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_t47_killed_while_people_pay_nobody_is_charged_twice_and_no_payment_is_lost() {
    for (on, seed) in engines().into_iter().zip(11..) {
        killed_while_paying(on, seed).await;
    }
}
