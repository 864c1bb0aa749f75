//! Records beside the visit: recordings of calls, programmes, contracts, carriers, readings of rules, evidence of what was asked
//! and agreed upon.

mod carriers;
mod contracts;
mod evidence;
mod programmes;
mod recordings;

use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::{On, Stores};
use chrono::TimeDelta;
use feldsher::clinic::ROOMS;
use feldsher::clinic::identity::{Clinics, NewStaff, Role, add_staff};
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::Actor;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Map, Value, json};

const PHONE: &str = "+79161234567";
const OTHER: &str = "+79160000002";

/// A house under a profile that ships.
async fn under(on: On, profile: &str) -> House {
    House::with(Stores::new(on).await, Ambient::system(), |config| config.profile = profile.to_owned()).await
}

/// A house under `ru-telemed`, with some words of it replaced and some added at its end.
async fn under_changed(on: On, changes: &[(&str, &str)], added: &str) -> House {
    let stores = Stores::new(on).await;
    let shipped = include_str!("../../profiles/ru-telemed.toml").to_owned();
    let text = changes.iter().fold(shipped, |text, (from, to)| {
        assert!(text.contains(from), "{from} stands in the profile");
        text.replace(from, to)
    });
    let path = stores.path("changed.toml");
    std::fs::write(&path, format!("{text}\n{added}")).expect("a profile");
    House::with(stores, Ambient::system(), |config| config.profile = path.display().to_string()).await
}

/// The first column of the first row, as a number.
async fn number(house: &House, sql: &str) -> i64 {
    let reader = house.app.db.reader();
    let query = Statement::from_string(reader.get_database_backend(), sql);
    let row = reader.query_one_raw(query).await.expect("a query").expect("a row");
    row.try_get_by_index(0).expect("a number")
}

/// Everything that a patient's export holds, by the name of its part; and how many files go beside it.
async fn exported(house: &House, patient: &Person) -> (Map<String, Value>, usize) {
    let keys = house.app.vault.keys(patient.id.parse().expect("an id")).await.expect("keys");
    let (mut parts, mut files) = (Map::new(), 0);
    for export in ROOMS.iter().filter_map(|room| room.export) {
        for part in export(&house.app, &keys).await.expect("an export") {
            files += part.files.len();
            parts.insert(part.name.to_owned(), Value::Array(part.rows));
        }
    }
    (parts, files)
}

/// Asks for the end of an account, and lets it come.
async fn erased(house: &House, phone: &str) {
    let back = house.newcomer(phone).await;
    house.delete("/v1/me", back.token()).await.is(202);
    house.later(TimeDelta::days(15)).await;
}

/// The bases in a patient's access log.
async fn bases(house: &House, patient: &Person) -> Vec<String> {
    let log = house.get("/v1/me/access-log", patient.token()).await.is(200).json();
    let items = log["items"].as_array().cloned().unwrap_or_default();
    items.iter().filter_map(|item| item["basis"].as_str().map(str::to_owned)).collect()
}

/// Somebody who works here, however long the house stands: of one clinic or of all.
async fn hired(house: &House, role: Role, login: &str, clinic: Option<&str>) -> Person {
    let clinics = Clinics::of(clinic.map(|id| id.parse().expect("an id")));
    let new = NewStaff { role, clinics, login: login.into(), name: "Ольга Защитина".into() };
    let (_, issued) = add_staff(&house.app, &Actor::house("test"), new).await.expect("an account");
    house.first_sign_in(login, &issued).await
}

/// Has one name: what `ru-marketplace` asks of a person.
async fn named(house: &House, phone: &str) -> Person {
    let patient = house.newcomer(phone).await;
    house.accept(&patient).await;
    house.put("/v1/me/profile", patient.token(), json!({"name": "Пётр"})).await.is(200);
    patient
}
