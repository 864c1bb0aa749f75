//! Who may read and write what, and what stays of it in the trail.

use super::*;
use crate::contract::check_rules;
use crate::support::stores::engines;
use feldsher::server::service;

const BOTH: &[Class] = &[Class::Identity, Class::Clinical];

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_learns_that_a_document_exists() {
    for on in engines() {
        let house = House::new(on).await;
        let anna = patient(&house, "+79161234567").await;
        let boris = patient(&house, "+79161234568").await;
        let content = pdf(1000);
        let document = house.upload(&anna, &content).await;
        let declared = house.declare(&anna, &content).await;
        let administrator = house.administrator().await;
        let desk = house.staff(&administrator, "reception", "desk", None).await;
        let officer = house.staff(&administrator, "officer", "officer", None).await;
        let stranger = doctor(&house, "stranger").await;
        // A reason opens nothing clinical to somebody whose role is not medical.
        treats(&house, &desk, &anna, BOTH).await;
        for other in [&boris, &administrator, &desk, &officer, &stranger] {
            for document in [&document, &declared, &Uuid::nil().to_string()] {
                let path = format!("/v1/documents/{document}");
                house.get(&path, other.token()).await.refused(404, "not_found");
                house.content(other, document, None).await.refused(404, "not_found");
                house.put_content(other, document, PDF, content.clone()).await.refused(404, "not_found");
            }
        }
        let list = format!("/v1/staff/patients/{}/documents", anna.id);
        let new = json!({"kind": "result", "title": "x", "fileName": "x.pdf", "mediaType": PDF, "sizeBytes": 10});
        house.get(&list, stranger.token()).await.refused(404, "not_found");
        house.post(&list, stranger.token(), new.clone()).await.refused(404, "not_found");
        house.get(&list, desk.token()).await.refused(403, "forbidden");
        house.post(&list, anna.token(), new).await.refused(403, "forbidden");
        house.get("/v1/documents", stranger.token()).await.refused(403, "forbidden");
        house.delete(&format!("/v1/documents/{declared}"), boris.token()).await.refused(404, "not_found");
        house.get(&list, None).await.refused(401, "unauthenticated");
        assert_eq!(house.get("/v1/documents", boris.token()).await.is(200).json()["items"], json!([]));
        assert_eq!(house.count("audit_line WHERE action = 'open'").await, 0, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_with_a_reason_reads_and_leaves_a_line() {
    for on in engines() {
        let house = House::new(on).await;
        let anna = patient(&house, "+79161234567").await;
        let content = pdf(150_000);
        let document = house.upload(&anna, &content).await;
        let declared = house.declare(&anna, &content).await;
        assert_eq!(house.count("audit_line WHERE action = 'open'").await, 0, "one's own reads leave no lines");
        let lekarev = doctor(&house, "lekarev").await;
        treats(&house, &lekarev, &anna, BOTH).await;
        let view = house.get(&format!("/v1/documents/{document}"), lekarev.token()).await.is(200);
        assert_eq!(view.text("/title"), "Анализ");
        assert_eq!(house.content(&lekarev, &document, None).await.is(200).bytes, content);
        let line = format!(
            "audit_line WHERE operation = 'getDocumentContent' AND action = 'open' AND who = 'staff:{}' AND object_kind = 'document' \
             AND class = 'clinical' AND basis = 'booking' AND about IS NOT NULL",
            lekarev.id
        );
        assert_eq!(house.count(&line).await, 1);
        house.get(&format!("/v1/documents/{declared}"), lekarev.token()).await.refused(404, "not_found");
        let list = house.get(&format!("/v1/staff/patients/{}/documents", anna.id), lekarev.token()).await.is(200);
        assert_eq!(list.json()["items"].as_array().expect("items").len(), 1);
        assert_eq!(list.text("/items/0/id"), document);
        house.delete(&format!("/v1/documents/{document}"), lekarev.token()).await.refused(403, "forbidden");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_writes_and_the_patient_sees_it_once_it_is_complete() {
    for on in engines() {
        let house = House::new(on).await;
        let anna = patient(&house, "+79161234567").await;
        let lekarev = doctor(&house, "lekarev").await;
        let other = doctor(&house, "other").await;
        treats(&house, &lekarev, &anna, BOTH).await;
        treats(&house, &other, &anna, &[Class::Clinical]).await;
        let content = pdf(70_000);
        let path = format!("/v1/staff/patients/{}/documents", anna.id);
        let mut body = declaration(&content);
        house.post(&path, lekarev.token(), body.clone()).await.refused(400, "invalid");
        body["kind"] = "conclusion".into();
        house.post("/v1/documents", anna.token(), body.clone()).await.refused(400, "invalid");
        // A conclusion carries the identity, so it takes a reason for that too.
        house.post(&path, other.token(), body.clone()).await.refused(404, "not_found");
        let made = house.post(&path, lekarev.token(), body.clone()).await.is(201);
        let document = made.text("/id");
        assert_eq!(made.headers["location"], format!("/v1/documents/{document}"));
        let by_id = format!("/v1/documents/{document}");
        house.get(&by_id, anna.token()).await.refused(404, "not_found");
        house.get(&by_id, other.token()).await.refused(404, "not_found");
        house.put_content(&anna, &document, PDF, content.clone()).await.refused(404, "not_found");
        house.put_content(&lekarev, &document, PDF, content.clone()).await.is(200);
        house.put_content(&other, &document, PDF, content.clone()).await.refused(403, "forbidden");
        let list = house.get("/v1/documents", anna.token()).await.is(200);
        assert_eq!(list.text("/items/0/kind"), "conclusion");
        assert_eq!(list.text("/items/0/authorName"), "Пётр Лекарев");
        assert_eq!(house.content(&anna, &document, None).await.is(200).bytes, content);
        assert_eq!(house.count("record_identity").await, 1, "{on:?}");
        house.post(&path, lekarev.token(), body.clone()).await.is(201);
        assert_eq!(house.count("record_identity").await, 2, "each conclusion carries the identity of its day");
        body["kind"] = "result".into();
        house.post(&path, lekarev.token(), body).await.is(201);
        house.declare(&anna, &content).await;
        assert_eq!(house.count("record_identity").await, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn declaring_takes_an_acceptance_and_a_profile_and_happens_once() {
    for on in engines() {
        let house = House::new(on).await;
        let newcomer = house.newcomer("+79161234567").await;
        let body = declaration(&pdf(100));
        house.post("/v1/documents", newcomer.token(), body.clone()).await.refused(403, "acceptance_required");
        let subject = id(&newcomer.id);
        let accept = async |tx: &mut Tx| identity::accept(tx, subject, "2026-11-01").await;
        house.app.write(&Actor::house("test"), accept).await.expect("an acceptance");
        house.post("/v1/documents", newcomer.token(), body.clone()).await.refused(403, "profile_required");

        let anna = patient(&house, "+79161234568").await;
        let post = async |key: &str, body: &Value| {
            let request = house.request(Method::POST, "/v1/documents", anna.token()).header("Idempotency-Key", key).json(body);
            house.send(request).await
        };
        let first = post("one", &body).await.is(201);
        let again = post("one", &body).await.is(201);
        assert_eq!(first.bytes, again.bytes);
        let mut changed = body.clone();
        changed["title"] = "Другой".into();
        post("one", &changed).await.refused(422, "idempotency_key_reused");
        assert_eq!(house.count("document").await, 1);
        house.delete(&format!("/v1/documents/{}", first.text("/id")), anna.token()).await.is(204);
        let document = house.upload(&anna, &pdf(100)).await;
        house.delete(&format!("/v1/documents/{document}"), anna.token()).await.refused(409, "state_conflict");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_paged_newest_first() {
    for on in engines() {
        let house = House::new(on).await;
        let anna = patient(&house, "+79161234567").await;
        let mut made = Vec::new();
        for _ in 0..5 {
            made.insert(0, house.declare(&anna, &pdf(100)).await);
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        let mut seen = Vec::new();
        let mut path = "/v1/documents?limit=2".to_owned();
        loop {
            let page = house.get(&path, anna.token()).await.is(200);
            let items = page.json()["items"].as_array().cloned().expect("items");
            seen.extend(items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()));
            match page.text("/nextCursor") {
                end if end.is_empty() => break,
                cursor => path = format!("/v1/documents?limit=2&cursor={cursor}"),
            }
        }
        assert_eq!(seen, made);
        house.get("/v1/documents?cursor=nonsense", anna.token()).await.refused(400, "invalid");
    }
}

#[test]
fn the_contract_shows_raw_bytes() {
    let contract = service::contract().expect("a contract");
    assert_eq!(check_rules(&contract), Vec::<String>::new());
    let content = &contract["paths"]["/v1/documents/{id}/content"];
    let binary = json!({"type": "string", "format": "binary"});
    for media_type in ["application/octet-stream", PDF, "image/jpeg", "image/png"] {
        assert_eq!(content["put"]["requestBody"]["content"][media_type]["schema"], binary);
        assert_eq!(content["get"]["responses"]["200"]["content"][media_type]["schema"], binary);
        assert_eq!(content["get"]["responses"]["206"]["content"][media_type]["schema"], binary);
    }
    assert!(content["get"]["responses"]["206"]["headers"]["Content-Range"].is_object());
    assert!(content["get"]["parameters"].to_string().contains("\"Range\""));
}
