//! What breaks apps that were generated from an older contract is named; what does not is let through.

use feldsher::server::{compatibility::breaches, service};
use serde_json::{Value, json};

fn contract() -> Value {
    service::contract().expect("a contract")
}

/// The breaches after a change of the contract, which held the given value at the pointer.
fn after(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let (old, mut new) = (contract(), contract());
    change(&mut new);
    breaches(&old, &new)
}

const BOOK: &str = "/paths/~1v1~1bookings/post";
const NEW_BOOKING: &str = "/components/schemas/NewBooking";
const BOOKING: &str = "/components/schemas/BookingView";

fn at<'a>(document: &'a mut Value, pointer: &str) -> &'a mut Value {
    document.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}"))
}

#[test]
fn every_breaking_change_is_named() {
    type Change = fn(&mut Value);
    let changes: &[(&str, Change)] = &[
        ("POST /v1/bookings: the operation is gone", |new| drop(at(new, "/paths/~1v1~1bookings")["post"].take())),
        ("operationId is another", |new| at(new, BOOK)["operationId"] = json!("book")),
        ("it needs a session now", |new| at(new, "/paths/~1v1~1clinics/get")["security"] = json!([{ "session": [] }])),
        ("parameter region is required now", |new| {
            let parameter = json!({ "name": "region", "in": "query", "required": true, "schema": { "type": "string" } });
            at(new, BOOK)["parameters"].as_array_mut().expect("a list").push(parameter);
        }),
        ("parameter Idempotency-Key is gone", |new| at(new, BOOK)["parameters"] = json!([])),
        ("body.serviceId is gone", |new| drop(at(new, NEW_BOOKING)["properties"]["serviceId"].take())),
        ("body.complaint is required now", |new| {
            at(new, NEW_BOOKING)["required"].as_array_mut().expect("a list").push(json!("complaint"));
        }),
        ("body.complaint: maxLength is narrower", |new| at(new, NEW_BOOKING)["properties"]["complaint"]["maxLength"] = json!(5)),
        (".zone is gone", |new| drop(at(new, BOOKING)["properties"]["zone"].take())),
        (".zone: string became integer", |new| at(new, BOOKING)["properties"]["zone"]["type"] = json!("integer")),
        (".id: format uuid became nothing", |new| drop(at(new, BOOKING)["properties"]["id"]["format"].take())),
        (".zone may be absent now", |new| {
            at(new, BOOKING)["required"].as_array_mut().expect("a list").retain(|name| name != "zone");
        }),
        ("it no longer answers 201", |new| drop(at(new, BOOK)["responses"]["201"].take())),
        ("patient is no longer taken", |new| {
            let role = at(new, "/components/schemas/Role");
            role["enum"].as_array_mut().expect("a list").retain(|value| value != "doctor");
            // A role is asked for in a request too.
            role["enum"].as_array_mut().expect("a list").retain(|value| value != "patient");
        }),
    ];
    for (expected, change) in changes {
        let found = after(change);
        assert!(found.iter().any(|breach| breach.contains(expected)), "{expected}: {found:?}");
    }
}

#[test]
fn what_breaks_nothing_is_let_through() {
    assert_eq!(after(|_| {}), Vec::<String>::new());
    let found = after(|new| {
        at(new, BOOKING)["properties"]["colour"] = json!({ "type": "string" });
        at(new, NEW_BOOKING)["properties"]["wish"] = json!({ "type": "string", "maxLength": 10 });
        at(new, "/components/schemas/BookingState")["enum"].as_array_mut().expect("a list").push(json!("moved"));
        new["paths"]["/v1/wishes"] = json!({ "post": { "operationId": "wish" } });
    });
    assert_eq!(found, Vec::<String>::new());
}

/// Apps that were generated from a released contract go on working.
#[test]
fn no_released_contract_is_broken() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/released");
    let released: Vec<_> = std::fs::read_dir(folder).expect("openapi/released").collect();
    assert!(!released.is_empty(), "the first release is there");
    for file in released {
        let path = file.expect("a file").path();
        let old = serde_json::from_slice(&std::fs::read(&path).expect("a contract")).expect("JSON");
        assert_eq!(breaches(&old, &contract()), Vec::<String>::new(), "{}", path.display());
    }
}
