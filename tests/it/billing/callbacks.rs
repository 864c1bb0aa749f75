//! Calls of the provider: hints, never orders (trust 41 to 45).

use super::{PRICE, Scene, number};
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::adapters::payments::sandbox::{Act, Delivery, Sandbox};
use feldsher::adapters::payments::{Money, Order};
use feldsher::kernel::secret::Secret;
use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

async fn noted(scene: &Scene, outcome: &str) -> i64 {
    let sql = format!("SELECT CAST(coalesce(sum(times), 0) AS bigint) FROM callback WHERE outcome = '{outcome}'");
    number(&scene.house, &sql).await
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_t41_t45_what_is_unsigned_altered_old_or_of_another_secret_changes_nothing_and_is_noted() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let (_, charge) = scene.book(3, 10).await;
        let payment = house.begin_payment(&scene.patient, &charge, false).await;
        house.provider().act(&payment, Act::Pay).expect("paid");
        let now = house.app.ambient.now();
        let good = house.provider().callbacks(now).pop().expect("a call");
        let body = || good.body.clone();
        let elsewhere = Sandbox::new(&Secret::new("another account's secret"));
        let mut altered = body();
        altered.push(b' ');
        let bad = [
            Delivery { headers: Default::default(), body: body() },
            Delivery { headers: good.headers.clone(), body: altered },
            Delivery { headers: good.headers.clone(), body: br#"{"id":"x","payment":"y"}"#.to_vec() },
            house.provider().sign(body(), now - TimeDelta::seconds(301)),
            house.provider().sign(body(), now + TimeDelta::seconds(400)),
            house.provider().sign(b"no event".to_vec(), now),
            elsewhere.sign(body(), now),
        ];
        for delivery in &bad {
            house.deliver(delivery).await.refused(400, "callback_rejected");
        }
        house.settle().await;
        assert_eq!(noted(&scene, "rejected").await, i64::try_from(bad.len()).expect("few"), "{on:?}");
        assert_eq!(scene.charge_state(&charge).await, "pending", "nothing has changed");
        let request = house.request(reqwest::Method::POST, "/v1/callbacks/stripe", None).body(body());
        house.send(request).await.refused(404, "not_found");
        house.deliver(&good).await.is(200);
        house.settle().await;
        assert_eq!(scene.charge_state(&charge).await, "paid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_t42_the_same_call_fifty_times_at_once_has_one_effect() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let (booking, charge) = scene.book(3, 10).await;
        let payment = house.begin_payment(&scene.patient, &charge, false).await;
        house.provider().act(&payment, Act::Pay).expect("paid");
        let call = house.provider().callbacks(house.app.ambient.now()).pop().expect("a call");
        for answer in join_all((0..50).map(|_| house.deliver(&call))).await {
            answer.is(200);
        }
        house.settle().await;
        house.deliver(&call).await.is(200);
        house.settle().await;
        assert_eq!(scene.booking_state(&booking).await, "booked");
        assert_eq!(scene.told("bookingConfirmed").await, 1, "{on:?}");
        assert_eq!(number(house, "SELECT count(*) FROM reason WHERE basis = 'booking'").await, 2);
        assert_eq!(noted(&scene, "taken").await, 51);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_t43_every_order_of_events_ends_alike() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let orders: [&[usize]; 6] = [&[0, 1, 2], &[2, 1, 0], &[1, 0, 2], &[2, 0], &[1, 1, 0, 2, 2], &[0]];
        let mut charges = Vec::new();
        for (hour, order) in (9..).zip(orders) {
            let (_, charge) = scene.book(3, hour).await;
            let payment = house.begin_payment(&scene.patient, &charge, false).await;
            let payments = &house.app.adapters.payments;
            house.provider().act(&payment, Act::Challenge).expect("asked");
            house.provider().act(&payment, Act::Pay).expect("paid");
            // Somebody gives a part back in the provider's own cabinet.
            payments.refund(&payment, 100_000, Uuid::from_u128(u128::from(hour))).await.expect("a refund");
            let events = house.provider().callbacks(house.app.ambient.now());
            assert_eq!(events.len(), 3);
            for index in order {
                house.deliver(&events[*index]).await.is(200);
                house.settle().await;
            }
            charges.push(charge);
        }
        for charge in charges {
            let seen = scene.charge(&charge).await;
            assert_eq!(
                (&seen["state"], seen["refunded"]["amount"].as_i64()),
                (&json!("partlyRefunded"), Some(100_000)),
                "{on:?}"
            );
        }
        assert_eq!(number(house, "SELECT count(*) FROM booking WHERE state = 'booked'").await, 6);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_t44_another_amount_currency_or_charge_is_parked() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let payments = &house.app.adapters.payments;
        let order = |charge: &str, money: Money| Order {
            charge: charge.parse().expect("an id"),
            money,
            customer: None,
            return_url: None,
            lines: Vec::new(),
            receipt_to: None,
            save_method: false,
        };
        let mut charges = Vec::new();
        for (hour, money) in (9..).zip([Money::new(1, "KZT"), Money::new(PRICE, "RUB")]) {
            let (_, charge) = scene.book(3, hour).await;
            let made = payments.create(&order(&charge, money)).await.expect("somebody else's order");
            house.post(&format!("/v1/charges/{charge}/payment"), scene.patient.token(), json!({})).await.is(503);
            house.provider().act(made.payment(), Act::Pay).expect("paid");
            charges.push(charge);
        }
        let foreign = order("018f0000-0000-7000-8000-000000000001", Money::new(PRICE, "KZT"));
        let foreign = payments.create(&foreign).await.expect("a payment of another house");
        house.provider().act(foreign.payment(), Act::Pay).expect("paid");
        house.hear().await;
        assert_eq!((noted(&scene, "parked").await, noted(&scene, "unknownCharge").await), (2, 1), "{on:?}");
        let unknown = house.provider().sign(br#"{"id":"e","payment":"nobody_knows"}"#.to_vec(), house.app.ambient.now());
        house.deliver(&unknown).await.is(200);
        assert_eq!(noted(&scene, "unknownPayment").await, 1);
        house.later(TimeDelta::minutes(3)).await;
        for charge in charges {
            assert_eq!(scene.charge_state(&charge).await, "pending", "and nobody is booked for it");
        }
        assert_eq!(number(house, "SELECT count(*) FROM booking WHERE state = 'booked'").await, 0);
    }
}
