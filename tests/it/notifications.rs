//! Notifications: the inbox, what leaves the house beside it, what people want of it, and the stream of events.

mod campaigns;
mod events;
mod inbox;
mod outage;
mod payload;
mod sending;
mod wishes;

use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::{On, Stores};
use chrono::{TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Moscow;
use feldsher::adapters::outbox::{Channel, Message};
use feldsher::clinic::notifications::{self, Kind};
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::error::Result;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use uuid::Uuid;

const PHONE: &str = "+79161234567";

/// A house in which it is noon in Moscow: not quiet, whenever the tests run.
pub async fn at_noon(on: On) -> House {
    with_profile(on, |profile| profile).await
}

/// A house at noon under a changed profile.
pub async fn with_profile(on: On, change: impl FnOnce(String) -> String) -> House {
    let stores = Stores::new(on).await;
    let path = stores.path("profile.toml");
    let shipped = include_str!("../../profiles/ru-telemed.toml").to_owned();
    std::fs::write(&path, change(shipped)).expect("a profile");
    let ambient = Ambient::system();
    let house = House::with(stores, ambient, |config| config.profile = path.display().to_string()).await;
    until_hour(&house, 12);
    house
}

/// Moves the clock to the next time that Moscow's clock shows this hour.
fn until_hour(house: &House, hour: u32) {
    let now = house.app.ambient.now();
    let today = now.with_timezone(&Moscow).date_naive();
    let shown = |days: i64| (today + TimeDelta::days(days)).and_hms_opt(hour, 0, 1).expect("an hour");
    let moments = [0, 1].map(|days| Moscow.from_local_datetime(&shown(days)).single().expect("a moment").with_timezone(&Utc));
    let next = moments.into_iter().find(|moment| *moment > now).expect("an hour to come");
    house.app.ambient.advance(next - now);
}

async fn tell(house: &House, person: &Person, kind: Kind) -> Uuid {
    // No two notices of a test are told within one millisecond, so that their ids are in order.
    house.app.ambient.advance(TimeDelta::milliseconds(2));
    let (subject, object) = (subject(person), house.app.ambient.id());
    let tell = async |tx: &mut Tx| -> Result<()> { notifications::tell(tx, subject, kind, object).await };
    house.app.write(&Actor::house("test"), tell).await.expect("told");
    newest(house, person).await
}

async fn advertise(house: &House, person: &Person) -> bool {
    let subject = subject(person);
    let tell = async |tx: &mut Tx| notifications::tell_marketing(tx, subject, "news").await;
    house.app.write(&Actor::house("test"), tell).await.expect("told or not")
}

fn subject(person: &Person) -> Uuid {
    person.id.parse().expect("an id")
}

async fn newest(house: &House, person: &Person) -> Uuid {
    let sql = "SELECT id FROM notification WHERE subject = $1 ORDER BY id DESC LIMIT 1";
    let reader = house.app.db.reader();
    let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, [subject(person).into()]);
    reader.query_one_raw(query).await.expect("a query").expect("a notice").try_get_by_index(0).expect("an id")
}

/// Registers a telephone that can be woken by `token`.
async fn telephone(house: &House, person: &Person, token: &str) {
    let body = json!({
        "platform": "android", "appVersion": "1.2.3", "pushTokens": [{"kind": "fcmToken", "token": token}],
    });
    let path = format!("/v1/devices/{}", house.app.ambient.id());
    let answer = house.put(&path, person.token(), body).await;
    assert!(answer.status.is_success(), "{}", String::from_utf8_lossy(&answer.bytes));
}

/// What was sent by one way, oldest first; codes are left out.
fn sent(house: &House, channel: Channel) -> Vec<Message> {
    let is_code = |message: &Message| channel != Channel::Push && message.text.contains(|c: char| c.is_ascii_digit());
    house.app.adapters.outbox.all().into_iter().filter(|message| message.channel == channel && !is_code(message)).collect()
}

/// The ids that the pushes to a token carried.
fn woken(house: &House, token: &str) -> Vec<String> {
    let to_token = sent(house, Channel::Push).into_iter().filter(|message| message.to == token);
    to_token
        .map(|message| {
            serde_json::from_str::<serde_json::Value>(&message.text).expect("JSON")["id"].as_str().expect("an id").to_owned()
        })
        .collect()
}

/// The states of the deliveries of a notice, as `channel state`, sorted.
async fn states(house: &House, notice: Uuid) -> Vec<String> {
    let sql = "SELECT channel, state FROM delivery WHERE notification = $1";
    let reader = house.app.db.reader();
    let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, [notice.into()]);
    let rows = reader.query_all_raw(query).await.expect("a query");
    let text = |row: &sea_orm::QueryResult, index| row.try_get_by_index::<String>(index).expect("a text");
    let mut states: Vec<String> = rows.iter().map(|row| format!("{} {}", text(row, 0), text(row, 1))).collect();
    states.sort();
    states
}

async fn run_sql(house: &House, sql: &str, values: Vec<sea_orm::Value>) {
    let change = async |tx: &mut Tx| -> Result<()> {
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
        Ok(())
    };
    house.app.write(&Actor::house("test"), change).await.expect("a change");
}

async fn freeze(house: &House, person: &Person) {
    let sql = "INSERT INTO access_freeze (id, subject, scope, set_at) VALUES ($1, $2, 'patient', $3)";
    let ambient = &house.app.ambient;
    run_sql(house, sql, vec![ambient.id().into(), subject(person).into(), ambient.now().into()]).await;
}
