//! Money back, never more than was paid (trust 48).

use super::{PRICE, Scene, number};
use crate::support::clinic::{at, everywhere};
use crate::support::house::Answer;
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::adapters::payments::sandbox::Mood;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

async fn refund(scene: &Scene, by: &Person, charge: &str, amount: i64) -> Answer {
    let path = format!("/v1/staff/charges/{charge}/refunds");
    scene.house.post(&path, by.token(), json!({"amount": amount, "reason": "Врач задержался"})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_t48_fifty_refunds_at_once_never_exceed_what_was_paid() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let (_, charge, payment) = scene.paid(3, 10).await;
        refund(&scene, &scene.admin, &charge, PRICE + 1).await.refused(409, "refund_too_large");
        refund(&scene, &scene.admin, &charge, 0).await.refused(400, "invalid");
        refund(&scene, &scene.admin, &charge, -5).await.refused(400, "invalid");
        // The provider loses answers meanwhile.
        house.provider().misbehave(2, Mood::Late(std::time::Duration::from_millis(5)));
        let answers = join_all((0..50).map(|_| refund(&scene, &scene.admin, &charge, PRICE / 15))).await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(made, 15, "{on:?}");
        assert!(answers.iter().filter(|answer| answer.status != 201).all(|answer| answer.code() == "refund_too_large"));
        house.provider().misbehave(1, Mood::Lost);
        house.provider().misbehave(1, Mood::Nonsense);
        house.provider().misbehave(1, Mood::Silent);
        house.settle().await;
        for _ in 0..4 {
            house.later(TimeDelta::minutes(3)).await;
        }
        let at_provider = house.app.adapters.payments.fetch(&payment).await.expect("a payment");
        assert_eq!(at_provider.refunded, PRICE, "all of it, and not a tiyn more");
        let seen = scene.charge(&charge).await;
        assert_eq!((&seen["state"], seen["refunded"]["amount"].as_i64()), (&json!("refunded"), Some(PRICE)));
        assert_eq!(number(house, "SELECT count(*) FROM refund WHERE state = 'done'").await, 15);
        assert_eq!(scene.told("refundMade").await, 15);
        refund(&scene, &scene.admin, &charge, 1).await.refused(409, "refund_too_large");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_a_refund_belongs_to_its_clinic_and_to_its_key() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let (_, charge, payment) = scene.paid(3, 10).await;
        let elsewhere = json!({
            "names": everywhere("Elsewhere"), "zone": "Asia/Tbilisi", "addresses": everywhere("Tbilisi 1"), "phone": "+995322000000"
        });
        let elsewhere = house.post("/v1/staff/clinics", scene.admin.token(), elsewhere).await.is(201).text("/id");
        let own = house.staff(&scene.admin, "reception", "desk", Some(&scene.clinic.clinic_id)).await;
        let stranger = house.staff(&scene.admin, "reception", "stranger", Some(&elsewhere)).await;
        refund(&scene, &stranger, &charge, 100).await.refused(404, "not_found");
        refund(&scene, &scene.clinic.doctor, &charge, 100).await.refused(403, "forbidden");
        refund(&scene, &scene.patient, &charge, 100).await.refused(403, "forbidden");
        let path = format!("/v1/staff/charges/{charge}/refunds");
        let ask = async |amount: i64| {
            let request = house.request(Method::POST, &path, own.token()).header("Idempotency-Key", "one");
            house.send(request.json(&json!({"amount": amount, "reason": "Врач задержался"}))).await
        };
        let answers = join_all((0..20).map(|_| ask(100))).await;
        let ids: std::collections::BTreeSet<String> =
            answers.iter().filter(|answer| answer.status == 201).map(|answer| answer.text("/refunds/0/id")).collect();
        assert_eq!(ids.len(), 1, "one refund on {on:?}");
        ask(200).await.refused(422, "idempotency_key_reused");
        house.settle().await;
        let at_provider = house.app.adapters.payments.fetch(&payment).await.expect("a payment");
        assert_eq!(at_provider.refunded, 100);
        assert_eq!(scene.charge_state(&charge).await, "partlyRefunded");
        let (_, unpaid) = scene.book(3, 12).await;
        refund(&scene, &own, &unpaid, 100).await.refused(409, "refund_too_large");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_a_cancelled_visit_is_refunded_by_the_rule() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let (early, early_charge, _) = scene.paid(3, 10).await;
        let (late, late_charge, _) = scene.paid(3, 12).await;
        let (unpaid, unpaid_charge) = scene.book(3, 14).await;
        let patient = scene.patient.clone();
        let cancel = async |patient: &Person, id: &str| {
            let answer = house.post(&format!("/v1/bookings/{id}/cancel"), patient.token(), json!({})).await.is(200);
            assert_eq!(answer.text("/state"), "cancelled");
            house.settle().await;
        };
        cancel(&patient, &unpaid).await;
        assert_eq!(scene.charge_state(&unpaid_charge).await, "canceled");
        cancel(&patient, &early).await;
        cancel(&patient, &early).await;
        let seen = scene.charge(&early_charge).await;
        assert_eq!((&seen["state"], seen["refunded"]["amount"].as_i64()), (&json!("refunded"), Some(PRICE)));
        house.later(at(house, 3, 7, 0) - house.app.ambient.now()).await;
        let patient = house.newcomer(super::PHONE).await;
        cancel(&patient, &late).await;
        let seen = house.charge(&patient, &late_charge).await;
        assert_eq!((&seen["state"], seen["refunded"]["amount"].as_i64()), (&json!("partlyRefunded"), Some(PRICE / 2)), "{on:?}");
        house.later(TimeDelta::hours(1)).await;
        assert_eq!(number(house, "SELECT count(*) FROM refund").await, 2, "nothing goes back twice");
    }
}
