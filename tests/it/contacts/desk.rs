//! Who can come in no more is helped at the desk.

use super::{EMAIL, NEW, OTHER, PHONE, addresses, comes_in, notices};
use crate::support::house::House;
use crate::support::stores::engines;
use chrono::TimeDelta;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_sets_another_number_for_whom_it_has_found_and_checked() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        let neighbour = house.staff(&admin, "reception", "desk2", None).await;
        let support = house.staff(&admin, "support", "support", None).await;
        let (me, _other) = (house.patient(PHONE).await, house.patient(OTHER).await);
        let path = format!("/v1/staff/patients/{}/contacts", me.id);
        let new = json!({"channel": "sms", "to": NEW});
        house.put(&path, support.token(), new.clone()).await.refused(403, "forbidden");
        house.put(&path, me.token(), new.clone()).await.refused(403, "forbidden");
        house.put(&path, desk.token(), new.clone()).await.refused(404, "not_found");
        house.post("/v1/staff/patients/find", desk.token(), json!({"phone": PHONE})).await.is(200);
        house.put(&path, desk.token(), new.clone()).await.refused(403, "identity_check_required");
        let check = json!({"channel": "desk", "document": "passport", "lastDigits": "4321"});
        house.post(&format!("/v1/staff/patients/{}/identity-checks", me.id), desk.token(), check).await.is(201);
        // The check is this desk's, and for this patient.
        house.post("/v1/staff/patients/find", neighbour.token(), json!({"phone": PHONE})).await.is(200);
        house.put(&path, neighbour.token(), new.clone()).await.refused(403, "identity_check_required");
        house.put(&path, desk.token(), json!({"channel": "sms", "to": OTHER})).await.refused(409, "identifier_taken");
        house.get("/v1/me", me.token()).await.is(200);

        let before = notices(&house, PHONE).len();
        for _ in 0..2 {
            house.put(&path, desk.token(), new.clone()).await.is(204);
        }
        house.get("/v1/me", me.token()).await.refused(401, "unauthenticated");
        house.settle().await;
        assert_eq!(notices(&house, PHONE).len(), before + 1, "the old number is told, once");
        assert_ne!(comes_in(&house, "sms", PHONE).await.id, me.id, "and opens nothing");

        house.put(&path, desk.token(), json!({"channel": "email", "to": EMAIL})).await.is(204);
        let again = comes_in(&house, "sms", NEW).await;
        assert_eq!(again.id, me.id);
        assert_eq!(addresses(&house, &again).await, [format!("email {EMAIL}?"), format!("sms {NEW}")], "a code verifies");
        let known = house.get("/v1/me", again.token()).await.is(200).json()["contacts"].clone();
        assert_eq!(known.as_array().map(Vec::len), Some(1), "{known}");
        let log = house.get("/v1/me/access-log", again.token()).await.is(200).json();
        assert!(log["items"].as_array().is_some_and(|items| items.iter().any(|item| item["basis"] == "desk")), "{log}");

        house.later(TimeDelta::minutes(16)).await;
        house.put(&path, desk.token(), new).await.is(401);
    }
}
