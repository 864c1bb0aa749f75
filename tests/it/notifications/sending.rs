//! Sending: dead tokens, slow providers, poison, and the order of one person's notices.

use super::{PHONE, at_noon, run_sql, sent, states, telephone, tell, woken};
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::adapters::SendFault;
use feldsher::adapters::outbox::Channel;
use feldsher::clinic::notifications::Kind;
use serde_json::json;

const TOKEN: &str = "token-of-the-telephone";

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_token_is_dropped_and_the_next_way_is_gone() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        telephone(&house, &patient, TOKEN).await;
        telephone(&house, &patient, "token-of-the-tablet").await;
        house.app.adapters.outbox.bury(TOKEN);
        house.app.ambient.advance(TimeDelta::seconds(1));
        let first = tell(&house, &patient, Kind::DocumentAdded).await;
        house.settle().await;
        assert_eq!(states(&house, first).await, ["push sent"], "the tablet took it");
        assert_eq!(crate::doors::everything(&house).await["push_token"].lines().count(), 1, "{on:?}");
        house.app.adapters.outbox.bury("token-of-the-tablet");
        let second = tell(&house, &patient, Kind::DocumentAdded).await;
        house.settle().await;
        assert_eq!(states(&house, second).await, ["push nowhere", "sms sent"]);
        assert_eq!(crate::doors::everything(&house).await["push_token"], "");
        assert_eq!(sent(&house, Channel::Sms)[0].to, PHONE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_asks_for_a_pause_is_left_alone_by_all() {
    for on in engines() {
        let house = at_noon(on).await;
        let mut people = Vec::new();
        for number in 0..4 {
            let person = house.patient(&format!("+7916000010{number}")).await;
            telephone(&house, &person, &format!("token-number-{number}")).await;
            people.push(person);
        }
        tell(&house, &people[0], Kind::DocumentAdded).await;
        house.app.adapters.outbox.fail_next(1, SendFault::Retry { after_s: Some(300), why: "slow down" });
        house.settle().await;
        for person in &people[1..] {
            tell(&house, person, Kind::DocumentAdded).await;
        }
        house.settle().await;
        assert!(sent(&house, Channel::Push).is_empty(), "{on:?}: the pause holds for every token of this provider");
        house.later(TimeDelta::seconds(290)).await;
        assert!(sent(&house, Channel::Push).is_empty());
        house.later(TimeDelta::seconds(15)).await;
        assert_eq!(sent(&house, Channel::Push).len(), 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_notice_waits_for_an_earlier_one_and_an_urgent_one_does_not() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        telephone(&house, &patient, TOKEN).await;
        let mut usual = Vec::new();
        for _ in 0..5 {
            usual.push(tell(&house, &patient, Kind::DocumentAdded).await.to_string());
        }
        house.app.adapters.outbox.fail_next(1, SendFault::Retry { after_s: None, why: "down" });
        house.settle().await;
        assert_eq!(woken(&house, TOKEN), Vec::<String>::new(), "{on:?}");
        let urgent = tell(&house, &patient, Kind::MessageReceived).await.to_string();
        house.settle().await;
        assert_eq!(woken(&house, TOKEN), [urgent]);
        house.later(TimeDelta::minutes(1)).await;
        assert_eq!(woken(&house, TOKEN)[1..], usual);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_notice_holds_up_nobody_and_its_own_lane_only_for_a_while() {
    for on in engines() {
        let house = at_noon(on).await;
        let poisoned = house.patient(PHONE).await;
        telephone(&house, &poisoned, TOKEN).await;
        house.put("/v1/me/preferences", poisoned.token(), json!({"switches": []})).await.is(200);
        run_sql(&house, "UPDATE preference SET sealed = $1", vec![vec![7_u8; 60].into()]).await;
        let poison = tell(&house, &poisoned, Kind::DocumentAdded).await;
        let behind = tell(&house, &poisoned, Kind::DocumentAdded).await;
        let mut others = Vec::new();
        for number in 0..20 {
            let person = house.patient(&format!("+791600002{number:02}")).await;
            let token = format!("token-number-{number}");
            telephone(&house, &person, &token).await;
            tell(&house, &person, Kind::DocumentAdded).await;
            others.push(token);
        }
        house.settle().await;
        for token in &others {
            assert_eq!(woken(&house, token).len(), 1, "{on:?}");
        }
        run_sql(&house, "DELETE FROM preference", vec![]).await;
        run_sql(&house, "UPDATE delivery SET state = 'waiting' WHERE state = 'sending'", vec![]).await;
        house.later(TimeDelta::minutes(5)).await;
        assert_eq!(woken(&house, TOKEN), [poison.to_string(), behind.to_string()]);

        // What the provider will never take ends at once, and lets the next one go.
        let refused = tell(&house, &poisoned, Kind::RefundMade).await;
        let next = tell(&house, &poisoned, Kind::RefundMade).await;
        house.app.adapters.outbox.fail_next(1, SendFault::Reject { why: "never" });
        house.settle().await;
        assert_eq!(states(&house, refused).await, ["push failed"]);
        assert_eq!(states(&house, next).await, ["push sent"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_open_fails_for_good() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        telephone(&house, &patient, TOKEN).await;
        house.put("/v1/me/preferences", patient.token(), json!({"switches": []})).await.is(200);
        run_sql(&house, "UPDATE preference SET sealed = $1", vec![vec![7_u8; 60].into()]).await;
        let poison = tell(&house, &patient, Kind::RefundMade).await;
        for _ in 0..12 {
            house.later(TimeDelta::minutes(2)).await;
        }
        assert_eq!(states(&house, poison).await, ["push failed"], "{on:?}");
        assert_eq!(crate::doors::everything(&house).await["task"], "");
    }
}
