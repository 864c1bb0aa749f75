//! What is booked, refused, cancelled, and who sees it.

use super::{OTHER, PHONE, booking, count, instant, number};
use crate::support::clinic::{at, day, everywhere};
use crate::support::house::House;
use crate::support::stores::engines;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_slot_is_refused_with_alternatives_and_a_repeated_request_is_the_same_booking() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let (patient, other) = (house.patient(PHONE).await, house.patient(OTHER).await);
        let starts_at = at(&house, 1, 10, 0);
        let wanted = booking(&clinic.doctor_id, &clinic.service_id, starts_at);
        let send = async |key: &str, body: &Value| {
            let request = house.request(Method::POST, "/v1/bookings", patient.token());
            house.send(request.header("Idempotency-Key", key).json(body)).await
        };
        let first = send("one", &wanted).await.is(201);
        assert_eq!(send("one", &wanted).await.is(201).json(), first.json());
        let later = booking(&clinic.doctor_id, &clinic.service_id, at(&house, 1, 11, 0));
        send("one", &later).await.refused(422, "idempotency_key_reused");
        let without = house.request(Method::POST, "/v1/bookings", patient.token()).json(&wanted);
        house.send(without).await.refused(400, "idempotency_key_required");
        assert_eq!(number(&house, "SELECT count(*) FROM booking").await, 1);

        for token in [patient.token(), other.token()] {
            let taken = house.post("/v1/bookings", token, wanted.clone()).await.refused(409, "slot_taken");
            let alternatives = taken.json()["alternatives"].clone();
            assert_eq!(alternatives.as_array().map(Vec::len), Some(5));
            let starts: Vec<_> = (0..5).map(|n| taken.text(&format!("/alternatives/{n}/startsAt"))).collect();
            assert!(starts.contains(&instant(at(&house, 1, 9, 30))) && starts.contains(&instant(at(&house, 1, 10, 30))));
            assert!(!starts.contains(&instant(starts_at)));
        }
        // Elsewhere at the same time the patient can't be either.
        let (second, _) = house.second_doctor(&admin, &clinic).await;
        let elsewhere = booking(&second, &clinic.service_id, starts_at);
        house.post("/v1/bookings", patient.token(), elsewhere.clone()).await.refused(409, "state_conflict");
        house.post("/v1/bookings", other.token(), elsewhere).await.is(201);

        // The repetition is answered as before also when the time has come; a new request is not.
        house.app.ambient.advance(TimeDelta::hours(60));
        let refresh = json!({"grant": "refresh", "refreshToken": patient.refresh});
        let token = house.post("/v1/auth/tokens", None, refresh).await.is(200).text("/accessToken");
        let again = house.request(Method::POST, "/v1/bookings", Some(&token)).header("Idempotency-Key", "one").json(&wanted);
        assert_eq!(house.send(again).await.is(201).json(), first.json());
        let past = house.post("/v1/bookings", Some(&token), wanted).await.refused(400, "invalid");
        assert_eq!(past.json()["errors"], json!([{"pointer": "/startsAt", "code": "in_the_past"}]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_offered_is_not_booked() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let newcomer = house.newcomer(PHONE).await;
        let wanted = booking(&clinic.doctor_id, &clinic.service_id, at(&house, 1, 10, 0));
        house.post("/v1/bookings", newcomer.token(), wanted.clone()).await.refused(403, "acceptance_required");
        house.accept(&newcomer).await;
        house.post("/v1/bookings", newcomer.token(), wanted.clone()).await.refused(403, "profile_required");
        house.post("/v1/bookings", clinic.doctor.token(), wanted.clone()).await.refused(403, "forbidden");
        house.post("/v1/bookings", None, wanted).await.refused(401, "unauthenticated");

        let patient = house.patient(OTHER).await;
        for starts_at in [at(&house, 1, 10, 15), at(&house, 1, 8, 30), at(&house, 1, 18, 0), at(&house, 61, 10, 0)] {
            let wanted = booking(&clinic.doctor_id, &clinic.service_id, starts_at);
            house.post("/v1/bookings", patient.token(), wanted).await.refused(409, "slot_not_offered");
        }
        let nobody = house.app.ambient.id().to_string();
        let wanted = booking(&nobody, &clinic.service_id, at(&house, 1, 10, 0));
        house.post("/v1/bookings", patient.token(), wanted).await.refused(404, "not_found");
        let mut long = booking(&clinic.doctor_id, &clinic.service_id, at(&house, 1, 10, 0));
        long["complaint"] = "я".repeat(2001).into();
        house.post("/v1/bookings", patient.token(), long).await.refused(400, "invalid");
        let path = format!("/v1/doctors/{}/slots", clinic.doctor_id);
        let span = |from: i64, to: i64| format!("{path}?from={}&to={}", day(&house, from), day(&house, to));
        house.get(&span(0, 30), None).await.is(200);
        house.get(&span(0, 31), None).await.refused(400, "invalid");
        house.get(&span(1, 0), None).await.refused(400, "invalid");
        assert_eq!(count(&house.get(&span(61, 63), None).await.is(200)), 0);
        house.get(&format!("/v1/doctors/{nobody}/slots?from=2026-01-01&to=2026-01-02"), None).await.refused(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_frees_the_slot_and_ends_the_doctors_reasons() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let (patient, other) = (house.patient(PHONE).await, house.patient(OTHER).await);
        let starts_at = at(&house, 1, 10, 0);
        let wanted = booking(&clinic.doctor_id, &clinic.service_id, starts_at);
        let id = house.post("/v1/bookings", patient.token(), wanted.clone()).await.is(201).text("/id");
        let path = format!("/v1/bookings/{id}");
        let cancel = format!("{path}/cancel");
        for (verb, path) in [(Method::GET, &path), (Method::POST, &cancel)] {
            house.send(house.request(verb.clone(), path, other.token())).await.refused(404, "not_found");
            house.send(house.request(verb.clone(), path, clinic.doctor.token())).await.refused(403, "forbidden");
            house.send(house.request(verb, path, None)).await.refused(401, "unauthenticated");
        }
        let nobody = format!("/v1/bookings/{}", house.app.ambient.id());
        house.get(&nobody, patient.token()).await.refused(404, "not_found");

        let reasons = async || {
            let now = instant(house.app.ambient.now());
            number(&house, &format!("SELECT count(*) FROM reason WHERE valid_until > '{now}'")).await
        };
        assert_eq!(reasons().await, 2);
        house.post(&cancel, patient.token(), json!({})).await.is(200);
        assert_eq!(house.post(&cancel, patient.token(), json!({})).await.is(200).text("/state"), "cancelled");
        let diary = format!("/v1/staff/bookings?from={}&to={}", day(&house, 1), day(&house, 1));
        let seen = house.get(&diary, clinic.doctor.token()).await.is(200);
        assert_eq!((seen.text("/items/0/state"), seen.text("/items/0/patientName")), ("cancelled".to_owned(), String::new()));
        assert_eq!(reasons().await, 0);

        let taken = house.post("/v1/bookings", other.token(), wanted).await.is(201);
        house.app.ambient.advance(starts_at - house.app.ambient.now() + TimeDelta::minutes(1));
        let pair = house.post("/v1/auth/tokens", None, json!({"grant": "refresh", "refreshToken": other.refresh})).await.is(200);
        let cancel = format!("/v1/bookings/{}/cancel", taken.text("/id"));
        house.post(&cancel, Some(&pair.text("/accessToken")), json!({})).await.refused(409, "state_conflict");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reception_sees_its_clinic_without_names_and_an_administrator_of_one_clinic_no_other() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let patient = house.patient(PHONE).await;
        let mut wanted = booking(&clinic.doctor_id, &clinic.service_id, at(&house, 1, 10, 0));
        wanted["complaint"] = "Болит сердце".into();
        house.post("/v1/bookings", patient.token(), wanted).await.is(201);
        let other = json!({"names": everywhere("Other"), "zone": "Asia/Tbilisi", "addresses": everywhere("Tbilisi")});
        let other = house.post("/v1/staff/clinics", admin.token(), other).await.is(201).text("/id");
        let desk = house.staff(&admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        let wide = house.staff(&admin, "reception", "wide", None).await;
        let bound = house.staff(&admin, "administrator", "bound", Some(&other)).await;

        let diary = format!("/v1/staff/bookings?from={}&to={}", day(&house, 1), day(&house, 1));
        let seen = house.get(&diary, desk.token()).await.is(200);
        let entry = seen.json()["items"][0].clone();
        assert_eq!(entry["doctorName"], "Aigerim Yolkina");
        for secret in ["patientId", "patientName", "complaint"] {
            assert!(entry.get(secret).is_none(), "{secret}");
        }
        house.get(&format!("{diary}&clinicId={other}"), desk.token()).await.refused(404, "not_found");
        house.get(&diary, wide.token()).await.refused(400, "invalid");
        let of_the_clinic = format!("{diary}&clinicId={}", clinic.clinic_id);
        assert_eq!(count(&house.get(&of_the_clinic, wide.token()).await.is(200)), 1);
        house.get(&diary, bound.token()).await.refused(403, "forbidden");
        house.get(&diary, patient.token()).await.refused(403, "forbidden");

        let hours = format!("/v1/staff/doctors/{}/hours", clinic.doctor_id);
        house.put(&hours, bound.token(), json!({"hours": []})).await.refused(404, "not_found");
        house.put(&hours, clinic.doctor.token(), json!({"hours": []})).await.refused(403, "forbidden");
        let new = json!({"clinicId": clinic.clinic_id, "names": everywhere("Test"), "durationMinutes": 20});
        house.post("/v1/staff/services", bound.token(), new).await.refused(404, "not_found");
        let new = json!({"clinicId": clinic.clinic_id, "speciality": "urology", "names": everywhere("Doctor"), "login": "doc2"});
        house.post("/v1/staff/doctors", bound.token(), new).await.refused(404, "not_found");
        let new = json!({"names": everywhere("Third"), "zone": "Asia/Tbilisi", "addresses": everywhere("Tbilisi")});
        house.post("/v1/staff/clinics", bound.token(), new.clone()).await.refused(403, "forbidden");
        let mut nowhere = new;
        nowhere["zone"] = "Asia/Nowhere".into();
        house.post("/v1/staff/clinics", admin.token(), nowhere).await.refused(400, "invalid");
        let twice =
            json!({"hours": [{"weekday": 1, "from": "09:00", "to": "12:00"}, {"weekday": 1, "from": "11:00", "to": "13:00"}]});
        let refused = house.put(&hours, admin.token(), twice).await.refused(400, "invalid");
        assert_eq!(refused.json()["errors"], json!([{"pointer": "/hours/1", "code": "duplicate"}]));
        house.put(&hours, admin.token(), json!({"hours": []})).await.is(200);
        let slots = format!("/v1/doctors/{}/slots?from={}&to={}", clinic.doctor_id, day(&house, 1), day(&house, 2));
        assert_eq!(count(&house.get(&slots, None).await.is(200)), 0);
    }
}
