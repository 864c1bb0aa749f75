//! People who sign in: the first administrator, and patients in crowds.

use super::place::Place;
use super::server::{Server, text};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::ops::Range;
use totp_rs::{Builder, Secret};

const PASSWORD: &str = "корова прыгает 7";
/// So many sign in at once.
const AT_ONCE: usize = 32;

pub async fn administrator(server: &Server, place: &Place) -> String {
    let token = std::fs::read_to_string(place.path("keys/claim-token")).expect("the claim token");
    let token = token.lines().next().expect("a token").to_owned();
    let claim = json!({"token": token, "login": "admin", "name": "Admin", "password": PASSWORD});
    let enrolment = server.made("/v1/installation/claim", "", claim).await;
    by_password(server, "admin", &text(&enrolment, "totpSecret")).await
}

/// The access token of somebody who works here and comes for the first time.
pub async fn staff(server: &Server, login: &str, issued: &str) -> String {
    let body = json!({"grant": "password", "login": login, "password": issued});
    let first = text(&server.made("/v1/auth/tokens", "", body).await, "accessToken");
    let asked = server.get("/v1/staff/me/undertaking", &first).await;
    let mut change = json!({"newPassword": PASSWORD});
    if asked["owed"] == true {
        change["undertaking"] =
            json!({"version": asked["version"], "textHash": asked["textHash"], "language": asked["language"]});
    }
    let changed = server.made("/v1/staff/me/credentials", &first, change).await;
    by_password(server, login, &text(&changed, "totpSecret")).await
}

async fn by_password(server: &Server, login: &str, secret: &str) -> String {
    let secret = Secret::try_from_base32(secret).expect("a secret");
    let totp = Builder::new().with_secret(secret).build().expect("a TOTP").generate_current().to_string();
    let body = json!({"grant": "password", "login": login, "password": PASSWORD, "totp": totp});
    text(&server.made("/v1/auth/tokens", "", body).await, "accessToken")
}

/// The access tokens of new patients, who have accepted the policy and said who they are.
pub async fn arrive(server: &Server, numbers: Range<usize>) -> Vec<String> {
    let tokens = sign_in(server, numbers.map(|number| 1_000_000 + number)).await;
    let policy = &server.get("/v1/policies/current", "").await;
    let said = stream::iter(tokens).enumerate().map(|(number, token)| async move {
        let accepted = json!({"version": policy["version"], "textHash": policy["textHash"], "language": policy["language"]});
        server.made("/v1/me/acceptances", &token, accepted).await;
        // Each has a birth date of his own: namesakes of one date would be compared with each other.
        let born = chrono::NaiveDate::from_ymd_opt(1960, 1, 1).expect("a date") + chrono::Days::new(number as u64);
        let profile = json!({"surname": "Иванов", "givenName": "Иван", "birthDate": born});
        server.put("/v1/me/profile", &token, &profile).await;
        token
    });
    said.buffered(AT_ONCE).collect().await
}

/// The access tokens of those who have these telephone numbers, in no order.
pub async fn sign_in(server: &Server, numbers: impl Iterator<Item = usize>) -> Vec<String> {
    let asked = stream::iter(numbers).map(|number| async move {
        let phone = format!("+7916{number:07}");
        let challenge = server.made("/v1/auth/codes", "", json!({"channel": "sms", "to": phone})).await;
        (phone, text(&challenge, "challengeId"))
    });
    let asked: Vec<_> = asked.buffer_unordered(AT_ONCE).collect().await;
    let codes = codes(&server.get("/sandbox/messages", "").await);
    let codes = &codes;
    let signed_in = stream::iter(asked).map(|(phone, challenge)| async move {
        let body = json!({"grant": "code", "challengeId": challenge, "code": codes.get(&phone).expect("an SMS")});
        text(&server.made("/v1/auth/tokens", "", body).await, "accessToken")
    });
    signed_in.buffer_unordered(AT_ONCE).collect().await
}

/// The last code that was sent to each number. Notices have no digits.
fn codes(messages: &Value) -> HashMap<String, String> {
    let items = messages["items"].as_array().expect("messages");
    let codes = items.iter().map(|message| {
        let code: String = text(message, "text").chars().filter(char::is_ascii_digit).take(6).collect();
        (text(message, "to"), code)
    });
    codes.filter(|(_, code)| code.len() == 6).collect()
}
