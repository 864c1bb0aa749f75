//! Privacy: what is accepted and consented to, who looked, and the end of an account.

mod consents;
mod diary;
mod erasure;
pub mod export;
mod freeze;
mod held;
mod restore;

use crate::support::house::House;
use crate::support::people::Person;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

const PHONE: &str = "+79161234567";
const SNILS: &str = "910-001-022 99";

/// Accepts the policy in force, in English.
async fn accept(house: &House, patient: &Person) {
    let policy = house.get("/v1/policies/current", None).await.is(200);
    let body = json!({"version": policy.text("/version"), "textHash": policy.text("/textHash"), "language": "en"});
    house.post("/v1/me/acceptances", patient.token(), body).await.is(201);
}

fn profile() -> Value {
    json!({
        "surname": "Нурланова", "givenName": "Айгерім", "birthDate": "1990-03-01",
        "identifiers": [{"system": "snils", "value": SNILS}],
    })
}

/// A patient who has accepted and filled in his profile.
async fn patient(house: &House, phone: &str) -> Person {
    let patient = house.newcomer(phone).await;
    accept(house, &patient).await;
    patient
}

/// The first column of the first row, as a number.
async fn number(house: &House, sql: &str) -> i64 {
    let reader = house.app.db.reader();
    let query = Statement::from_string(reader.get_database_backend(), sql);
    let row = reader.query_one_raw(query).await.expect("a query").expect("a row");
    row.try_get_by_index::<i64>(0).expect("a number")
}

/// The receipts of the erasure with this record number.
async fn receipts(house: &House, record_number: &str) -> Vec<Value> {
    let reader = house.app.db.reader();
    let sql = "SELECT receipts FROM erasure WHERE number = $1";
    let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, [record_number.into()]);
    let row = reader.query_one_raw(query).await.expect("a query").expect("an erasure");
    let receipts = row.try_get_by_index::<Value>(0).expect("receipts");
    receipts.as_array().cloned().unwrap_or_default()
}

fn outcomes(answer: &Value) -> Vec<(String, String)> {
    let classes = answer["classes"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    classes.iter().map(|class| (text(&class["class"]), text(&class["outcome"]))).collect()
}
