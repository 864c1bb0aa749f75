//! Finding people, claiming an account, and what the desk is refused.

use super::{OTHER, Office, PHONE};
use crate::support::house::{Answer, House};
use crate::support::stores::engines;
use chrono::TimeDelta;
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn s1_04_a_surname_in_any_script_and_a_birth_date_find_candidates_and_nothing_browses() {
    for on in engines() {
        let house = House::new(on).await;
        let office = Office::open(&house).await;
        let (desk, elsewhere) = (&office.desk, &office.elsewhere);
        let first = house.enter(desk, "Квирикашвили-Ёлкина", Some(PHONE)).await;
        for surname in ["КВИРИКАШВИЛИ ЕЛКИНА", "Kvirikashvili", "კვირიკაშვილი", "Yolkina"]
        {
            let found = house.search(elsewhere, surname).await;
            assert_eq!(found.len(), 1, "{surname}: {found:?}");
            assert_eq!(found[0]["patientId"], json!(first));
            assert!(found[0]["until"].is_string(), "the only one is found");
            let text = found[0].to_string();
            assert!(!text.contains("вирикашвили") && !text.contains("1234567"), "masked: {text}");
        }
        assert!(house.search(desk, "Квирикашвил").await.is_empty(), "a part of a name finds nobody");
        let wrong_day = json!({"surname": "Квирикашвили", "birthDate": "1990-03-02"});
        let none = house.post("/v1/staff/patients/search", desk.token(), wrong_day).await.is(200).json();
        assert_eq!(none["items"], json!([]));
        house
            .post("/v1/staff/patients/search", desk.token(), json!({"surname": "-", "birthDate": "1990-03-01"}))
            .await
            .refused(400, "invalid");

        // Of several the desk chooses, and only of those whom it was shown.
        let second = house.enter(desk, "Квирикашвили", Some(OTHER)).await;
        house.later(TimeDelta::minutes(16)).await;
        let house_desk = house.sign_in_again(&office, "desk").await;
        let choose = |id: &str| format!("/v1/staff/patients/{id}/choose");
        house.post(&choose(&second), Some(&house_desk), json!({})).await.refused(404, "not_found");
        let body = json!({"surname": "Kvirikashvili", "birthDate": "1990-03-01"});
        let two = house.post("/v1/staff/patients/search", Some(&house_desk), body).await.is(200).json();
        let ids: BTreeSet<String> = two["items"]
            .as_array()
            .expect("two")
            .iter()
            .map(|item| item["patientId"].as_str().expect("an id").to_owned())
            .collect();
        assert_eq!(ids, BTreeSet::from([first.clone(), second.clone()]));
        assert!(two["items"][0]["until"].is_null() && two["items"][1]["until"].is_null());
        let visits = format!("/v1/staff/patients/{second}/bookings");
        house.get(&visits, Some(&house_desk)).await.refused(404, "not_found");
        house.post(&choose(&second), Some(&house_desk), json!({})).await.is(200);
        house.get(&visits, Some(&house_desk)).await.is(200);
        let same = house.get(&format!("/v1/staff/patients/{second}/duplicates"), Some(&house_desk)).await.is(200).json();
        assert_eq!(same["items"][0]["patientId"], json!(first), "{on:?}");

        // Each of them reads that the desk looked.
        let me = house.newcomer(PHONE).await;
        let log = house.get("/v1/me/access-log", me.token()).await.is(200).json();
        assert!(log["items"].as_array().is_some_and(|items| items.len() >= 2), "{log}");
    }
}

impl House {
    /// Nothing has to be done: sessions of staff outlive a quarter of an hour, their access tokens do not.
    async fn sign_in_again(&self, office: &Office, _: &str) -> String {
        let body = json!({"grant": "refresh", "refreshToken": office.desk.refresh});
        self.post("/v1/auth/tokens", None, body).await.is(200).text("/accessToken")
    }
}

/// What somebody learns of an answer without its ids and hours.
fn shape(answer: &Answer) -> (u16, Vec<String>, Vec<String>) {
    let mut fields: Vec<String> = answer.json().as_object().expect("an object").keys().cloned().collect();
    fields.sort();
    let mut headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
    headers.sort();
    (answer.status.as_u16(), fields, headers)
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_01_an_account_is_claimed_by_phone_and_no_stranger_learns_that_it_is_there() {
    for on in engines() {
        let house = House::new(on).await;
        let office = Office::open(&house).await;
        let patient = house.enter(&office.desk, "Нурланова", Some(PHONE)).await;
        let mut seen = Vec::new();
        for phone in [PHONE, OTHER] {
            let asked = house.post("/v1/auth/codes", None, json!({"channel": "sms", "to": phone})).await.is(202);
            let wrong = json!({"grant": "code", "challengeId": asked.text("/challengeId"), "code": "0000000"});
            // Its message is out before the next one's, of which the code is taken.
            house.settle().await;
            let refused = house.post("/v1/auth/tokens", None, wrong).await.refused(400, "wrong_code");
            let (challenge, code) = house.code_for(phone).await;
            let right = json!({"grant": "code", "challengeId": challenge, "code": code});
            let pair = house.post("/v1/auth/tokens", None, right).await.is(200);
            seen.push((shape(&asked), shape(&refused), shape(&pair)));
            let me = house.get("/v1/me", Some(&pair.text("/accessToken"))).await.is(200).text("/id");
            assert_eq!(me == patient, phone == PHONE);
        }
        assert_eq!(seen[0], seen[1], "{on:?}");
        // Without a phone he is there all the same, and nobody can claim him.
        house.enter(&office.desk, "Безтелефонов", None).await;
        assert_eq!(house.search(&office.desk, "Безтелефонов").await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_01_the_desk_acts_for_nobody_whom_it_did_not_find_and_against_no_freeze() {
    for on in engines() {
        let house = House::new(on).await;
        let office = Office::open(&house).await;
        let (desk, elsewhere) = (&office.desk, &office.elsewhere);
        let me = house.patient(PHONE).await;
        let visits = format!("/v1/staff/patients/{}/bookings", me.id);
        let body = office.visit(&house, 1, 10);
        let booking = house.post("/v1/bookings", me.token(), {
            let mut own = office.visit(&house, 2, 10);
            own.as_object_mut().expect("a visit").remove("channel");
            own["complaint"] = "кашель".into();
            own
        });
        let booking = booking.await.is(201).text("/id");
        let notice = json!({"channel": "desk", "acceptance": house.told("/v1/policies/current", desk).await});
        let person = json!({"surname": "Ким", "givenName": "Пётр", "birthDate": "1980-05-01"});
        let patient = format!("/v1/staff/patients/{}", me.id);
        let nobody = async |house: &House, token: Option<&str>| {
            house.post(&visits, token, body.clone()).await.refused(404, "not_found");
            house.get(&visits, token).await.refused(404, "not_found");
            house.get(&format!("{visits}/{booking}/slip"), token).await.refused(404, "not_found");
            house.post(&format!("{visits}/{booking}/cancel"), token, json!({})).await.refused(404, "not_found");
            house.post(&format!("{patient}/notices"), token, notice.clone()).await.refused(404, "not_found");
            house.put(&format!("{patient}/profile"), token, person.clone()).await.refused(404, "not_found");
            house.get(&format!("{patient}/duplicates"), token).await.refused(404, "not_found");
            house.delete(&format!("{patient}/merge"), token).await.refused(404, "not_found");
        };
        nobody(&house, desk.token()).await;

        // The desk of another clinic finds him, too, and does nothing in this one.
        house.find(elsewhere, PHONE).await.is(200);
        house.post(&visits, elsewhere.token(), body.clone()).await.refused(404, "not_found");
        house.post(&format!("{visits}/{booking}/cancel"), elsewhere.token(), json!({})).await.refused(404, "not_found");
        house.get(&format!("{visits}/{booking}/slip"), elsewhere.token()).await.refused(404, "not_found");
        assert_eq!(house.get(&visits, elsewhere.token()).await.is(200).json()["items"], json!([]));

        house.find(desk, PHONE).await.is(200);
        let listed = house.get(&visits, desk.token()).await.is(200);
        assert!(!String::from_utf8_lossy(&listed.bytes).contains("кашель"), "the desk reads no complaint");
        house.put("/v1/me/freeze", me.token(), json!({"scopes": ["patient", "staff"]})).await.is(200);
        house.post(&visits, desk.token(), body.clone()).await.refused(403, "frozen");
        house.post(&format!("{visits}/{booking}/cancel"), desk.token(), json!({})).await.refused(403, "frozen");
        house.get(&format!("{visits}/{booking}/slip"), desk.token()).await.refused(404, "not_found");
        house.delete("/v1/me/freeze", me.token()).await.is(200);
        house.post(&visits, desk.token(), body.clone()).await.is(201);

        house.delete("/v1/me", me.token()).await.is(202);
        house.post(&visits, desk.token(), office.visit(&house, 3, 10)).await.refused(409, "deletion_pending");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_01_whoever_was_erased_is_nobody_at_the_desk() {
    for on in engines() {
        let house = House::new(on).await;
        let gone = house.enter_and_erase().await;
        let office = Office::open(&house).await;
        let desk = &office.desk;
        house.find(desk, PHONE).await.refused(404, "not_found");
        let body = json!({"surname": "Пациентов", "birthDate": "1980-05-01"});
        let found = house.post("/v1/staff/patients/search", desk.token(), body).await.is(200).json();
        assert_eq!(found["items"], json!([]), "{on:?}");
        let visits = format!("/v1/staff/patients/{gone}/bookings");
        house.post(&visits, desk.token(), office.visit(&house, 1, 10)).await.refused(404, "not_found");
        house.get(&visits, desk.token()).await.refused(404, "not_found");
        // His phone is free again.
        assert_ne!(house.enter(desk, "Пациентов", Some(PHONE)).await, gone);
    }
}

impl House {
    async fn enter_and_erase(&self) -> String {
        let gone = self.patient(PHONE).await;
        self.delete("/v1/me", gone.token()).await.is(202);
        self.later(TimeDelta::days(15)).await;
        gone.id
    }
}
