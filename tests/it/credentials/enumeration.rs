//! Nobody learns from an answer who is known here.

use super::{IIN, OWN, PHONE, SNILS, house};
use crate::support::house::Answer;
use crate::support::stores::engines;
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// So many within an hour stay below every limit.
const AT_ONCE: usize = 8;
const CODES: usize = 1000;

/// A password costs its hash on purpose: a thousand take minutes, and are asked for by FELDSHER_TEST_CALLS.
fn passwords() -> usize {
    std::env::var("FELDSHER_TEST_CALLS").ok().and_then(|calls| calls.parse().ok()).unwrap_or(40)
}

/// What a stranger sees: the status, the headers but for those that differ each time, and the shape of the body.
fn seen(answer: &Answer) -> (u16, BTreeMap<String, String>, Value) {
    let mut headers: BTreeMap<String, String> = answer
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    for varies in ["date", "x-request-id"] {
        headers.remove(varies);
    }
    let mut body = answer.json();
    for varies in ["challengeId", "expiresAt", "requestId"] {
        if body.get(varies).is_some() {
            body[varies] = Value::Null;
        }
    }
    (answer.status.as_u16(), headers, body)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::test(flavor = "multi_thread")]
async fn t07_known_and_unknown_phones_addresses_numbers_and_logins_are_answered_alike() {
    for on in engines() {
        let house = house(on).await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        house.numbered(PHONE, IIN, SNILS).await;
        let login = house.settled(&desk, SNILS).await;
        let code = |channel: &str, to: &str| ("/v1/auth/codes", json!({"channel": channel, "to": to}));
        let enter = |login: &str| ("/v1/auth/tokens", json!({"grant": "password", "login": login, "password": "не тот пароль"}));
        house.by_password(&login, OWN).await.is(200);
        for (what, calls, known, unknown) in [
            ("phone", CODES, code("sms", PHONE), code("sms", "+79160000042")),
            ("number", CODES, code("iin", IIN), code("iin", "880808300123")),
            ("login of a patient", passwords(), enter(&login), enter("k7m2-9fhx")),
            ("login of staff", passwords(), enter("desk"), enter("mesa")),
        ] {
            let mut times = [Vec::new(), Vec::new()];
            let mut views = Vec::new();
            for call in 0..calls {
                if call % AT_ONCE == 0 {
                    house.later(TimeDelta::hours(1)).await;
                }
                for (index, (path, body)) in [&known, &unknown].into_iter().enumerate() {
                    let began = Instant::now();
                    let answer = house.post(path, None, body.clone()).await;
                    times[index].push(began.elapsed());
                    views.push(seen(&answer));
                }
            }
            assert!(views.windows(2).all(|pair| pair[0] == pair[1]), "{what} on {on:?}: {views:?}");
            let [known, unknown] = times.map(median);
            println!("{what} on {on:?}, {calls} calls: the median of known is {known:?}, of unknown {unknown:?}");
        }
    }
}
