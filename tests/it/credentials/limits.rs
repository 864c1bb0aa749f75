//! Strangers who try lock nobody out, and pay for no messages.

use super::{IIN, OWN, PHONE, SNILS, house};
use crate::support::house::House;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::kernel::vault::Index;
use serde_json::json;

const HOME: &str = "198.51.100.7";

/// To the beginning of a quarter of an hour, so that no window ends in the middle of a test.
pub fn to_a_window(house: &House) {
    let into = house.app.ambient.now().timestamp().rem_euclid(900);
    house.app.ambient.advance(TimeDelta::seconds(901 - into));
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_09_whoever_tries_passwords_never_keeps_their_owner_out() {
    for on in engines() {
        let house = house(on).await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        house.numbered(PHONE, IIN, SNILS).await;
        let login = house.settled(&desk, SNILS).await;
        to_a_window(&house);
        let right = json!({"grant": "password", "login": login, "password": OWN});
        let wrong = json!({"grant": "password", "login": login, "password": "не тот пароль"});
        let pair = house.from(HOME, right.clone()).await.is(200);

        // One stranger: twenty tries, then he waits.
        for _ in 0..20 {
            house.from("203.0.113.1", wrong.clone()).await.refused(401, "sign_in_failed");
        }
        let refused = house.from("203.0.113.1", right.clone()).await.refused(429, "rate_limited");
        assert!(refused.headers.contains_key("retry-after"));
        // All addresses of one household of IPv6 are one place.
        house.from(HOME, right.clone()).await.is(200);

        // A crowd of them: those whom the login doesn't know come one at a time, its owner as before.
        let crowd = Index { kind: "signIns", value: login.clone() };
        for _ in 0..200 {
            house.app.vault.count(&crowd, 900).await.expect("a count");
        }
        let mut waits = 0;
        for stranger in 2..8 {
            let answer = house.from(&format!("203.0.113.{stranger}"), wrong.clone()).await;
            waits += usize::from(answer.code() == "rate_limited");
        }
        assert!(waits >= 2, "{waits} of 6 waited on {on:?}");
        house.from(HOME, right.clone()).await.is(200);
        // At a new address his device is known by what it once had.
        let mut moved = right.clone();
        moved["refreshToken"] = pair.text("/refreshToken").into();
        for abroad in ["192.0.2.10", "192.0.2.11", "192.0.2.12"] {
            house.from(abroad, moved.clone()).await.is(200);
        }
        // Somebody else's token makes nobody known.
        let stranger = house.newcomer("+79160000055").await;
        let mut borrowed = wrong.clone();
        borrowed["refreshToken"] = stranger.refresh.into();
        let mut waits = 0;
        for _ in 0..4 {
            waits += usize::from(house.from("203.0.113.99", borrowed.clone()).await.code() == "rate_limited");
        }
        assert!(waits >= 1, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t06_codes_are_limited_per_phone_per_address_and_per_country_and_none_is_sent_beyond() {
    for on in engines() {
        let house = house(on).await;
        to_a_window(&house);
        let ask = async |phone: &str, addr: &str| {
            let request = house.request(reqwest::Method::POST, "/v1/auth/codes", None).header("X-Forwarded-For", addr);
            house.send(request.header("X-Forwarded-Proto", "https").json(&json!({"channel": "sms", "to": phone}))).await
        };
        let sent = async || {
            house.settle().await;
            house.sms_count()
        };
        for _ in 0..10 {
            ask(PHONE, "192.0.2.1").await.is(202);
        }
        let before = sent().await;
        let refused = ask(PHONE, "192.0.2.2").await.refused(429, "rate_limited");
        let wait: i64 = refused.headers["retry-after"].to_str().expect("text").parse().expect("seconds");
        assert!((1..=3600).contains(&wait), "{wait}");
        // A country of dear numbers: two an hour for all of them, by this profile.
        for (number, status) in [(1, 202), (2, 202), (3, 429), (4, 429)] {
            ask(&format!("+99555512345{number}"), &format!("192.0.2.{number}0")).await.is(status);
        }
        assert_eq!(sent().await, before + 2, "{on:?}");
        // From one address, a household of IPv6 being one.
        for number in 0..50 {
            ask(&format!("+791600001{number:02}"), &format!("2001:db8:0:1::{number:x}")).await.is(202);
        }
        let before = sent().await;
        ask("+79160000199", "2001:db8:0:1:ffff::1").await.refused(429, "rate_limited");
        ask("+79160000199", "2001:db8:0:2::1").await.is(202);
        assert_eq!(sent().await, before + 1, "{on:?}");
        house.app.ambient.advance(TimeDelta::hours(1));
        ask(PHONE, "192.0.2.1").await.is(202);
    }
}
