//! Who is first: slots of many in order, by pages; machines and what is kept free; and what is shown from memory.

use super::{PHONE, book, day, each_day, engines, instant, items, starts};
use crate::support::clinic::{at, everywhere};
use crate::support::house::House;
use crate::support::stores::Stores;
use serde_json::{Value, json};
use std::time::Duration;

/// What the search finds, page after page of seven.
async fn all_pages(house: &House, query: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = house.get(&format!("/v1/slots?{query}&limit=7{cursor}"), None).await.is(200);
        found.extend(items(&page));
        match page.json().get("nextCursor").and_then(Value::as_str) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

fn key(slot: &Value) -> (String, String) {
    (slot["startsAt"].to_string(), slot["doctorId"].to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_02_who_is_first_in_a_speciality() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let (early, _) = house.doctor(&admin, &clinic.clinic_id, "cardiology", "early", everywhere("Early Bird")).await;
        house.second_doctor(&admin, &clinic).await;
        let path = format!("/v1/staff/doctors/{early}/hours");
        house.put(&path, admin.token(), each_day("08:00", "10:00", &json!({}))).await.is(200);
        let (first, last) = (day(&house, 1), day(&house, 20));
        let days = format!("from={first}&to={last}");

        let found = all_pages(&house, &format!("speciality=cardiology&{days}")).await;
        assert_eq!(found.len(), 20 * 22, "{on:?}");
        assert!(found.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])), "in order, each once");
        assert_eq!(
            (found[0]["doctorId"].clone(), found[0]["startsAt"].clone()),
            (json!(early), json!(instant(at(&house, 1, 8, 0))))
        );
        assert_eq!(found[0]["doctorName"], "Early Bird");
        assert_eq!(found[0]["serviceId"], json!(clinic.service_id));
        assert_eq!(all_pages(&house, &format!("serviceId={}&{days}", clinic.service_id)).await.len(), 20 * 40, "three doctors");
        assert_eq!(all_pages(&house, &format!("doctorId={early}&{days}")).await.len(), 20 * 4);
        let nobody = format!("speciality=cardiology&clinicId={}&{days}", house.app.ambient.id());
        assert_eq!(all_pages(&house, &nobody).await.len(), 0);
        // Without days: from now on, and as far as anything is booked.
        let first = house.get("/v1/slots?speciality=cardiology&limit=1", None).await.is(200);
        assert_eq!(items(&first).len(), 1);
        assert_eq!(first.json()["isPartial"], false);

        house.get(&format!("/v1/slots?{days}"), None).await.refused(400, "invalid");
        house.get("/v1/slots?speciality=therapy&from=2026-01-01&to=2126-01-01", None).await.refused(400, "invalid");
        house.get("/v1/slots?speciality=therapy&from=2026-01-02&to=2026-01-01", None).await.refused(400, "invalid");
        let far = house.get("/v1/slots?speciality=cardiology&from=9999-12-31", None).await.is(200);
        assert_eq!(items(&far).len(), 0, "further than anything is booked");
        house.get("/v1/slots?speciality=therapy&cursor=bm9uZQ", None).await.refused(400, "invalid");
        house.get("/v1/holidays?from=2026-01-01&to=2126-01-01", None).await.refused(400, "invalid");
        house.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_02_what_is_booked_is_gone_at_once_here_and_within_a_second_elsewhere() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let patient = house.patient(PHONE).await;
        let beside = beside(&house).await;
        let offers = async |house: &House, hour: u32| {
            starts(house, &clinic, 1).await.contains(&json!(instant(at(house, 1, hour, 0))).to_string())
        };
        for house in [&house, &beside] {
            assert!(offers(house, 10).await, "{on:?}: both remember the day");
        }
        let booking = book(&house, &patient, &clinic, at(&house, 1, 10, 0)).await;
        assert!(!offers(&house, 10).await, "{on:?}: gone in the next answer");
        tokio::time::sleep(Duration::from_millis(1100)).await;
        assert!(!offers(&beside, 10).await, "{on:?}: gone after a second");

        // So it is with what is given back, and with hours.
        house.post(&format!("/v1/bookings/{booking}/cancel"), patient.token(), json!({})).await.is(200);
        assert!(offers(&house, 10).await, "{on:?}");
        let path = format!("/v1/staff/doctors/{}/hours", clinic.doctor_id);
        house.put(&path, admin.token(), each_day("11:00", "12:00", &json!({}))).await.is(200);
        assert_eq!(starts(&house, &clinic, 1).await.len(), 2, "{on:?}");
        tokio::time::sleep(Duration::from_millis(1100)).await;
        assert_eq!(starts(&beside, &clinic, 1).await.len(), 2, "{on:?}");

        // What is shown decides nothing: a time that somebody took meanwhile is refused, with times that are free.
        let wish =
            json!({"doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": instant(at(&house, 1, 11, 0))});
        beside.post("/v1/bookings", patient.token(), wish.clone()).await.is(201);
        let other = house.patient("+79161234568").await;
        let refused = house.post("/v1/bookings", other.token(), wish).await.refused(409, "slot_taken");
        let alternatives = refused.json()["alternatives"].as_array().cloned().unwrap_or_default();
        assert_eq!(alternatives.len(), 5);
        let next = json!(instant(at(&house, 1, 11, 30)));
        assert!(alternatives.iter().any(|slot| slot["startsAt"] == next), "{on:?}: {alternatives:?}");
        house.settle().await;
    }
}

/// A second node on the stores of the first one, which are the first one's to drop.
async fn beside(first: &House) -> House {
    let stores = Stores {
        on: crate::support::stores::On::Sqlite,
        folder: tempfile::tempdir().expect("a folder"),
        record_url: first.stores.record_url.clone(),
        register_url: first.stores.register_url.clone(),
    };
    let (data, keys) = (first.stores.path("data"), first.stores.path("keys"));
    House::with(stores, first.app.ambient.clone(), |config| (config.data, config.keys) = (data, keys)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_02_one_machine_serves_one_patient_at_a_time_with_what_is_kept_free_around_him() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let (second, _) = house.second_doctor(&admin, &clinic).await;
        let service = json!({"clinicId": clinic.clinic_id, "names": everywhere("Ultrasound"), "durationMinutes": 30, "mode": "exam",
            "bufferAfterMinutes": 15, "leadMinutes": 1440 * 3, "equipment": "ultrasound"});
        let service = house.post("/v1/staff/services", admin.token(), service).await.is(201).text("/id");
        let free = async |doctor: &str, days: i64| {
            let day = day(&house, days);
            items(&house.get(&format!("/v1/doctors/{doctor}/slots?from={day}&to={day}&serviceId={service}"), None).await.is(200))
        };
        assert_eq!(free(&second, 5).await.len(), 0, "{on:?}: no machine");
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let machine = json!({"clinicId": clinic.clinic_id, "kind": "ultrasound", "names": everywhere("Machine")});
        house.post("/v1/staff/equipment", admin.token(), machine).await.is(201);
        tokio::time::sleep(Duration::from_millis(1100)).await;
        assert_eq!(free(&second, 5).await.len(), 12, "{on:?}: 45 minutes apart, from nine to six");
        assert_eq!(free(&second, 1).await.len(), 0, "{on:?}: three days ahead");

        let patient = house.patient(PHONE).await;
        let wish = json!({"doctorId": clinic.doctor_id, "serviceId": service, "startsAt": instant(at(&house, 5, 9, 45))});
        house.post("/v1/bookings", patient.token(), wish).await.is(201);
        for doctor in [&clinic.doctor_id, &second] {
            let left: Vec<Value> = free(doctor, 5).await.into_iter().map(|slot| slot["startsAt"].clone()).collect();
            assert_eq!(left.len(), 11, "{on:?}");
            assert_eq!(left[..2], [json!(instant(at(&house, 5, 9, 0))), json!(instant(at(&house, 5, 10, 30)))]);
        }
        // Of another service the second doctor has all his time; the first one lost an hour and a quarter's worth.
        assert_eq!(starts(&house, &clinic, 5).await.len(), 18 - 2, "{on:?}: 9:30 and 10:00 meet 9:45 to 10:30");
        house.settle().await;
    }
}
