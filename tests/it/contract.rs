//! The ten rules that keep generated clients alive, over any OpenAPI document.

mod compatibility;
mod rules;

use crate::http::sample;
use feldsher::server::spec::{contract, docs_page, header_name};
pub use rules::check_rules;
use serde_json::{Value, json};
use std::sync::Arc;

fn sample_contract() -> Value {
    let service = sample::service(Arc::new(tokio::sync::Notify::new()));
    contract(serde_json::from_str(&service.spec()).expect("the framework writes JSON"))
}

#[test]
fn the_sample_keeps_the_rules() {
    assert_eq!(check_rules(&sample_contract()), Vec::<String>::new());
}

#[test]
fn the_contract_is_stable_and_whole() {
    let document = sample_contract();
    assert_eq!(document.to_string(), sample_contract().to_string());
    assert_eq!(document["openapi"], "3.0.3");
    assert_eq!(document["info"]["license"]["name"], "Apache-2.0");
    let note = &document["paths"]["/v1/notes/{id}"];
    assert_eq!(
        note.as_object().map(|path| path.keys().collect::<Vec<_>>()),
        Some(vec![&"delete".to_owned(), &"get".into(), &"put".into()])
    );
    assert_eq!(note["get"]["security"], json!([]));
    assert_eq!(document["paths"]["/v1/mine"]["get"]["security"], json!([{ "Caller": [] }]));
    assert_eq!(note["delete"]["parameters"][1]["name"], "If-Match");
    assert_eq!(note["get"]["responses"]["4XX"]["$ref"], "#/components/responses/Refused");
    assert_eq!(note["get"]["responses"]["200"]["headers"]["ETag"]["schema"]["type"], "string");
    let person = &document["components"]["schemas"]["Person"];
    assert_eq!(person["properties"]["birthDate"], json!({ "type": "string", "format": "date" }));
    assert_eq!(person["properties"]["height"]["maximum"].to_string(), "300");
    assert_eq!(person["properties"]["sex"], json!({ "$ref": "#/components/schemas/Sex" }));
}

#[test]
fn headers_are_spelled_as_the_rfcs_do() {
    let names = ["IDEMPOTENCY-KEY", "if-match", "LAST-EVENT-ID", "etag", "www-authenticate", "X-REQUEST-ID", "retry-after"];
    let spelled = ["Idempotency-Key", "If-Match", "Last-Event-ID", "ETag", "WWW-Authenticate", "X-Request-Id", "Retry-After"];
    assert_eq!(names.map(header_name), spelled);
}

/// Changes the good document at a pointer, and expects a complaint that begins with the number of the rule.
fn breaks(rule: &str, pointer: &str, key: &str, value: Value) {
    let mut document = sample_contract();
    document.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}"))[key] = value;
    let complaints = check_rules(&document);
    assert!(complaints.iter().any(|complaint| complaint.starts_with(rule)), "{rule} {pointer} {key}: {complaints:?}");
}

#[test]
fn every_rule_can_be_broken() {
    let schemas = "/components/schemas";
    let notes = "/paths/~1v1~1notes/get";
    let person = "/paths/~1v1~1people/post";
    breaks("1:", schemas, "Union", json!({ "oneOf": [] }));
    breaks("1:", "/components/schemas/Person/properties", "any", json!({ "anyOf": [] }));
    breaks("2:", "/components/schemas/Person/properties/height", "nullable", true.into());
    breaks(
        "3:",
        "/paths/~1v1~1people",
        "patch",
        json!({
            "operationId": "patchPerson",
            "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Person" } } } },
        }),
    );
    breaks("4:", &format!("{notes}/responses"), "4XX", json!({ "description": "" }));
    breaks("4:", &format!("{notes}/responses"), "500", json!({ "description": "" }));
    breaks("4:", "/components/responses/Refused", "headers", json!({}));
    breaks("5:", "/components/schemas/Person/properties/birthDate", "format", "naive-date".into());
    breaks("5:", "/components/schemas/Person/properties", "deathDate", json!({ "type": "string" }));
    breaks("6:", &format!("{person}/requestBody/content"), "application/json; charset=utf-8", json!({}));
    breaks("6:", &format!("{notes}/parameters/0"), "in", "header".into());
    let form = |properties: Value, required: Value| json!({ "schema": { "type": "object", "properties": properties, "required": required } });
    let content = format!("{person}/requestBody/content");
    breaks("7:", &content, "multipart/form-data", form(json!({ "a": { "type": "string" } }), json!([])));
    breaks("7:", &content, "multipart/form-data", form(json!({ "a": { "type": "integer" } }), json!(["a"])));
    breaks("8:", notes, "operationId", Value::Null);
    breaks("8:", notes, "operationId", "createPerson".into());
    breaks("8:", notes, "summary", "".into());
    breaks("8:", notes, "tags", json!([]));
    breaks("9:", schemas, "Locale", json!({ "type": "object" }));
    breaks("9:", "/components/schemas/Sex", "default", "male".into());
    breaks("10:", &format!("{notes}/parameters/0"), "name", "If-None-Match".into());
}

#[test]
fn lists_in_queries_are_optional() {
    let mut document = sample_contract();
    document["paths"]["/v1/notes"]["get"]["parameters"][0] =
        json!({ "name": "ids", "in": "query", "required": true, "schema": { "type": "array", "items": { "type": "string" } } });
    assert!(check_rules(&document).iter().any(|complaint| complaint.starts_with("8:")));
}

#[test]
fn properties_may_be_named_like_keywords() {
    let mut document = sample_contract();
    let text = json!({ "type": "string" });
    document["components"]["schemas"]["Person"]["properties"]["headers"] = text.clone();
    document["components"]["schemas"]["Person"]["properties"]["content"] = text;
    assert_eq!(check_rules(&document), Vec::<String>::new());
    assert_eq!(contract(document.clone()), document, "to tidy a tidy document changes nothing");
}

#[test]
fn the_page_shows_the_contract_and_loads_nothing() {
    let mut document = sample_contract();
    document["info"]["description"] = "</script><b>".into();
    let page = docs_page(&document.to_string());
    assert!(page.contains("\"openapi\":\"3.0.3\"") && page.contains("createPerson"));
    assert!(!page.contains("</script><b>"), "a text must not end the script");
    for loads in ["<script src", "<link ", "@import"] {
        assert!(!page.contains(loads), "{loads}");
    }
}

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/feldsher.v1.json");

/// `FELDSHER_WRITE_CONTRACT=1 cargo test --test it contract` writes the file anew.
#[test]
fn the_committed_contract_is_what_the_code_says() {
    let contract = feldsher::server::service::contract().expect("a contract");
    let text = serde_json::to_string_pretty(&contract).expect("JSON") + "\n";
    if std::env::var("FELDSHER_WRITE_CONTRACT").is_ok() {
        std::fs::write(COMMITTED, &text).expect("the file is written");
    }
    let committed = std::fs::read_to_string(COMMITTED).expect("the committed contract");
    assert!(committed == text, "openapi/feldsher.v1.json is not what the code says: FELDSHER_WRITE_CONTRACT=1 writes it anew");
}

#[test]
fn the_contract_keeps_the_ten_rules() {
    let contract = feldsher::server::service::contract().expect("a contract");
    assert_eq!(check_rules(&contract), Vec::<String>::new());
}
