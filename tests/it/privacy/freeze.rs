//! S2-11: access forbidden at any moment, in the app or by way of the desk, at once and on everything that runs; lifted with
//! a check alone. S0-05: a deletion shuts everybody out on day 0.

use super::PHONE;
use crate::support::clinic::{Clinic, at, day};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::process::{Node, Wire};
use crate::support::stores::{On, Stores, engines};
use chrono::TimeDelta;
use feldsher::kernel::clock::Ambient;
use futures_util::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// More than the sockets between a server and its client hold.
const LARGE: usize = 20 * 1024 * 1024;

struct Care {
    administrator: Person,
    clinic: Clinic,
    patient: Person,
    document: String,
}

impl Care {
    /// A patient who has booked a doctor and uploaded a document of so many bytes.
    async fn begin(house: &House, bytes: usize) -> Self {
        let administrator = house.administrator().await;
        let clinic = house.clinic(&administrator).await;
        let patient = house.patient(PHONE).await;
        let booking = json!({
            "doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": at(house, 1, 10, 0).to_rfc3339(),
            "complaint": "кашель",
        });
        house.post("/v1/bookings", patient.token(), booking).await.is(201);
        let declared = json!({
            "kind": "upload", "title": "Снимок", "fileName": "x.pdf", "mediaType": "application/pdf", "sizeBytes": bytes,
        });
        let document = house.post("/v1/documents", patient.token(), declared).await.is(201).text("/id");
        let content = [b"%PDF-1.7\n".as_slice(), &vec![b'x'; bytes - 9]].concat();
        let put = house.request(Method::PUT, &format!("/v1/documents/{document}/content"), patient.token());
        house.send(put.header("Content-Type", "application/pdf").body(content)).await.is(200);
        Self { administrator, clinic, patient, document }
    }

    /// What the doctor gets who asks for the patient's documents.
    async fn seen(&self, house: &House) -> Answer {
        house.get(&format!("/v1/staff/patients/{}/documents", self.patient.id), self.clinic.doctor.token()).await
    }

    /// The doctor's day: one visit, with or without its patient.
    async fn visit(&self, house: &House) -> Value {
        let diary = format!("/v1/staff/bookings?from={}&to={}", day(house, 1), day(house, 1));
        let items = house.get(&diary, self.clinic.doctor.token()).await.is(200).json()["items"].clone();
        assert_eq!(items.as_array().map(Vec::len), Some(1), "the visit stands");
        items[0].clone()
    }
}

fn scopes(answer: &Answer) -> Vec<String> {
    let frozen = answer.json()["frozen"].as_array().cloned().expect("what is frozen");
    let word = |freeze: &Value, field: &str| freeze[field].as_str().unwrap_or_default().to_owned();
    frozen.iter().map(|freeze| format!("{} by {}", word(freeze, "scope"), word(freeze, "origin"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_11_the_patient_forbids_access_in_the_app_and_allows_it_with_a_fresh_sign_in() {
    for on in engines() {
        let house = House::new(on).await;
        let care = Care::begin(&house, 1000).await;
        let me = &care.patient;
        care.seen(&house).await.is(200);
        house.put("/v1/me/freeze", me.token(), json!({"scopes": []})).await.refused(400, "invalid");
        let body = json!({"scopes": ["patient", "staff"], "reason": "телефон у ребёнка"});
        let set = house.put("/v1/me/freeze", me.token(), body.clone()).await.is(200);
        assert_eq!(scopes(&set), ["patient by patient", "staff by patient"]);
        house.put("/v1/me/freeze", me.token(), body).await.is(200);

        for path in [
            "/v1/me",
            "/v1/documents",
            "/v1/bookings",
            "/v1/me/consents",
            "/v1/me/acceptances",
            "/v1/me/access-log",
            "/v1/me/erasure-plan",
            "/v1/me/sessions",
        ] {
            house.get(path, me.token()).await.refused(403, "frozen");
        }
        house.put("/v1/me/consents/telemetry", me.token(), json!({})).await.refused(403, "frozen");
        house.delete("/v1/me", me.token()).await.refused(403, "frozen");
        house.get(&format!("/v1/documents/{}/content", care.document), me.token()).await.refused(403, "frozen");
        care.seen(&house).await.refused(404, "not_found");
        let visit = care.visit(&house).await;
        assert!(visit["patientName"].is_null() && visit["complaint"].is_null(), "{visit}");

        let told = house.get("/v1/me/freeze", me.token()).await.is(200).json();
        assert_eq!(told["acts"].as_array().map(Vec::len), Some(1), "what stands already is no other act: {told}");
        assert_eq!(told["acts"][0]["reason"], "телефон у ребёнка");

        house.later(TimeDelta::minutes(6)).await;
        house.delete("/v1/me/freeze", me.token()).await.refused(403, "step_up_required");
        house.delete("/v1/auth/tokens", me.token()).await.is(204);
        let again = house.code_for(PHONE).await;
        let body = json!({"grant": "code", "challengeId": again.0, "code": again.1});
        let token = house.post("/v1/auth/tokens", None, body).await.is(200).text("/accessToken");
        let lifted = house.delete("/v1/me/freeze", Some(&token)).await.is(200);
        assert_eq!(scopes(&lifted), Vec::<String>::new());
        assert_eq!(lifted.json()["acts"][0]["act"], "lifted");
        house.get("/v1/me", Some(&token)).await.is(200);
        care.seen(&house).await.is(200);
        assert_eq!(care.visit(&house).await["patientName"], "Пациентов Пётр", "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_11_the_desk_forbids_access_for_a_caller_whose_identity_it_has_checked() {
    for on in engines() {
        let house = House::new(on).await;
        let care = Care::begin(&house, 1000).await;
        let me = &care.patient;
        let desk = house.staff(&care.administrator, "reception", "desk", Some(&care.clinic.clinic_id)).await;
        let neighbour = house.staff(&care.administrator, "reception", "desk2", None).await;
        let freeze = format!("/v1/staff/patients/{}/freeze", me.id);
        let checks = format!("/v1/staff/patients/{}/identity-checks", me.id);
        let check = json!({"channel": "phone", "document": "passport", "lastDigits": "4321"});
        let body = json!({"scopes": ["staff", "patient"], "reason": "украли телефон"});

        house.put(&freeze, desk.token(), body.clone()).await.refused(404, "not_found");
        house.delete(&freeze, desk.token()).await.refused(404, "not_found");
        house.post(&checks, desk.token(), check.clone()).await.refused(404, "not_found");
        for wrong in [json!({}), json!({"phone": PHONE, "email": "a@b.org"}), json!({"phone": "что-то"})] {
            house.post("/v1/staff/patients/find", desk.token(), wrong).await.refused(400, "invalid");
        }
        let search = async |who: &Person, body: Value| house.post("/v1/staff/patients/find", who.token(), body).await;
        search(&desk, json!({"phone": "+79160000000"})).await.refused(404, "not_found");
        search(&care.clinic.doctor, json!({"phone": PHONE})).await.refused(403, "forbidden");
        let found = search(&desk, json!({"phone": "8 (916) 123-45-67"})).await.is(200);
        assert_eq!((found.text("/patientId"), found.text("/initials")), (me.id.clone(), "П. П.".to_owned()));
        let text = String::from_utf8_lossy(&found.bytes).into_owned();
        assert!(!text.contains("Пациентов") && !text.contains("1234567"), "masked: {text}");

        house.put(&freeze, desk.token(), body.clone()).await.refused(403, "identity_check_required");
        let mut whole = check.clone();
        whole["lastDigits"] = "4509123456".into();
        house.post(&checks, desk.token(), whole).await.refused(400, "invalid");
        house.post(&checks, desk.token(), check.clone()).await.is(201);
        let set = house.put(&freeze, desk.token(), body.clone()).await.is(200);
        assert_eq!(scopes(&set), ["patient by desk", "staff by desk"]);
        house.get("/v1/me", me.token()).await.refused(403, "frozen");
        care.seen(&house).await.refused(404, "not_found");
        // Whoever has the phone does not lift it.
        house.delete("/v1/me/freeze", me.token()).await.refused(403, "identity_check_required");
        let told = house.get("/v1/me/freeze", me.token()).await.is(200).json();
        let act = &told["acts"][0];
        assert_eq!(
            (&act["origin"], &act["staffName"], &act["staffRole"]),
            (&json!("desk"), &json!("Сотрудник Клиники"), &json!("reception"))
        );
        assert_eq!(
            (&act["channel"], &act["lastDigits"], &act["reason"]),
            (&json!("phone"), &json!("4321"), &json!("украли телефон"))
        );

        // The neighbour's desk has found nobody and checked nobody.
        house.delete(&freeze, neighbour.token()).await.refused(404, "not_found");
        search(&neighbour, json!({"phone": PHONE})).await.is(200);
        house.delete(&freeze, neighbour.token()).await.refused(403, "identity_check_required");
        house.app.ambient.advance(TimeDelta::minutes(14));
        search(&desk, json!({"phone": PHONE})).await.is(200);
        house.app.ambient.advance(TimeDelta::minutes(2));
        let desk = Person { token: refreshed(&house, &desk).await, ..desk };
        house.delete(&freeze, desk.token()).await.refused(403, "identity_check_required");
        house.post(&checks, desk.token(), check).await.is(201);
        let lifted = house.delete(&freeze, desk.token()).await.is(200);
        assert_eq!(scopes(&lifted), Vec::<String>::new());
        let me = house.newcomer(PHONE).await;
        let log = house.get("/v1/me/access-log", me.token()).await.is(200).json();
        let of_desk = |item: &&Value| item["basis"] == "desk";
        let line = log["items"].as_array().expect("items").iter().find(of_desk).cloned().expect("the search");
        assert_eq!((&line["staffName"], &line["objectTitle"]), (&json!("Сотрудник Клиники"), &json!("Your profile")), "{on:?}");
        assert_ne!(line["basisTitle"], "Another reason, kept in the trail");
    }
}

async fn refreshed(house: &House, who: &Person) -> String {
    let body = json!({"grant": "refresh", "refreshToken": who.refresh});
    house.post("/v1/auth/tokens", None, body).await.is(200).text("/accessToken")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_finds_by_number_and_tries_out_no_more_than_a_desk_serves() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        let me = house.newcomer(PHONE).await;
        house.accept(&me).await;
        house.put("/v1/me/profile", me.token(), super::profile()).await.is(200);
        let by_number = json!({"identifier": {"system": "snils", "value": super::SNILS}});
        let found = house.post("/v1/staff/patients/find", desk.token(), by_number).await.is(200);
        assert_eq!(found.text("/patientId"), me.id);
        assert_eq!(found.json()["identifiers"], json!([{"system": "snils", "masked": "•••2299"}]));
        assert_eq!(found.json()["birthYear"], 1990);
        let unknown = json!({"phone": "+79169999999"});
        for _ in 0..59 {
            house.post("/v1/staff/patients/find", desk.token(), unknown.clone()).await.refused(404, "not_found");
        }
        house.post("/v1/staff/patients/find", desk.token(), unknown).await.refused(429, "rate_limited");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_profile_says_so_only_the_desk_freezes() {
    for on in engines() {
        let stores = Stores::new(on).await;
        let shipped = include_str!("../../../profiles/ru-telemed.toml");
        let path = stores.path("strict.toml");
        let strict =
            shipped.replace("by_patient = true", "by_patient = false").replace("own_export = true", "own_export = false");
        std::fs::write(&path, strict).expect("a profile");
        let house = House::with(stores, Ambient::system(), |config| config.profile = path.display().to_string()).await;
        let me = house.patient(PHONE).await;
        house.put("/v1/me/freeze", me.token(), json!({"scopes": ["staff"]})).await.refused(403, "refused_by_profile");
        house.delete("/v1/me/freeze", me.token()).await.refused(403, "refused_by_profile");
        house.get("/v1/me/freeze", me.token()).await.is(200);
        let export = house.post("/v1/me/exports", me.token(), json!({})).await.is(202).text("/id");
        house.settle().await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        house.post("/v1/staff/patients/find", desk.token(), json!({"phone": PHONE})).await.is(200);
        let check = json!({"channel": "desk", "document": "identityCard", "lastDigits": "A7"});
        house.post(&format!("/v1/staff/patients/{}/identity-checks", me.id), desk.token(), check).await.is(201);
        let body = json!({"scopes": ["patient"]});
        house.put(&format!("/v1/staff/patients/{}/freeze", me.id), desk.token(), body).await.is(200);
        for path in ["/v1/me/exports".to_owned(), format!("/v1/me/exports/{export}/content")] {
            house.get(&path, me.token()).await.refused(403, "frozen");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_05_a_deletion_shuts_staff_out_on_day_0_and_its_undoing_lets_them_in_again() {
    for on in engines() {
        let house = House::new(on).await;
        let care = Care::begin(&house, 1000).await;
        let me = &care.patient;
        care.seen(&house).await.is(200);
        house.delete("/v1/me", me.token()).await.is(202);
        care.seen(&house).await.refused(404, "not_found");
        assert!(care.visit(&house).await["patientName"].is_null());
        house.delete("/v1/me/deletion", me.token()).await.is(204);
        care.seen(&house).await.is(200);

        // What he froze himself is another matter than the deletion, before it and after its undoing.
        house.put("/v1/me/freeze", me.token(), json!({"scopes": ["staff"]})).await.is(200);
        house.delete("/v1/me", me.token()).await.is(202);
        house.delete("/v1/me/deletion", me.token()).await.is(204);
        assert_eq!(scopes(&house.get("/v1/me/freeze", me.token()).await.is(200)), ["staff by patient"]);
        care.seen(&house).await.refused(404, "not_found");
        house.delete("/v1/me/freeze", me.token()).await.is(200);
        care.seen(&house).await.is(200);

        house.later(TimeDelta::minutes(6)).await;
        house.delete("/v1/me", me.token()).await.refused(403, "step_up_required");
    }
}

/// Two processes on PostgreSQL, one on SQLite: what one of them freezes the other one stops giving.
#[tokio::test(flavor = "multi_thread")]
async fn e12_a_freeze_cuts_large_downloads_in_flight_within_a_second() {
    for on in engines() {
        let house = House::new(on).await;
        let care = Care::begin(&house, LARGE).await;
        let nodes = match on {
            On::Postgres => vec![Node::start(&house.stores).await, Node::start(&house.stores).await],
            On::Sqlite => Vec::new(),
        };
        let here = Wire::to(house.base.clone());
        let (freezing, serving) = match nodes.as_slice() {
            [one, other] => (one.wire.clone(), other.wire.clone()),
            _ => (here.clone(), here),
        };
        // The object lies in this house's folder, which both processes share.
        let path = format!("/v1/documents/{}/content", care.document);
        let readers = [&care.patient, &care.clinic.doctor];
        let mut running = Vec::new();
        for reader in readers {
            let response = serving.request(Method::GET, &path, reader.token()).send().await.expect("an answer");
            assert_eq!(response.status(), 200);
            let mut parts = response.bytes_stream();
            parts.next().await.expect("a part").expect("bytes");
            running.push(parts);
        }
        let body = json!({"scopes": ["patient", "staff"]});
        let frozen = freezing.send(freezing.request(Method::PUT, "/v1/me/freeze", care.patient.token()).json(&body)).await;
        frozen.expect("an answer").is(200);
        tokio::time::sleep(Duration::from_secs(1)).await;
        for parts in running {
            let rest: Vec<_> = parts.collect().await;
            let bytes: usize = rest.iter().flatten().map(|part| part.len()).sum();
            assert!(rest.last().expect("an end").is_err() && bytes < LARGE / 2, "cut after {bytes} bytes on {on:?}");
        }
        serving.get(&path, care.patient.token()).await.expect("an answer").refused(403, "frozen");
        serving.get(&path, care.clinic.doctor.token()).await.expect("an answer").refused(404, "not_found");
    }
}
