//! S1-09: consent by booking or calling. S1-22: asked by telephone. S1-23: rules that were read again and stay as they are.

use super::{OTHER, PHONE, bases, exported, hired, named, number, under};
use crate::support::clinic::{Clinic, at, day};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::{Days, TimeDelta};
use feldsher::clinic::identity::Role;
use feldsher::server::ops::{check_profile, readings};
use serde_json::{Value, json};

fn visit(house: &House, clinic: &Clinic, hour: u32) -> Value {
    json!({"doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": at(house, 1, hour, 0).to_rfc3339()})
}

async fn given(house: &House, person: &Person) -> Vec<String> {
    let consents = house.get("/v1/me/consents", person.token()).await.is(200).json();
    let items = consents["items"].as_array().cloned().unwrap_or_default();
    let given = items.into_iter().filter(|item| item["state"] == "given");
    given.filter_map(|item| item["id"].as_str().map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_09_booking_and_calling_consent_to_the_processing_and_looking_around_does_not() {
    for on in engines() {
        let house = under(on, "ru-marketplace").await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let desk = house.staff(&admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        let (online, caller) = (named(&house, PHONE).await, named(&house, OTHER).await);
        for path in ["/v1/clinics", "/v1/services", "/v1/doctors", "/v1/me", "/v1/me/consents", "/v1/bookings"] {
            house.get(path, online.token()).await.is(200);
        }
        assert_eq!(number(&house, "SELECT count(*) FROM consent").await, 0, "browsing writes none, on {on:?}");
        house.post("/v1/bookings", online.token(), visit(&house, &clinic, 10)).await.is(201);
        assert_eq!(given(&house, &online).await, ["processing"]);
        house.post("/v1/bookings", online.token(), visit(&house, &clinic, 11)).await.is(201);
        let (parts, _) = exported(&house, &online).await;
        assert_eq!(parts["consents"].as_array().map(Vec::len), Some(1), "once, with the evidence of the first time");
        assert_eq!(parts["consents"][0]["byAct"], "app");

        // Several visits in one go, and a wish of one, are booked online, too.
        for (phone, path, body) in [
            ("+79160000003", "/v1/booking-series", json!({"visits": [visit(&house, &clinic, 12)]})),
            (
                "+79160000004",
                "/v1/booking-wishes",
                json!({"serviceId": clinic.service_id, "from": day(&house, 2), "to": day(&house, 9)}),
            ),
        ] {
            let who = named(&house, phone).await;
            house.post(path, who.token(), body).await.is(201);
            assert_eq!(given(&house, &who).await, ["processing"], "{path}, on {on:?}");
        }

        // A call that is refused consents to nothing.
        let id = house.found_by_phone(&desk, OTHER).await;
        let path = format!("/v1/staff/patients/{id}/bookings");
        let mut by_phone = visit(&house, &clinic, 10);
        by_phone["channel"] = "phone".into();
        house.post(&path, desk.token(), by_phone.clone()).await.refused(409, "slot_taken");
        assert!(given(&house, &caller).await.is_empty(), "{on:?}");
        by_phone["startsAt"] = at(&house, 1, 14, 0).to_rfc3339().into();
        house.post(&path, desk.token(), by_phone).await.is(201);
        assert_eq!(given(&house, &caller).await, ["processing"]);
        let (parts, _) = exported(&house, &caller).await;
        assert_eq!(parts["consents"][0]["byAct"], "phone", "{on:?}");

        // Where the profile has no such consent, booking gives none.
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let me = house.patient(PHONE).await;
        house.post("/v1/bookings", me.token(), visit(&house, &clinic, 10)).await.is(201);
        assert_eq!(number(&house, "SELECT count(*) FROM consent").await, 0, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_22_the_desk_calls_who_wants_to_be_asked_whatever_he_says_of_advertising_and_nobody_else() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let (anna, boris) = (house.patient(PHONE).await, house.patient(OTHER).await);
        let off = |group: &str| {
            let switches: Vec<Value> =
                ["push", "sms", "email"].iter().map(|way| json!({"group": group, "channel": way, "on": false})).collect();
            json!({"switches": switches})
        };
        house.put("/v1/me/preferences", anna.token(), off("marketing")).await.is(200);
        house.put("/v1/me/preferences", boris.token(), off("feedback")).await.is(200);
        let visit_of = async |who: &Person, hour: u32| {
            house.post("/v1/bookings", who.token(), visit(&house, &clinic, hour)).await.is(201).text("/id")
        };
        let (of_anna, of_boris) = (visit_of(&anna, 10).await, visit_of(&boris, 12).await);
        let elsewhere = house.staff(&admin, "reception", "first", Some(&clinic.clinic_id)).await;
        let call = async |who: &Person, booking: &str| {
            house.post(&format!("/v1/staff/bookings/{booking}/feedback-call"), who.token(), json!({})).await
        };
        call(&elsewhere, &of_anna).await.refused(409, "state_conflict");
        house.later(TimeDelta::days(2)).await;
        let desk = hired(&house, Role::Reception, "desk", Some(&clinic.clinic_id)).await;
        let other = json!({
            "names": crate::support::clinic::everywhere("Там"), "zone": "Asia/Tbilisi", "phone": "+995322000000",
            "addresses": crate::support::clinic::everywhere("Там 1"),
        });
        let admin = hired(&house, Role::Administrator, "second", None).await;
        let other = house.post("/v1/staff/clinics", admin.token(), other).await.is(201).text("/id");
        let stranger = hired(&house, Role::Reception, "stranger", Some(&other)).await;
        call(&stranger, &of_anna).await.refused(404, "not_found");
        assert_eq!(call(&desk, &of_anna).await.is(200).text("/phone"), PHONE, "{on:?}");
        call(&desk, &of_boris).await.refused(403, "consent_required");
        let anna = house.newcomer(PHONE).await;
        assert!(bases(&house, &anna).await.iter().any(|basis| basis == "feedbackCall"), "she reads that she was to be called");
        let boris = house.newcomer(OTHER).await;
        assert!(!bases(&house, &boris).await.iter().any(|basis| basis == "feedbackCall"), "{on:?}");
        // Once she has said how it was nobody calls.
        house.post(&format!("/v1/bookings/{of_anna}/feedback"), anna.token(), json!({"rating": 5})).await.is(201);
        call(&desk, &of_anna).await.refused(409, "state_conflict");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_23_that_a_rule_was_read_again_and_stays_is_written_down_and_officers_are_told_of_what_was_not() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let first = house.staff(&admin, "officer", "officer", None).await;
        let told = "SELECT count(*) FROM notification WHERE kind = 'ruleReviewDue'";
        assert_eq!(number(&house, told).await, 0);
        let reviews = async |who: &Person| house.get("/v1/staff/rule-reviews", who.token()).await.is(200).json();
        let listed = reviews(&first).await;
        let (rule, by) = (listed["items"][0]["rule"].clone(), listed["items"][0]["reviewBy"].clone());
        let due: chrono::NaiveDate = by.as_str().expect("a text").parse().expect("a day");
        let of_rule =
            |listed: &Value| listed["items"].as_array().expect("items").iter().find(|item| item["rule"] == rule).cloned();
        let past = due.signed_duration_since(house.app.ambient.now().date_naive()) + TimeDelta::days(2);
        house.later(past).await;
        let overdue = number(&house, told).await;
        assert!(overdue > 0, "officers are told, on {on:?}");
        house.later(TimeDelta::days(1)).await;
        assert_eq!(number(&house, told).await, overdue, "once, and not each day");

        let officer = hired(&house, Role::Officer, "second", None).await;
        let desk = hired(&house, Role::Reception, "desk", None).await;
        assert_eq!(of_rule(&reviews(&officer).await).expect("the rule")["isOverdue"], true);
        let read = |rule: &Value, next: &str| json!({"rule": rule, "outcome": "unchanged", "note": "Прочитали: то же", "nextReviewBy": next});
        let put = async |who: &Person, body: Value| house.post("/v1/staff/rule-reviews", who.token(), body).await;
        put(&officer, read(&json!("right.nothing"), "2040-01-01")).await.refused(404, "not_found");
        put(&officer, read(&rule, "2020-01-01")).await.refused(400, "invalid");
        put(&desk, read(&rule, "2040-01-01")).await.refused(403, "forbidden");
        let next = house.app.ambient.now().date_naive().checked_add_days(Days::new(365)).expect("a day").to_string();
        let made = put(&officer, read(&rule, &next)).await.is(201).json();
        assert_eq!((&made["isOverdue"], &made["outcome"], &made["dueBy"]), (&json!(false), &json!("unchanged"), &json!(next)));
        let standing = of_rule(&reviews(&officer).await).expect("the rule");
        assert_eq!(
            (&standing["isOverdue"], &standing["note"], &standing["reviewBy"]),
            (&json!(false), &json!("Прочитали: то же"), &by)
        );

        // The command says the same, and without the record what the profile alone says.
        let today = house.app.profile.today(house.app.ambient.now());
        let known = readings(&house.app.config, &house.app.ambient).await;
        let line = format!("review  {}\n", rule.as_str().expect("a text"));
        let said = |known| check_profile("ru-telemed", today, known).expect("a profile").0;
        assert!(!said(&known).contains(&line) && said(&Default::default()).contains(&line), "{on:?}");

        // A year later it is due again, and they are told again.
        house.later(TimeDelta::days(367)).await;
        let again = format!("SELECT count(*) FROM rule_told WHERE rule = '{}'", rule.as_str().expect("a text"));
        assert_eq!(number(&house, &again).await, 2, "{on:?}");
    }
}
