//! Killed at an edge: between the register and the record, between an object and its row. What is half done is finished
//! by whoever comes next, or swept away.

use crate::support::house::House;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::clinic::identity::PATIENT_CLASSES;
use feldsher::kernel::error::Code;
use feldsher::kernel::vault::{Index, Reservation};
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
        let house = std::sync::Arc::new(House::new(on).await);
        let mut codes = Vec::new();
        for _ in 0..8 {
            codes.push(house.code_for(PHONE).await);
        }
        let racing: Vec<_> = codes
            .into_iter()
            .map(|(challenge, code)| {
                let house = house.clone();
                tokio::spawn(async move {
                    let body = serde_json::json!({"grant": "code", "challengeId": challenge, "code": code});
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
