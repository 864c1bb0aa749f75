//! Feedback after a visit, and what the ratings come to.

use super::*;
use feldsher::clinic::identity::{self, Clinics, NewStaff, Role};
use feldsher::kernel::db::Actor;

#[tokio::test(flavor = "multi_thread")]
async fn s4_02f_feedback_comes_once_and_only_after_the_visit() {
    for on in engines() {
        let Scene { house, admin, anna, .. } = Scene::new(on).await;
        let boris = house.patient("+79161234568").await;
        let clinic = house.clinic(&admin).await;
        let (visit, cancelled) = (house.visit(&clinic, &anna, 10).await, house.visit(&clinic, &anna, 12).await);
        house.post(&format!("/v1/bookings/{cancelled}/cancel"), anna.token(), json!({})).await.is(200);
        let path = |booking: &str| format!("/v1/bookings/{booking}/feedback");
        let good = json!({"rating": 5, "text": "Спасибо"});
        house.post(&path(&visit), anna.token(), good.clone()).await.refused(409, "state_conflict");
        house.app.ambient.advance(TimeDelta::days(2));
        let (anna, boris) = (house.again(ANNA).await, Person { token: house.again("+79161234568").await.token, ..boris });
        house.post(&path(&visit), boris.token(), good.clone()).await.refused(404, "not_found");
        house.post(&path(&cancelled), anna.token(), good.clone()).await.refused(409, "state_conflict");
        for bad in [
            json!({"rating": 0}),
            json!({"rating": 6}),
            json!({"rating": 4.5}),
            json!({}),
            json!({"rating": 5, "text": "a\u{0}"}),
        ] {
            house.post(&path(&visit), anna.token(), bad).await.refused(400, "invalid");
        }
        let given = path(&visit);
        let calls = (0..10).map(|_| house.post(&given, anna.token(), good.clone()));
        let answers = futures_util::future::join_all(calls).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "{on:?}");
        assert!(answers.iter().all(|answer| answer.status == 201 || answer.code() == "state_conflict"));
        assert_eq!(house.rows("feedback").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn few_ratings_are_not_shown_and_none_leads_to_somebody() {
    for on in engines() {
        let Scene { house, admin, .. } = Scene::new(on).await;
        let clinic = house.clinic(&admin).await;
        let phones: Vec<String> = (0..5).map(|n| format!("+7916123457{n}")).collect();
        let mut visits = Vec::new();
        for (phone, hour) in phones.iter().zip(10..) {
            let patient = house.patient(phone).await;
            visits.push(house.visit(&clinic, &patient, hour).await);
        }
        house.app.ambient.advance(TimeDelta::days(2));
        let new = NewStaff {
            role: Role::Administrator,
            clinics: Clinics::everywhere(),
            login: "second".into(),
            name: "Вторая Админова".into(),
        };
        let (_, issued) = identity::add_staff(&house.app, &Actor::house("test"), new).await.expect("an account");
        let admin = house.first_sign_in("second", &issued).await;
        let shown = async || house.get("/v1/staff/ratings", admin.token()).await.is(200).json()["items"].clone();
        for (index, (phone, visit)) in phones.iter().zip(&visits).enumerate() {
            assert_eq!(shown().await, json!([]), "{index} ratings are too few, on {on:?}");
            let patient = house.again(phone).await;
            let rating = json!({"rating": if index == 0 { 1 } else { 5 }});
            house.post(&format!("/v1/bookings/{visit}/feedback"), patient.token(), rating).await.is(201);
        }
        assert_eq!(shown().await, json!([{"doctorId": clinic.doctor_id, "count": 5, "average": 4.2}]));
    }
}
