//! The house opens: the installation is claimed, a clinic is made, a patient signs in and says who he is.

use super::super::guest::{Guest, Stumble};
use super::super::sample;
use super::People;
use crate::app::App;
use serde_json::json;
use std::path::Path;
use totp_rs::{Builder, Secret};

pub async fn claim_and_build(guest: &mut Guest, app: &App, claim: Option<&Path>, people: &mut People) -> Result<(), Stumble> {
    guest.chapter("1. An administrator claims the installation");
    let path = claim.ok_or("there is no claim token")?;
    let file = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let token = file.lines().next().unwrap_or_default();
    let body = json!({"token": token, "login": "admin", "name": "Анна Админова", "password": sample::ADMIN_PASSWORD});
    let enrolment = guest.post("/v1/installation/claim", "", body).await?.is(201)?;
    guest.done("claimed with the one-time token of a file that only its owner can read");
    people.totp.insert("admin", enrolment.text("/totpSecret"));
    people.admin = sign_in(guest, app, people, "admin", sample::ADMIN_PASSWORD).await?;
    guest.done("signed in with password and a code of the authenticator app");

    people.clinic = guest.post("/v1/staff/clinics", &people.admin, sample::clinic()).await?.is(201)?.text("/id");
    people.service = guest.post("/v1/staff/services", &people.admin, sample::service(&people.clinic)).await?.is(201)?.text("/id");
    guest.done("made a clinic and a service, named in four languages");
    let names = ["Иванова Мария Петровна", "Иванова Мария Петровна", "ივანოვა მარია", "Ivanova Maria"];
    let issued =
        guest.post("/v1/staff/doctors", &people.admin, sample::doctor(&people.clinic, "ivanova", names)).await?.is(201)?;
    people.doctor_id = issued.text("/id");
    let hours: Vec<_> = (1..=7).map(|weekday| json!({"weekday": weekday, "from": "08:00", "to": "20:00"})).collect();
    let path = format!("/v1/staff/doctors/{}/hours", people.doctor_id);
    guest.put(&path, &people.admin, json!({ "hours": hours })).await?.is(200)?;
    guest.done("made a doctor and her hours; her password was shown once");
    people.doctor = first_sign_in(guest, app, people, "ivanova", &issued.text("/oneTimePassword")).await?;
    guest.done("the doctor changed the issued password and signed in with password and TOTP");

    let names = ["Ахметов Айдар", "Ахметов Айдар", "ახმეტოვი აიდარი", "Akhmetov Aidar"];
    let other =
        guest.post("/v1/staff/doctors", &people.admin, sample::doctor(&people.clinic, "akhmetov", names)).await?.is(201)?;
    people.other_doctor = first_sign_in(guest, app, people, "akhmetov", &other.text("/oneTimePassword")).await?;
    people.reception = staff(guest, app, people, ("reception", "desk", "Римма Регистратова")).await?;
    people.support = staff(guest, app, people, ("support", "support", "Павел Поддержкин")).await?;
    people.officer = staff(guest, app, people, ("officer", "officer", "Ольга Офицерова")).await?;
    guest.done("another doctor, a receptionist, somebody of support and the data-protection officer signed in");
    Ok(())
}

async fn staff(
    guest: &mut Guest,
    app: &App,
    people: &mut People,
    (role, login, name): (&str, &'static str, &str),
) -> Result<String, Stumble> {
    let mut body = json!({"role": role, "login": login, "name": name});
    if role == "reception" {
        body["clinicIds"] = json!([people.clinic]);
    }
    let issued = guest.post("/v1/staff/accounts", &people.admin, body).await?.is(201)?;
    first_sign_in(guest, app, people, login, &issued.text("/oneTimePassword")).await
}

async fn first_sign_in(
    guest: &mut Guest,
    app: &App,
    people: &mut People,
    login: &'static str,
    issued: &str,
) -> Result<String, Stumble> {
    let body = json!({"grant": "password", "login": login, "password": issued});
    let first = guest.post("/v1/auth/tokens", "", body).await?.is(200)?.text("/accessToken");
    let body = json!({"newPassword": sample::STAFF_PASSWORD});
    let changed = guest.post("/v1/staff/me/credentials", &first, body).await?.is(200)?;
    people.totp.insert(login, changed.text("/totpSecret"));
    sign_in(guest, app, people, login, sample::STAFF_PASSWORD).await
}

pub async fn sign_in(guest: &mut Guest, app: &App, people: &People, login: &str, password: &str) -> Result<String, Stumble> {
    let broken = || "a TOTP secret does not read".to_owned();
    let secret = people.totp.get(login).ok_or_else(broken)?;
    let secret = Secret::try_from_base32(secret).map_err(|_| broken())?;
    let totp = Builder::new().with_secret(secret).build().map_err(|_| broken())?;
    let now = u64::try_from(app.ambient.now().timestamp()).unwrap_or(0);
    let body = json!({"grant": "password", "login": login, "password": password, "totp": totp.generate(now).to_string()});
    Ok(guest.post("/v1/auth/tokens", "", body).await?.is(200)?.text("/accessToken"))
}

/// Asks for a code and reads it from the message: (challengeId, code).
async fn ask_code(guest: &mut Guest) -> Result<(String, String), Stumble> {
    let seen = guest.messages(sample::PATIENT_PHONE).await?.len();
    let body = json!({"channel": "sms", "to": sample::PATIENT_PHONE});
    let challenge = guest.post("/v1/auth/codes", "", body).await?.is(202)?.text("/challengeId");
    // Notices go to the same phone, and hold no digits.
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).take(6).collect::<String>();
    let text = guest.next_message(sample::PATIENT_PHONE, seen, |text| digits(text).len() == 6).await?;
    Ok((challenge, digits(&text)))
}

pub async fn sign_in_by_code(guest: &mut Guest) -> Result<String, Stumble> {
    let (challenge, code) = ask_code(guest).await?;
    let body = json!({"grant": "code", "challengeId": challenge, "code": code, "deviceName": "Телефон"});
    let token = guest.post("/v1/auth/tokens", "", body).await?.is(200)?.text("/accessToken");
    guest.remember(&token);
    Ok(token)
}

pub async fn sign_in_patient(guest: &mut Guest, people: &mut People) -> Result<(), Stumble> {
    people.patient = sign_in_by_code(guest).await?;
    people.patient_id = guest.get("/v1/me", &people.patient).await?.is(200)?.text("/id");
    Ok(())
}

pub async fn patient_signs_in(guest: &mut Guest, people: &mut People) -> Result<(), Stumble> {
    guest.chapter("2. A patient signs in by phone");
    let (challenge, code) = ask_code(guest).await?;
    guest.done(format!("asked for a code; the sandbox provider delivered an SMS of {} digits", code.len()));
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        let body = json!({"grant": "code", "challengeId": challenge, "code": wrong});
        guest.post("/v1/auth/tokens", "", body).await?.refused(400, "wrong_code")?;
    }
    let body = json!({"grant": "code", "challengeId": challenge, "code": code});
    guest.post("/v1/auth/tokens", "", body).await?.refused(400, "wrong_code")?;
    guest.done("five wrong codes were refused, and then the right one too");
    sign_in_patient(guest, people).await?;
    guest.done("a new code gave tokens");
    Ok(())
}

pub async fn accept_and_register(guest: &mut Guest, people: &People) -> Result<(), Stumble> {
    guest.chapter("3. He accepts the policy and says who he is");
    let profile = json!({
        "surname": "Смирнов", "givenName": "Алексей", "patronymic": "Игоревич", "birthDate": "1984-05-17", "sex": "male",
        "identifiers": [{"system": "snils", "value": sample::SNILS}, {"system": "oms", "value": sample::OMS}]
    });
    guest.put("/v1/me/profile", &people.patient, profile.clone()).await?.refused(403, "acceptance_required")?;
    guest.done("before the acceptance no personal field is taken");
    accept(guest, &people.patient).await?;
    guest.done("accepted the version in force; version, hash, time, language and device are kept as evidence");
    let mut wrong = profile.clone();
    wrong["identifiers"][0]["value"] = "910-001-022 98".into();
    guest.put("/v1/me/profile", &people.patient, wrong).await?.refused(400, "invalid")?;
    guest.done("a SNILS with a wrong check digit was refused, with a pointer to it");
    guest.put("/v1/me/profile", &people.patient, profile).await?.is(200)?;
    guest.done("name, patronymic, birth date, SNILS and OMS policy were checked and sealed");
    Ok(())
}

pub async fn accept(guest: &mut Guest, token: &str) -> Result<(), Stumble> {
    let policy = guest.get("/v1/policies/current", "").await?.is(200)?;
    let body = json!({
        "version": policy.text("/version"), "textHash": policy.text("/textHash"), "language": policy.text("/language"),
        "deviceName": "Телефон"
    });
    guest.post("/v1/me/acceptances", token, body).await?.is(201).map(drop)
}
