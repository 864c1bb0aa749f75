//! Who else may see a patient's data, and how that ends.

mod blocking;
mod disclosures;
mod insurers;
mod referrals;
mod shares;

use crate::support::clinic::{Clinic, at};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::{On, Stores};
use chrono::TimeDelta;
use feldsher::clinic::ROOMS;
use feldsher::kernel::clock::Ambient;
use futures_util::StreamExt;
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::time::Duration;
use uuid::Uuid;

const PHONE: &str = "+79161234567";
const OTHER_PHONE: &str = "+79160000002";
const PDF: &str = "application/pdf";
/// More than the sockets between a server and its client hold.
const LARGE: usize = 20 * 1024 * 1024;

/// A second insurer, and two laboratories, of which a consent names one each.
const RECIPIENTS: &str = r#"
[[recipient]]
id = "otherInsurance"
kind = "insurer"
basis = "contract"
fields = ["surname"]
name = { ru = "АО «Другое Страхование»", kk = "«Басқа Сақтандыру» АҚ", ka = "სს «სხვა დაზღვევა»", en = "Other Insurance JSC" }
purpose = { ru = "Оплата", kk = "Төлем", ka = "ანაზღაურება", en = "Payment" }

[[recipient]]
id = "lab"
kind = "partner"
basis = "consent"
fields = ["surname", "givenName", "phone"]
name = { ru = "Лаборатория", kk = "Зертхана", ka = "ლაბორატორია", en = "A laboratory" }
purpose = { ru = "Анализы", kk = "Талдаулар", ka = "ანალიზები", en = "Tests" }

[[recipient]]
id = "otherLab"
kind = "partner"
basis = "consent"
fields = ["surname"]
name = { ru = "Другая лаборатория", kk = "Басқа зертхана", ka = "სხვა ლაბორატორია", en = "Another laboratory" }
purpose = { ru = "Анализы", kk = "Талдаулар", ka = "ანალიზები", en = "Tests" }

[[consent]]
id = "lab.tests"
purpose = "improvement"
recipient = "lab"
title = { ru = "Лаборатории", kk = "Зертханаға", ka = "ლაბორატორიას", en = "To the laboratory" }
stops = { ru = "Передача", kk = "Беру", ka = "გადაცემა", en = "Disclosures" }
stays = { ru = "Ничего", kk = "Ештеңе", ka = "არაფერი", en = "Nothing" }

[[consent]]
id = "lab.other"
purpose = "improvement"
recipient = "otherLab"
title = { ru = "Другой лаборатории", kk = "Басқа зертханаға", ka = "სხვა ლაბორატორიას", en = "To the other laboratory" }
stops = { ru = "Передача", kk = "Беру", ka = "გადაცემა", en = "Disclosures" }
stays = { ru = "Ничего", kk = "Ештеңе", ka = "არაფერი", en = "Nothing" }
"#;

/// A clinic with two doctors, of whom one treats the patient; a doctor elsewhere; another patient.
struct Town {
    house: House,
    administrator: Person,
    clinic: Clinic,
    /// Of the same clinic. He treats nobody.
    colleague: (String, Person),
    /// Another clinic, and its doctor.
    elsewhere: String,
    stranger: (String, Person),
    me: Person,
    other: Person,
}

impl Town {
    async fn build(on: On) -> Self {
        let stores = Stores::new(on).await;
        let path = stores.path("profile.toml");
        let shipped = include_str!("../../profiles/ru-telemed.toml");
        // Sessions outlast every share here: what ends is seen to end by itself.
        let lasting = ["access_lives = \"15min\"", "staff_idle = \"12h\"", "staff_absolute = \"24h\""];
        let shipped = lasting.iter().fold(shipped.to_owned(), |text, term| {
            let name = term.split(' ').next().unwrap_or_default();
            text.replace(term, &format!("{name} = \"60d\""))
        });
        let profile = format!("{shipped}{RECIPIENTS}");
        std::fs::write(&path, profile).expect("a profile");
        let house = House::with(stores, Ambient::system(), |config| config.profile = path.display().to_string()).await;
        let administrator = house.administrator().await;
        let clinic = house.clinic(&administrator).await;
        let colleague = house.second_doctor(&administrator, &clinic).await;
        let words = |text: &str| json!({"ru": text, "kk": text, "ka": text, "en": text});
        let elsewhere = json!({
            "names": words("Elsewhere"), "zone": "Asia/Tbilisi", "addresses": words("Tbilisi 1"), "phone": "+995322000000",
        });
        let elsewhere = house.post("/v1/staff/clinics", administrator.token(), elsewhere).await.is(201).text("/id");
        let stranger = house.doctor(&administrator, &elsewhere, "cardiology", "stranger", words("Stranger Strange")).await;
        let (me, other) = (house.patient(PHONE).await, house.patient(OTHER_PHONE).await);
        let booking = json!({
            "doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": at(&house, 1, 10, 0).to_rfc3339(),
            "complaint": "кашель",
        });
        house.post("/v1/bookings", me.token(), booking).await.is(201);
        Self { house, administrator, clinic, colleague, elsewhere, stranger, me, other }
    }

    /// An officer who has found the patient and checked who he is.
    async fn officer(&self) -> Person {
        let officer = self.house.staff(&self.administrator, "officer", "officer", None).await;
        assert_eq!(self.house.found_by_phone(&officer, PHONE).await, self.me.id);
        self.house.checked(&officer, &self.me.id).await;
        officer
    }

    fn in_days(&self, days: i64) -> String {
        (self.house.app.ambient.now() + TimeDelta::days(days)).format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    async fn warning(&self) -> String {
        self.house.get("/v1/share-warning", self.me.token()).await.is(200).text("/version")
    }

    /// A share of these documents with a doctor, for ten days.
    async fn sharing(&self, documents: &[&str], doctor: &str) -> Value {
        json!({
            "documentIds": documents, "doctorId": doctor, "purpose": "Второе мнение", "until": self.in_days(10),
            "warningVersion": self.warning().await,
        })
    }

    async fn shared(&self, documents: &[&str], doctor: &str) -> String {
        let share = self.sharing(documents, doctor).await;
        self.house.post("/v1/me/shares", self.me.token(), share).await.is(201).text("/id")
    }

    /// What somebody gets who opens what is shared.
    async fn opened(&self, who: &Person, id: &str) -> Answer {
        self.house.get(&format!("/v1/staff/shared-access/{id}"), who.token()).await
    }

    async fn downloaded(&self, who: &Person, id: &str, document: &str) -> Answer {
        let path = format!("/v1/staff/shared-access/{id}/documents/{document}/content");
        self.house.get(&path, who.token()).await
    }

    /// A download that runs while `ending` does is cut.
    async fn cut_by(&self, who: &Person, id: &str, document: &str, ending: impl Future<Output = ()>) {
        let path = format!("/v1/staff/shared-access/{id}/documents/{document}/content");
        let response = self.house.request(Method::GET, &path, who.token()).send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        let mut parts = response.bytes_stream();
        parts.next().await.expect("a part").expect("bytes");
        ending.await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let rest: Vec<_> = parts.collect().await;
        assert!(rest.last().expect("an end").is_err(), "the connection breaks off");
    }

    /// The ids in a list.
    async fn listed(&self, who: &Person, path: &str) -> Vec<String> {
        let items = self.house.get(path, who.token()).await.is(200).json()["items"].clone();
        let id = |item: &Value| item["id"].as_str().unwrap_or_default().to_owned();
        items.as_array().expect("a list").iter().map(id).collect()
    }

    /// The patient's access log: basis, object's kind, object, class of each line, newest first.
    async fn log(&self) -> Vec<Value> {
        let log = self.house.get("/v1/me/access-log?limit=100", self.me.token()).await.is(200).json();
        log["items"].as_array().expect("a list").clone()
    }

    async fn exported(&self, part: &str) -> Vec<Value> {
        let subject: Uuid = self.me.id.parse().expect("an id");
        let keys = self.house.app.vault.keys(subject).await.expect("keys");
        let mut parts = Map::new();
        for room in ROOMS.iter().filter_map(|room| room.export) {
            let exported = room(&self.house.app, &keys).await.expect("an export");
            parts.extend(exported.into_iter().map(|part| (part.name.to_owned(), Value::Array(part.rows))));
        }
        parts.get(part).and_then(Value::as_array).cloned().unwrap_or_default()
    }

    async fn freeze(&self, scopes: &[&str]) {
        self.house.put("/v1/me/freeze", self.me.token(), json!({"scopes": scopes})).await.is(200);
    }

    async fn thaw(&self) {
        self.house.delete("/v1/me/freeze", self.me.token()).await.is(200);
    }
}

/// A document of so many bytes, uploaded.
async fn upload(house: &House, who: &Person, bytes: usize) -> String {
    let declared = json!({"kind": "upload", "title": "Снимок", "fileName": "x.pdf", "mediaType": PDF, "sizeBytes": bytes});
    let id = house.post("/v1/documents", who.token(), declared).await.is(201).text("/id");
    put_content(house, who, &id, bytes).await;
    id
}

/// A conclusion of two thousand bytes that a doctor writes.
async fn conclusion(house: &House, doctor: &Person, patient: &Person) -> String {
    conclusion_of(house, doctor, patient, 2000).await
}

async fn conclusion_of(house: &House, doctor: &Person, patient: &Person, bytes: usize) -> String {
    let declared = json!({"kind": "conclusion", "title": "Вывод", "fileName": "y.pdf", "mediaType": PDF, "sizeBytes": bytes});
    let path = format!("/v1/staff/patients/{}/documents", patient.id);
    let id = house.post(&path, doctor.token(), declared).await.is(201).text("/id");
    put_content(house, doctor, &id, bytes).await;
    id
}

async fn put_content(house: &House, who: &Person, id: &str, bytes: usize) {
    let content = [b"%PDF-1.7\n".as_slice(), &vec![b'x'; bytes - 9]].concat();
    let put = house.request(Method::PUT, &format!("/v1/documents/{id}/content"), who.token());
    house.send(put.header("Content-Type", PDF).body(content)).await.is(200);
}
