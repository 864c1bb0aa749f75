//! Finding a doctor, and being found by him.

use super::{PHONE, booking, count, instant, number};
use crate::support::clinic::{ZONE, at, day};
use crate::support::house::House;
use crate::support::stores::engines;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_finds_a_doctor_books_and_the_doctor_knows_who_comes() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let patient = house.patient(PHONE).await;

        let russian = house.request(Method::GET, "/v1/specialities", None).header("Accept-Language", "ru");
        let specialities = house.send(russian).await.is(200);
        assert_eq!(specialities.json()["items"], json!([{"code": "cardiology", "name": "Кардиология"}]));
        let found = house.get("/v1/doctors?speciality=cardiology&name=AIGER", None).await.is(200);
        assert_eq!(found.text("/items/0/id"), clinic.doctor_id);
        assert_eq!(found.text("/items/0/clinicName"), "Clinic on Abai");
        assert_eq!(house.get(&format!("/v1/doctors/{}", clinic.doctor_id), None).await.is(200).text("/name"), "Aigerim Yolkina");
        assert_eq!(house.get("/v1/clinics", None).await.is(200).text("/items/0/phone"), "+77272501234");
        house.paid_service(&admin, &clinic.clinic_id).await;
        let services = house.get(&format!("/v1/services?clinicId={}", clinic.clinic_id), None).await.is(200);
        assert!(services.json()["items"][0].get("price").is_none(), "the first one is free");
        assert_eq!(services.json()["items"][1]["price"], json!({"amount": 1_500_000, "currency": "KZT"}));

        let slots = format!("/v1/doctors/{}/slots?from={}&to={}", clinic.doctor_id, day(&house, 1), day(&house, 2));
        let offered = house.get(&slots, None).await.is(200);
        assert_eq!((count(&offered), offered.text("/zone")), (36, ZONE.name().to_owned()));
        let starts_at = at(&house, 1, 9, 0);
        assert_eq!(offered.text("/items/0/startsAt"), instant(starts_at));

        let mut wanted = booking(&clinic.doctor_id, &clinic.service_id, starts_at);
        wanted["complaint"] = "Болит сердце".into();
        let booked = house.post("/v1/bookings", patient.token(), wanted).await.is(201);
        assert_eq!(booked.text("/endsAt"), instant(starts_at + TimeDelta::minutes(30)));
        let own = house.get(&format!("/v1/bookings/{}", booked.text("/id")), patient.token()).await.is(200);
        assert_eq!(own.json(), booked.json());
        assert_eq!(house.get("/v1/bookings", patient.token()).await.is(200).json()["items"], json!([booked.json()]));
        assert_eq!(count(&house.get(&slots, None).await.is(200)), 35);

        let diary = format!("/v1/staff/bookings?from={}&to={}", day(&house, 1), day(&house, 1));
        let seen = house.get(&diary, clinic.doctor.token()).await.is(200);
        assert_eq!(seen.text("/items/0/patientName"), "Пациентов Пётр");
        assert_eq!(seen.text("/items/0/complaint"), "Болит сердце");
        assert_eq!(seen.text("/items/0/patientId"), patient.id);
        let opened = number(&house, "SELECT count(*) FROM audit_line WHERE action = 'open' AND basis = 'booking'").await;
        assert_eq!(opened, 2, "the identity and the complaint");
        let (_, second) = house.second_doctor(&admin, &clinic).await;
        assert_eq!(count(&house.get(&diary, second.token()).await.is(200)), 0);
        house.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_found_by_a_part_in_any_case_and_script() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let (second, _) = house.second_doctor(&admin, &clinic).await;
        let find = async |name: &str| {
            let name: String = name.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let found = house.get(&format!("/v1/doctors?name={name}"), None).await.is(200);
            let items = found.json()["items"].as_array().cloned().unwrap_or_default();
            items.iter().map(|item| item["id"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        for part in ["айгер", "АЙГЕРІМ", "aigerim", "YOLK", "ёлк", "ЕЛКИН", "იოლკ", "сейткызы", "Сейтқ", "Ayger"]
        {
            assert_eq!(find(part).await, std::slice::from_ref(&clinic.doctor_id), "{on:?} {part}");
        }
        for part in ["ნინო", "нино", "NINO", "kvirika", "КВИРИК", "კვირიკა"] {
            assert_eq!(find(part).await, std::slice::from_ref(&second), "{on:?} {part}");
        }
        for part in ["%", "_", "\\", "nobody", "иванов"] {
            assert_eq!(find(part).await, Vec::<String>::new(), "{on:?} {part}");
        }
        assert_eq!(find("").await.len(), 2);
        let first = house.get("/v1/doctors?limit=1", None).await.is(200);
        let rest = house.get(&format!("/v1/doctors?limit=1&cursor={}", first.text("/nextCursor")), None).await.is(200);
        assert_eq!([first.text("/items/0/id"), rest.text("/items/0/id")], [clinic.doctor_id.clone(), second]);
        assert!(rest.json().get("nextCursor").is_none());
        house.get("/v1/doctors?cursor=bm9uZQ", None).await.refused(400, "invalid");
    }
}
