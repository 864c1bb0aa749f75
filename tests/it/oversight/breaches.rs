//! Breaches: terms of the profile, alarms, who was told, and the end.

use super::{count, hired, told, with_profile};
use crate::support::house::House;
use crate::support::stores::engines;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use feldsher::app::profile::{BreachStep, Profile};
use feldsher::clinic::identity::Role;
use serde_json::{Value, json};

/// Profile, step, when it became known, by when it is told.
const TERMS: &[(&str, &str, &str, &str)] = &[
    ("ru-telemed", "authority", "2026-11-20T15:30:00Z", "2026-11-21T15:30:00Z"),
    ("ru-telemed", "result", "2026-11-20T15:30:00Z", "2026-11-23T15:30:00Z"),
    ("ru-clinic", "result", "2026-12-31T20:00:00Z", "2027-01-03T20:00:00Z"),
    ("ru-marketplace", "authority", "2026-02-28T23:00:00Z", "2026-03-01T23:00:00Z"),
    ("ge-clinic", "authority", "2026-11-20T15:30:00Z", "2026-11-23T15:30:00Z"),
    ("eu", "authority", "2028-02-27T12:00:00Z", "2028-03-01T12:00:00Z"),
    // Friday noon in Almaty (UTC+5): the next working day is Monday, which ends at its midnight.
    ("kz-programme", "authority", "2026-11-20T07:00:00Z", "2026-11-23T19:00:00Z"),
    // Monday at one in the morning in Almaty, which is still Sunday in UTC.
    ("kz-programme", "authority", "2026-11-22T20:00:00Z", "2026-11-24T19:00:00Z"),
];

#[test]
fn s4_07_each_law_has_its_own_terms_of_a_breach() {
    for (id, step, known, due) in TERMS {
        let profile = Profile::load(id).expect("a profile");
        let known: DateTime<Utc> = known.parse().expect("an hour");
        let terms = profile.breach_terms(known);
        let found = terms.iter().find(|(rule, _)| rule.step == BreachStep::parse(step).expect("a step"));
        let (rule, by) = found.unwrap_or_else(|| panic!("{id} names no term for {step}"));
        assert_eq!(by.to_rfc3339_opts(SecondsFormat::Secs, true), *due, "{step} of {id} known at {known}");
        assert!(!rule.source.is_empty());
    }
    // Before the law there was none.
    let kz = Profile::load("kz-programme").expect("a profile");
    assert!(kz.breach_terms("2024-06-30T07:00:00Z".parse().expect("an hour")).is_empty());
}

fn hours(house: &House, ago: i64) -> String {
    (house.app.ambient.now() - TimeDelta::hours(ago)).to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn leak(known_at: &str) -> Value {
    json!({"knownAt": known_at, "classes": ["contact", "identity"], "people": 2, "text": "Рассылка ушла с открытыми адресами"})
}

fn message() -> Value {
    json!({"ru": "Ваш адрес увидели другие", "kk": "Мекенжайыңызды басқалар көрді", "ka": "თქვენი მისამართი სხვებმა ნახეს", "en": "Others saw your address"})
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_07_a_breach_is_entered_told_in_time_and_closed() {
    for on in engines() {
        let house = with_profile(on, |profile| profile).await;
        let officer = hired(&house, Role::Officer, "officer").await;
        let (one, two) = (house.patient("+79161234501").await, house.patient("+79161234502").await);
        let third = house.patient("+79161234503").await;
        for wrong in [
            leak(&hours(&house, -1)),
            json!({"knownAt": hours(&house, 1), "classes": ["everything"], "people": 1, "text": "x"}),
            json!({"knownAt": hours(&house, 1), "classes": ["contact"], "people": -1, "text": "x"}),
            json!({"knownAt": hours(&house, 1), "classes": ["contact"], "people": 1, "text": "  "}),
        ] {
            house.post("/v1/staff/breaches", officer.token(), wrong).await.refused(400, "invalid");
        }
        let id = house.post("/v1/staff/breaches", officer.token(), leak(&hours(&house, 2))).await.is(201).text("/id");
        let path = format!("/v1/staff/breaches/{id}");
        let read = house.get(&path, officer.token()).await.is(200).json();
        let steps: Vec<&Value> = read["terms"].as_array().expect("terms").iter().map(|term| &term["step"]).collect();
        assert_eq!(steps, ["authority", "result"], "on {on:?}");
        assert!(read["terms"][0]["source"].as_str().is_some_and(|act| act.contains("152-FZ")), "{read}");
        house.get(&path, one.token()).await.refused(403, "forbidden");

        // Before, at, and after the end of a term, until it is kept.
        house.later(TimeDelta::hours(9)).await;
        assert_eq!((told(&house, &officer, "breachDue").await, told(&house, &officer, "breachOverdue").await), (0, 0));
        house.later(TimeDelta::hours(3)).await;
        assert_eq!((told(&house, &officer, "breachDue").await, told(&house, &officer, "breachOverdue").await), (1, 0));
        house.later(TimeDelta::hours(11)).await;
        assert_eq!(told(&house, &officer, "breachOverdue").await, 1, "late, and never silently, on {on:?}");
        house.later(TimeDelta::hours(7)).await;
        assert_eq!(told(&house, &officer, "breachOverdue").await, 2);
        let officer = hired(&house, Role::Officer, "second").await;
        let view = house.get("/v1/staff/oversight", officer.token()).await.is(200).json();
        assert_eq!((&view["breaches"]["open"], &view["breaches"]["overdue"]), (&json!(1), &json!(1)));

        let closing = format!("{path}/closing");
        house.put(&closing, officer.token(), json!({"text": "Закрыто"})).await.refused(409, "state_conflict");
        let notices = format!("{path}/notices");
        let notice = |to: &str, at: String| json!({"to": to, "at": at, "text": "Исходящий 12, заказным письмом"});
        house.post(&notices, officer.token(), notice("authority", hours(&house, 100))).await.refused(400, "invalid");
        house.post(&notices, officer.token(), notice("authority", hours(&house, 0))).await.is(201);
        house.later(TimeDelta::hours(7)).await;
        assert_eq!(told(&house, &officer, "breachOverdue").await, 0, "silent from then on");
        let officer = super::renewed(&house, &officer).await;
        house.post(&notices, officer.token(), notice("result", hours(&house, 0))).await.is(201);

        // Those whom it concerns are told once, in their inbox; others are not.
        let people = format!("{path}/people");
        let stranger = json!({"patientIds": [house.app.ambient.id()], "message": message()});
        house.post(&people, officer.token(), stranger).await.refused(400, "invalid");
        let both = json!({"everybody": true, "patientIds": [one.id], "message": message()});
        house.post(&people, officer.token(), both).await.refused(400, "invalid");
        assert_eq!(count(&house, "breach_person").await, 0, "what is refused leaves nothing");
        let two_of_them = json!({"patientIds": [one.id, two.id, one.id], "message": message()});
        house.post(&people, officer.token(), two_of_them.clone()).await.is(201);
        house.settle().await;
        house.post(&people, officer.token(), two_of_them).await.refused(409, "state_conflict");
        for (person, expected) in [(&one, 1), (&two, 1), (&third, 0)] {
            assert_eq!(told(&house, person, "dataBreach").await, expected, "on {on:?}");
            let person = super::renewed(&house, person).await;
            let own = house.request(reqwest::Method::GET, "/v1/me/breaches", person.token()).header("Accept-Language", "kk");
            let own = house.send(own).await.is(200);
            let known = own.json()["items"].as_array().map_or(0, Vec::len);
            assert_eq!(known, usize::try_from(expected).expect("a number"));
            if expected == 1 {
                assert_eq!(own.text("/items/0/message"), "Мекенжайыңызды басқалар көрді");
            }
        }
        assert_eq!(house.get(&path, officer.token()).await.is(200).json()["told"], 2);
        house.put(&closing, officer.token(), json!({"text": "Адреса закрыты, людям сообщено"})).await.is(204);
        house.put(&closing, officer.token(), json!({"text": "Ещё раз"})).await.refused(409, "state_conflict");
        house.post(&notices, officer.token(), notice("people", hours(&house, 0))).await.refused(409, "state_conflict");
        let closed = house.get(&path, officer.token()).await.is(200);
        assert_eq!(closed.text("/acts/2/text"), "Адреса закрыты, людям сообщено");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_07_everybody_is_told_and_that_he_was_told_goes_with_him() {
    for on in engines() {
        let house = House::new(on).await;
        let officer = hired(&house, Role::Officer, "officer").await;
        let me = house.patient("+79161234501").await;
        let id = house.post("/v1/staff/breaches", officer.token(), leak(&hours(&house, 1))).await.is(201).text("/id");
        let everybody = json!({"everybody": true, "message": message()});
        house.post(&format!("/v1/staff/breaches/{id}/people"), officer.token(), everybody).await.is(201);
        house.settle().await;
        assert_eq!(told(&house, &me, "dataBreach").await, 1, "on {on:?}");
        assert_eq!(count(&house, "breach WHERE told = 1 AND told_up_to IS NULL").await, 1);
        house.delete("/v1/me", me.token()).await.is(202);
        house.later(TimeDelta::days(15)).await;
        assert_eq!(count(&house, "breach_person").await, 0, "gone with him");
        assert_eq!(count(&house, "breach WHERE told = 1").await, 1, "how many were told stays");
    }
}
