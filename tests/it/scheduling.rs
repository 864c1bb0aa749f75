//! Booking a doctor: finding him, his free times, the race for a slot, who sees what.

mod booked;
mod finding;
mod leaving;
mod races;

use crate::support::house::{Answer, House};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

const PHONE: &str = "+79161234567";
const OTHER: &str = "+79161234568";

fn instant(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn booking(doctor: &str, service: &str, starts_at: DateTime<Utc>) -> Value {
    json!({"doctorId": doctor, "serviceId": service, "startsAt": instant(starts_at)})
}

fn count(list: &Answer) -> usize {
    list.json()["items"].as_array().map_or(0, Vec::len)
}

/// The first number that a statement answers.
async fn number(house: &House, sql: &str) -> i64 {
    use sea_orm::{ConnectionTrait, Statement};
    let reader = house.app.db.reader();
    let query = Statement::from_string(reader.get_database_backend(), sql);
    reader.query_one_raw(query).await.expect("a query").expect("a row").try_get_by_index(0).expect("a number")
}
