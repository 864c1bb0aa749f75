//! What may be done by representation, and what may not: from the contract.

use super::{PARENT, turns};
use crate::doors::operations;
use crate::support::house::House;
use crate::support::stores::engines;
use feldsher::app::representation::{BY_REPRESENTATION, NOT_BY_REPRESENTATION};
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;

/// Of nobody's account: by staff, by providers, or before there is a session.
const OF_NO_ACCOUNT: &[&str] = &[
    "askCode",
    "createTokens",
    "beginPasskeySignIn",
    "signInByPasskey",
    "claimInstallation",
    "takeCallback",
    "createGuestTicket",
];

#[test]
fn s1_06_every_change_of_a_patients_stands_in_one_of_the_two_lists() {
    let operations = operations();
    let by: BTreeSet<&str> = BY_REPRESENTATION.iter().copied().collect();
    let not_by: BTreeSet<&str> = NOT_BY_REPRESENTATION.iter().copied().collect();
    assert_eq!(by.intersection(&not_by).count(), 0, "an operation stands in both");
    let unknown: Vec<_> = by.union(&not_by).filter(|operation| !operations.contains_key(**operation)).collect();
    assert!(unknown.is_empty(), "not in the contract: {unknown:?}");
    let changes = operations.iter().filter(|(id, (method, path))| {
        *method != Method::GET && !path.starts_with("/v1/staff/") && !OF_NO_ACCOUNT.contains(&id.as_str())
    });
    let without: Vec<_> = changes.filter(|(id, _)| !by.contains(id.as_str()) && !not_by.contains(id.as_str())).collect();
    assert!(without.is_empty(), "decide for each whether a representative may call it: {without:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_06_what_is_the_persons_own_is_refused_by_a_clear_code() {
    for on in engines() {
        let house = House::new(on).await;
        let parent = house.patient(PARENT).await;
        let child = house.dependant(&parent, &turns(&house, 7, 100)).await;
        let acting = house.acts(&parent, &child).await;
        house.accept(&acting).await;
        let operations = operations();
        for operation in NOT_BY_REPRESENTATION.iter().filter(|operation| **operation != "undoDeletion") {
            let (method, path) = &operations[*operation];
            let path = path.replace("{consentId}", "marketing.own.sms").replace("{id}", &child.id);
            let body = match *operation {
                "createDependant" => super::child("2020-01-01"),
                "createRepresentative" => json!({"scope": "all"}),
                "redeemRepresentative" => json!({"code": "AAAA-BBBB-CCCC"}),
                "changePassword" => json!({"currentPassword": "k7m2-9fhx-0000", "newPassword": "совсем другой пароль"}),
                "askContactCode" => json!({"channel": "email", "to": "child@patient.example"}),
                "confirmContact" => json!({"challengeId": child.id, "code": "123456"}),
                "renameSession" => json!({"deviceName": "Часы"}),
                _ => json!({}),
            };
            let key = house.app.ambient.id().to_string();
            let request = house.request(method.clone(), &path, acting.token()).header("Idempotency-Key", key);
            let request = if *method == Method::DELETE { request } else { request.json(&body) };
            let answer = house.send(request).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (403, "not_by_representation".to_owned()), "{operation}");
        }
        assert_eq!(house.get("/v1/me", acting.token()).await.is(200).text("/id"), child.patient);
        assert!(house.get("/v1/me", acting.token()).await.json().get("deletionAt").is_none());
    }
}
