//! The officer's queue: terms, extension, refusal with reasons, alarms.

use super::{PHONE, act, asks, exported, hired, instant, told};
use crate::support::house::House;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::app::deadline::Term;
use feldsher::app::profile::Profile;
use feldsher::clinic::identity::Role;
use feldsher::kernel::vault::Class;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn s1_14_s1_16_s3_08_a_refusal_says_why_by_which_rule_and_where_to_complain() {
    for on in engines() {
        let house = House::new(on).await;
        let (officer, colleague) =
            (hired(&house, Role::Officer, "officer").await, hired(&house, Role::Officer, "colleague").await);
        let me = house.patient(PHONE).await;
        let other = house.patient("+79160000002").await;
        let asked = json!({"kind": "correction", "ground": "wrong", "text": "Фамилия записана с ошибкой"});
        let id = asks(&house, &me, asked).await;
        let later = asks(&house, &other, json!({"kind": "access"})).await;
        house.settle().await;

        let view = house.get(&format!("/v1/me/requests/{id}"), me.token()).await.is(200);
        let received = instant(&view, "/receivedAt");
        assert_eq!(instant(&view, "/dueAt"), house.app.profile.due(Term::WorkingDays(7), received), "as the profile says");
        assert_eq!((view.text("/state"), view.text("/channel")), ("received".into(), "app".into()));
        assert!(view.text("/rule").contains("152-FZ"), "the rule of its day");
        assert_eq!(told(&house, "requestReceived", &id).await, 2, "each officer is told");
        for stranger in [&other, &officer] {
            let status = house.get(&format!("/v1/me/requests/{id}"), stranger.token()).await.status.as_u16();
            assert!([403, 404].contains(&status), "his alone");
        }

        let queue = house.get("/v1/staff/requests", officer.token()).await.is(200);
        let ids: Vec<Value> = queue.json()["items"].as_array().expect("items").iter().map(|item| item["id"].clone()).collect();
        assert_eq!(ids, [json!(id), json!(later)], "what ends first comes first");
        let text = String::from_utf8_lossy(&queue.bytes).into_owned();
        assert!(!text.contains(&me.id) && !text.contains("Фамилия"), "the queue says nothing of who asks");
        let first = house.get("/v1/staff/requests?limit=1", officer.token()).await.is(200);
        let next = format!("/v1/staff/requests?limit=1&cursor={}", first.text("/nextCursor"));
        assert_eq!(house.get(&next, officer.token()).await.is(200).text("/items/0/id"), later);
        house.get(&next, colleague.token()).await.refused(400, "invalid");

        let log = house.get("/v1/me/access-log", me.token()).await.is(200);
        assert_eq!(log.json()["items"], json!([]), "nobody has looked yet");
        let read = house.get(&format!("/v1/staff/requests/{id}"), officer.token()).await.is(200);
        assert_eq!(read.text("/request/text"), "Фамилия записана с ошибкой");
        assert_eq!((read.text("/patientId"), read.text("/contacts/0")), (me.id.clone(), PHONE.to_owned()));
        assert!(read.text("/patientName").contains("Пациентов"));
        let log = house.get("/v1/me/access-log", me.token()).await.is(200);
        assert_eq!(log.text("/items/0/basis"), "request", "he reads that it was read");

        house.post(&act(&id, "take"), officer.token(), json!({})).await.is(204);
        house.post(&act(&id, "take"), officer.token(), json!({})).await.is(204);
        house.post(&act(&id, "take"), colleague.token(), json!({})).await.refused(409, "already_claimed");
        let reasons = json!({"text": "Паспорт подтверждает запись", "rule": "152-ФЗ ст. 14 ч. 8"});
        house.post(&act(&id, "extension"), officer.token(), reasons.clone()).await.refused(403, "refused_by_profile");
        house.post(&act(&later, "extension"), officer.token(), reasons.clone()).await.is(204);
        house.post(&act(&later, "extension"), officer.token(), reasons.clone()).await.refused(409, "state_conflict");
        let extended = house.get(&format!("/v1/me/requests/{later}"), other.token()).await.is(200);
        let profile = &house.app.profile;
        assert_eq!(instant(&extended, "/dueAt"), profile.due(Term::WorkingDays(15), instant(&extended, "/receivedAt")));
        assert_eq!(extended.text("/acts/0/text"), "Паспорт подтверждает запись", "the reasons of the extension");
        assert_eq!(told(&house, "requestChanged", &later).await, 1);

        house.post(&act(&id, "refusal"), officer.token(), json!({"text": " нет "})).await.refused(400, "invalid");
        house.post(&act(&id, "refusal"), officer.token(), reasons.clone()).await.is(204);
        for again in ["refusal", "answer", "take"] {
            house.post(&act(&id, again), officer.token(), reasons.clone()).await.refused(409, "state_conflict");
        }
        house.delete(&format!("/v1/me/requests/{id}"), me.token()).await.refused(409, "state_conflict");
        assert_eq!(told(&house, "requestChanged", &id).await, 1);
        for (language, name) in [("ru", &profile.operator.authority), ("ka", &profile.operator.authority)] {
            let request = house.request(Method::GET, "/v1/me/requests", me.token()).header("Accept-Language", language);
            let list = house.send(request).await.is(200);
            let lang = feldsher::kernel::lang::Lang::of_tag(language).expect("a language");
            assert_eq!(list.text("/items/0/authority/name"), name.in_lang(lang));
            assert!(!list.text("/items/0/authority/url").is_empty());
            assert_eq!(list.text("/items/0/acts/1/text"), "Паспорт подтверждает запись");
            assert_eq!(list.text("/items/0/acts/1/rule"), "152-ФЗ ст. 14 ч. 8");
        }
        house.settle().await;
        for language in ["ru", "kk", "ka", "en"] {
            let request = house.request(Method::GET, "/v1/notifications", me.token()).header("Accept-Language", language);
            let inbox = house.send(request).await.is(200);
            assert_eq!(inbox.text("/items/0/kind"), "requestChanged");
            assert!(!inbox.text("/items/0/title").starts_with("notice-"), "a text in {language}");
        }
        let export = exported(&house, &me).await;
        assert_eq!(export["requests"][0]["acts"][1]["text"], "Паспорт подтверждает запись");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_16_a_late_request_is_never_silent_and_an_answered_one_is() {
    for on in engines() {
        let house = House::new(on).await;
        let officer = hired(&house, Role::Officer, "officer").await;
        let me = house.patient(PHONE).await;
        let late = asks(&house, &me, json!({"kind": "access"})).await;
        let kept = asks(&house, &me, json!({"kind": "access"})).await;
        let answer = json!({"text": "Ваши данные лежат в архиве"});
        house.post(&act(&kept, "answer"), officer.token(), answer.clone()).await.is(204);
        let due = instant(&house.get(&format!("/v1/me/requests/{late}"), me.token()).await.is(200), "/dueAt");
        let until = |house: &House| due - house.app.ambient.now();

        let before = until(&house) - TimeDelta::days(3);
        house.later(before).await;
        assert_eq!(told(&house, "requestDue", &late).await, 0, "not yet");
        house.later(TimeDelta::days(1) + TimeDelta::minutes(1)).await;
        assert_eq!((told(&house, "requestDue", &late).await, told(&house, "requestOverdue", &late).await), (1, 0));
        let over = until(&house) + TimeDelta::minutes(1);
        house.later(over).await;
        assert_eq!(told(&house, "requestOverdue", &late).await, 1);
        house.later(TimeDelta::days(1) + TimeDelta::minutes(1)).await;
        assert_eq!(told(&house, "requestOverdue", &late).await, 2, "each day again");
        for kind in ["requestDue", "requestOverdue"] {
            assert_eq!(told(&house, kind, &kept).await, 0, "answered in time on {on:?}");
        }

        let officer = hired(&house, Role::Officer, "another").await;
        let queue = house.get("/v1/staff/requests", officer.token()).await.is(200).json();
        assert_eq!((&queue["items"][0]["id"], &queue["items"][0]["overdue"]), (&json!(late), &json!(true)));
        house.post(&act(&late, "extension"), officer.token(), answer.clone()).await.refused(409, "too_late");
        house.post(&act(&late, "answer"), officer.token(), answer).await.is(204);
        let told_then = told(&house, "requestOverdue", &late).await;
        house.later(TimeDelta::days(2)).await;
        assert_eq!(told(&house, "requestOverdue", &late).await, told_then, "silent from then on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_09_s4_10_each_kind_is_asked_for_with_its_ground_and_ends_with_the_account() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        let officer = hired(&house, Role::Officer, "officer").await;
        for kind in ["correction", "blocking", "destruction"] {
            let without = json!({"kind": kind, "text": "Это не обо мне"});
            let refused = house.post("/v1/me/requests", me.token(), without).await.refused(400, "invalid");
            assert_eq!(refused.text("/errors/0/pointer"), "/ground");
        }
        house.post("/v1/me/requests", me.token(), json!({"kind": "complaint"})).await.refused(400, "invalid");
        house.post("/v1/me/requests", me.token(), json!({"kind": "sale", "text": "x"})).await.refused(400, "invalid");
        let kinds = [
            "information",
            "access",
            "correction",
            "update",
            "addition",
            "blocking",
            "deletion",
            "destruction",
            "objection",
            "complaint",
        ];
        for kind in kinds {
            asks(&house, &me, json!({"kind": kind, "ground": "unlawful", "text": "Прошу об этом"})).await;
        }
        let mine = house.get("/v1/me/requests", me.token()).await.is(200).json();
        let asked: Vec<&Value> = mine["items"].as_array().expect("items").iter().map(|item| &item["kind"]).collect();
        assert_eq!(asked, kinds.iter().rev().map(|kind| json!(kind)).collect::<Vec<_>>().iter().collect::<Vec<_>>());
        let withdrawn = mine["items"][0]["id"].as_str().expect("an id");
        house.delete(&format!("/v1/me/requests/{withdrawn}"), me.token()).await.is(204);
        let view = house.get(&format!("/v1/me/requests/{withdrawn}"), me.token()).await.is(200);
        assert_eq!((view.text("/state"), view.text("/acts/0/act")), ("withdrawn".into(), "withdrawn".into()));

        house.put("/v1/me/freeze", me.token(), json!({"scopes": ["patient"]})).await.is(200);
        house.post("/v1/me/requests", me.token(), json!({"kind": "access"})).await.refused(403, "frozen");
        house.delete("/v1/me/freeze", me.token()).await.is(200);

        let open = mine["items"][1]["id"].as_str().expect("an id");
        house.get(&format!("/v1/staff/requests/{open}"), officer.token()).await.is(200);
        let me = house.newcomer(PHONE).await;
        house.delete("/v1/me", me.token()).await.is(202);
        house.later(TimeDelta::days(14) + TimeDelta::minutes(1)).await;
        let officer = hired(&house, Role::Officer, "another").await;
        let held = house.get(&format!("/v1/staff/requests/{open}"), officer.token()).await.is(200);
        assert_eq!((held.text("/request/state"), held.text("/request/text")), ("withdrawn".into(), "Прошу об этом".into()));
        assert!(held.json().get("patientName").is_none() && held.json()["contacts"] == json!([]), "nobody is behind it any more");
        let keys = house.app.vault.keys(me.id.parse().expect("an id")).await.expect("evidence is held");
        assert!(keys.has(Class::Evidence) && !keys.has(Class::Identity));
        house.later(TimeDelta::days(4 * 366)).await;
        let officer = hired(&house, Role::Officer, "third").await;
        house.get(&format!("/v1/staff/requests/{open}"), officer.token()).await.refused(404, "not_found");
    }
}

#[test]
fn s2_10d_requests_are_made_where_a_cabinet_is_one_to_read() {
    let profile = Profile::load("ru-clinic").expect("a profile");
    for operation in ["createRequest", "withdrawRequest", "createDisagreement", "withdrawDisagreement"] {
        assert!(profile.lets_patients_write(operation), "{operation}");
    }
    assert!(!profile.lets_patients_write("createBooking"));
}
