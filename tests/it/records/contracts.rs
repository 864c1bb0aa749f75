//! S2-14: the contract is what login and password are issued by; its end shuts the cabinet and starts the term.

use super::{PHONE, erased, exported, number, under_changed};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::{On, engines};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

/// Codes and passwords, a contract that is needed, terms that run from its end.
async fn house(on: On, at_end: &str) -> House {
    let changes = [
        ("ways = [\"code\"]", "ways = [\"code\", \"password\"]"),
        ("keep = \"3y\"\nfrom = \"erasure\"", "keep = \"3y\"\nfrom = \"contract_end\""),
    ];
    let added = format!(
        "[credentials]\nissued_lives = \"7d\"\nsign_in_address = \"https://cabinet.example/sign-in\"\n\
                 [contract]\nrequired = true\nat_end = \"{at_end}\"\n"
    );
    under_changed(on, &changes, &added).await
}

impl House {
    async fn contracts(&self, desk: &Person, patient: &Person, changes: Value) -> Answer {
        let today = self.app.ambient.now().date_naive() - TimeDelta::days(1);
        let mut new = json!({"number": "Д-17/26", "party": "ООО Пример Клиника", "startsOn": today.to_string()});
        for (field, value) in changes.as_object().expect("an object") {
            new[field.as_str()] = value.clone();
        }
        self.post(&format!("/v1/staff/patients/{}/contracts", patient.id), desk.token(), new).await
    }

    async fn issues(&self, desk: &Person, patient: &Person) -> Answer {
        let path = format!("/v1/staff/patients/{}/credentials", patient.id);
        self.post(&path, desk.token(), json!({"language": "ru"})).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_14_no_contract_no_cabinet_and_its_end_shuts_it_until_there_is_another() {
    for on in engines() {
        let house = house(on, "shuts").await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        let me = house.patient(PHONE).await;
        house.contracts(&desk, &me, json!({})).await.refused(404, "not_found");
        house.found_by_phone(&desk, PHONE).await;
        house.contracts(&desk, &me, json!({})).await.refused(403, "identity_check_required");
        house.checked(&desk, &me.id).await;
        house.issues(&desk, &me).await.refused(403, "contract_required");
        let tomorrow = (house.app.ambient.now().date_naive() + TimeDelta::days(2)).to_string();
        for (wrong, pointer) in [
            (json!({"startsOn": tomorrow}), "/startsOn"),
            (json!({"endsOn": "2020-01-01"}), "/endsOn"),
            (json!({"number": "  "}), "/number"),
        ] {
            let answer = house.contracts(&desk, &me, wrong).await.refused(400, "invalid").json();
            assert_eq!(answer["errors"][0]["pointer"], pointer, "{answer}");
        }
        // The signed copy is a document of his, and of nobody else.
        let nothing = house.app.ambient.id().to_string();
        house.contracts(&desk, &me, json!({"documentId": nothing})).await.refused(404, "not_found");
        assert_eq!(number(&house, "SELECT count(*) FROM service_contract").await, 0, "{on:?}");

        let contract = house.contracts(&desk, &me, json!({})).await.is(201).text("/id");
        house.issues(&desk, &me).await.is(201);
        let me = house.newcomer(PHONE).await;
        let mine = house.get("/v1/me/contracts", me.token()).await.is(200).json();
        assert_eq!((&mine["items"][0]["number"], &mine["items"][0]["state"]), (&json!("Д-17/26"), &json!("standing")));
        let (parts, _) = exported(&house, &me).await;
        assert_eq!(parts["contracts"][0]["party"], "ООО Пример Клиника");
        let sealed = crate::doors::everything(&house).await["service_contract"].clone();
        assert!(!sealed.contains("Пример") && !sealed.contains("17/26"), "numbers and parties are sealed");

        let end = format!("/v1/staff/patients/{}/contracts/{contract}/end", me.id);
        house.post(&end, desk.token(), json!({})).await.is(204);
        house.post(&end, desk.token(), json!({})).await.refused(409, "state_conflict");
        house.get("/v1/me/contracts", me.token()).await.refused(403, "frozen");
        house.issues(&desk, &me).await.refused(403, "contract_required");
        // It is not his to open.
        house.delete("/v1/me/freeze", me.token()).await;
        house.get("/v1/me/contracts", me.token()).await.refused(403, "frozen");
        house.contracts(&desk, &me, json!({"endsOn": tomorrow})).await.is(201);
        house.get("/v1/me/contracts", me.token()).await.is(200);

        // On its last day it ends by itself.
        house.later(TimeDelta::days(4)).await;
        let (challenge, code) = house.code_for(PHONE).await;
        let body = json!({"grant": "code", "challengeId": challenge, "code": code});
        let token = house.post("/v1/auth/tokens", None, body).await.is(200).text("/accessToken");
        house.get("/v1/me/contracts", Some(&token)).await.refused(403, "frozen");
        assert_eq!(number(&house, "SELECT count(*) FROM service_contract WHERE state = 'ended'").await, 2, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_14_the_end_of_the_contract_starts_the_term_and_the_record_goes_with_it() {
    for on in engines() {
        let house = house(on, "stays").await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        let me = house.patient(PHONE).await;
        house.found_by_phone(&desk, PHONE).await;
        house.checked(&desk, &me.id).await;
        let contract = house.contracts(&desk, &me, json!({})).await.is(201).text("/id");
        let end = format!("/v1/staff/patients/{}/contracts/{contract}/end", me.id);
        house.post(&end, desk.token(), json!({})).await.is(204);
        let ended = house.app.ambient.now();
        // Months of nothing, and the term has run since then, not since the account's end.
        house.app.ambient.advance(TimeDelta::days(100));
        let me = house.newcomer(PHONE).await;
        let plan = house.get("/v1/me/erasure-plan", me.token()).await.is(200).json();
        let classes = plan["classes"].as_array().cloned().unwrap_or_default();
        let evidence = classes.into_iter().find(|item| item["class"] == "evidence").expect("the class");
        let until: DateTime<Utc> = evidence["until"].as_str().expect("a text").parse().expect("an instant");
        assert!((until - ended).num_days().abs_diff(3 * 365) <= 2, "{until} is three years from {ended}, on {on:?}");
        erased(&house, PHONE).await;
        assert_eq!(number(&house, "SELECT count(*) FROM service_contract").await, 1);
        house.later(TimeDelta::days(1000)).await;
        assert_eq!(number(&house, "SELECT count(*) FROM service_contract").await, 0, "its term is over, on {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_14_where_no_contract_is_asked_for_its_end_shuts_nothing() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        let me = house.patient(PHONE).await;
        house.found_by_phone(&desk, PHONE).await;
        house.checked(&desk, &me.id).await;
        let contract = house.contracts(&desk, &me, json!({})).await.is(201).text("/id");
        house.post(&format!("/v1/staff/patients/{}/contracts/{contract}/end", me.id), desk.token(), json!({})).await.is(204);
        let mine = house.get("/v1/me/contracts", me.token()).await.is(200).json();
        let ended: DateTime<Utc> = mine["items"][0]["endedAt"].as_str().expect("a text").parse().expect("an instant");
        assert!(ended <= house.app.ambient.now() && mine["items"][0]["state"] == "ended", "{on:?}");
    }
}
