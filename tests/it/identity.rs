//! Signing in: codes, tokens, staff credentials, the profile.

use crate::support::house::House;
use crate::support::people::PASSWORD;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::clinic::identity::ensure_claim_token;
use serde_json::json;

const PHONE: &str = "+79161234567";

#[tokio::test(flavor = "multi_thread")]
async fn t01_t03_t04_t05_a_code_is_tried_five_times_used_once_for_ten_minutes_in_its_own_flow() {
    for on in engines() {
        let house = House::new(on).await;
        let (challenge, code) = house.code_for(PHONE).await;
        let wrong = format!("{:06}", (code.parse::<u32>().expect("digits") + 1) % 1_000_000);
        let try_it = async |code: &str| {
            house.post("/v1/auth/tokens", None, json!({"grant": "code", "challengeId": challenge, "code": code})).await
        };
        for _ in 0..5 {
            try_it(&wrong).await.refused(400, "wrong_code");
        }
        try_it(&code).await.refused(400, "wrong_code");
        let (challenge, code) = house.code_for(PHONE).await;
        let body = json!({"grant": "code", "challengeId": challenge, "code": code});
        house.post("/v1/auth/tokens", None, body.clone()).await.is(200);
        house.post("/v1/auth/tokens", None, body).await.refused(400, "wrong_code");
        // The code of one flow in another, and of a flow that is over.
        let (first, second) = (house.code_for(PHONE).await, house.code_for("+79160000002").await);
        let crossed = json!({"grant": "code", "challengeId": first.0, "code": second.1});
        assert!(first.1 == second.1 || house.post("/v1/auth/tokens", None, crossed).await.code() == "wrong_code");
        house.app.ambient.advance(TimeDelta::minutes(10) + TimeDelta::seconds(1));
        let late = json!({"grant": "code", "challengeId": first.0, "code": first.1});
        house.post("/v1/auth/tokens", None, late).await.refused(400, "wrong_code");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t02_two_hundred_guesses_at_once_are_five() {
    for on in engines() {
        let house = std::sync::Arc::new(House::new(on).await);
        let (challenge, code) = house.code_for(PHONE).await;
        let guesses = (0..200u32).map(|n| {
            let (house, challenge) = (house.clone(), challenge.clone());
            let guess = format!("{:06}", (code.parse::<u32>().expect("digits") + 1 + n) % 1_000_000);
            tokio::spawn(async move {
                house
                    .post("/v1/auth/tokens", None, json!({"grant": "code", "challengeId": challenge, "code": guess}))
                    .await
                    .status
            })
        });
        for guess in guesses.collect::<Vec<_>>() {
            assert_eq!(guess.await.expect("an answer"), 400);
        }
        let reader = house.app.db.reader();
        let query = sea_orm::Statement::from_string(
            sea_orm::ConnectionTrait::get_database_backend(&reader),
            "SELECT attempts FROM challenge",
        );
        let row = sea_orm::ConnectionTrait::query_one_raw(&reader, query).await.expect("a query").expect("a row");
        assert_eq!(row.try_get_by_index::<i32>(0).expect("a number"), 5, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t08_t09_t14_refresh_rotates_repeats_a_lost_reply_and_ends_the_family_at_a_replay() {
    for on in engines() {
        let house = House::new(on).await;
        let patient = house.newcomer(PHONE).await;
        let refresh =
            async |token: &str| house.post("/v1/auth/tokens", None, json!({"grant": "refresh", "refreshToken": token})).await;
        let second = refresh(&patient.refresh).await.is(200);
        house.get("/v1/me", patient.token()).await.refused(401, "unauthenticated");
        let again = refresh(&patient.refresh).await.is(200);
        refresh(&second.text("/refreshToken")).await.refused(400, "wrong_refresh_token");
        let third = refresh(&again.text("/refreshToken")).await.is(200);
        house.get("/v1/me", Some(&third.text("/accessToken"))).await.is(200);
        refresh(&patient.refresh).await.refused(400, "wrong_refresh_token");
        house.get("/v1/me", Some(&third.text("/accessToken"))).await.refused(401, "unauthenticated");
        house.get("/v1/me", Some(&third.text("/refreshToken"))).await.refused(401, "unauthenticated");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t19_the_administrator_claims_once_and_issued_credentials_open_nothing_but_their_change() {
    for on in engines() {
        let house = House::new(on).await;
        let path = ensure_claim_token(&house.app).await.expect("a token").expect("nobody has claimed yet");
        let used = std::fs::read_to_string(path).expect("the token's file").lines().next().expect("a token").to_owned();
        // Nobody is there who could sign in before.
        let guess = json!({"grant": "password", "login": "admin", "password": "admin"});
        house.post("/v1/auth/tokens", None, guess).await.refused(401, "sign_in_failed");
        let admin = house.administrator().await;
        for token in [used.as_str(), "x"] {
            let again = json!({"token": token, "login": "other", "name": "Кто-то", "password": PASSWORD});
            house.post("/v1/installation/claim", None, again).await.refused(401, "sign_in_failed");
        }
        assert!(ensure_claim_token(&house.app).await.expect("an answer").is_none(), "no second one is made");
        let new = json!({"role": "reception", "login": "desk", "name": "Рая Регистраторова"});
        let issued = house.post("/v1/staff/accounts", admin.token(), new.clone()).await.is(201);
        house.post("/v1/staff/accounts", admin.token(), new).await.refused(409, "login_taken");
        let password = issued.text("/oneTimePassword");
        let first = house
            .post("/v1/auth/tokens", None, json!({"grant": "password", "login": "desk", "password": password}))
            .await
            .is(200);
        let first = first.text("/accessToken");
        house
            .post("/v1/staff/accounts", Some(&first), json!({"role": "support", "login": "x12", "name": "Имя"}))
            .await
            .refused(403, "password_change_required");
        house.post("/v1/staff/me/credentials", Some(&first), json!({"newPassword": "qwertyuiop"})).await.refused(400, "invalid");
        house.post("/v1/staff/me/credentials", Some(&first), json!({"newPassword": PASSWORD})).await.is(200);
        house.get("/v1/staff/me", Some(&first)).await.refused(401, "unauthenticated");
        let no_totp = json!({"grant": "password", "login": "desk", "password": PASSWORD});
        house.post("/v1/auth/tokens", None, no_totp).await.refused(401, "sign_in_failed");
        let unknown = json!({"grant": "password", "login": "nobody", "password": PASSWORD, "totp": "000000"});
        house.post("/v1/auth/tokens", None, unknown).await.refused(401, "sign_in_failed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t13_t15_t18_forged_tokens_chosen_sessions_and_codes_for_staff_open_nothing() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        // Tokens are opaque: whatever is written into one is not read.
        let header = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
        let claims = "eyJzdWIiOiJhZG1pbiIsInJvbGUiOiJhZG1pbmlzdHJhdG9yIn0";
        for forged in [format!("{header}.{claims}."), format!("{header}.{claims}.c2ln"), "null".into(), "0".repeat(43)] {
            house.get("/v1/staff/me", Some(&forged)).await.refused(401, "unauthenticated");
        }
        // A session that the client names is not the one that it gets.
        let (challenge, code) = house.code_for(PHONE).await;
        let chosen = "chosen-by-somebody-else";
        let mut body = json!({"grant": "code", "challengeId": challenge, "code": code});
        let request =
            house.request(reqwest::Method::POST, "/v1/auth/tokens", Some(chosen)).header("Cookie", format!("session={chosen}"));
        let pair = house.send(request.json(&body)).await.is(200);
        assert!(pair.text("/accessToken") != chosen && !pair.headers.contains_key("set-cookie"));
        house.get("/v1/me", Some(chosen)).await.refused(401, "unauthenticated");
        body["accessToken"] = chosen.into();
        house.post("/v1/auth/tokens", None, body).await.refused(400, "invalid");
        // The codes of patients let nobody in as staff, whatever address somebody of the staff has.
        let named = json!({"role": "support", "login": "helper@clinic.example", "name": "Имя Фамилия"});
        house.post("/v1/staff/accounts", admin.token(), named).await.is(201);
        let asked = json!({"channel": "email", "to": "helper@clinic.example"});
        let challenge = house.post("/v1/auth/codes", None, asked).await.is(202).text("/challengeId");
        let text = house.last_message("helper@clinic.example").await;
        let code: String = text.chars().filter(char::is_ascii_digit).take(6).collect();
        let pair =
            house.post("/v1/auth/tokens", None, json!({"grant": "code", "challengeId": challenge, "code": code})).await.is(200);
        assert_eq!(pair.text("/role"), "patient");
        house.get("/v1/staff/me", Some(&pair.text("/accessToken"))).await.refused(403, "forbidden");
        house.post("/v1/auth/codes", None, json!({"channel": "sms", "to": "admin"})).await.refused(400, "invalid");
    }
}
