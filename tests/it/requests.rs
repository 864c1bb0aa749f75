//! Requests of persons about their data, and what they say against it.

mod desk;
mod disagreements;
mod holds;
mod office;

use crate::support::house::{Answer, House};
use crate::support::people::Person;
use chrono::{DateTime, Utc};
use feldsher::clinic::ROOMS;
use feldsher::clinic::identity::{Clinics, NewStaff, Role, add_staff};
use feldsher::kernel::db::Actor;
use reqwest::Method;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Map, Value, json};

const PHONE: &str = "+79161234567";
const PDF: &str = "application/pdf";

/// An officer, or anybody else who works here, however long the house stands.
async fn hired(house: &House, role: Role, login: &str) -> Person {
    let new = NewStaff { role, clinics: Clinics::everywhere(), login: login.into(), name: "Ольга Защитина".into() };
    let (_, issued) = add_staff(&house.app, &Actor::house("test"), new).await.expect("an account");
    house.first_sign_in(login, &issued).await
}

/// Asks, and answers the request's id.
async fn asks(house: &House, who: &Person, asked: Value) -> String {
    house.post("/v1/me/requests", who.token(), asked).await.is(201).text("/id")
}

fn act(id: &str, act: &str) -> String {
    format!("/v1/staff/requests/{id}/{act}")
}

fn instant(answer: &Answer, pointer: &str) -> DateTime<Utc> {
    answer.text(pointer).parse().expect("an instant")
}

/// How many notices of a kind there are about an object.
async fn told(house: &House, kind: &str, object: &str) -> i64 {
    let object: uuid::Uuid = object.parse().expect("an id");
    let reader = house.app.db.reader();
    let sql = "SELECT count(*) FROM notification WHERE kind = $1 AND object = $2";
    let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, [kind.into(), object.into()]);
    let row = reader.query_one_raw(query).await.expect("a query").expect("a row");
    row.try_get_by_index(0).expect("a number")
}

/// The first column of the first row, as a number.
async fn number(house: &House, sql: &str) -> i64 {
    let reader = house.app.db.reader();
    let query = Statement::from_string(reader.get_database_backend(), sql);
    let row = reader.query_one_raw(query).await.expect("a query").expect("a row");
    row.try_get_by_index(0).expect("a number")
}

/// Everything that a patient's export holds, by the name of its part.
async fn exported(house: &House, patient: &Person) -> Map<String, Value> {
    let keys = house.app.vault.keys(patient.id.parse().expect("an id")).await.expect("keys");
    let mut parts = Map::new();
    for export in ROOMS.iter().filter_map(|room| room.export) {
        for part in export(&house.app, &keys).await.expect("an export") {
            parts.insert(part.name.to_owned(), Value::Array(part.rows));
        }
    }
    parts
}

/// A document by a doctor about a patient, with its content; it may correct another.
async fn written(house: &House, doctor: &Person, patient: &Person, corrects: Option<&str>) -> Answer {
    let content = b"%PDF-1.7\nwhat was found".to_vec();
    let mut new = json!({
        "kind": "conclusion", "title": "Заключение", "fileName": "conclusion.pdf", "mediaType": PDF, "sizeBytes": content.len(),
    });
    if let Some(corrects) = corrects {
        new["correctsId"] = corrects.into();
    }
    let declared = house.post(&format!("/v1/staff/patients/{}/documents", patient.id), doctor.token(), new).await;
    if declared.status.as_u16() != 201 {
        return declared;
    }
    let path = format!("/v1/documents/{}/content", declared.text("/id"));
    let put = house.request(Method::PUT, &path, doctor.token()).header("Content-Type", PDF).body(content);
    house.send(put).await.is(200)
}
