//! A booking that is moved stays the same one.

use super::{OTHER, Scene, instant, minutes, number, reasons};
use crate::support::clinic::{at, day, everywhere};
use crate::support::stores::engines;
use chrono::TimeDelta;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s4_02_a_move_keeps_id_charge_and_history_and_the_old_doctor_forgets() {
    for on in engines() {
        let scene = Scene::new(on, "").await;
        let house = &scene.house;
        let (second_id, second) = house.second_doctor(&scene.admin, &scene.clinic).await;
        let paid = scene.service(30, json!({"price": {"amount": 100_000, "currency": "RUB"}})).await;
        let ten = at(house, 3, 10, 0);
        let held = scene.try_book(&scene.patient, &paid, ten).await.is(201);
        let (id, charge) = (held.text("/id"), held.text("/chargeId"));
        // While it is held, and once it is paid; to another time, and to another doctor.
        let moved = scene.try_move(&id, None, at(house, 3, 11, 0)).await.is(200);
        assert_eq!(
            (moved.text("/id"), moved.text("/chargeId"), moved.text("/state")),
            (id.clone(), charge.clone(), "held".into())
        );
        house.pay(&scene.patient, &charge, false).await;
        let diary = format!("/v1/staff/bookings?from={}&to={}", day(house, 3), day(house, 3));
        assert_eq!(house.get(&diary, scene.clinic.doctor.token()).await.text("/items/0/patientId"), scene.patient.id);
        let moved = scene.try_move(&id, Some(&second_id), at(house, 3, 12, 0)).await.is(200);
        assert_eq!((moved.text("/state"), moved.text("/doctorId")), ("booked".into(), second_id.clone()));
        // The old one has neither the visit nor a reason; the new one has both.
        assert_eq!(house.get(&diary, scene.clinic.doctor.token()).await.json()["items"].as_array().map(Vec::len), Some(0));
        assert_eq!(house.get(&diary, second.token()).await.text("/items/0/patientId"), scene.patient.id);
        let now = house.app.ambient.now().format("%Y-%m-%dT%H:%M:%S%.3fZ");
        let open = format!("SELECT count(*) FROM reason WHERE basis = 'booking' AND valid_until > '{now}'");
        assert_eq!(number(house, &open).await, 2, "{on:?}");
        let other = house.patient(OTHER).await;
        for free in [ten, at(house, 3, 11, 0)] {
            scene.try_book(&other, &scene.clinic.service_id, free).await.is(201);
        }
        // Where it stands it may be moved to; where somebody is, not, and the refusal says what would do.
        scene.try_move(&id, None, at(house, 3, 12, 0)).await.is(200);
        let taken = scene.try_move(&id, Some(&scene.clinic.doctor_id), ten).await.refused(409, "slot_taken");
        assert_eq!(reasons(&taken), ["taken"]);
        assert_eq!(taken.json()["alternatives"].as_array().map(Vec::len), Some(5));
        let history = house.get(&format!("/v1/bookings/{id}/moves"), scene.patient.token()).await.is(200).json();
        assert_eq!(history["items"].as_array().map(Vec::len), Some(2), "{history}");
        assert_eq!(history["items"][1]["toDoctorId"], second_id);
        assert_eq!(history["items"][0]["fromStartsAt"], instant(ten));
        house.get(&format!("/v1/bookings/{id}/moves"), other.token()).await.refused(404, "not_found");
        house.settle().await;
        let charge = house.charge(&scene.patient, &charge).await;
        assert_eq!((&charge["state"], charge["refunded"]["amount"].as_i64().unwrap_or(0)), (&json!("paid"), 0));
        let notices = house.get("/v1/notifications", scene.patient.token()).await.is(200).json().to_string();
        assert!(notices.contains("bookingMoved"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_02_a_patient_moves_a_visit_so_often_and_the_desk_as_it_must() {
    for on in engines() {
        let scene = Scene::new(on, "moves_max = 2").await;
        let house = &scene.house;
        let id = scene.book(&scene.clinic.service_id, at(house, 2, 10, 0)).await;
        for hour in [11, 12] {
            scene.try_move(&id, None, at(house, 2, hour, 0)).await.is(200);
        }
        let refused = scene.try_move(&id, None, at(house, 2, 13, 0)).await.refused(409, "booking_refused");
        assert_eq!(reasons(&refused), ["too_many_moves"]);
        let body = json!({"startsAt": instant(at(house, 2, 13, 0))});
        scene.staff(&scene.desk, &id, "move", body.clone()).await.is(200);
        scene.staff(&scene.clinic.doctor, &id, "move", body.clone()).await.refused(403, "forbidden");
        let other = json!({"names": everywhere("Там"), "zone": "Asia/Almaty", "addresses": everywhere("Там 1")});
        let other = scene.house.post("/v1/staff/clinics", scene.admin.token(), other).await.is(201).text("/id");
        let foreign = scene.house.staff(&scene.admin, "reception", "foreign", Some(&other)).await;
        scene.staff(&foreign, &id, "move", body.clone()).await.refused(404, "not_found");
        // A day that is on: his half hour has begun.
        house.app.ambient.advance(at(house, 2, 13, 0) + minutes(1) - house.app.ambient.now());
        let later = json!({"startsAt": instant(house.app.ambient.now() + TimeDelta::days(1))});
        scene.staff(&scene.desk, &id, "move", later).await.refused(409, "state_conflict");
    }
}
