//! A provider that is down for an hour, and how fast the outbox drains.

use super::{at_noon, subject, telephone, woken};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::adapters::SendFault;
use feldsher::clinic::notifications::{self, Kind};
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::error::Result;
use feldsher::server::worker;
use sea_orm::{ConnectionTrait, Statement};
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// Notices for each person. `FELDSHER_TEST_NOTICES` makes it more: 250 are 10,000 messages.
fn each() -> usize {
    std::env::var("FELDSHER_TEST_NOTICES").ok().and_then(|each| each.parse().ok()).unwrap_or(10)
}

async fn crowd(house: &House, count: usize) -> Vec<(Person, String)> {
    let mut people = Vec::new();
    for number in 0..count {
        if number % 40 == 39 {
            // One address may ask for so many codes an hour.
            house.app.ambient.advance(TimeDelta::hours(1));
        }
        let person = house.patient(&format!("+79160003{number:03}")).await;
        let token = format!("token-number-{number}");
        telephone(house, &person, &token).await;
        people.push((person, token));
    }
    people
}

async fn tell_all(house: &House, people: &[(Person, String)], kind: Kind, each: usize) {
    for _ in 0..each {
        house.app.ambient.advance(TimeDelta::milliseconds(2));
        let object = house.app.ambient.id();
        let tell = async |tx: &mut Tx| -> Result<()> {
            for (person, _) in people {
                notifications::tell(tx, subject(person), kind, object).await?;
            }
            Ok(())
        };
        house.app.write(&Actor::house("test"), tell).await.expect("told");
    }
}

async fn notices(house: &House, person: &Person, kind: Kind) -> Vec<String> {
    let sql = "SELECT id FROM notification WHERE subject = $1 AND kind = $2 ORDER BY id";
    let reader = house.app.db.reader();
    let query =
        Statement::from_sql_and_values(reader.get_database_backend(), sql, [subject(person).into(), kind.as_str().into()]);
    let rows = reader.query_all_raw(query).await.expect("a query");
    rows.iter().map(|row| row.try_get_by_index::<uuid::Uuid>(0).expect("an id").to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn r6_after_an_hour_without_a_provider_all_is_delivered_in_order_or_expired() {
    for on in engines() {
        let house = at_noon(on).await;
        let people = crowd(&house, 40).await;
        tell_all(&house, &people, Kind::RefundMade, each()).await;
        // An hour is all that a request for a payment lives.
        tell_all(&house, &people[..10], Kind::PaymentNeeded, 2).await;
        let outbox = house.app.adapters.outbox.clone();
        outbox.fail_next(1_000_000, SendFault::Retry { after_s: None, why: "down" });
        for _ in 0..13 {
            house.later(TimeDelta::minutes(5)).await;
        }
        assert!(people.iter().all(|(_, token)| woken(&house, token).is_empty()), "{on:?}");
        let codes = outbox.all().len();
        outbox.clear();
        for _ in 0..4 {
            house.later(TimeDelta::minutes(4)).await;
        }
        for (person, token) in &people {
            assert_eq!(woken(&house, token), notices(&house, person, Kind::RefundMade).await, "in order, each once, {on:?}");
        }
        let all = &crate::doors::everything(&house).await;
        let ended = |state: &str| all["delivery"].lines().filter(|line| line.contains(&format!("\"{state}\""))).count();
        assert_eq!((ended("sent"), ended("expired")), (40 * each(), 20), "{on:?}, {codes} codes before");
        assert_eq!(all["task"], "", "nothing is left to do");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_of_deliveries_does_not_hold_up_a_code() {
    for on in engines() {
        let house = at_noon(on).await;
        let people = crowd(&house, 20).await;
        tell_all(&house, &people, Kind::RefundMade, 50).await;
        let stop = CancellationToken::new();
        let mut beside = worker::start(&house.app, &stop);
        let began = Instant::now();
        let body = serde_json::json!({"channel": "sms", "to": "+79169999999"});
        house.post("/v1/auth/codes", None, body).await.is(202);
        let outbox = &house.app.adapters.outbox;
        let came = || outbox.all().iter().any(|message| message.to == "+79169999999");
        while !came() && began.elapsed().as_secs() < 5 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert!(came(), "{on:?}: the code came after {:?}", began.elapsed());
        stop.cancel();
        while beside.join_next().await.is_some() {}
    }
}
