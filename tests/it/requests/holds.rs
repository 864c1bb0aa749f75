//! Legal holds: what an officer keeps from an erasure.

use super::{PHONE, asks, hired};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::clinic::identity::Role;
use feldsher::kernel::vault::Class;
use serde_json::{Value, json};
use uuid::Uuid;

const RULE: &str = "Суд города, дело 2-17";
const GROUND: &str = "Иск о возмещении вреда";

/// What becomes of a class, by the plan.
fn planned(plan: &Answer, class: &str) -> Value {
    let classes = plan.json()["classes"].as_array().cloned().unwrap_or_default();
    classes.into_iter().find(|planned| planned["class"] == class).unwrap_or_default()
}

/// Somebody with a ticket to support, which no rule of the profile holds.
async fn with_ticket(house: &House, phone: &str) -> (Person, Uuid) {
    let me = house.patient(phone).await;
    house.post("/v1/tickets", me.token(), json!({"topic": "app", "text": "Не входит"})).await.is(201);
    let subject = me.id.parse().expect("an id");
    (me, subject)
}

#[tokio::test(flavor = "multi_thread")]
async fn e6_a_legal_hold_keeps_what_an_erasure_would_destroy_until_it_is_lifted() {
    for on in engines() {
        let house = House::new(on).await;
        let officer = hired(&house, Role::Officer, "officer").await;
        let desk = hired(&house, Role::Reception, "desk").await;
        let ((me, subject), (_, free)) = (with_ticket(&house, PHONE).await, with_ticket(&house, "+79160000002").await);
        let other = house.newcomer("+79160000002").await;
        let request = asks(&house, &me, json!({"kind": "access"})).await;
        let until = house.app.ambient.now() + TimeDelta::days(400);
        let hold = json!({
            "requestId": request, "classes": ["support"], "rule": RULE, "ground": GROUND, "until": until.to_rfc3339(), "told": true,
        });
        let path = "/v1/staff/legal-holds";
        for (who, code) in [(&desk, "forbidden"), (&me, "forbidden")] {
            house.post(path, who.token(), hold.clone()).await.refused(403, code);
        }
        // With another value of one field, or without it.
        let changed = |field: &str, value: Value| {
            let mut odd = hold.clone();
            odd[field] = value;
            if odd[field].is_null() {
                odd.as_object_mut().expect("an object").remove(field);
            }
            odd
        };
        for odd in [
            changed("classes", json!(["identity"])),
            changed("classes", json!([])),
            changed("rule", json!("  ")),
            changed("until", json!("2020-01-01T00:00:00Z")),
            changed("patientId", json!(me.id)),
            changed("requestId", Value::Null),
        ] {
            house.post(path, officer.token(), odd).await.refused(400, "invalid");
        }
        house.post(path, officer.token(), changed("requestId", json!(Uuid::nil()))).await.refused(404, "not_found");
        let mut unfound = changed("requestId", Value::Null);
        unfound["patientId"] = json!(me.id);
        house.post(path, officer.token(), unfound).await.refused(404, "not_found");

        let before = house.get("/v1/me/erasure-plan", me.token()).await.is(200);
        assert_eq!(planned(&before, "support")["outcome"], "destroyed", "no rule holds it");
        let untold = house.post(path, officer.token(), changed("told", json!(false))).await.is(201).text("/id");
        let plan = house.get("/v1/me/erasure-plan", me.token()).await.is(200);
        let support = planned(&plan, "support");
        assert_eq!((&support["outcome"], support["rule"] != json!(RULE)), (&json!("held"), true));
        assert!(!String::from_utf8_lossy(&plan.bytes).contains(GROUND), "the ground is the officers' own");
        let set = house.post(path, officer.token(), hold.clone()).await.is(201).text("/id");
        house.delete(&format!("{path}/{untold}"), officer.token()).await.is(204);
        house.delete(&format!("{path}/{untold}"), officer.token()).await.refused(409, "state_conflict");
        let plan = house.get("/v1/me/erasure-plan", me.token()).await.is(200);
        assert_eq!(planned(&plan, "support")["rule"], RULE);
        let listed = house.get(path, officer.token()).await.is(200);
        assert_eq!((listed.text("/items/0/id"), listed.text("/items/0/ground")), (set.clone(), GROUND.to_owned()));

        let number = house.delete("/v1/me", me.token()).await.is(202).text("/recordNumber");
        house.delete("/v1/me", other.token()).await.is(202);
        house.later(TimeDelta::days(14) + TimeDelta::minutes(1)).await;
        let held = house.app.vault.keys(subject).await.expect("held keys");
        assert!(held.has(Class::Support) && !held.has(Class::Identity));
        let gone = house.app.vault.keys(free).await;
        assert!(gone.map_or(true, |keys| !keys.has(Class::Support)), "whom no hold keeps is gone");
        assert_eq!(super::number(&house, "SELECT count(*) FROM ticket").await, 1);

        let officer = hired(&house, Role::Officer, "another").await;
        let mut by_number = changed("requestId", Value::Null);
        by_number["recordNumber"] = json!(number.to_lowercase());
        let second = house.post(path, officer.token(), by_number).await.is(201).text("/id");
        house.delete(&format!("{path}/{set}"), officer.token()).await.is(204);
        house.later(TimeDelta::days(2)).await;
        assert_eq!(super::number(&house, "SELECT count(*) FROM ticket").await, 1, "the other hold stands");
        let officer = hired(&house, Role::Officer, "third").await;
        house.delete(&format!("{path}/{second}"), officer.token()).await.is(204);
        house.later(TimeDelta::days(2)).await;
        assert_eq!(super::number(&house, "SELECT count(*) FROM ticket").await, 0, "lifted, and destroyed on {on:?}");
        let left = house.app.vault.keys(subject).await;
        assert!(left.is_ok_and(|keys| !keys.has(Class::Support)), "evidence has its own term");
        let sql = "SELECT count(*) FROM legal_hold WHERE sealed IS NOT NULL";
        assert_eq!(super::number(&house, sql).await, 0, "no ground outlives what it kept");
        let officer = hired(&house, Role::Officer, "fourth").await;
        assert_eq!(house.get(path, officer.token()).await.is(200).json()["items"].as_array().map(Vec::len), Some(3));
    }
}
