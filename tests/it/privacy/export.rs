//! The export: all of one's data in one archive, signed, for some days. S2-04, S2-10c, S1-14, S4-16, E11.

use super::{PHONE, accept, number, patient, profile};
use crate::erasure::life::grow_up;
use crate::support::auditor::{Auditor, Opened};
use crate::support::canary::{Canary, Script};
use crate::support::clinic::{Clinic, at};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::TimeDelta;
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use feldsher::clinic::ROOMS;
use feldsher::kernel::manifest;
use feldsher::kernel::vault::{Column, Holds};
use reqwest::Method;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};
use uuid::Uuid;

/// Sealed values that are no data of the person: stored answers repeat what stands elsewhere and live for a day; the key
/// of an archive opens nothing but the archive.
const NOT_EXPORTED: &[&str] = &["once.answer", "personal_export.sealed"];
/// What somebody was told of another person is that person's: the copy says that it was left out, and by which rule.
const OF_OTHERS: &str = "booking.visitor";

pub type Entries = BTreeMap<String, Vec<u8>>;

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

pub fn unpack(archive: &[u8]) -> Entries {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).expect("an archive");
    let mut entries = Entries::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("an entry");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("its bytes");
        assert!(entries.insert(entry.name().expect("a name").into_owned(), bytes).is_none(), "two entries of one name");
    }
    entries
}

pub fn json_of(entries: &Entries, name: &str) -> Value {
    serde_json::from_slice(&entries[name]).expect("JSON")
}

impl House {
    /// Asks for an export, lets it be built, and answers its id.
    pub async fn exported(&self, who: &Person) -> String {
        let asked = self.post("/v1/me/exports", who.token(), json!({})).await.is(202);
        assert_eq!(asked.text("/state"), "queued");
        self.settle().await;
        asked.text("/id")
    }

    pub async fn archive(&self, who: &Person, id: &str, range: Option<&str>) -> Answer {
        let mut request = self.request(Method::GET, &format!("/v1/me/exports/{id}/content"), who.token());
        if let Some(range) = range {
            request = request.header("Range", range);
        }
        self.send(request).await
    }

    pub fn stored(&self) -> usize {
        std::fs::read_dir(self.stores.path("data").join("files")).expect("the folder of objects").count()
    }
}

/// Uploads a document and answers its id.
async fn upload(house: &House, who: &Person, content: &[u8]) -> String {
    let declared = json!({
        "kind": "upload", "title": "Снимок <b>&", "fileName": "../../x.pdf", "mediaType": "application/pdf", "sizeBytes": content.len(),
    });
    let id = house.post("/v1/documents", who.token(), declared).await.is(201).text("/id");
    let put = house.request(Method::PUT, &format!("/v1/documents/{id}/content"), who.token());
    house.send(put.header("Content-Type", "application/pdf").body(content.to_vec())).await.is(200);
    id
}

fn pdf(bytes: usize) -> Vec<u8> {
    // Noise that no compression shortens.
    let noise = (0..bytes.div_ceil(32)).flat_map(|n| Sha256::digest(n.to_le_bytes()).to_vec());
    b"%PDF-1.7\n".iter().copied().chain(noise.take(bytes)).collect()
}

/// Every text that stands somewhere in a value.
fn texts(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => _ = found.insert(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        // The key of a file is no data of the person: his archive has the file itself.
        Value::Object(fields) => fields.iter().filter(|(name, _)| *name != "file_key").for_each(|(_, item)| texts(item, found)),
        _ => {}
    }
}

/// How many values of each sealed column belong to the subject, by the manifest and the tables.
/// Tables whose rows are his by the row that they belong to.
const PARENTS: &[(&str, &str)] = &[("message", "conversation"), ("ticket_message", "ticket")];

async fn sealed_columns(house: &House, subject: Uuid) -> BTreeMap<String, i64> {
    let reader = house.app.db.reader();
    let columns: Vec<Column> = manifest::record().into_iter().chain(ROOMS.iter().flat_map(|room| (room.columns)())).collect();
    let mut counts = BTreeMap::new();
    for sealed in columns.iter().filter(|column| matches!(column.holds, Holds::Sealed(_))) {
        let of_table = |column: &&Column| column.table == sealed.table && column.holds == Holds::Subject;
        let whose = columns.iter().filter(of_table).find(|column| ["subject", "owner"].contains(&column.name));
        let parent = PARENTS.iter().find(|(table, _)| *table == sealed.table);
        let his = match (whose, parent) {
            (Some(whose), _) => format!("{} = $1", whose.name),
            (None, Some((_, parent))) => format!("{parent} IN (SELECT id FROM {parent} WHERE subject = $1)"),
            (None, None) => continue,
        };
        let sql = format!("SELECT count(*) FROM {} WHERE {his} AND {} IS NOT NULL", sealed.table, sealed.name);
        let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, [subject.into()]);
        let row = reader.query_one_raw(query).await.expect("a query").expect("a row");
        let count: i64 = row.try_get_by_index(0).expect("a number");
        if count > 0 {
            counts.insert(format!("{}.{}", sealed.table, sealed.name), count);
        }
    }
    counts
}

/// Something of his is shared, disclosed and blocked.
async fn share_and_block(house: &House, phone: &str, me: &Person, clinic: &Clinic, officer: &Person) {
    let document = house.get("/v1/documents", me.token()).await.is(200).text("/items/0/id");
    let warning = house.get("/v1/share-warning", me.token()).await.is(200).text("/version");
    let until = (house.app.ambient.now() + chrono::TimeDelta::days(5)).to_rfc3339();
    let share = json!({
        "documentIds": [document], "doctorId": clinic.doctor_id, "purpose": "Zx93", "until": until, "warningVersion": warning,
    });
    house.post("/v1/me/shares", me.token(), share).await.is(201);
    house.post("/v1/staff/patients/find", officer.token(), json!({"phone": phone})).await.is(200);
    let demand = json!({"recipient": "inquiry", "fields": ["surname"], "reference": "Zx94"});
    house.post(&format!("/v1/staff/patients/{}/disclosures", me.id), officer.token(), demand).await.is(201);
    let wish = json!({"kind": "blocking", "ground": "wrong", "text": "Zx95", "documentId": document});
    let asked = house.post("/v1/me/requests", me.token(), wish).await.is(201).text("/id");
    let granting = format!("/v1/staff/requests/{asked}/blocking");
    house.post(&granting, officer.token(), json!({"text": "Zx96: заблокировано"})).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn e11_the_export_holds_every_sealed_column_of_a_whole_life() {
    for on in engines() {
        let house = House::new(on).await;
        let administrator = house.administrator().await;
        let clinic = house.clinic(&administrator).await;
        let mut life = grow_up(&house, Canary::new(&house.app.ambient, Script::Cyrillic)).await;
        life.fall_ill(&house, &clinic, 9).await;
        let service = house.paid_service(&administrator, &clinic.clinic_id).await;
        life.pay(&house, &clinic, &service, &administrator, 14).await;
        let me = &life.person;
        house.put("/v1/me/freeze", me.token(), json!({"scopes": ["staff"], "reason": life.canary.complaint})).await.is(200);
        house.delete("/v1/me/freeze", me.token()).await.is(200);
        let desk = house.staff(&administrator, "reception", "desk", None).await;
        house.post("/v1/staff/patients/find", desk.token(), json!({"phone": life.canary.phone})).await.is(200);
        let check = json!({"channel": "mail", "document": "residencePermit", "lastDigits": "Zx91"});
        house.post(&format!("/v1/staff/patients/{}/identity-checks", me.id), desk.token(), check).await.is(201);
        let relative = house.patient("+79160009999").await;
        house.post("/v1/staff/patients/find", desk.token(), json!({"phone": "+79160009999"})).await.is(200);
        let represented = json!({
            "patientId": me.id, "representativeId": relative.id, "kind": "powerOfAttorney", "lastDigits": "Zx92", "scope": "all"
        });
        house.post("/v1/staff/representations", desk.token(), represented).await.is(201);
        let visit = json!({
            "doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "visitor": {"name": "Гость", "phone": "+79160009998"},
            "startsAt": at(&house, 5, 15, 0).to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        });
        house.post("/v1/bookings", me.token(), visit).await.is(201);
        let asked = house.post("/v1/me/requests", me.token(), json!({"kind": "information"})).await.is(201).text("/id");
        let officer = house.staff(&administrator, "officer", "officer", None).await;
        let refused = json!({"text": "Не установлено, что это вы", "rule": "Статья 14"});
        house.post(&format!("/v1/staff/requests/{asked}/refusal"), officer.token(), refused).await.is(204);

        share_and_block(&house, &life.canary.phone, me, &clinic, &officer).await;

        let id = house.exported(me).await;
        let archive = house.archive(me, &id, None).await.is(200).bytes;
        let entries = unpack(&archive);
        let mut exported = BTreeSet::new();
        for (name, bytes) in entries.iter().filter(|(name, _)| name.starts_with("data/")) {
            texts(&serde_json::from_slice(bytes).unwrap_or_else(|_| panic!("{name} is no JSON")), &mut exported);
        }

        let subject: Uuid = me.id.parse().expect("an id");
        let mut auditor = Auditor::with(&house.app.config.wrapping());
        auditor.learn(&house.stores.register_url).await;
        let opened = auditor.open_all(&house.stores.record_url).await;
        let mine = |opened: &&Opened| opened.subject == subject;
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        for value in opened.iter().filter(mine) {
            *counts.entry(value.place.clone()).or_default() += 1;
            if NOT_EXPORTED.contains(&value.place.as_str()) {
                continue;
            }
            let mut sealed = BTreeSet::new();
            texts(&serde_json::from_slice(&value.plain).expect("sealed JSON"), &mut sealed);
            let missing: Vec<_> = sealed.difference(&exported).collect();
            if value.place == OF_OTHERS {
                assert!(missing.len() > 1, "S4-11: name and phone of who came instead of him are not in it");
                continue;
            }
            assert!(missing.is_empty(), "{} has what the export has not: {missing:?} on {on:?}", value.place);
        }
        let mut columns = sealed_columns(&house, subject).await;
        // A refund names its charge alone, and a payer lies under keys of his own: they outlive the account until the
        // provider has forgotten him. What it calls him stands in the charges.
        assert_eq!(counts.remove("refund.sealed"), Some(1));
        assert_eq!(columns.remove("payer.sealed"), Some(1));
        assert_eq!(counts, columns, "the test opened every sealed value of his");
        for column in [
            "patient.identity",
            "patient.contact",
            "session.device",
            "document.sealed",
            "record_identity.sealed",
            "booking.complaint",
            "booking.visitor",
            "representation.proof",
            "acceptance.sealed",
            "consent.sealed",
            "freeze_act.sealed",
            "identity_check.sealed",
            "person_request.sealed",
            "request_act.sealed",
            "disagreement.of_identity",
            "disagreement.of_record",
            "shared_access.sealed",
            "disclosure.sealed",
            "data_block.sealed",
            "charge.sealed",
        ] {
            assert!(columns.contains_key(column), "this life has no {column}");
        }
        let files: Vec<&Vec<u8>> =
            entries.iter().filter(|(name, _)| name.starts_with("files/")).map(|(_, bytes)| bytes).collect();
        assert!(files.contains(&&life.canary.file) && files.contains(&&life.canary.conclusion), "his documents' bytes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_10c_the_export_is_signed_over_a_manifest_of_hashes() {
    for on in engines() {
        let house = House::new(on).await;
        let me = patient(&house, PHONE).await;
        house.put("/v1/me/profile", me.token(), profile()).await.is(200);
        let content = pdf(300_000);
        let document = upload(&house, &me, &content).await;
        let id = house.exported(&me).await;
        let view = house.get(&format!("/v1/me/exports/{id}"), me.token()).await.is(200);
        assert_eq!((view.text("/state"), view.json()["progress"].clone()), ("ready".to_owned(), json!(100)));
        let told = house.get("/v1/notifications", me.token()).await.is(200);
        assert_eq!((told.text("/items/0/kind"), told.text("/items/0/objectId")), ("exportReady".to_owned(), id.clone()));
        let whole = house.archive(&me, &id, None).await.is(200);
        assert_eq!(whole.headers["content-type"], "application/zip");
        assert_eq!(view.json()["bytes"], whole.bytes.len());
        assert_eq!(view.text("/sha256"), sha256(&whole.bytes));
        let part = house.archive(&me, &id, Some("bytes=70000-200000")).await.is(206);
        assert_eq!(part.bytes, whole.bytes[70_000..=200_000]);
        house.archive(&me, &id, Some("bytes=99999999-")).await.refused(416, "range_not_satisfiable");

        let entries = unpack(&whole.bytes);
        let manifest = json_of(&entries, "manifest.json");
        let told = manifest["entries"].as_array().expect("entries");
        let beside = ["manifest.json", "manifest.json.sig", "public-key.pem"];
        assert_eq!(told.len() + beside.len(), entries.len());
        for entry in told {
            let bytes = &entries[entry["name"].as_str().expect("a name")];
            assert_eq!((&entry["bytes"], &entry["sha256"]), (&json!(bytes.len()), &json!(sha256(bytes))));
        }
        assert!(manifest["operator"].as_str().is_some_and(|name| !name.is_empty()), "S4-16: the operator is named");
        let mut key = [0; 32];
        hex::decode_to_slice(view.text("/publicKey"), &mut key).expect("a key");
        assert_eq!(manifest["publicKey"], hex::encode(key));
        let key = VerifyingKey::from_bytes(&key).expect("a key");
        let signature = Signature::from_slice(&entries["manifest.json.sig"]).expect("a signature");
        assert_eq!(view.text("/manifestSignature"), hex::encode(&entries["manifest.json.sig"]));
        key.verify(&entries["manifest.json"], &signature).expect("it holds");
        let mut forged = entries["manifest.json"].clone();
        forged[40] ^= 1;
        assert!(key.verify(&forged, &signature).is_err());

        let row = json_of(&entries, "data/documents.json")["documents"][0].clone();
        assert_eq!((&row["id"], &row["fileName"]), (&json!(document), &json!("../../x.pdf")));
        assert_eq!(entries[row["file"].as_str().expect("a path")], content);
        let privacy = json_of(&entries, "data/privacy.json");
        assert!(privacy["purposes"].as_array().is_some_and(|purposes| purposes.len() > 3), "S1-14");
        assert!(privacy["retention"].as_array().is_some_and(|rules| rules.len() > 1), "S1-14");
        let page = String::from_utf8(entries["index.html"].clone()).expect("text");
        assert!(page.contains("Нурланова") && page.contains("Снимок &lt;b&gt;&amp;") && !page.contains("<b>"), "escaped");
        assert!(page.contains("Your data") && page.contains(&format!("href=\"files/documents/{document}.pdf\"")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_one_at_a_time_ones_own_and_gone_after_its_days() {
    for on in engines() {
        let house = House::new(on).await;
        let me = patient(&house, PHONE).await;
        let other = patient(&house, "+79161234568").await;
        upload_after_profile(&house, &me).await;
        let request = || house.request(Method::POST, "/v1/me/exports", me.token()).header("Accept-Language", "ka");
        let first = house.send(request().header("Idempotency-Key", "one")).await.is(202);
        let again = house.send(request().header("Idempotency-Key", "one")).await.is(202);
        assert_eq!(first.bytes, again.bytes);
        house.send(request().header("Idempotency-Key", "two")).await.refused(409, "state_conflict");
        let id = first.text("/id");
        house.archive(&me, &id, None).await.refused(409, "content_missing");
        house.settle().await;
        assert_eq!(number(&house, "SELECT count(*) FROM personal_export").await, 1);
        let page = unpack(&house.archive(&me, &id, None).await.is(200).bytes)["index.html"].clone();
        assert!(String::from_utf8_lossy(&page).contains("თქვენი მონაცემები"), "in the language that was asked for");
        for path in [format!("/v1/me/exports/{id}"), format!("/v1/me/exports/{id}/content")] {
            house.get(&path, other.token()).await.refused(404, "not_found");
        }
        assert_eq!(house.get("/v1/me/exports", other.token()).await.is(200).json()["items"], json!([]));

        // Under a freeze of one's own access the export stays possible, in this profile.
        house.put("/v1/me/freeze", me.token(), json!({"scopes": ["patient"]})).await.is(200);
        house.archive(&me, &id, None).await.is(200);
        let second = house.exported(&me).await;
        house.archive(&me, &second, None).await.is(200);
        assert_eq!(house.stored(), 3, "the document and two archives");

        house.later(TimeDelta::minutes(6)).await;
        house.post("/v1/me/exports", me.token(), json!({})).await.refused(403, "step_up_required");
        house.later(TimeDelta::days(7)).await;
        let me = signed_in_again(&house).await;
        let listed = house.get("/v1/me/exports", me.token()).await.is(200).json();
        let states: Vec<_> = listed["items"].as_array().expect("items").iter().map(|item| item["state"].clone()).collect();
        assert_eq!(states, [json!("expired"), json!("expired")]);
        house.archive(&me, &id, None).await.refused(409, "content_missing");
        assert_eq!(house.stored(), 1, "{on:?}");

        house.delete("/v1/me/freeze", me.token()).await.is(200);
        house.exported(&me).await;
        house.delete("/v1/me", me.token()).await.is(202);
        house.later(TimeDelta::days(15)).await;
        assert_eq!(number(&house, "SELECT count(*) FROM personal_export").await, 0);
        assert_eq!(house.stored(), 1, "an erasure takes archives along; the document is held");
    }
}

/// A fresh sign-in of somebody whose cabinet is frozen.
async fn signed_in_again(house: &House) -> Person {
    let (challenge, code) = house.code_for(PHONE).await;
    let body = json!({"grant": "code", "challengeId": challenge, "code": code});
    let pair = house.post("/v1/auth/tokens", None, body).await.is(200);
    Person { id: String::new(), token: pair.text("/accessToken"), refresh: pair.text("/refreshToken") }
}

async fn upload_after_profile(house: &House, me: &Person) {
    house.put("/v1/me/profile", me.token(), profile()).await.is(200);
    upload(house, me, &pdf(1000)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_cannot_be_built_fails_in_the_end_and_leaves_nothing() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.newcomer(PHONE).await;
        accept(&house, &me).await;
        upload_after_profile(&house, &me).await;
        let files = house.stores.path("data").join("files");
        let lost = std::fs::read_dir(&files).expect("objects").next().expect("one").expect("an entry").path();
        std::fs::remove_file(lost).expect("it is gone");
        let id = house.exported(&me).await;
        assert_eq!(house.get(&format!("/v1/me/exports/{id}"), me.token()).await.is(200).text("/state"), "building");
        for _ in 0..6 {
            house.later(TimeDelta::minutes(2)).await;
        }
        assert_eq!(house.get(&format!("/v1/me/exports/{id}"), me.token()).await.is(200).text("/state"), "failed", "{on:?}");
        assert_eq!(house.stored(), 0, "nothing half-built is left");
        let me = house.newcomer(PHONE).await;
        house.post("/v1/me/exports", me.token(), json!({})).await.is(202);
        house.settle().await;
    }
}
