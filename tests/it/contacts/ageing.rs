//! Numbers that pass from one person to another.

use super::{EMAIL, NEW, OTHER, PHONE, addresses, change, comes_in, holder, kinds, show, sign_in};
use crate::support::house::House;
use crate::support::stores::engines;
use chrono::TimeDelta;
use serde_json::json;

/// Of every patient of these tests.
const BORN: &str = "1980-05-01";

#[tokio::test(flavor = "multi_thread")]
async fn an_old_number_opens_its_account_only_with_the_birth_date_and_dates_can_not_be_tried_out() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        house.later(TimeDelta::days(100)).await;
        assert_eq!(comes_in(&house, "sms", PHONE).await.id, me.id, "a sign-in makes the number young again");
        house.later(TimeDelta::days(179)).await;
        assert_eq!(comes_in(&house, "sms", PHONE).await.id, me.id);
        house.later(TimeDelta::days(181)).await;

        let (challenge, code) = house.code_for(PHONE).await;
        show(&house, &challenge, &code, json!({})).await.refused(403, "known_fact_required");
        for n in 1..5 {
            let wrong = json!({"birthDate": format!("198{n}-05-01")});
            show(&house, &challenge, &code, wrong).await.refused(403, "known_fact_required");
        }
        show(&house, &challenge, &code, json!({"birthDate": BORN})).await.refused(400, "wrong_code");
        sign_in(&house, "sms", PHONE, json!({"birthDate": "1979-01-01"})).await.refused(403, "known_fact_required");
        // Five dates in a day, and then not even the right one, by whatever code.
        sign_in(&house, "sms", PHONE, json!({"birthDate": BORN})).await.refused(403, "known_fact_required");
        house.later(TimeDelta::days(1)).await;
        let pair = sign_in(&house, "sms", PHONE, json!({"birthDate": BORN})).await.is(200);
        assert_eq!(house.get("/v1/me", Some(&pair.text("/accessToken"))).await.is(200).text("/id"), me.id, "{on:?}");
        assert_eq!(comes_in(&house, "sms", PHONE).await.id, me.id, "and then it is young again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_passed_on_shows_its_new_owner_nothing_and_leaves_the_old_one_all_else() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        change(&house, &me, "email", EMAIL).await.is(200);
        // While the number is young nobody takes it away by saying so.
        let pair = sign_in(&house, "sms", PHONE, json!({"newOwner": true})).await.is(200);
        assert_eq!(house.get("/v1/me", Some(&pair.text("/accessToken"))).await.is(200).text("/id"), me.id);
        house.later(TimeDelta::days(170)).await;
        assert_eq!(comes_in(&house, "email", EMAIL).await.id, me.id);
        house.later(TimeDelta::days(20)).await;

        let pair = sign_in(&house, "sms", PHONE, json!({"newOwner": true})).await.is(200);
        let stranger = house.get("/v1/me", Some(&pair.text("/accessToken"))).await.is(200).json();
        assert_ne!(stranger["id"], json!(me.id), "{on:?}");
        assert!(stranger["profile"].is_null());
        house.settle().await;
        let again = comes_in(&house, "email", EMAIL).await;
        assert_eq!(again.id, me.id, "the letter still opens it");
        assert_eq!(addresses(&house, &again).await, [format!("email {EMAIL}")]);
        assert_eq!(kinds(&house, &again).await[0], "contactChanged");
        assert_eq!(house.get("/v1/me", again.token()).await.is(200).text("/profile/surname"), "Пациентов");
        assert_eq!(holder(&house, "phone", PHONE).await.map(|id| id.to_string()).as_deref(), stranger["id"].as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_takes_an_old_number_of_somebody_else_and_never_a_young_one() {
    for on in engines() {
        let house = House::new(on).await;
        let old = house.patient(PHONE).await;
        house.later(TimeDelta::days(181)).await;
        let young = house.patient(NEW).await;
        let me = house.patient(OTHER).await;
        change(&house, &me, "sms", NEW).await.refused(409, "identifier_taken");
        change(&house, &me, "sms", PHONE).await.is(200);
        house.settle().await;
        let comes = comes_in(&house, "sms", PHONE).await.id;
        assert!(comes == me.id && comes != old.id, "{on:?}");
        assert_eq!(comes_in(&house, "sms", NEW).await.id, young.id);
    }
}
