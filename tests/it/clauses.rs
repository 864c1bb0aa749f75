//! Every clause by its id: what is promised, what the backend does, which tests prove it. `clauses.toml` says so,
//! `docs/clauses.md` is made from it, and `tests/run` counts the kept ones by what passed.

mod channel;
mod erasing;
mod free_text;
mod model;
mod own_data;
mod purposes;
mod register;
mod residency;
mod uses;

use crate::support::clinic::{Clinic, everywhere};
use crate::support::house::House;
use crate::support::people::Person;
use reqwest::Method;
use serde_json::{Value, json};
use std::io::{Cursor, Read};

/// A clinic, who runs it, and a patient who may book there.
struct Visitor {
    house: House,
    admin: Person,
    clinic: Clinic,
    me: Person,
}

/// A campaign of the service's own by SMS, queued slice by slice and sent: in a house where it is day.
async fn advertise(house: &House, admin: &Person) {
    let words = everywhere("Spring");
    let campaign = json!({"channel": "sms", "purpose": "own", "title": words, "body": words});
    house.post("/v1/staff/campaigns", admin.token(), campaign).await.is(201);
    for _ in 0..3 {
        house.settle().await;
        house.later(chrono::TimeDelta::seconds(2)).await;
    }
}

/// How many advertisements stand in somebody's inbox.
async fn advertised(house: &House, who: &Person) -> usize {
    let sql = "SELECT id FROM notification WHERE subject = $1 AND kind = 'marketing'";
    let subject: uuid::Uuid = who.id.parse().expect("an id");
    let reader = house.app.db.reader();
    let query =
        sea_orm::Statement::from_sql_and_values(sea_orm::ConnectionTrait::get_database_backend(&reader), sql, [subject.into()]);
    sea_orm::ConnectionTrait::query_all_raw(&reader, query).await.expect("a query").len()
}

/// All that is written in the newest archive of somebody.
async fn archive_of(house: &House, who: &Person) -> String {
    let list = house.get("/v1/me/exports", who.token()).await.is(200).json();
    let id = list["items"][0]["id"].as_str().expect("an export").to_owned();
    let path = format!("/v1/me/exports/{id}/content");
    let bytes = house.send(house.request(Method::GET, &path, who.token())).await.is(200).bytes;
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut all = String::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("an entry");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("its bytes");
        let is_json = entry.name().is_ok_and(|name| name.ends_with(".json"));
        // JSON may escape what it likes: it is read and written anew.
        let plain = serde_json::from_slice::<Value>(&bytes).ok().filter(|_| is_json).map(|value| value.to_string());
        all += &plain.unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned());
    }
    all
}
