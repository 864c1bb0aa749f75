//! Addresses: how one is changed, recovered at the desk, and passes to somebody else; and what a patient attests.

mod ageing;
mod attesting;
mod changing;
mod desk;

use crate::support::house::{Answer, House};
use crate::support::people::Person;
use feldsher::kernel::vault::Index;
use serde_json::{Value, json};
use uuid::Uuid;

const PHONE: &str = "+79161234567";
const OTHER: &str = "+79160000042";
const NEW: &str = "+79031112233";
const EMAIL: &str = "ivan@patient.example";

/// A code that a patient asks to a new address: (challengeId, code).
async fn asked(house: &House, who: &Person, channel: &str, to: &str) -> (String, String) {
    let asked = house.post("/v1/me/contacts/codes", who.token(), json!({"channel": channel, "to": to})).await.is(202);
    (asked.text("/challengeId"), code_in(&house.last_message(to).await))
}

fn code_in(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).take(6).collect()
}

async fn confirm(house: &House, who: &Person, (challenge, code): &(String, String)) -> Answer {
    house.post("/v1/me/contacts", who.token(), json!({"challengeId": challenge, "code": code})).await
}

/// Asks for a code to a new address and shows it.
async fn change(house: &House, who: &Person, channel: &str, to: &str) -> Answer {
    let asked = asked(house, who, channel, to).await;
    confirm(house, who, &asked).await
}

/// `channel to` of the addresses that he has, `?` behind those that are not verified.
async fn addresses(house: &House, who: &Person) -> Vec<String> {
    let list = house.get("/v1/me/contacts", who.token()).await.is(200).json();
    let say = |item: &Value| {
        let mark = if item["verifiedAt"].is_string() { "" } else { "?" };
        format!("{} {}{mark}", item["channel"].as_str().unwrap_or_default(), item["to"].as_str().unwrap_or_default())
    };
    let mut said: Vec<String> = list["items"].as_array().expect("items").iter().map(say).collect();
    said.sort();
    said
}

/// A sign-in by a code to `to`, with what is said beside it.
async fn sign_in(house: &House, channel: &str, to: &str, beside: Value) -> Answer {
    let asked = house.post("/v1/auth/codes", None, json!({"channel": channel, "to": to})).await.is(202);
    let code = code_in(&house.last_message(to).await);
    show(house, &asked.text("/challengeId"), &code, beside).await
}

async fn show(house: &House, challenge: &str, code: &str, beside: Value) -> Answer {
    let mut body = json!({"grant": "code", "challengeId": challenge, "code": code});
    body.as_object_mut().expect("an object").extend(beside.as_object().cloned().expect("an object"));
    house.post("/v1/auth/tokens", None, body).await
}

/// Who comes in by a code to this address.
async fn comes_in(house: &House, channel: &str, to: &str) -> Person {
    let pair = sign_in(house, channel, to, json!({})).await.is(200);
    let token = pair.text("/accessToken");
    let id = house.get("/v1/me", Some(&token)).await.is(200).text("/id");
    Person { id, token, refresh: pair.text("/refreshToken") }
}

async fn holder(house: &House, kind: &'static str, value: &str) -> Option<Uuid> {
    house.app.vault.find(&Index { kind, value: value.to_owned() }).await.expect("an answer")
}

/// Texts that went to `to` and bear no code.
fn notices(house: &House, to: &str) -> Vec<String> {
    let all = house.app.adapters.outbox.all();
    all.into_iter().filter(|sent| sent.to == to && code_in(&sent.text).is_empty()).map(|sent| sent.text).collect()
}

async fn kinds(house: &House, who: &Person) -> Vec<String> {
    let inbox = house.get("/v1/notifications", who.token()).await.is(200).json();
    let items = inbox["items"].as_array().cloned().unwrap_or_default();
    items.iter().filter_map(|item| item["kind"].as_str().map(str::to_owned)).collect()
}
