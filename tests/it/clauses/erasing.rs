//! Goals of the vault around an erasure: E5, while the house is busy; E7, while a provider is down; E8, advertising after a
//! withdrawal.

use super::{Visitor, advertise, advertised};
use crate::doors::everything;
use crate::support::clinic::{Clinic, at};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::adapters::SendFault;
use feldsher::clinic::privacy::advance;
use feldsher::kernel::vault::Class;
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

const LEAVING: usize = 4;
const LIVING: usize = 6;
const ROUNDS: usize = 4;
const GRACE: TimeDelta = TimeDelta::days(14);

fn subject(of: &Person) -> Uuid {
    of.id.parse().expect("an id")
}

/// Somebody's ordinary day, again and again. Answers which visits were acknowledged.
async fn lives_on(house: &House, clinic: &Clinic, who: &Person, number: usize) -> Vec<String> {
    let mut booked = Vec::new();
    for round in 0..ROUNDS {
        let (days, hour) = (i64::try_from(20 + round).expect("few"), u32::try_from(9 + number).expect("few"));
        let starts_at = at(house, days, hour, 0).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let body = json!({"doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": starts_at});
        let answer = house.post("/v1/bookings", who.token(), body).await;
        // A busy house may say so, and promises by it that nothing was done.
        if answer.code() != "unavailable" {
            booked.push(answer.is(201).text("/id"));
        }
        for answer in [
            house.post("/v1/tickets", who.token(), json!({"topic": "app", "text": "Как дела"})).await,
            house.get("/v1/me", who.token()).await,
            house.get("/v1/bookings", who.token()).await,
        ] {
            assert!(answer.status.is_success() || answer.code() == "unavailable", "{}", String::from_utf8_lossy(&answer.bytes));
        }
    }
    booked
}

/// Somebody who is being erased and does not let go. Nothing of what he says is taken.
async fn clings(house: &House, who: &Person, is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        for answer in [
            house.post("/v1/tickets", who.token(), json!({"topic": "app", "text": "Я ещё здесь"})).await,
            house.get("/v1/tickets", who.token()).await,
        ] {
            let is_refused =
                matches!(answer.code().as_str(), "unauthenticated" | "deletion_pending" | "unavailable" | "not_found");
            assert!(is_refused, "{} {}", answer.status, answer.code());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e5_erasures_during_load_take_nobody_else_along_and_let_nothing_slip_back() {
    for on in engines() {
        let Visitor { house, clinic, .. } = Visitor::new(on).await;
        let leaving = house.crowd(LEAVING).await;
        for who in &leaving {
            house.post("/v1/tickets", who.token(), json!({"topic": "app", "text": "До свидания"})).await.is(201);
            house.put("/v1/me/preferences", who.token(), json!({"language": "kk", "switches": []})).await.is(200);
            house.delete("/v1/me", who.token()).await.is(202);
        }
        let all = everything(&house).await;
        for who in &leaving {
            assert!(["patient", "ticket", "preference"].iter().all(|table| all[*table].contains(&who.id)), "the control");
        }
        house.app.ambient.advance(GRACE + TimeDelta::minutes(1));
        let living = house.crowd(LIVING).await;

        let is_over = AtomicBool::new(false);
        let erase = async {
            // Two runners for each, and the worker beside them.
            let runs = leaving
                .iter()
                .chain(&leaving)
                .map(|who| async { while advance(&house.app, subject(who)).await.expect("a step").is_some() {} });
            tokio::join!(futures_util::future::join_all(runs), house.settle());
            is_over.store(true, Ordering::Relaxed);
        };
        let load =
            futures_util::future::join_all(living.iter().enumerate().map(|(number, who)| lives_on(&house, &clinic, who, number)));
        let clinging = futures_util::future::join_all(leaving.iter().map(|who| clings(&house, who, &is_over)));
        let ((), booked, _) = tokio::join!(erase, load, clinging);
        house.later(TimeDelta::minutes(10)).await;

        let all = everything(&house).await;
        for who in &leaving {
            for table in ["patient", "ticket", "preference", "session", "booking", "notification"] {
                assert!(!all[table].contains(&who.id), "{table} on {on:?}");
            }
            let keys = house.app.vault.keys(subject(who)).await;
            assert!(keys.is_err() || keys.is_ok_and(|keys| !keys.has(Class::Identity) && !keys.has(Class::Support)), "{on:?}");
        }
        assert_eq!(all["certificate"].lines().count(), LEAVING, "one for each, on {on:?}");
        for (who, booked) in living.iter().zip(booked) {
            for id in booked {
                assert_eq!(
                    house.get(&format!("/v1/bookings/{id}"), who.token()).await.is(200).text("/state"),
                    "booked",
                    "{on:?}"
                );
            }
            assert!(house.app.vault.keys(subject(who)).await.expect("keys").has(Class::Identity));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e7_a_provider_that_is_down_holds_up_no_erasure_and_hears_of_it_no_more() {
    for on in engines() {
        let Visitor { house, me, .. } = Visitor::in_the_day(on).await;
        let stays = house.patient("+79160000002").await;
        let device = |token: &str| json!({"platform": "android", "appVersion": "1.2.3", "pushTokens": [{"kind": "fcmToken", "token": token}]});
        for (who, token) in [(&me, "token-of-who-leaves"), (&stays, "token-of-who-stays")] {
            house.put(&format!("/v1/devices/{}", house.app.ambient.id()), who.token(), device(token)).await.is(200);
        }
        house.settle().await;
        house.app.adapters.outbox.fail_next(1_000, SendFault::Retry { after_s: None, why: "down" });
        let number = house.delete("/v1/me", me.token()).await.is(202).text("/recordNumber");
        house.later(GRACE + TimeDelta::minutes(1)).await;
        let all = everything(&house).await;
        assert!(!all["patient"].contains(&me.id), "what is ours to do is done, on {on:?}");
        assert!(all["certificate"].lines().count() == 1 && all["erasure"].contains(&number), "{on:?}");
        // It is back: what waited for him goes nowhere, what waits for others does.
        house.app.adapters.outbox.clear();
        house.app.adapters.outbox.fail_next(0, SendFault::Retry { after_s: None, why: "up" });
        house.later(TimeDelta::hours(2)).await;
        house.later(TimeDelta::hours(2)).await;
        let to = |token: &str| {
            house.app.adapters.outbox.all().iter().any(|message| message.to == token || message.to == "+79161234567")
        };
        assert!(!to("token-of-who-leaves"), "{on:?}");
        let all = everything(&house).await;
        for table in ["task", "delivery", "push_token", "installation", "notification"] {
            assert!(!all[table].contains(&me.id), "{table} on {on:?}");
        }
        assert!(all["installation"].contains(&stays.id), "the control");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e8_after_a_withdrawal_the_next_campaign_sends_nothing() {
    for on in engines() {
        let Visitor { house, admin, me: stays, .. } = Visitor::in_the_day(on).await;
        let (one, every) = (house.patient("+79160000002").await, house.patient("+79160000003").await);
        let (away, never) = (house.patient("+79160000004").await, house.patient("+79160000005").await);
        for who in [&stays, &one, &every, &away] {
            house.put("/v1/me/consents/marketing.own.sms", who.token(), json!({})).await.is(200);
        }
        advertise(&house, &admin).await;
        let mut counts = Vec::new();
        for who in [&stays, &one, &every, &away, &never] {
            counts.push(advertised(&house, who).await);
        }
        assert_eq!(counts, [1, 1, 1, 1, 0], "{on:?}");
        house.delete("/v1/me/consents/marketing.own.sms", one.token()).await.is(200);
        house.post("/v1/me/withdrawal", every.token(), json!({})).await.is(200);
        house.delete("/v1/me", away.token()).await.is(202);
        let sent = house.app.adapters.outbox.all().len();
        advertise(&house, &admin).await;
        let mut counts = Vec::new();
        for who in [&stays, &one, &every, &away, &never] {
            counts.push(advertised(&house, who).await);
        }
        assert_eq!(counts, [2, 1, 1, 1, 0], "{on:?}");
        let later: Vec<String> = house.app.adapters.outbox.all().into_iter().skip(sent).map(|message| message.to).collect();
        assert!(
            later.iter().all(|to| *to == "+79161234567" || *to == "+79160000004"),
            "{later:?}: advertising, and the deletion"
        );
    }
}
