//! Booking a doctor: finding him, his free times, the race for a slot, who sees what.

use crate::support::clinic::{ZONE, at, day, everywhere};
use crate::support::house::{Answer, House};
use crate::support::stores::engines;
use chrono::{DateTime, TimeDelta, Utc};
use feldsher::app::room::Forget;
use feldsher::clinic::ROOMS;
use feldsher::kernel::db::{Actor, Tx, is_overlap};
use feldsher::kernel::error::Result;
use feldsher::kernel::vault::Class;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

const PHONE: &str = "+79161234567";
const OTHER: &str = "+79161234568";

fn instant(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn booking(doctor: &str, service: &str, starts_at: DateTime<Utc>) -> Value {
    json!({"doctorId": doctor, "serviceId": service, "startsAt": instant(starts_at)})
}

fn count(list: &Answer) -> usize {
    list.json()["items"].as_array().map_or(0, Vec::len)
}

/// The first number that a statement answers.
async fn number(house: &House, sql: &str) -> i64 {
    use sea_orm::{ConnectionTrait, Statement};
    let reader = house.app.db.reader();
    let query = Statement::from_string(reader.get_database_backend(), sql);
    reader.query_one_raw(query).await.expect("a query").expect("a row").try_get_by_index(0).expect("a number")
}

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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_requests_for_one_time_in_unequal_lengths_are_one_booking() {
    const PATIENTS: usize = 40;
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        // Each of these stretches holds the minute at 10:00 on the clock.
        let mut wanted = vec![booking(&clinic.doctor_id, &clinic.service_id, at(&house, 1, 10, 0))];
        for (minutes, hour, minute) in [(20, 10, 0), (45, 9, 45), (60, 10, 0), (90, 9, 0)] {
            let service = house.service(&admin, &clinic.clinic_id, minutes).await;
            wanted.push(booking(&clinic.doctor_id, &service, at(&house, 1, hour, minute)));
        }
        let mut patients = Vec::new();
        for n in 0..PATIENTS {
            patients.push(house.patient(&format!("+7916{:07}", 1_234_000 + n)).await);
        }
        let house = Arc::new(house);
        let mut racing = Vec::new();
        for round in 0..wanted.len() {
            for (n, patient) in patients.iter().enumerate() {
                let (house, token) = (house.clone(), patient.token.clone());
                let body = wanted[(n + round) % wanted.len()].clone();
                racing.push(tokio::spawn(async move { house.post("/v1/bookings", Some(&token), body).await }));
            }
        }
        let mut won = 0;
        for request in racing {
            let answer = request.await.expect("an answer");
            match answer.status.as_u16() {
                201 => won += 1,
                _ => _ = answer.refused(409, "slot_taken"),
            }
        }
        assert_eq!(won, 1, "{on:?}");
        assert_eq!(number(&house, "SELECT count(*) FROM booking").await, 1, "{on:?}");
        assert_eq!(number(&house, "SELECT count(*) FROM reason").await, 2, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_patient_who_races_himself_is_in_one_place() {
    for on in engines() {
        let house = Arc::new(House::new(on).await);
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let (second, _) = house.second_doctor(&admin, &clinic).await;
        let patient = house.patient(PHONE).await;
        let mut racing = Vec::new();
        for n in 0..20 {
            let doctor = if n % 2 == 0 { &clinic.doctor_id } else { &second };
            let body = booking(doctor, &clinic.service_id, at(&house, 1, 10, 0));
            let (house, token) = (house.clone(), patient.token.clone());
            racing.push(tokio::spawn(async move { house.post("/v1/bookings", Some(&token), body).await }));
        }
        let mut statuses = Vec::new();
        for request in racing {
            statuses.push(request.await.expect("an answer").status.as_u16());
        }
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{on:?} {statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 19, "{on:?} {statuses:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_itself_keeps_bookings_apart() {
    use sea_orm::{ConnectionTrait, Statement};
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let patient = house.patient(PHONE).await;
        for hour in [10, 12] {
            let wanted = booking(&clinic.doctor_id, &clinic.service_id, at(&house, 1, hour, 0));
            house.post("/v1/bookings", patient.token(), wanted).await.is(201);
        }
        let (twelve, ten) = (at(&house, 1, 12, 0), at(&house, 1, 10, 15));
        let stranger = house.app.ambient.id();
        let copy = "INSERT INTO booking (id, subject, doctor, clinic, service, starts_at, ends_at, state, booked_by, created_at) \
                    SELECT $1, $1, doctor, clinic, service, $2, ends_at, state, $1, created_at FROM booking WHERE starts_at < $3";
        let moved = "UPDATE booking SET starts_at = $1 WHERE starts_at = $2";
        let statements: [(&str, Vec<sea_orm::Value>); 2] =
            [(copy, vec![stranger.into(), ten.into(), twelve.into()]), (moved, vec![ten.into(), twelve.into()])];
        for (sql, values) in statements {
            let mut is_refused = false;
            let actor = Actor::house("test");
            let write = house.app.write(&actor, async |tx: &mut Tx| -> Result<()> {
                let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
                let written = tx.execute_raw(statement).await;
                is_refused = written.as_ref().is_err_and(is_overlap);
                Ok(written.map(drop)?)
            });
            write.await.expect_err("refused");
            assert!(is_refused, "{on:?} {sql}");
        }
        assert_eq!(number(&house, "SELECT count(*) FROM booking").await, 2);
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
        house.put(&hours, desk.token(), json!({"hours": []})).await.refused(403, "forbidden");
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

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stays_as_a_row_of_nobody_and_what_is_to_come_is_cancelled() {
    for on in engines() {
        for held in [vec![], vec![Class::Clinical]] {
            let house = House::new(on).await;
            let admin = house.administrator().await;
            let clinic = house.clinic(&admin).await;
            let patient = house.patient(PHONE).await;
            let mut ends_at = None;
            for days in [1, 5] {
                let mut wanted = booking(&clinic.doctor_id, &clinic.service_id, at(&house, days, 10, 0));
                wanted["complaint"] = "Болит сердце".into();
                let booked = house.post("/v1/bookings", patient.token(), wanted).await.is(201);
                ends_at = ends_at.or_else(|| booked.text("/endsAt").parse::<DateTime<Utc>>().ok());
            }
            house.app.ambient.advance(TimeDelta::days(3));
            let subject: uuid::Uuid = patient.id.parse().expect("an id");
            let room = ROOMS.iter().find(|room| room.name == "scheduling").expect("the room");
            let holdings = room.holdings.expect("a room that knows visits");
            assert_eq!(holdings(&house.app, subject).await.expect("holdings").last_encounter, ends_at);
            let stays = i64::from(!held.is_empty());
            let who = Forget { subject, stand_in: house.app.ambient.id(), held };
            house.app.write(&Actor::house("test"), async |tx: &mut Tx| (room.forget)(tx, &who).await).await.expect("forgotten");
            assert_eq!(number(&house, "SELECT count(*) FROM booking WHERE state = 'cancelled'").await, 1);
            assert_eq!(number(&house, "SELECT count(*) FROM booking").await, 2);
            assert_eq!(number(&house, "SELECT count(*) FROM booking WHERE complaint IS NOT NULL").await, 2 * stays);
            let after = holdings(&house.app, subject).await.expect("holdings").last_encounter;
            assert_eq!(after.is_some(), stays == 1, "{on:?}");
        }
    }
}
