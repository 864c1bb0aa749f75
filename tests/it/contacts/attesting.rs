//! What a patient attests of his data.

use super::{EMAIL, PHONE, change};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::clinic::ROOMS;
use reqwest::Method;
use serde_json::json;

async fn due(house: &House, who: &Person) -> bool {
    house.get("/v1/me", who.token()).await.is(200).json()["attestationDue"] == true
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_06_data_is_attested_as_it_was_read_and_asked_again_when_it_has_aged_or_changed() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.newcomer(PHONE).await;
        house.post("/v1/me/attestations", me.token(), json!({})).await.refused(403, "acceptance_required");
        house.accept(&me).await;
        assert!(!due(&house, &me).await, "there is nothing yet to be attested");
        house.post("/v1/me/attestations", me.token(), json!({})).await.refused(403, "profile_required");
        let profile = json!({"surname": "Пациентов", "givenName": "Пётр", "birthDate": "1980-05-01"});
        house.put("/v1/me/profile", me.token(), profile.clone()).await.is(200);
        assert!(due(&house, &me).await);

        let read = house.get("/v1/me", me.token()).await.is(200);
        let tag = read.headers["etag"].to_str().expect("a tag").to_owned();
        let attest = |key: &str, tag: &str| {
            let request = house.request(Method::POST, "/v1/me/attestations", me.token());
            request.header("Idempotency-Key", key.to_owned()).header("If-Match", tag.to_owned())
        };
        house.send(attest("stale", "\"1\"")).await.refused(412, "precondition_failed");
        let first = house.send(attest("one", &tag)).await.is(201);
        let again = house.send(attest("one", &tag)).await.is(201);
        assert_eq!(first.bytes, again.bytes, "said once");
        assert_eq!(first.text("/channel"), "app");
        assert_eq!(format!("\"{}\"", first.json()["version"]), tag);
        assert!(!due(&house, &me).await);

        change(&house, &me, "email", EMAIL).await.is(200);
        assert!(due(&house, &me).await, "what was attested is not what is known now");
        house.post("/v1/me/attestations", me.token(), json!({})).await.is(201);
        house.later(TimeDelta::days(364)).await;
        let me = signed_in(&house).await;
        assert!(!due(&house, &me).await);
        house.later(TimeDelta::days(2)).await;
        let me = signed_in(&house).await;
        assert!(due(&house, &me).await, "a year later it is asked again");
        let list = house.get("/v1/me/attestations", me.token()).await.is(200).json();
        assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
        let keys = house.app.vault.keys(me.id.parse().expect("an id")).await.expect("keys");
        let room = ROOMS.iter().find(|room| room.name == "identity").expect("the room");
        let parts = (room.export.expect("an export"))(&house.app, &keys).await.expect("parts");
        let exported = parts.iter().find(|part| part.name == "attestations").expect("a part");
        assert_eq!((exported.rows.len(), &exported.rows[0]["channel"]), (2, &json!("app")));

        // Evidence outlives the account for as long as the profile holds it.
        house.delete("/v1/me", me.token()).await.is(202);
        house.later(TimeDelta::days(15)).await;
        assert_eq!(crate::doors::everything(&house).await["attestation"].lines().count(), 2, "{on:?}");
        house.later(TimeDelta::days(3 * 366)).await;
        house.later(TimeDelta::days(2)).await;
        assert_eq!(crate::doors::everything(&house).await["attestation"], "", "{on:?}");
    }
}

/// After half a year a code alone opens nothing.
async fn signed_in(house: &House) -> Person {
    let pair = super::sign_in(house, "sms", PHONE, json!({"birthDate": "1980-05-01"})).await.is(200);
    let token = pair.text("/accessToken");
    let id = house.get("/v1/me", Some(&token)).await.is(200).text("/id");
    Person { id, token, refresh: pair.text("/refreshToken") }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_06_the_desk_writes_down_what_a_checked_patient_attests() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        let me = house.patient(PHONE).await;
        let path = format!("/v1/staff/patients/{}/attestations", me.id);
        let said = json!({"channel": "phone"});
        house.post(&path, admin.token(), said.clone()).await.refused(403, "forbidden");
        house.post(&path, desk.token(), said.clone()).await.refused(404, "not_found");
        house.post("/v1/staff/patients/find", desk.token(), json!({"phone": PHONE})).await.is(200);
        house.post(&path, desk.token(), said.clone()).await.refused(403, "identity_check_required");
        let check = json!({"channel": "phone", "document": "passport", "lastDigits": "4321"});
        house.post(&format!("/v1/staff/patients/{}/identity-checks", me.id), desk.token(), check).await.is(201);
        house.post(&path, desk.token(), said).await.is(201);
        assert!(!due(&house, &me).await, "{on:?}");
        let list = house.get("/v1/me/attestations", me.token()).await.is(200).json();
        assert_eq!(list["items"][0]["channel"], "phone");
        assert_eq!(list["items"][0]["byStaff"], true);
    }
}
