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
    let secret = Secret::try_from_base32(text(&enrolment, "totpSecret")).expect("a secret");
    let totp = Builder::new().with_secret(secret).build().expect("a TOTP").generate_current().to_string();
    let body = json!({"grant": "password", "login": "admin", "password": PASSWORD, "totp": totp});
    text(&server.made("/v1/auth/tokens", "", body).await, "accessToken")
}

/// The access tokens of new patients, who have accepted the policy.
pub async fn arrive(server: &Server, numbers: Range<usize>) -> Vec<String> {
    let asked = stream::iter(numbers).map(|number| async move {
        let phone = format!("+7916{:07}", 1_000_000 + number);
        let challenge = server.made("/v1/auth/codes", "", json!({"channel": "sms", "to": phone})).await;
        (phone, text(&challenge, "challengeId"))
    });
    let asked: Vec<_> = asked.buffer_unordered(AT_ONCE).collect().await;
    let codes = codes(&server.get("/sandbox/messages", "").await);
    let policy = server.get("/v1/policies/current", "").await;
    let (codes, policy) = (&codes, &policy);
    let signed_in = stream::iter(asked).map(|(phone, challenge)| async move {
        let body = json!({"grant": "code", "challengeId": challenge, "code": codes.get(&phone).expect("an SMS")});
        let token = text(&server.made("/v1/auth/tokens", "", body).await, "accessToken");
        let accepted = json!({"version": policy["version"], "textHash": policy["textHash"], "language": policy["language"]});
        server.made("/v1/me/acceptances", &token, accepted).await;
        token
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
