//! The end: he reads who looked, withdraws a consent, deletes the account, and is gone.

use super::super::guest::{Guest, Stumble, holds};
use super::super::sample;
use super::People;
use super::opening;
use crate::app::App;
use serde_json::json;

const DAY_S: i64 = 24 * 3600;

pub async fn read_the_trail(guest: &mut Guest, people: &People) -> Result<(), Stumble> {
    guest.chapter("14. He reads who looked at his data, and why they could");
    let entries = guest.get("/v1/me/access-log?limit=100", &people.patient).await?.is(200)?.items();
    guest.done(format!("{} openings by others, each written down before the answer went", entries.len()));
    for role in ["doctor", "support"] {
        let entry = entries.iter().find(|entry| entry["staffRole"] == role);
        let entry = entry.ok_or_else(|| format!("the access log does not name the {role}"))?;
        let word = |field: &str| entry[field].as_str().unwrap_or("?").to_owned();
        guest.done(format!("among them {}, {role}: “{}”", word("staffName"), word("basisTitle")));
    }
    Ok(())
}

pub async fn withdraw(guest: &mut Guest, people: &People) -> Result<(), Stumble> {
    guest.chapter("15. He withdraws consents");
    guest.put("/v1/me/consents/marketing.own.sms", &people.patient, json!({})).await?.is(200)?;
    for consent in ["marketing.own.sms", "telemetry"] {
        let effect = guest.delete(&format!("/v1/me/consents/{consent}"), &people.patient).await?.is(200)?;
        if consent == "telemetry" {
            holds(effect.json()["destroyedClasses"] == json!(["telemetry"]), "the telemetry went with its consent")?;
        }
        guest.done(format!("{consent} stops: {}; stays: {}", effect.text("/stops"), effect.text("/stays")));
    }
    Ok(())
}

pub async fn leave(guest: &mut Guest, app: &App, people: &mut People) -> Result<(), Stumble> {
    guest.chapter("16. He deletes the account");
    let plan = guest.get("/v1/me/erasure-plan", &people.patient).await?.is(200)?.json();
    let destroyed =
        plan["classes"].as_array().map_or(0, |classes| classes.iter().filter(|class| class["outcome"] == "destroyed").count());
    guest.done(format!("the plan names {destroyed} classes to be destroyed and the others with rule and day"));
    let leaving = guest.delete("/v1/me", &people.patient).await?.is(202)?;
    let number = leaving.text("/recordNumber");
    guest.done(format!("asked for the deletion; it can be undone until {}", leaving.text("/deletionAt")));
    guest.get("/v1/bookings", &people.patient).await?.refused(409, "deletion_pending")?;
    guest.later(15 * DAY_S).await?;
    guest.get("/v1/me", &people.patient).await?.refused(401, "unauthenticated")?;
    guest.done("fifteen days later (moved clock) it was carried out; the session is dead");
    // The sessions of the staff ended with the moved clock, too.
    people.officer = opening::sign_in(guest, app, people, "officer", sample::STAFF_PASSWORD).await?;
    people.other_doctor = opening::sign_in(guest, app, people, "akhmetov", sample::STAFF_PASSWORD).await?;
    guest.get(&format!("/v1/staff/certificates/{number}"), &people.officer).await?.is(200)?;
    guest.done(format!("a certificate remains under record number {number}"));
    held_record(guest, people, &number).await?;
    let again = opening::sign_in_by_code(guest).await?;
    opening::accept(guest, &again).await?;
    let profile = json!({
        "surname": "Смирнов", "givenName": "Алексей", "birthDate": "1984-05-17",
        "identifiers": [{"system": "snils", "value": sample::SNILS}, {"system": "oms", "value": sample::OMS}]
    });
    guest.put("/v1/me/profile", &again, profile).await?.is(200)?;
    let lists = ["documents", "bookings", "charges", "conversations", "tickets", "notifications", "devices", "me/access-log"];
    for path in lists.map(|list| format!("/v1/{list}")) {
        let seen = guest.get(&path, &again).await?.is(200)?.items().len();
        if seen > 0 {
            return Err(format!("{path} shows {seen} old things to the returning patient"));
        }
    }
    guest.done("the same phone and SNILS registered again and see nothing old");
    Ok(())
}

async fn held_record(guest: &mut Guest, people: &People, number: &str) -> Result<(), Stumble> {
    let documents = format!("/v1/staff/patients/{}/documents", people.patient_id);
    guest.get(&documents, &people.other_doctor).await?.refused(404, "not_found")?;
    let body = json!({"ground": "Запрос суда № 2-117/2026"});
    guest.post(&format!("/v1/staff/held-records/{number}/openings"), &people.other_doctor, body).await?.is(201)?;
    let held = guest.get(&documents, &people.other_doctor).await?.is(200)?;
    let count = held.json()["items"].as_array().map_or(0, Vec::len);
    if count == 0 {
        return Err("the held record is empty".into());
    }
    let path = format!("/v1/staff/patients/{}/held-messages", people.patient_id);
    let messages = guest.get(&path, &people.other_doctor).await?.is(200)?.items().len();
    holds(messages > 0, "the held record has what was said with the doctor")?;
    guest.done(format!(
        "the held clinical class ({count} documents, {messages} messages) opened only by that number with a stated ground"
    ));
    Ok(())
}
