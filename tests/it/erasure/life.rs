//! The life of the canary: everything that a patient can do, done with his data in it, over HTTP.

use crate::support::canary::{Canary, oms_ways, phone_ways, snils_ways};
use crate::support::clinic::{Clinic, at, day};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::pictures::{png_of_text, sha256};
use crate::support::scan::{Marker, Scanner};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

/// What is left of him in the hands of the test.
pub struct Life {
    pub canary: Canary,
    pub person: Person,
    /// The account that he opened by e-mail.
    pub by_email: Person,
    pub secrets: Vec<Marker>,
    pub codes: Vec<String>,
    /// What the payment provider calls him, once he has paid.
    pub customer: Option<String>,
}

impl Life {
    pub fn markers(&self) -> Vec<Marker> {
        self.canary.markers().into_iter().chain(self.secrets.iter().cloned()).collect()
    }

    /// What the directory knows him by: kind and value.
    pub fn indexes(&self) -> Vec<(&'static str, String)> {
        let Canary { phone, email, snils, oms, oms_legacy, insurer, dms, push_token, .. } = &self.canary;
        vec![
            ("phone", phone.clone()),
            ("email", email.clone()),
            ("snils", snils.clone()),
            ("oms", oms.clone()),
            ("omsLegacy", oms_legacy.to_uppercase()),
            ("dms", format!("{}|{dms}", insurer.to_lowercase())),
            ("pushToken", format!("fcmToken:{push_token}")),
        ]
    }
}

/// Signs up, accepts, fills in everything, signs in again, mistypes much.
pub async fn grow_up(house: &House, canary: Canary) -> Life {
    let mut secrets = Vec::new();
    let mut codes = Vec::new();
    let by_email = sign_in(house, &canary, "email", &canary.email, &mut secrets, &mut codes).await;
    let mut person = None;
    // As he types his number: in full, as it is dialled at home, with brackets.
    for way in [&canary.phone, &phone_ways(&canary.phone)[2], &format!("8 {}", phone_ways(&canary.phone)[3])] {
        person = Some(sign_in(house, &canary, "sms", way, &mut secrets, &mut codes).await);
    }
    let person = refresh(house, &canary, person.expect("somebody"), &mut secrets).await;
    let life = Life { canary, person, by_email, secrets, codes, customer: None };
    accept(house, &life).await;
    fill_in(house, &life).await;
    carry_a_phone(house, &life).await;
    seek_help(house, &life).await;
    demand(house, &life).await;
    life.mistype(house).await;
    life
}

fn dressed(request: RequestBuilder, canary: &Canary) -> RequestBuilder {
    request
        .header("User-Agent", &canary.user_agent)
        .header("X-Forwarded-For", &canary.address)
        .header("Forwarded", format!("for=\"[{}]\"", canary.address))
        .header("Referer", format!("https://example.org/{}", canary.email))
        .header("Cookie", format!("who={}", canary.email))
        .header("X-Request-Id", &canary.phone)
        .header("Accept-Language", format!("ru, x-{}", &canary.phone[1..]))
}

async fn sign_in(
    house: &House,
    canary: &Canary,
    channel: &str,
    to: &str,
    secrets: &mut Vec<Marker>,
    codes: &mut Vec<String>,
) -> Person {
    let asked = house.request(Method::POST, "/v1/auth/codes", None).json(&json!({"channel": channel, "to": to}));
    let challenge = house.send(dressed(asked, canary)).await.is(202).text("/challengeId");
    let text = house.last_message(if channel == "sms" { &canary.phone } else { &canary.email }).await;
    let code: String = text.chars().filter(char::is_ascii_digit).take(6).collect();
    let wrong = json!({"grant": "code", "challengeId": challenge, "code": canary.snils, "deviceName": canary.device_name});
    house.post("/v1/auth/tokens", None, wrong).await.is(400);
    let body = json!({"grant": "code", "challengeId": challenge, "code": code, "deviceName": canary.device_name});
    let request = house.request(Method::POST, "/v1/auth/tokens", None).json(&body);
    let pair = house.send(dressed(request, canary)).await.is(200);
    codes.push(code.clone());
    secrets.push(Marker::code(format!("code {} ({:?})", codes.len(), canary.script), code));
    let (token, refresh) = keep_tokens(&pair, canary, secrets);
    let id = house.get("/v1/me", Some(&token)).await.is(200).text("/id");
    Person { id, token, refresh }
}

/// Tokens are as good as the person, for as long as they live.
fn keep_tokens(pair: &Answer, canary: &Canary, secrets: &mut Vec<Marker>) -> (String, String) {
    let (token, refresh) = (pair.text("/accessToken"), pair.text("/refreshToken"));
    for (what, secret) in [("access token", &token), ("refresh token", &refresh)] {
        secrets.push(Marker::bytes(format!("{what} {} ({:?})", secrets.len(), canary.script), secret.as_bytes()));
    }
    (token, refresh)
}

async fn refresh(house: &House, canary: &Canary, person: Person, secrets: &mut Vec<Marker>) -> Person {
    let body = json!({"grant": "refresh", "refreshToken": person.refresh});
    let pair = house.post("/v1/auth/tokens", None, body).await.is(200);
    let (token, refresh) = keep_tokens(&pair, canary, secrets);
    Person { token, refresh, ..person }
}

async fn accept(house: &House, life: &Life) {
    let policy = house.get("/v1/policies/current", None).await.is(200);
    let body = json!({
        "version": policy.text("/version"), "textHash": policy.text("/textHash"), "language": policy.text("/language"),
        "deviceName": life.canary.device_name,
    });
    let request = house.request(Method::POST, "/v1/me/acceptances", life.person.token());
    // Even the key of a request may be a number, when an app's author thought so.
    let request = request.header("Idempotency-Key", &life.canary.phone).json(&body);
    house.send(dressed(request, &life.canary)).await.is(201);
    for consent in ["marketing.own.sms", "telemetry"] {
        let request = house.request(Method::PUT, &format!("/v1/me/consents/{consent}"), life.person.token()).json(&json!({}));
        house.send(dressed(request, &life.canary)).await.is(200);
    }
    house.delete("/v1/me/consents/telemetry", life.person.token()).await.is(200);
}

impl Canary {
    pub fn profile(&self, snils: &str, oms: &str, decomposed: bool) -> Value {
        let spell = |text: &str| if decomposed { text.nfd().collect::<String>() } else { text.to_owned() };
        json!({
            "surname": spell(&self.surname), "givenName": spell(&self.given_name), "patronymic": spell(&self.patronymic),
            "birthDate": self.birth_date, "sex": "female",
            "identifiers": [
                {"system": "snils", "value": snils},
                {"system": "oms", "value": oms},
                {"system": "omsLegacy", "value": self.oms_legacy},
                {"system": "dms", "value": self.dms, "insurer": spell(&self.insurer)},
            ],
        })
    }
}

/// The profile, in every way in which its numbers and names are written.
async fn fill_in(house: &House, life: &Life) {
    let Life { canary, person, .. } = life;
    for (index, (snils, oms)) in snils_ways(&canary.snils).iter().zip(&oms_ways(&canary.oms)).enumerate() {
        let body = canary.profile(snils, oms, index % 2 == 0);
        let request = house.request(Method::PUT, "/v1/me/profile", person.token()).json(&body);
        house.send(dressed(request, canary)).await.is(200);
    }
    house.get("/v1/me/sessions", person.token()).await.is(200);
    house.get("/v1/me", person.token()).await.is(200);
}

/// His telephone, with what it tells of him, and what it had better not tell.
async fn carry_a_phone(house: &House, life: &Life) {
    let Life { canary, person, .. } = life;
    let device = json!({
        "platform": "android", "model": canary.device_name, "os": canary.device_name, "osVersion": "14", "appVersion": "3.2.1",
        "locale": "ru-RU", "timeZone": "Asia/Tbilisi", "pushTokens": [{"kind": "fcmToken", "token": canary.push_token}],
    });
    let path = format!("/v1/devices/{}", canary.installation);
    house.send(dressed(house.request(Method::PUT, &path, person.token()).json(&device), canary)).await.is(200);
    let consent = house.request(Method::PUT, "/v1/me/consents/telemetry", person.token()).json(&json!({}));
    house.send(dressed(consent, canary)).await.is(200);
    let secret = json!([{"name": "result", "word": canary.surname}, {"name": canary.email, "number": 1}]);
    let event = |name: &str| json!({"name": name, "at": "2026-11-01T00:00:00Z", "durationMs": 10, "attributes": secret});
    let batch = json!({
        "platform": "android", "appVersion": "3.2.1", "osVersion": canary.user_agent, "model": canary.device_name,
        "events": [event("appStart"), event(&canary.snils), event(&canary.email)],
    });
    let told = house.request(Method::POST, "/v1/telemetry", person.token()).header("Idempotency-Key", &canary.phone[1..]);
    house.send(dressed(told.json(&batch), canary)).await.is(202);
}

/// Asks support, with a picture of what he saw, and says how he wants to be told things.
async fn seek_help(house: &House, life: &Life) {
    let Life { canary, person, .. } = life;
    let text = format!("Не входит: {}", canary.device_name);
    let asked = json!({"topic": "app", "text": text, "device": canary.device_name});
    let ticket = house.post("/v1/tickets", person.token(), asked).await.is(201).text("/id");
    house.post(&format!("/v1/tickets/{ticket}/messages"), person.token(), json!({"text": text})).await.is(201);
    let picture = png_of_text(&text);
    let declared = json!({
        "mediaType": "image/png", "sizeBytes": picture.len(), "sha256": sha256(&picture), "reviewed": true,
    });
    let path = format!("/v1/tickets/{ticket}/screenshots");
    let screenshot = house.post(&path, person.token(), declared).await.is(201).text("/id");
    let put = house.request(Method::PUT, &format!("{path}/{screenshot}/content"), person.token());
    let put = put.header("Content-Type", "image/png").body(picture);
    house.send(dressed(put, canary)).await.is(200);
    let odd = json!({"topic": canary.device_name, "text": [text]});
    house.post("/v1/tickets", person.token(), odd).await.is(400);
    let wishes =
        json!({"language": "kk", "zone": "Asia/Almaty", "switches": [{"group": "visits", "channel": "push", "on": true}]});
    house.put("/v1/me/preferences", person.token(), wishes).await.is(200);
}

/// Asks what is known of him, and says what of it is wrong.
async fn demand(house: &House, life: &Life) {
    let Life { canary, person, .. } = life;
    let text = format!("{} {} — это не я", canary.surname, canary.given_name);
    let asked = json!({"kind": "correction", "ground": "wrong", "text": text});
    let request = house.post("/v1/me/requests", person.token(), asked).await.is(201).text("/id");
    house.delete(&format!("/v1/me/requests/{request}"), person.token()).await.is(204);
    let statement = json!({"field": "birthDate", "text": text});
    house.post("/v1/me/disagreements", person.token(), statement).await.is(201);
    let odd = json!({"field": canary.surname, "text": [text]});
    house.post("/v1/me/disagreements", person.token(), odd).await.is(400);
}

impl Life {
    /// Requests that are refused, each with his data in it. No refusal repeats it.
    async fn mistype(&self, house: &House) {
        let Life { canary, person, .. } = self;
        let scanner = Scanner::new(&self.markers());
        let (surname, snils) = (&canary.surname, &canary.snils);
        let profile = |change: &dyn Fn(&mut Value)| {
            let mut body = canary.profile(snils, &canary.oms, false);
            change(&mut body);
            body.to_string()
        };
        let whole = profile(&|_| {});
        let bodies = [
            whole[..whole.len() - 20].to_owned(),
            format!("{whole}{surname}"),
            profile(&|body| body["surname"] = json!({"is": surname})),
            profile(&|body| body["surname"] = json!([surname, snils])),
            profile(&|body| body["surname"] = format!("{surname}\u{7}").into()),
            profile(&|body| body["surname"] = surname.repeat(20).into()),
            profile(&|body| body["birthDate"] = canary.complaint.as_str().into()),
            profile(&|body| body["sex"] = surname.as_str().into()),
            profile(&|body| body[surname] = snils.as_str().into()),
            profile(&|body| body["identifiers"][0]["value"] = canary.mistyped_snils().into()),
            profile(&|body| body["identifiers"][0]["value"] = snils.parse::<u64>().expect("digits").into()),
            profile(&|body| body["identifiers"][0]["system"] = canary.dms.as_str().into()),
            profile(&|body| body["identifiers"][1]["value"] = snils.as_str().into()),
            format!("{{\"surname\": \"{surname}\\"),
            surname.clone(),
        ];
        let mut refused = Vec::new();
        for body in bodies {
            let request = house.request(Method::PUT, "/v1/me/profile", person.token()).body(body);
            refused.push(house.send(request.header("Content-Type", "application/json")).await);
        }
        let odd = |method: Method, path: String| house.request(method, &path, person.token());
        let coded = |text: &str| {
            reqwest::Url::parse_with_params("http://h/", [("", text)]).expect("a URL").query().unwrap_or_default()[1..].to_owned()
        };
        for request in [
            odd(Method::GET, format!("/v1/documents/{}", coded(surname))),
            odd(Method::GET, format!("/v1/documents?cursor={}", coded(surname))),
            odd(Method::GET, format!("/v1/bookings?limit={}", coded(&canary.phone))),
            odd(Method::GET, format!("/v1/{}/{snils}", coded(surname))),
            odd(Method::DELETE, format!("/v1/me/sessions/{snils}")),
            odd(Method::PUT, "/v1/me/profile".into()).header("Content-Type", format!("text/{snils}")).body(whole.clone()),
            odd(Method::PUT, "/v1/me/profile".into()).header("If-Match", format!("\"{snils}\"")).json(&canary.profile(
                snils,
                &canary.oms,
                false,
            )),
            odd(Method::from_bytes(b"KANAREK").expect("a method"), format!("/v1/{snils}")),
            house.request(Method::GET, "/v1/me", Some(&canary.email)),
            house
                .request(Method::POST, "/v1/auth/codes", None)
                .json(&json!({"channel": "sms", "to": format!("{}x", canary.phone)})),
            house
                .request(Method::POST, "/v1/auth/codes", None)
                .json(&json!({"channel": "email", "to": format!("{}@@", canary.email)})),
            house.request(Method::POST, "/v1/auth/codes", None).json(&json!({"channel": surname, "to": canary.phone})),
            house
                .request(Method::POST, "/v1/auth/tokens", None)
                .json(&json!({"grant": "password", "login": canary.email, "password": snils})),
            house.request(Method::POST, "/v1/auth/tokens", None).json(&json!({"grant": "refresh", "refreshToken": snils})),
        ] {
            refused.push(house.send(dressed(request, canary)).await);
        }
        for answer in refused {
            assert!(answer.status.is_client_error(), "{}: {}", answer.status, String::from_utf8_lossy(&answer.bytes));
            let found = scanner.scan("a refusal", &answer.bytes).summary();
            assert_eq!(found, Vec::<String>::new(), "{}", String::from_utf8_lossy(&answer.bytes));
        }
        let found = house.get(&format!("/v1/doctors?name={}", coded(surname)), None).await.is(200);
        assert_eq!(found.json()["items"], json!([]));
    }

    /// Books, uploads, is seen by a doctor who writes a conclusion, and reads who looked.
    pub async fn fall_ill(&self, house: &House, clinic: &Clinic, hour: u32) {
        let Life { canary, person, .. } = self;
        let starts_at = at(house, 1, hour, 0).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let wanted = json!({
            "doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": starts_at, "complaint": canary.complaint,
        });
        let request = house.request(Method::POST, "/v1/bookings", person.token()).header("Idempotency-Key", &canary.snils);
        house.send(dressed(request.json(&wanted), canary)).await.is(201);
        let mut odd = wanted.clone();
        odd["startsAt"] = canary.complaint.as_str().into();
        house.post("/v1/bookings", person.token(), odd).await.is(400);

        let declared = json!({
            "kind": "upload", "title": canary.title, "fileName": canary.file_name, "mediaType": "application/pdf",
            "sizeBytes": canary.file.len(),
        });
        let document = house.post("/v1/documents", person.token(), declared.clone()).await.is(201).text("/id");
        put_content(house, person, &document, &canary.conclusion).await.is(400);
        put_content(house, person, &document, &canary.file).await.is(200);
        let mut odd = declared;
        odd["sizeBytes"] = canary.title.as_str().into();
        house.post("/v1/documents", person.token(), odd).await.is(400);

        let doctor = &clinic.doctor;
        let diary = format!("/v1/staff/bookings?from={}&to={}", day(house, 1), day(house, 1));
        let seen = house.get(&diary, doctor.token()).await.is(200);
        assert!(String::from_utf8_lossy(&seen.bytes).contains(&canary.surname));
        let read = house.get(&format!("/v1/documents/{document}/content"), doctor.token()).await.is(200);
        assert_eq!(read.bytes, canary.file);
        let conclusion = json!({
            "kind": "conclusion", "title": canary.conclusion_title, "fileName": canary.file_name,
            "mediaType": "application/pdf", "sizeBytes": canary.conclusion.len(),
        });
        let path = format!("/v1/staff/patients/{}/documents", person.id);
        let written = house.post(&path, doctor.token(), conclusion).await.is(201).text("/id");
        put_content(house, doctor, &written, &canary.conclusion).await.is(200);

        let statement = json!({"documentId": written, "text": canary.complaint});
        house.post("/v1/me/disagreements", person.token(), statement).await.is(201);
        let read = house.get(&format!("/v1/documents/{written}"), doctor.token()).await.is(200);
        assert_eq!(read.text("/disagreements/0/text"), canary.complaint);

        self.talk(house, clinic, &document).await;
        house.get("/v1/bookings", person.token()).await.is(200);
        assert_eq!(house.get("/v1/documents", person.token()).await.is(200).json()["items"].as_array().map(Vec::len), Some(2));
        let log = house.get("/v1/me/access-log", person.token()).await.is(200);
        assert!(log.json()["items"].as_array().is_some_and(|items| items.len() > 2), "he reads who looked");
    }
}

impl Life {
    /// Pays for another visit, and lets his card be remembered. Half of it goes back, with a reason in a clerk's words.
    pub async fn pay(&mut self, house: &House, clinic: &Clinic, service: &str, desk: &Person, hour: u32) {
        let Life { canary, person, .. } = &*self;
        let starts_at = at(house, 1, hour, 0).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let wanted = json!({
            "doctorId": clinic.doctor_id, "serviceId": service, "startsAt": starts_at, "complaint": canary.complaint,
        });
        let held = house.post("/v1/bookings", person.token(), wanted).await.is(201);
        let charge = held.text("/chargeId");
        let path = format!("/v1/charges/{charge}/payment");
        let wish = json!({"saveMethod": true});
        let sheet = house.request(Method::POST, &path, person.token()).header("Idempotency-Key", &canary.oms).json(&wish);
        let customer = house.send(dressed(sheet, canary)).await.is(200).text("/customer");
        let odd = json!({"saveMethod": canary.surname});
        house.post(&path, person.token(), odd).await.is(400);
        house.pay(person, &charge, true).await;
        let back = json!({"amount": 1_000, "reason": canary.complaint});
        house.post(&format!("/v1/staff/charges/{charge}/refunds"), desk.token(), back).await.is(201);
        house.settle().await;
        assert_eq!(house.charge(person, &charge).await["state"], "partlyRefunded");
        assert_eq!(house.app.adapters.payments.methods(&customer).await.expect("a payer").len(), 1);
        self.customer = Some(customer);
    }

    /// Writes with the doctor, who answers, and with the clinic's operator.
    async fn talk(&self, house: &House, clinic: &Clinic, document: &str) {
        let Life { canary, person, .. } = self;
        let with_doctor = json!({"with": "doctor", "doctorId": clinic.doctor_id, "topic": canary.chat});
        let conversation = house.post("/v1/conversations", person.token(), with_doctor).await.is(201).text("/id");
        let said = json!({"text": canary.chat, "documentIds": [document]});
        house.post(&format!("/v1/conversations/{conversation}/messages"), person.token(), said).await.is(201);
        let answer = json!({"text": format!("Вы пишете: {}", canary.chat)});
        let path = format!("/v1/staff/conversations/{conversation}/messages");
        house.post(&path, clinic.doctor.token(), answer).await.is(201);
        house.get(&path, clinic.doctor.token()).await.is(200);
        let with_operator = json!({"with": "operator", "clinicId": clinic.clinic_id, "topic": canary.enquiry});
        let enquiry = house.post("/v1/conversations", person.token(), with_operator).await.is(201).text("/id");
        let said = json!({"text": canary.enquiry});
        house.post(&format!("/v1/conversations/{enquiry}/messages"), person.token(), said).await.is(201);
        let odd = json!({"text": [canary.chat], "topic": canary.chat});
        house.post(&format!("/v1/conversations/{enquiry}/messages"), person.token(), odd).await.is(400);
    }
}

async fn put_content(house: &House, who: &Person, document: &str, content: &[u8]) -> Answer {
    let request = house.request(Method::PUT, &format!("/v1/documents/{document}/content"), who.token());
    house.send(request.header("Content-Type", "application/pdf").body(content.to_vec())).await
}
