//! A refusal says everything at once, and what would do instead.

use super::{OTHER, Scene, instant, minutes, reasons};
use crate::support::clinic::{at, everywhere};
use crate::support::stores::engines;
use chrono::{TimeDelta, Utc};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s1_07_every_reason_at_once_and_only_times_that_would_do() {
    for on in engines() {
        let scene = Scene::new(on, "open_max = 3").await;
        let house = &scene.house;
        let (second, _) = house.second_doctor(&scene.admin, &scene.clinic).await;
        let other = house.patient(OTHER).await;
        let ten = at(house, 2, 10, 0);
        let machine = json!({"clinicId": scene.clinic.clinic_id, "kind": "ultrasound", "names": everywhere("Machine")});
        house.post("/v1/staff/equipment", scene.admin.token(), machine).await.is(201);
        let exam = json!({"equipment": "ultrasound", "bufferAfterMinutes": 30, "minAge": 60, "sex": "female", "mode": "exam"});
        let exam = scene.service(30, exam).await;
        let plain = scene.service(30, json!({"equipment": "ultrasound", "bufferAfterMinutes": 30})).await;
        let short = scene.service(30, json!({"equipment": "ultrasound"})).await;
        // The patient has another visit then, somebody else has the doctor and the machine, and he is too young.
        let body = json!({"doctorId": second, "serviceId": scene.clinic.service_id, "startsAt": instant(ten)});
        house.post("/v1/bookings", scene.patient.token(), body).await.is(201);
        scene.try_book(&other, &plain, ten).await.is(201);
        let refused = scene.try_book(&scene.patient, &exam, ten).await.refused(409, "slot_taken");
        assert_eq!(reasons(&refused), ["taken", "equipment_taken", "patient_busy", "age_limit"], "{on:?}");
        assert!(refused.json().get("alternatives").is_none(), "no other time makes him older");
        // The buffer of the visit before it blocks the next half hour, for the doctor and for the machine.
        let next = scene.try_book(&scene.patient, &short, ten + minutes(30)).await.refused(409, "slot_taken");
        assert_eq!(reasons(&next), ["taken", "equipment_taken"]);
        let free = next.json()["alternatives"].as_array().expect("alternatives").clone();
        assert_eq!(free.len(), 5);
        let starts: Vec<String> = free.iter().map(|slot| slot["startsAt"].as_str().unwrap_or_default().to_owned()).collect();
        // Not where his own visit is, and not where the buffer of the one that stands reaches.
        for bad in [ten, ten + minutes(30)] {
            assert!(!starts.contains(&instant(bad)), "{on:?} {bad}");
        }
        scene.try_book(&scene.patient, &short, starts[0].parse().expect("an instant")).await.is(201);
        // Another doctor finds the machine taken, though he is free himself.
        let body = json!({"doctorId": second, "serviceId": short, "startsAt": instant(ten + minutes(30))});
        let third = house.patient("+79161234569").await;
        let taken = house.post("/v1/bookings", third.token(), body).await.refused(409, "slot_taken");
        assert_eq!(reasons(&taken), ["equipment_taken"]);
        // Outside hours, too soon, too far; and a code that older apps know.
        let night = scene.try_book(&other, &plain, at(house, 2, 3, 0)).await.refused(409, "slot_not_offered");
        assert_eq!(reasons(&night), ["outside_hours"]);
        assert_eq!(night.json()["alternatives"].as_array().map(Vec::len), Some(5));
        let far = scene.try_book(&other, &plain, at(house, 400, 3, 0)).await.refused(409, "slot_not_offered");
        assert_eq!(reasons(&far), ["outside_hours", "too_far"]);
        let soon = house.app.ambient.now() + minutes(5);
        let soon = scene.try_book(&other, &plain, soon).await.refused(409, "slot_not_offered");
        assert!(reasons(&soon).contains(&"too_soon".to_owned()));
        // The limit of visits to come, alone and beside something else.
        scene.try_book(&scene.patient, &scene.clinic.service_id, at(house, 3, 12, 0)).await.is(201);
        let full = scene.try_book(&scene.patient, &scene.clinic.service_id, at(house, 3, 14, 0)).await;
        assert_eq!(reasons(&full.refused(409, "booking_refused")), ["too_many_open"]);
        let full = scene.try_book(&scene.patient, &scene.clinic.service_id, at(house, 3, 3, 0)).await;
        assert_eq!(reasons(&full.refused(409, "slot_not_offered")), ["outside_hours", "too_many_open"]);
        assert_eq!(super::doubles(house).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_07_who_pays_who_owes_and_who_is_frozen() {
    for on in engines() {
        let scene = Scene::new(on, "unpaid_blocks = true").await;
        let house = &scene.house;
        let prices = json!({"prices": [{"payer": "self", "price": {"amount": 100_000, "currency": "RUB"}}, {"payer": "oms"}]});
        let service = scene.service(30, prices).await;
        let book = async |payer: &str, hour: u32| {
            let body = json!({
                "doctorId": scene.clinic.doctor_id, "serviceId": service, "startsAt": instant(at(house, 2, hour, 0)), "payer": payer
            });
            house.post("/v1/bookings", scene.patient.token(), body).await
        };
        let insured = book("oms", 10).await.is(201);
        assert_eq!((insured.text("/state"), insured.text("/payer")), ("booked".into(), "oms".into()), "nothing is to be paid");
        let own = book("self", 11).await.is(201);
        assert_eq!(own.text("/state"), "held");
        assert_eq!(reasons(&book("dms", 12).await.refused(409, "slot_not_offered")), ["payer_not_taken"]);
        book("crypto", 12).await.refused(400, "invalid");
        // A charge that somebody has to look at keeps from the next booking.
        let mark = "UPDATE charge SET parked = 'contradiction', parked_at = created_at";
        execute(house, mark).await;
        assert_eq!(reasons(&book("oms", 13).await.refused(409, "booking_refused")), ["unpaid_before"]);
        execute(house, "UPDATE charge SET parked = NULL, parked_at = NULL").await;
        book("oms", 13).await.is(201);
        // The desk books for nobody who is frozen, and learns everything else with it.
        house.put("/v1/me/freeze", scene.patient.token(), json!({"scopes": ["patient"]})).await.is(200);
        house.found_by_phone(&scene.desk, super::PHONE).await;
        let path = format!("/v1/staff/patients/{}/bookings", scene.patient.id);
        let body = json!({
            "channel": "phone", "doctorId": scene.clinic.doctor_id, "serviceId": service, "startsAt": instant(at(house, 2, 3, 0))
        });
        let frozen = house.post(&path, scene.desk.token(), body).await.refused(403, "frozen");
        assert_eq!(reasons(&frozen), ["outside_hours", "frozen"]);
    }
}

async fn execute(house: &crate::support::house::House, sql: &str) {
    use feldsher::kernel::db::{Actor, Tx};
    use feldsher::kernel::error::Result;
    use sea_orm::ConnectionTrait;
    let write = async |tx: &mut Tx| -> Result<()> { Ok(tx.execute_unprepared(sql).await.map(drop)?) };
    house.app.write(&Actor::house("test"), write).await.expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_17_nonsense_is_refused_without_much_work() {
    for on in engines() {
        let scene = Scene::new(on, "").await;
        let house = &scene.house;
        let service = &scene.clinic.service_id;
        let past = house.app.ambient.now() - minutes(1);
        scene.try_book(&scene.patient, service, past).await.refused(400, "invalid");
        for year in ["0001-01-01T00:00:00Z", "1600-01-01T00:00:00Z"] {
            let body = json!({"doctorId": scene.clinic.doctor_id, "serviceId": service, "startsAt": year});
            house.post("/v1/bookings", scene.patient.token(), body).await.is(400);
        }
        let last = "9999-12-31T23:59:59Z".parse::<chrono::DateTime<Utc>>().expect("an instant");
        let far = scene.try_book(&scene.patient, service, last).await;
        assert!(matches!(far.status.as_u16(), 400 | 409), "{on:?} {}", far.status);
        let id = scene.book(service, at(house, 2, 10, 0)).await;
        scene.try_move(&id, None, past).await.refused(400, "invalid");
        let far = scene.try_move(&id, None, last).await;
        assert!(matches!(far.status.as_u16(), 400 | 409), "{on:?} {}", far.status);
        scene.try_move(&id, Some("00000000-0000-7000-8000-000000000000"), at(house, 2, 11, 0)).await.refused(404, "not_found");
        scene.try_move(&house.app.ambient.id().to_string(), None, at(house, 2, 11, 0)).await.refused(404, "not_found");
        let seconds = at(house, 2, 10, 0) + TimeDelta::milliseconds(1);
        let odd = scene.try_book(&scene.patient, service, seconds).await.refused(409, "slot_not_offered");
        assert!(reasons(&odd).contains(&"outside_hours".to_owned()));
        assert_eq!(scene.state(&id).await, "booked");
    }
}
