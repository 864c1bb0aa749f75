//! Who comes in, for how long, and what is asked of him.

use super::{OTHER, PHONE, Pair};
use crate::support::house::House;
use crate::support::people::PASSWORD;
use crate::support::stores::engines;
use chrono::TimeDelta;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn an_app_reads_the_opposite_of_every_switch() {
    for on in engines() {
        let pair = Pair::new(on).await;
        for (pointer, telemed, clinic) in [
            ("/profileId", json!("ru-telemed"), json!("ru-clinic")),
            ("/signIn/ways", json!(["code"]), json!(["code", "password"])),
            ("/signIn/channels", json!(["sms", "email"]), json!(["sms"])),
            (
                "/person/required",
                json!(["surname", "givenName", "birthDate"]),
                json!(["surname", "givenName", "birthDate", "sex"]),
            ),
            ("/person/identifiers", json!(["snils", "oms", "omsLegacy", "dms", "passport"]), json!(["snils", "oms", "dms"])),
            ("/person/ownAccountAge", json!(14), json!(18)),
            ("/refusedClasses", json!(["recording"]), json!(["recording", "telemetry", "billing", "support"])),
            ("/documents/maxBytes", json!(26_214_400), json!(10_485_760)),
            ("/documents/mediaTypes", json!(["application/pdf", "image/jpeg", "image/png"]), json!(["application/pdf"])),
            ("/features/devices", json!(true), json!(false)),
            ("/features/push", json!(true), json!(false)),
            ("/features/telemetry", json!(true), json!(false)),
            ("/telemetry/consentId", json!("telemetry"), Value::Null),
            ("/emergencyPhone", json!("112"), json!("103")),
        ] {
            assert_eq!(pair.config(pointer).await, [telemed, clinic], "{pointer} on {on:?}");
        }
        let [many, none] = pair.config("/consents").await;
        assert_eq!((many.as_array().map(Vec::len), none), (Some(3), json!([])));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_go_to_the_number_of_the_contract_and_are_tried_three_times() {
    for on in engines() {
        let Pair { telemed, clinic } = Pair::new(on).await;
        let letter = json!({"channel": "email", "to": "patient@clinic.example"});
        telemed.post("/v1/auth/codes", None, letter.clone()).await.is(202);
        clinic.post("/v1/auth/codes", None, letter).await.refused(403, "refused_by_profile");
        assert_eq!((after_three_wrong(&telemed, PHONE).await, after_three_wrong(&clinic, OTHER).await), (true, false), "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_18_the_profile_says_who_needs_a_second_factor() {
    let all = r#"["doctor", "reception", "callCentre", "support", "insurer", "officer", "auditor", "administrator"]"#;
    for on in engines() {
        let Pair { telemed, clinic } = Pair::with(on, &[(all, r#"["doctor", "administrator"]"#)]).await;
        let admin = telemed.administrator().await;
        telemed.staff(&admin, "auditor", "auditor", None).await;
        let sign_in = |login: &str| json!({"grant": "password", "login": login, "password": PASSWORD});
        for login in ["auditor", "admin"] {
            telemed.post("/v1/auth/tokens", None, sign_in(login)).await.refused(401, "sign_in_failed");
        }
        clinic.post("/v1/auth/tokens", None, sign_in("auditor")).await.is(200);
        clinic.post("/v1/auth/tokens", None, sign_in("admin")).await.refused(401, "sign_in_failed");
        // A code that is given is looked at all the same.
        let mut wrong = sign_in("auditor");
        wrong["totp"] = "000000".into();
        clinic.post("/v1/auth/tokens", None, wrong).await.refused(401, "sign_in_failed");
    }
}

/// Whether the right code is taken after three wrong ones.
async fn after_three_wrong(house: &House, phone: &str) -> bool {
    let (challenge, code) = house.code_for(phone).await;
    let wrong = if code == "123456" { "654321" } else { "123456" };
    let grant = |code: &str| json!({"grant": "code", "challengeId": challenge, "code": code});
    for _ in 0..3 {
        assert!(house.post("/v1/auth/tokens", None, grant(wrong)).await.status.is_client_error());
    }
    house.post("/v1/auth/tokens", None, grant(&code)).await.status.is_success()
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_10a_a_cabinet_closes_when_nobody_reads_and_at_the_end_of_the_day() {
    for on in engines() {
        let Pair { telemed, clinic } = Pair::new(on).await;
        let (mut at_home, in_clinic) = (telemed.newcomer(PHONE).await.refresh, clinic.newcomer(OTHER).await);
        let mut reading = clinic.newcomer(OTHER).await.refresh;
        let idle = in_clinic.refresh;
        for minutes in (0..14 * 60).step_by(20) {
            telemed.app.ambient.advance(TimeDelta::minutes(20));
            let taken = refresh(&clinic, &reading).await;
            assert_eq!(taken.is_some(), minutes < 11 * 60 + 40, "after {minutes} minutes on {on:?}");
            reading = taken.unwrap_or(reading);
            if minutes == 20 {
                assert_eq!(refresh(&clinic, &idle).await, None, "nobody read for {minutes} minutes on {on:?}");
            }
        }
        at_home = refresh(&telemed, &at_home).await.expect("another pair");
        telemed.app.ambient.advance(TimeDelta::days(20));
        assert!(refresh(&telemed, &at_home).await.is_some(), "{on:?}");
    }
}

async fn refresh(house: &House, token: &str) -> Option<String> {
    let answer = house.post("/v1/auth/tokens", None, json!({"grant": "refresh", "refreshToken": token})).await;
    answer.status.is_success().then(|| answer.text("/refreshToken"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_and_must_be_said_of_oneself_differs() {
    for on in engines() {
        let Pair { telemed, clinic } = Pair::open(on).await;
        let me = telemed.newcomer(PHONE).await;
        telemed.accept(&me).await;
        let years = |age: i64| (telemed.app.ambient.now() - TimeDelta::days(age * 366)).date_naive().to_string();
        let form = |extra: Value| {
            let mut form = json!({"surname": "Пациентов", "givenName": "Пётр", "birthDate": "1980-05-01", "sex": "male"});
            form.as_object_mut().expect("a form").extend(extra.as_object().cloned().expect("an object"));
            form
        };
        let mut without_sex = form(json!({}));
        without_sex.as_object_mut().expect("a form").remove("sex");
        let old_policy = json!({"identifiers": [{"system": "omsLegacy", "value": "78-1234567"}]});
        for (form, pointer) in [
            (without_sex, "/sex"),
            (form(json!({"birthDate": years(16)})), "/birthDate"),
            (form(old_policy), "/identifiers/0/system"),
        ] {
            telemed.put("/v1/me/profile", me.token(), form.clone()).await.is(200);
            let refused = clinic.put("/v1/me/profile", me.token(), form).await.refused(400, "invalid");
            assert_eq!(refused.text("/errors/0/pointer"), pointer, "{on:?}");
        }
        clinic.put("/v1/me/profile", me.token(), form(json!({}))).await.is(200);
    }
}
