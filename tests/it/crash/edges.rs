//! Killed at an edge: between the register and the record, between an object and its row. What is half done is finished
//! by whoever comes next, or swept away.

use crate::support::house::House;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::clinic::identity::PATIENT_CLASSES;
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::Db;
use feldsher::kernel::error::{Code, Error};
use feldsher::kernel::vault::{Index, Reservation, Vault};
use reqwest::Method;
use serde_json::json;
use std::sync::Arc;
use tokio::task::JoinHandle;
use uuid::Uuid;

const PHONE: &str = "+79161234567";

fn index() -> Index {
    Index { kind: "phone", value: PHONE.to_owned() }
}

/// A registration that ended between the two stores: keys and number are durable, the record knows nobody.
async fn half_registered(house: &House) -> Uuid {
    let keys = house.app.vault.create(PATIENT_CLASSES).await.expect("keys");
    assert_eq!(house.app.vault.reserve(&keys, &index()).await.expect("a number"), Reservation::Ours);
    keys.subject
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_broke_off_is_finished_by_the_next_sign_in() {
    for on in engines() {
        let house = House::new(on).await;
        let subject = half_registered(&house).await;
        let patient = house.newcomer(PHONE).await;
        assert_eq!(patient.id, subject.to_string());
        // He is nobody's orphan any more.
        house.later(TimeDelta::minutes(10)).await;
        house.later(TimeDelta::hours(3)).await;
        assert_eq!(house.newcomer(PHONE).await.id, subject.to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orphan_whom_somebody_adopts_is_not_swept() {
    for on in engines() {
        let house = House::new(on).await;
        let subject = half_registered(&house).await;
        // Old enough to be swept, and found first by the one whose number it is.
        house.app.ambient.advance(TimeDelta::minutes(90));
        let patient = house.newcomer(PHONE).await;
        assert_eq!(patient.id, subject.to_string());
        house.later(TimeDelta::zero()).await;
        house.get("/v1/me", patient.token()).await.is(200);
        house.later(TimeDelta::hours(2)).await;
        assert_eq!(house.newcomer(PHONE).await.id, subject.to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orphans_are_swept_after_an_hour_and_their_number_is_free() {
    for on in engines() {
        let house = House::new(on).await;
        let subject = half_registered(&house).await;
        house.later(TimeDelta::minutes(40)).await;
        assert_eq!(house.app.vault.find(&index()).await.expect("an answer"), Some(subject), "it may still be on its way");
        house.later(TimeDelta::minutes(90)).await;
        assert_eq!(house.app.vault.find(&index()).await.expect("an answer"), None);
        assert!(house.app.vault.keys(subject).await.is_err_and(|error| error.code() == Code::NotFound));
        let patient = house.newcomer(PHONE).await;
        assert_ne!(patient.id, subject.to_string());
        house.later(TimeDelta::hours(3)).await;
        assert_eq!(house.newcomer(PHONE).await.id, patient.id, "who is known is no orphan");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sign_ins_of_one_new_number_at_once_are_one_patient() {
    for on in engines() {
        let house = Arc::new(House::new(on).await);
        let mut codes = Vec::new();
        for _ in 0..8 {
            codes.push(house.code_for(PHONE).await);
        }
        let racing: Vec<_> = codes
            .into_iter()
            .map(|(challenge, code)| {
                let house = house.clone();
                tokio::spawn(async move {
                    let body = json!({"grant": "code", "challengeId": challenge, "code": code});
                    let token = house.post("/v1/auth/tokens", None, body).await.is(200).text("/accessToken");
                    house.get("/v1/me", Some(&token)).await.is(200).text("/id")
                })
            })
            .collect();
        let mut ids = std::collections::BTreeSet::new();
        for answer in racing {
            ids.insert(answer.await.expect("an id"));
        }
        assert_eq!(ids.len(), 1, "{on:?} {ids:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn epochs_that_end_beside_registrations_leave_nobody_behind() {
    for on in engines() {
        let house = House::new(on).await;
        let open = async || {
            let register = Db::open(&house.stores.register_url, Ambient::system()).await.expect("the register");
            Vault::open(register, &house.stores.path("keys").join("wrapping")).await.expect("a vault")
        };
        // Two other nodes, each with a memory of its own.
        let (registering, rotating) = (open().await, open().await);
        let index = |n: usize| Index { kind: "phone", value: format!("+7999{n:07}") };
        let clients: Vec<_> = (0..8)
            .map(|client| {
                let vault = registering.clone();
                tokio::spawn(async move {
                    let mut made = Vec::new();
                    for n in client * 100..client * 100 + 20 {
                        // As a client does: on a slow machine epochs can follow each other faster than one registration.
                        let keys = loop {
                            match vault.create(PATIENT_CLASSES).await {
                                Err(Error::Unavailable(_)) => {}
                                keys => break keys.expect("keys"),
                            }
                        };
                        let reserved = loop {
                            match vault.reserve(&keys, &index(n)).await {
                                Err(Error::Unavailable(_)) => {}
                                reserved => break reserved.expect("a number"),
                            }
                        };
                        assert_eq!(reserved, Reservation::Ours);
                        made.push((n, keys.subject));
                    }
                    made
                })
            })
            .collect();
        while !clients.iter().all(JoinHandle::is_finished) {
            rotating.rotate().await.expect("a new epoch");
        }
        let fresh = open().await;
        for client in clients {
            for (n, subject) in client.await.expect("a client") {
                assert!(fresh.keys(subject).await.is_ok(), "{on:?}: keys under an epoch that is gone");
                assert_eq!(fresh.find(&index(n)).await.expect("an answer"), Some(subject), "{on:?}");
            }
        }
        let left = std::fs::read_dir(house.stores.path("keys").join("wrapping")).expect("the folder of wrapping keys");
        assert_eq!(left.count(), 1, "{on:?}: one epoch lives");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_without_its_row_is_swept_and_a_row_without_its_object_can_be_filled() {
    const CONTENT: &[u8] = b"%PDF-1.7\nnothing else";
    for on in engines() {
        let house = House::new(on).await;
        let patient = house.patient(PHONE).await;
        // Killed after the bytes, before the row.
        let orphan = house.app.ambient.id();
        let mut writer = house.app.adapters.files.writer(orphan).await.expect("a writer");
        writer.put(CONTENT.into()).await.expect("bytes");
        writer.finish().await.expect("an object");
        let object = house.stores.path("data").join("files").join(orphan.to_string());
        assert!(object.exists());
        // Killed after the declaration, before the bytes.
        let declaration = json!({
            "kind": "upload", "title": "Анализ", "fileName": "a.pdf", "mediaType": "application/pdf", "sizeBytes": CONTENT.len(),
        });
        let id = house.post("/v1/documents", patient.token(), declaration).await.is(201).text("/id");

        house.later(TimeDelta::hours(3)).await;
        assert!(!object.exists(), "{on:?}");
        let patient = house.newcomer(PHONE).await;
        let path = format!("/v1/documents/{id}/content");
        house.get(&path, patient.token()).await.refused(409, "content_missing");
        let request = house.request(Method::PUT, &path, patient.token()).header("Content-Type", "application/pdf");
        house.send(request.body(CONTENT)).await.is(200);
        house.later(TimeDelta::hours(3)).await;
        let patient = house.newcomer(PHONE).await;
        assert_eq!(house.get(&path, patient.token()).await.is(200).bytes, CONTENT);
    }
}
