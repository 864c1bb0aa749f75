//! Charges that the provider contradicts: who sees them, and how they are settled.

use super::{Scene, number};
use crate::support::clinic::everywhere;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::adapters::payments::sandbox::{Act, Mood};
use feldsher::adapters::payments::{Money, Order};
use serde_json::json;

const PARKED: &str = "/v1/staff/charges?state=parked";

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_t44_a_parked_charge_waits_for_its_desk_and_is_settled_by_another_look() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let Scene { house, admin, clinic, patient, .. } = &scene;
        let desk = house.staff(admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        let elsewhere = json!({
            "names": everywhere("Elsewhere"), "zone": "Asia/Tbilisi", "addresses": everywhere("Tbilisi 1"), "phone": "+995322000000"
        });
        let elsewhere = house.post("/v1/staff/clinics", admin.token(), elsewhere).await.is(201).text("/id");
        let stranger = house.staff(admin, "reception", "stranger", Some(&elsewhere)).await;
        assert_eq!(house.get(PARKED, desk.token()).await.is(200).json()["items"], json!([]));

        // The provider refuses to tell of a payment, which is paid meanwhile.
        let (booking, charge) = scene.book(3, 10).await;
        let payment = house.begin_payment(patient, &charge, false).await;
        house.provider().misbehave(1, Mood::Refuse);
        house.later(TimeDelta::minutes(2)).await;
        house.provider().act(&payment, Act::Pay).expect("paid");
        house.provider().callbacks(house.app.ambient.now());
        house.later(TimeDelta::minutes(3)).await;
        assert_eq!(scene.charge_state(&charge).await, "pending", "nobody looks it up by himself, on {on:?}");

        // Another payment of one tenge in the name of another charge.
        let (_, other) = scene.book(3, 12).await;
        let order = Order {
            charge: other.parse().expect("an id"),
            money: Money::new(1, "KZT"),
            customer: None,
            return_url: None,
            lines: Vec::new(),
            receipt_to: None,
            save_method: false,
        };
        let made = house.app.adapters.payments.create(&order).await.expect("somebody else's order");
        house.post(&format!("/v1/charges/{other}/payment"), patient.token(), json!({})).await.is(503);
        house.provider().act(made.payment(), Act::Pay).expect("paid");
        house.hear().await;

        let seen = house.get(PARKED, desk.token()).await.is(200);
        let told = |index: usize| (seen.text(&format!("/items/{index}/id")), seen.text(&format!("/items/{index}/parked")));
        assert_eq!(told(0), (charge.clone(), "refused".into()), "{on:?}");
        assert_eq!(told(1), (other.clone(), "otherPayment".into()));
        assert!(!String::from_utf8_lossy(&seen.bytes).contains(&patient.id), "it is not told whose they are");
        assert_eq!(house.get(PARKED, stranger.token()).await.is(200).json()["items"], json!([]));
        house.get(PARKED, patient.token()).await.refused(403, "forbidden");
        house.get(PARKED, clinic.doctor.token()).await.refused(403, "forbidden");
        let look = |charge: &str| format!("/v1/staff/charges/{charge}/look-up");
        house.post(&look(&charge), stranger.token(), json!({})).await.refused(404, "not_found");

        let settled = house.post(&look(&charge), desk.token(), json!({})).await.is(200);
        assert_eq!(settled.text("/state"), "paid");
        assert!(settled.json().get("parked").is_none());
        house.settle().await;
        assert_eq!(scene.booking_state(&booking).await, "booked", "{on:?}");
        assert_eq!(house.post(&look(&charge), desk.token(), json!({})).await.is(200).text("/state"), "paid");
        let again = house.post(&look(&other), desk.token(), json!({})).await.is(200);
        assert_eq!(again.text("/parked"), "otherPayment", "the provider still contradicts it");
        assert_eq!(house.get(PARKED, desk.token()).await.is(200).json()["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(number(house, "SELECT count(*) FROM booking WHERE state = 'booked'").await, 1);
    }
}
