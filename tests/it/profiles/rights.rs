//! Freezes by the desk alone, and other terms for a deletion and an export.

use super::{PHONE, Pair};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::{DateTime, Utc};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s2_11_the_clinics_patient_forbids_access_by_the_desk_and_his_own_export_is_shut_too() {
    for on in engines() {
        let Pair { telemed, clinic } = Pair::new(on).await;
        let admin = telemed.administrator().await;
        let desk = telemed.staff(&admin, "reception", "desk", None).await;
        let me = telemed.patient(PHONE).await;
        clinic.put("/v1/me/freeze", me.token(), json!({"scopes": ["patient"]})).await.refused(403, "refused_by_profile");
        clinic.delete("/v1/me/freeze", me.token()).await.refused(403, "refused_by_profile");
        let path = format!("/v1/staff/patients/{}/freeze", me.id);
        let scopes = json!({"scopes": ["patient", "staff"]});
        clinic.post("/v1/staff/patients/find", desk.token(), json!({"phone": PHONE})).await.is(200);
        clinic.put(&path, desk.token(), scopes.clone()).await.refused(403, "identity_check_required");
        let check = json!({"channel": "phone", "document": "passport", "lastDigits": "1234"});
        clinic.post(&format!("/v1/staff/patients/{}/identity-checks", me.id), desk.token(), check).await.is(201);
        clinic.put(&path, desk.token(), scopes).await.is(200);
        for path in ["/v1/me", "/v1/bookings", "/v1/documents", "/v1/me/exports"] {
            clinic.get(path, me.token()).await.refused(403, "frozen");
        }
        // What is frozen can be read, and next door the export stays one's own.
        clinic.get("/v1/me/freeze", me.token()).await.is(200);
        telemed.get("/v1/me/exports", me.token()).await.is(200);
        clinic.delete(&path, desk.token()).await.is(200);
        clinic.get("/v1/me", me.token()).await.is(200);
        telemed.put("/v1/me/freeze", me.token(), json!({"scopes": ["patient"]})).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_is_nearer_and_an_export_is_kept_shorter() {
    for on in engines() {
        let Pair { telemed, clinic } = Pair::new(on).await;
        let me = telemed.patient(PHONE).await;
        let mut days = Vec::new();
        for house in [&telemed, &clinic] {
            let plan = house.get("/v1/me/erasure-plan", me.token()).await.is(200);
            days.push((from_now(house, &plan, "/deletionAt"), kept(house, &me).await));
        }
        assert_eq!(days, [(14, 7), (7, 3)], "{on:?}");
    }
}

/// For how many days an export is kept that this house has built.
async fn kept(house: &House, me: &Person) -> i64 {
    let id = house.post("/v1/me/exports", me.token(), json!({})).await.is(202).text("/id");
    house.settle().await;
    let export = house.get(&format!("/v1/me/exports/{id}"), me.token()).await.is(200);
    from_now(house, &export, "/expiresAt")
}

/// In how many days, to the nearest.
fn from_now(house: &House, answer: &Answer, pointer: &str) -> i64 {
    let moment: DateTime<Utc> = answer.text(pointer).parse().expect("a moment");
    let hours = (moment - house.app.ambient.now()).num_hours() + 12;
    hours / 24
}
