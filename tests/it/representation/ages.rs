//! Fifteen and eighteen: the shield, coming of age, and an account that is handed over to whom it belongs.

use super::{CHILD, Dependant, PARENT, SNILS, count, turns};
use crate::support::house::House;
use crate::support::people::{PASSWORD, Person};
use crate::support::stores::engines;
use chrono::TimeDelta;
use serde_json::json;

/// Somebody comes to the desk with his document, and his account becomes his own.
async fn hand_over(house: &House, desk: &Person, patient: &str) -> Person {
    house.found_by_snils(desk, SNILS).await;
    let path = format!("/v1/staff/patients/{patient}/handover");
    let phone = json!({"phone": CHILD});
    house.post(&path, desk.token(), phone.clone()).await.refused(403, "identity_check_required");
    house.checked(desk, patient).await;
    house.post(&path, desk.token(), phone).await.is(204);
    let own = house.newcomer(CHILD).await;
    assert_eq!(own.id, patient, "the account that was always his");
    own
}

/// A verified child with a number, so that the desk finds it.
async fn known_child(house: &House, desk: &Person, parent: &Person, born: &str) -> (Dependant, Person) {
    let child = house.dependant(parent, born).await;
    house.verified(desk, PARENT, &child).await;
    let acting = house.acts(parent, &child).await;
    house.accept(&acting).await;
    let profile = json!({
        "surname": "Пациентова", "givenName": "Маша", "birthDate": born, "identifiers": [{"system": "snils", "value": SNILS}]
    });
    house.put("/v1/me/profile", acting.token(), profile).await.is(200);
    (child, acting)
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_06_from_fifteen_on_nothing_clinical_is_shown_to_a_parent() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let (desk, secret_of_desk) = house.desk_with_secret(&admin, &clinic).await;
        let parent = house.patient(PARENT).await;
        let (child, acting) = known_child(&house, &desk, &parent, &turns(&house, 15, 5)).await;
        let document = house.document(&acting).await;
        let booked = house.seeks_care(&acting, &clinic, 20).await;
        let talk = json!({"with": "doctor", "doctorId": clinic.doctor_id});
        let talk = house.post("/v1/conversations", acting.token(), talk).await.is(201).text("/id");
        assert_eq!(count(&house.get("/v1/documents", acting.token()).await.is(200)), 1);
        assert_eq!(count(&house.get("/v1/conversations", acting.token()).await.is(200)), 1);

        house.later(TimeDelta::days(6)).await;
        let parent = house.newcomer(PARENT).await;
        let desk = house.sign_in("desk", PASSWORD, &secret_of_desk).await;
        let own = hand_over(&house, &desk, &child.patient).await;
        house.settle().await;
        let secret = house.seeks_care(&own, &clinic, 21).await.text("/id");
        let listed = house.get("/v1/me/dependants", parent.token()).await.is(200).json();
        assert_eq!(listed["items"][0]["shielded"], json!(true));
        let acting = house.acts(&parent, &child).await;
        let closed = [
            "/v1/documents".to_owned(),
            format!("/v1/documents/{document}"),
            format!("/v1/documents/{document}/content"),
            format!("/v1/conversations/{talk}"),
            format!("/v1/conversations/{talk}/messages"),
            "/v1/me/exports".to_owned(),
            "/v1/tickets".to_owned(),
            "/v1/charges".to_owned(),
            format!("/v1/bookings/{secret}"),
        ];
        for path in closed {
            let answer = house.get(&path, acting.token()).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (404, "not_found".to_owned()), "{path}");
        }
        house.post(&format!("/v1/bookings/{secret}/cancel"), acting.token(), json!({})).await.refused(404, "not_found");
        assert_eq!(count(&house.get("/v1/conversations", acting.token()).await.is(200)), 0);
        // He sees the visit that he made himself, and not why.
        let bookings = house.get("/v1/bookings", acting.token()).await.is(200);
        assert_eq!((count(&bookings), bookings.text("/items/0/id")), (1, booked.text("/id")));
        assert_eq!(bookings.text("/items/0/complaint"), "");
        let text =
            String::from_utf8_lossy(&house.get("/v1/me/access-log?limit=100", acting.token()).await.is(200).bytes).into_owned();
        assert!(!text.contains(&document) && !text.contains("clinical"), "{text}");
        let told = house.get("/v1/notifications?limit=100", acting.token()).await.is(200).json();
        let kinds: Vec<_> = told["items"].as_array().expect("notices").iter().map(|notice| notice["kind"].clone()).collect();
        assert!(kinds.iter().all(|kind| kind == "representationChanged"), "{kinds:?}");
        let device = json!({"platform": "android", "appVersion": "3.2.1", "pushTokens": [{"kind": "fcmToken", "token": "a-parents-token"}]});
        let path = format!("/v1/devices/{}", house.app.ambient.id());
        house.put(&path, acting.token(), device).await.refused(403, "not_by_representation");

        // The young person has all of it, and ends no parent by himself.
        assert_eq!(count(&house.get("/v1/documents", own.token()).await.is(200)), 1);
        assert_eq!(count(&house.get("/v1/bookings", own.token()).await.is(200)), 2);
        house.delete(&format!("/v1/me/representatives/{}", child.id), own.token()).await.refused(403, "forbidden");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_06_who_comes_of_age_is_represented_no_longer_and_takes_his_account_over() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let (desk, secret_of_desk) = house.desk_with_secret(&admin, &clinic).await;
        let parent = house.patient(PARENT).await;
        let (child, acting) = known_child(&house, &desk, &parent, &turns(&house, 18, 1)).await;
        let booked = house.seeks_care(&acting, &clinic, 20).await.text("/id");
        // On the day, before any duty has run.
        house.app.ambient.advance(TimeDelta::days(2));
        let parent = house.newcomer(PARENT).await;
        let tokens = format!("/v1/me/dependants/{}/tokens", child.id);
        house.send(house.request(reqwest::Method::POST, &tokens, parent.token())).await.refused(404, "not_found");
        assert_eq!(count(&house.get("/v1/me/dependants", parent.token()).await.is(200)), 0);
        house.later(TimeDelta::days(1)).await;
        let parent = house.newcomer(PARENT).await;
        let told = house.get("/v1/notifications", parent.token()).await.is(200);
        assert_eq!(told.text("/items/0/kind"), "representationChanged");
        assert_eq!(told.text("/items/0/objectId"), child.id);
        let desk = house.sign_in("desk", PASSWORD, &secret_of_desk).await;
        let own = hand_over(&house, &desk, &child.patient).await;
        assert_eq!(house.get("/v1/bookings", own.token()).await.is(200).text("/items/0/id"), booked);
        let told = house.get("/v1/notifications?limit=100", own.token()).await.is(200).json();
        let about = |notice: &serde_json::Value| notice["kind"] == json!("representationChanged");
        assert!(told["items"].as_array().expect("notices").iter().any(about), "{told:#}");
        assert_eq!(count(&house.get("/v1/me/representatives", own.token()).await.is(200)), 0);
    }
}
