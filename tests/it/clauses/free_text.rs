//! S4-17: every free text that a patient can send, found in the contract, is followed into the stores, the export and the
//! erasure.

use super::archive_of;
use crate::doors::{Door, call, everything, matrix, operations};
use crate::support::auditor::{Auditor, Opened};
use crate::support::house::House;
use crate::support::stores::engines;
use crate::support::town::Town;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What is a string in the contract and no free text: words of a code, or what is checked until nothing free is left of it.
const CODED: &[&str] = &[
    "appVersion",
    "code",
    "country",
    "currentPassword",
    "language",
    "lastDigits",
    "locale",
    "mediaType",
    "newPassword",
    "number",
    "osVersion",
    "phone",
    "returnUrl",
    "timeZone",
    "to",
    "token",
    "value",
    "version",
    "warningVersion",
    "word",
    "zone",
];

/// Fields whose words go elsewhere than to the patient's own record, each with the reason.
const ELSEWHERE: &[(&str, &str)] = &[
    ("createDependant", "of the dependant's own account, whose fields are those of putProfile"),
    ("withdrawConsents", "ids of consents, which are known or refused"),
    ("sendTelemetry", "words that the profile lists; everything else is dropped"),
    ("putDevice", "words of a machine; what looks like a person's is dropped"),
];

/// What takes back what stood there before, or ends the account: it would take the marks along.
const ENDS: &[&str] = &[
    "withdrawDisagreement",
    "withdrawRequest",
    "withdrawBookingWish",
    "signOut",
    "deleteMe",
    "undoDeletion",
    "endOtherSessions",
];

/// A word that stands nowhere else, in letters alone, as a name has to be.
fn mark(number: usize) -> String {
    let letter = |number: usize| "абвгдежзиклмнопрстуфхц".chars().nth(number % 22).expect("a letter");
    format!("Меточник{}{}", letter(number / 22), letter(number))
}

/// The free texts of a schema that a body has, or could have at once: paths of fields.
fn free_texts(contract: &Value, schema: &Value, body: &Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap_or_default();
        return free_texts(contract, &contract["components"]["schemas"][name], body, path, found);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        free_texts(contract, part, body, path, found);
    }
    let name = path.last().cloned().unwrap_or_default();
    let is_bare = ["format", "enum", "pattern"].iter().all(|word| schema[word].is_null());
    if schema["type"] == "string" && is_bare && !CODED.contains(&name.as_str()) {
        found.push(path.clone());
    }
    for (field, inner) in schema["properties"].as_object().into_iter().flatten() {
        // One text is offered everywhere; what has parts of its own only where the body has it.
        let (is_there, is_text) = (!body[field].is_null(), inner["type"] == "string");
        if is_there || is_text {
            path.push(field.clone());
            free_texts(contract, inner, &body[field], path, found);
            path.pop();
        }
    }
}

fn put(body: &mut Value, path: &[String], text: &str) {
    let (last, before) = path.split_last().expect("a field");
    let object = before.iter().fold(body, |value, field| &mut value[field.as_str()]);
    object[last.as_str()] = text.into();
}

/// A patient's own operations with their free texts marked: each mark with its place.
fn marked(contract: &Value, town: &Town, door: &Door, schema: &Value, marks: &mut Vec<(String, String)>) -> Door {
    let filled = town.fill(door.body.as_deref().unwrap_or("{}"));
    let Ok(mut body) = serde_json::from_str::<Value>(&filled) else { return door.clone() };
    let mut paths = Vec::new();
    free_texts(contract, schema, &body, &mut Vec::new(), &mut paths);
    for path in paths {
        // A profile asks for one name or for several.
        if door.operation == "putProfile" && path == ["name"] {
            continue;
        }
        let mark = mark(marks.len());
        put(&mut body, &path, &mark);
        marks.push((format!("{}/{}", door.operation, path.join("/")), mark));
    }
    let mut marked = door.clone();
    marked.body = Some(body.to_string());
    marked
}

/// The doors in their order; but a conversation is begun when the one that was open is closed, for until then the open one is
/// answered, whatever topic is given.
fn doors() -> Vec<Door> {
    let (begins, mut doors): (Vec<Door>, Vec<Door>) =
        matrix().into_iter().partition(|door| door.operation == "createConversation");
    let closing = doors.iter().position(|door| door.operation == "closeConversation").expect("a door that closes");
    doors.splice(closing + 1..closing + 1, begins);
    doors
}

/// The door of feedback is tried on a visit to come, and refuses; here it is about one that is over.
fn over(door: &Door) -> Door {
    let mut door = door.clone();
    door.path = "/v1/bookings/{finishing}/feedback".to_owned();
    door.answer = 201;
    door
}

#[test]
fn s4_17_a_free_text_is_told_from_a_coded_one() {
    let contract = feldsher::server::service::contract().expect("a contract");
    let text = |schema: Value| {
        let mut found = Vec::new();
        let schema = serde_json::json!({"type": "object", "properties": {"remark": schema, "inner": {"type": "object", "properties": {"word2": {"type": "string"}}}}});
        free_texts(&contract, &schema, &serde_json::json!({"inner": {}}), &mut Vec::new(), &mut found);
        found.iter().map(|path| path.join("/")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(text(serde_json::json!({"type": "string", "maxLength": 9})), "inner/word2 remark");
    assert_eq!(text(serde_json::json!({"type": "string", "enum": ["a"]})), "inner/word2");
    assert_eq!(text(serde_json::json!({"type": "string", "format": "date"})), "inner/word2");
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_17_every_free_text_is_sealed_classed_exported_and_erased() {
    let contract = feldsher::server::service::contract().expect("a contract");
    let operations = operations();
    for on in engines() {
        let house = House::new(on).await;
        let town = Town::build(&house).await;
        let victim: Uuid = town.fill("{victim}").parse().expect("an id");
        let mut marks = Vec::new();
        for door in doors() {
            let (method, path) = &operations[&door.operation];
            let is_own = door.owner == "self";
            if ENDS.contains(&door.operation.as_str()) || (is_own && *method == Method::DELETE) {
                continue;
            }
            let schema =
                &contract["paths"][path][method.as_str().to_lowercase()]["requestBody"]["content"]["application/json"]["schema"];
            let door = if door.operation == "createFeedback" { over(&door) } else { door };
            let is_marked = is_own
                && door.answer < 400
                && schema.is_object()
                && !ELSEWHERE.iter().any(|(operation, _)| *operation == door.operation);
            let before = marks.len();
            let door = if is_marked { marked(&contract, &town, &door, schema, &mut marks) } else { door };
            let is_marked = marks.len() > before;
            // Of the others' acts those that the patient's need: what a doctor and a desk do with his visits.
            if is_own || (["doctor", "reception", "support"].contains(&door.owner.as_str()) && *method != Method::GET) {
                let answer = call(&house, &town, method, &door, &door.owner).await;
                let text = String::from_utf8_lossy(&answer.bytes).into_owned();
                assert!(!is_marked || answer.status.is_success(), "{} on {on:?}: {text}", door.operation);
                house.settle().await;
            }
        }
        assert!(marks.len() >= 20, "{marks:?}");

        // Not one of them stands anywhere in the plain, and each lies sealed under a key of this patient.
        for (table, rows) in everything(&house).await {
            let plain: Vec<_> = marks.iter().filter(|(_, mark)| rows.contains(mark)).collect();
            assert!(plain.is_empty(), "{table} holds in the plain: {plain:?} on {on:?}");
        }
        let opened = open(&house).await;
        let lies = |mark: &str| -> BTreeSet<(&str, &str)> {
            let with = opened.iter().filter(|opened| opened.place != "once.answer" && opened.subject == victim);
            with.filter(|opened| has(opened, mark)).map(|opened| (opened.place.as_str(), opened.class.as_str())).collect()
        };
        let nowhere: Vec<_> = marks.iter().filter(|(_, mark)| lies(mark).is_empty()).collect();
        assert!(nowhere.is_empty(), "taken and kept nowhere: {nowhere:?} on {on:?}");

        let me = house.newcomer("+79160000001").await;
        house.post("/v1/me/exports", me.token(), serde_json::json!({})).await;
        house.settle().await;
        let archive = archive_of(&house, &me).await;
        let missing: Vec<_> = marks.iter().filter(|(_, mark)| !archive.contains(mark)).collect();
        assert!(missing.is_empty(), "not in the export: {missing:?} on {on:?}");

        // After the erasure what is held keeps its classes, and after their day nothing opens.
        house.delete("/v1/me", me.token()).await.is(202);
        house.later(TimeDelta::days(15)).await;
        house.later(TimeDelta::hours(2)).await;
        for opened in open(&house).await.iter().filter(|opened| opened.subject == victim) {
            let is_held = ["clinical", "evidence", "billing", "support", "staff"].contains(&opened.class.as_str());
            assert!(is_held || !marks.iter().any(|(_, mark)| has(opened, mark)), "{} ({}) on {on:?}", opened.place, opened.class);
        }
        for _ in 0..2 {
            house.later(TimeDelta::days(20 * 366)).await;
            house.later(TimeDelta::hours(2)).await;
        }
        house.app.vault.rotate().await.expect("the next epoch");
        let left: BTreeSet<String> = open(&house)
            .await
            .into_iter()
            .filter(|opened| marks.iter().any(|(_, mark)| has(opened, mark)))
            .map(|opened| opened.place)
            .collect();
        assert_eq!(left, BTreeSet::new(), "{on:?}");
    }
}

fn has(opened: &Opened, mark: &str) -> bool {
    String::from_utf8_lossy(&opened.plain).contains(mark)
}

async fn open(house: &House) -> Vec<Opened> {
    let mut auditor = Auditor::with(&house.app.config.wrapping());
    auditor.learn(&house.stores.register_url).await;
    auditor.open_all(&house.stores.record_url).await
}
