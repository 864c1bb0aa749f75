//! People who live in a test house.

use super::house::House;
use feldsher::clinic::identity::ensure_claim_token;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

pub const PASSWORD: &str = "корова прыгает 7";

/// Somebody who has signed in.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: String,
    pub token: String,
    pub refresh: String,
}

impl Person {
    pub fn token(&self) -> Option<&str> {
        Some(&self.token)
    }
}

impl House {
    /// The desk finds somebody by his phone, and answers his id.
    pub async fn found_by_phone(&self, desk: &Person, phone: &str) -> String {
        self.found_by(desk, json!({"phone": phone})).await
    }

    pub async fn found_by_snils(&self, desk: &Person, snils: &str) -> String {
        self.found_by(desk, json!({"identifier": {"system": "snils", "value": snils}})).await
    }

    async fn found_by(&self, desk: &Person, sought: Value) -> String {
        self.post("/v1/staff/patients/find", desk.token(), sought).await.is(200).text("/patientId")
    }

    /// The desk looks at the document of somebody whom it has found.
    pub async fn checked(&self, desk: &Person, patient: &str) {
        let check = json!({"channel": "desk", "document": "passport", "lastDigits": "4321"});
        self.post(&format!("/v1/staff/patients/{patient}/identity-checks"), desk.token(), check).await.is(201);
    }

    /// The text of the last message to `to` with a code in it: a notice, which says nothing, may come after it.
    pub async fn last_message(&self, to: &str) -> String {
        self.settle().await;
        let all = self.app.adapters.outbox.all();
        all.into_iter()
            .rev()
            .find(|message| message.to == to && message.text.contains(|c: char| c.is_ascii_digit()))
            .map(|message| message.text)
            .expect("a message")
    }

    /// Asks for a code, reads it from the message, and answers (challengeId, code).
    pub async fn code_for(&self, phone: &str) -> (String, String) {
        let challenge = self.post("/v1/auth/codes", None, json!({"channel": "sms", "to": phone})).await.is(202);
        let text = self.last_message(phone).await;
        let code: String = text.chars().filter(char::is_ascii_digit).take(6).collect();
        assert_eq!(code.len(), 6, "a code stands in {text:?}");
        (challenge.text("/challengeId"), code)
    }

    /// A patient who has signed in and done nothing else.
    pub async fn newcomer(&self, phone: &str) -> Person {
        let (challenge, code) = self.code_for(phone).await;
        let body = json!({"grant": "code", "challengeId": challenge, "code": code, "deviceName": "telephone"});
        let pair = self.post("/v1/auth/tokens", None, body).await.is(200);
        let token = pair.text("/accessToken");
        let id = self.get("/v1/me", Some(&token)).await.is(200).text("/id");
        Person { id, token, refresh: pair.text("/refreshToken") }
    }

    /// The first administrator, signed in with password and TOTP.
    pub async fn administrator(&self) -> Person {
        let path = ensure_claim_token(&self.app).await.expect("a token").expect("nobody has claimed yet");
        let token = std::fs::read_to_string(path).expect("the token's file").lines().next().expect("a token").to_owned();
        let body = json!({"token": token, "login": "admin", "name": "Анна Админова", "password": PASSWORD});
        let enrolment = self.post("/v1/installation/claim", None, body).await.is(201);
        self.sign_in("admin", PASSWORD, &enrolment.text("/totpSecret")).await
    }

    /// Signs a staff member in with password and TOTP.
    pub async fn sign_in(&self, login: &str, password: &str, totp_secret: &str) -> Person {
        let totp = self.totp(totp_secret);
        let body = json!({"grant": "password", "login": login, "password": password, "totp": totp});
        let pair = self.post("/v1/auth/tokens", None, body).await.is(200);
        let token = pair.text("/accessToken");
        let id = self.get("/v1/staff/me", Some(&token)).await.is(200).text("/id");
        Person { id, token, refresh: pair.text("/refreshToken") }
    }

    /// Changes issued credentials and signs in.
    pub async fn first_sign_in(&self, login: &str, issued: &str) -> Person {
        let body = json!({"grant": "password", "login": login, "password": issued});
        let first = self.post("/v1/auth/tokens", None, body).await.is(200).text("/accessToken");
        let asked = self.get("/v1/staff/me/undertaking", Some(&first)).await.is(200).json();
        let mut change = json!({"newPassword": PASSWORD});
        if asked["owed"] == true {
            change["undertaking"] =
                json!({"version": asked["version"], "textHash": asked["textHash"], "language": asked["language"]});
        }
        let changed = self.post("/v1/staff/me/credentials", Some(&first), change).await.is(200);
        self.sign_in(login, PASSWORD, &changed.text("/totpSecret")).await
    }

    /// A staff account of any role but doctor, signed in.
    pub async fn staff(&self, administrator: &Person, role: &str, login: &str, clinic: Option<&str>) -> Person {
        let mut body = json!({"role": role, "login": login, "name": "Сотрудник Клиники"});
        if let Some(clinic) = clinic {
            body["clinicIds"] = json!([clinic]);
        }
        let issued = self.post("/v1/staff/accounts", administrator.token(), body).await.is(201);
        self.first_sign_in(login, &issued.text("/oneTimePassword")).await
    }

    fn totp(&self, secret: &str) -> String {
        let secret = Secret::try_from_base32(secret).expect("a secret");
        let totp = Builder::new().with_secret(secret).build().expect("a TOTP");
        let now = u64::try_from(self.app.ambient.now().timestamp()).expect("an hour");
        totp.generate(now).to_string()
    }
}
