//! Who may, and who may not: every operation of the contract against every kind of caller, by the matrix in `doors.toml`.
//! The victim's object exists, a refused call writes nothing, and the owner's same call succeeds. An operation without a
//! line fails here.

use crate::support::house::{Answer, House};
use crate::support::stores::engines;
use crate::support::town::Town;
use feldsher::clinic::identity::Role;
use feldsher::clinic::identity::matrix::{self as access, Row};
use reqwest::Method;
use sea_orm::{ConnectionTrait, FromQueryResult, JsonValue, Statement};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The callers of a line, in this order. The owner's own column says what he gets, too, where he is one of them.
pub const CALLERS: [&str; 8] = ["anonymous", "other", "doctor", "colleague", "stranger", "reception", "administrator", "officer"];

/// The other roles of staff. What they get follows from `openapi/access.toml`.
const OTHER_ROLES: [&str; 4] = ["callCentre", "support", "insurer", "auditor"];

#[derive(Deserialize)]
struct Matrix {
    door: Vec<Door>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Door {
    pub operation: String,
    /// The path with the victim's ids by name, as `/v1/bookings/{booking}`.
    pub path: String,
    /// JSON with ids by name; absent for no body.
    pub body: Option<String>,
    /// Bytes instead of JSON: a PDF, for the content of a document.
    #[serde(default)]
    pub bytes: bool,
    /// Bytes instead of JSON: a PNG, for the content of a screenshot.
    #[serde(default)]
    pub picture: bool,
    /// Who succeeds, and with which status.
    pub owner: String,
    pub answer: u16,
    /// What each caller gets; 0 where he is the owner.
    refused: [u16; 8],
    /// Who else is shown ids of the victim's by his office, though nothing of what stands behind them.
    #[serde(default)]
    sees: Vec<String>,
}

impl Door {
    /// What the line says of a caller. Support has no column of its own: it may what everybody may who has signed in.
    fn column(&self, caller: &str) -> Option<u16> {
        match CALLERS.iter().position(|known| *known == caller) {
            Some(index) => Some(self.refused[index]),
            None => self.refused[1..].iter().copied().max().filter(|most| caller == "support" && *most < 400),
        }
    }

    /// Whether he may do it to the victim's object: as its owner, or because he treats the victim.
    pub fn may(&self, caller: &str) -> bool {
        self.owner == caller || self.owner == "anonymous" || self.column(caller).is_some_and(|status| status < 400)
    }

    /// Whether his own list may name the victim: staff whose work it is.
    pub fn sees(&self, caller: &str) -> bool {
        let works = self.owner == caller || self.column(caller) == Some(0);
        self.sees.iter().any(|sees| sees == caller) || (works && self.path.starts_with("/v1/staff/"))
    }
}

#[derive(Deserialize)]
struct Operation {
    #[serde(rename = "operationId")]
    id: String,
}

/// operationId → (method, path) of the contract.
pub fn operations() -> BTreeMap<String, (Method, String)> {
    let contract = feldsher::server::service::contract().expect("a contract");
    let mut found = BTreeMap::new();
    for (path, item) in contract["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            let operation: Operation = serde_json::from_value(operation.clone()).expect("an operation");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            found.insert(operation.id, (method, path.clone()));
        }
    }
    found
}

pub fn matrix() -> Vec<Door> {
    toml::from_str::<Matrix>(include_str!("doors.toml")).expect("doors.toml").door
}

#[test]
fn every_operation_of_the_contract_has_its_line() {
    let lines: Vec<String> = matrix().into_iter().map(|door| door.operation).collect();
    let unique: BTreeSet<&String> = lines.iter().collect();
    assert_eq!(unique.len(), lines.len(), "an operation has two lines");
    let operations = operations();
    let without: Vec<_> = operations.keys().filter(|operation| !unique.contains(operation)).collect();
    let unknown: Vec<_> = unique.iter().filter(|line| !operations.contains_key(**line)).collect();
    assert!(without.is_empty() && unknown.is_empty(), "without a line: {without:?}; without an operation: {unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_17_every_operation_is_tried_by_every_wrong_caller() {
    let operations = operations();
    for on in engines() {
        let house = House::new(on).await;
        let town = Town::build(&house).await;
        let mut faults = Vec::new();
        for door in matrix() {
            let method = &operations[&door.operation].0;
            let before = everything(&house).await;
            let mut wrote = false;
            for (caller, expected) in CALLERS.iter().zip(door.refused).filter(|(_, expected)| *expected != 0) {
                let answer = call(&house, &town, method, &door, caller).await;
                let got = answer.status.as_u16();
                wrote |= got < 400;
                if got != expected {
                    faults.push(format!("{} by {caller}: {got} {} instead of {expected}", door.operation, answer.code()));
                }
                // The victim's own doctor may see what he opens.
                if got < 400 && *caller != "doctor" && !door.sees(caller) && !public(&door) {
                    faults.extend(
                        town.leaks(&answer, caller).map(|id| format!("{} shows {caller} the victim's {id}", door.operation)),
                    );
                }
            }
            wrote |= other_roles(&house, &town, method, &door, &mut faults).await;
            if !wrote && before != everything(&house).await {
                faults.push(format!("{}: a refused call wrote something", door.operation));
            }
            let answer = call(&house, &town, method, &door, &door.owner).await;
            if answer.status.as_u16() != door.answer {
                let text = String::from_utf8_lossy(&answer.bytes).into_owned();
                faults.push(format!("{} by its owner {}: {} {text}", door.operation, door.owner, answer.status));
            }
            house.settle().await;
        }
        assert!(faults.is_empty(), "{on:?}: {faults:#?}");
    }
}

/// Notes what each of the other roles gets wrongly: a refusal where the file lets it in, or something where it does not.
/// Answers whether one of them got through.
async fn other_roles(house: &House, town: &Town, method: &Method, door: &Door, faults: &mut Vec<String>) -> bool {
    let rows: BTreeMap<_, _> = access::rows().collect();
    let row = rows[door.operation.as_str()];
    let mut got_through = false;
    for caller in OTHER_ROLES.into_iter().filter(|caller| *caller != door.owner && !row.anyone) {
        let may = may(row, caller);
        // Who may call is tried where nothing changes by it, and nothing is waited for.
        if may && (*method != Method::GET || door.operation == "listenEvents") {
            continue;
        }
        let answer = call(house, town, method, door, caller).await;
        let agrees = match answer.code().as_str() {
            "forbidden" => !may,
            "not_found" => true,
            _ => may,
        };
        if !agrees {
            faults.push(format!("{} by {caller}: {} {}, and the file says {may}", door.operation, answer.status, answer.code()));
        }
        got_through |= answer.status.is_success();
        if answer.status.is_success() && !door.sees(caller) {
            faults.extend(town.leaks(&answer, caller).map(|id| format!("{} shows {caller} the victim's {id}", door.operation)));
        }
    }
    got_through
}

/// Whether the file lets this caller of the tests in.
fn may(row: &Row, caller: &str) -> bool {
    let is_named = |role: &str| Role::parse(role).is_some_and(|role| row.staff.contains(&role));
    row.anyone
        || match caller {
            "anonymous" => false,
            "self" | "other" | "leaving" => row.own,
            "colleague" | "stranger" => is_named("doctor"),
            // Somebody of support who has not changed the issued credentials.
            "invited" => is_named("support"),
            role => is_named(role),
        }
}

#[test]
fn t23_every_operation_has_its_row_in_the_order_of_access_and_the_doors_agree() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/access.toml")).expect("the file");
    let rows = access::read(&text).expect("a file that reads");
    let operations = operations();
    let without: Vec<_> = operations.keys().filter(|operation| !rows.contains_key(*operation)).collect();
    let unknown: Vec<_> = rows.keys().filter(|operation| !operations.contains_key(*operation)).collect();
    assert!(without.is_empty() && unknown.is_empty(), "without a row: {without:?}; without an operation: {unknown:?}");
    let mut faults = Vec::new();
    for door in matrix() {
        let row = &rows[&door.operation];
        if !may(row, &door.owner) {
            faults.push(format!("{}: its owner {} may not call it", door.operation, door.owner));
        }
        for (caller, expected) in CALLERS.iter().zip(door.refused).filter(|(_, expected)| *expected != 0) {
            let agrees = match (may(row, caller), *caller) {
                // A patient may lack a consent or a profile.
                (true, "other") => expected != 401,
                (true, _) => !matches!(expected, 401 | 403),
                (false, "anonymous") => expected == 401,
                (false, _) => matches!(expected, 403 | 404),
            };
            if !agrees {
                faults.push(format!("{} by {caller}: {expected} is not what the file says", door.operation));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Open to everybody: there is nothing of the victim to be shown.
fn public(door: &Door) -> bool {
    door.owner == "anonymous"
}

pub async fn call(house: &House, town: &Town, method: &Method, door: &Door, caller: &str) -> Answer {
    let token = town.token(caller);
    let mut request = house.request(method.clone(), &town.fill(&door.path), token.as_deref());
    request = request.header("Idempotency-Key", house.app.ambient.id().to_string());
    if door.bytes {
        request = request.header("Content-Type", "application/pdf").body(town.pdf.clone());
    } else if door.picture {
        request = request.header("Content-Type", "image/png").body(town.png.clone());
    } else if let Some(body) = &door.body {
        request = request.header("Content-Type", "application/json").body(town.fill(body));
    }
    house.send(request).await
}

/// Every row of the record, so that a write shows.
pub async fn everything(house: &House) -> BTreeMap<&'static str, String> {
    let reader = house.app.db.reader();
    let columns = feldsher::clinic::ROOMS.iter().flat_map(|room| (room.columns)());
    let tables: BTreeSet<&'static str> = columns.chain(feldsher::kernel::manifest::record()).map(|column| column.table).collect();
    let mut rows = BTreeMap::new();
    // That a provider's call was rejected is written down on purpose.
    for table in tables.into_iter().filter(|table| *table != "callback") {
        let query = Statement::from_string(reader.get_database_backend(), format!("SELECT * FROM {table}"));
        let mut all: Vec<String> =
            JsonValue::find_by_statement(query).all(&reader).await.expect("rows").iter().map(ToString::to_string).collect();
        all.sort();
        rows.insert(table, all.join("\n"));
    }
    rows
}
