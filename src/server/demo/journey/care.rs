//! Care: the patient finds the doctor, books, and exchanges documents with her.

use super::super::guest::{Guest, Stumble};
use super::super::sample;
use super::People;
use crate::app::App;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub async fn book(guest: &mut Guest, app: &App, people: &mut People) -> Result<(), Stumble> {
    guest.chapter("5. He finds the doctor, books and pays");
    let found = guest.get("/v1/doctors?speciality=therapy&name=%D0%B8%D0%92%D0%90%D0%BD", "").await?.is(200)?;
    if found.text("/items/0/id") != people.doctor_id {
        return Err("the doctor was not found by a part of her name".into());
    }
    let latin = guest.get("/v1/doctors?name=ivanov", "").await?.is(200)?;
    if latin.text("/items/0/id") != people.doctor_id {
        return Err("the doctor was not found by her name in Latin letters".into());
    }
    guest.done("found her by speciality and «иВАн», and by “ivanov”");
    let (slots, zone) = slots(guest, app, people).await?;
    guest.done(format!("{} free slots in {zone}", slots.len()));
    let slot = slots.first().cloned().ok_or("no slot is free")?;
    let body = json!({
        "doctorId": people.doctor_id, "serviceId": people.service, "startsAt": slot["startsAt"], "complaint": "Болит горло третий день"
    });
    let booking = guest.post_again("/v1/bookings", &people.patient, body.clone(), "booking-1").await?.is(201)?;
    guest.done(format!("the slot at {} is held until he has paid", slot["startsAt"].as_str().unwrap_or_default()));
    let same = guest.post_again("/v1/bookings", &people.patient, body.clone(), "booking-1").await?.is(201)?;
    if same.text("/id") != booking.text("/id") {
        return Err("the same request made another booking".into());
    }
    guest.done("the same request with the same Idempotency-Key is the same booking");
    let taken = guest.post("/v1/bookings", &people.patient, body).await?.refused(409, "slot_taken")?;
    let alternatives = taken.json()["alternatives"].as_array().map_or(0, Vec::len);
    if alternatives == 0 {
        return Err("slot_taken came without alternatives".into());
    }
    guest.done(format!("the same slot again: slot_taken, with {alternatives} alternatives"));
    people.booking = booking.text("/id");
    people.charge = booking.text("/chargeId");
    people.ends_at = booking.text("/endsAt");
    pay(guest, people, &people.booking, &people.charge).await
}

async fn pay(guest: &mut Guest, people: &People, booking: &str, charge: &str) -> Result<(), Stumble> {
    let path = format!("/v1/charges/{charge}/payment");
    let sheet = guest.post(&path, &people.patient, json!({"saveMethod": true})).await?.is(200)?;
    let payment = sheet.text("/clientSecret").trim_end_matches("_secret").to_owned();
    guest.done("the app received what its payment sheet needs; the card is entered there and never passes the clinic");
    guest.post(&format!("/sandbox/payments/{payment}/decline"), "", json!({})).await?.is(200)?;
    let declined = guest.get(&format!("/v1/charges/{charge}"), &people.patient).await?.is(200)?;
    if declined.text("/state") != "failed" {
        return Err(format!("the declined charge is {}", declined.text("/state")));
    }
    guest.done("the bank declined; the slot is still held");
    guest.post(&format!("/sandbox/payments/{payment}/challenge"), "", json!({})).await?.is(200)?;
    guest.post(&format!("/sandbox/payments/{payment}/confirm"), "", json!({})).await?.is(200)?;
    let booked = guest.get(&format!("/v1/bookings/{booking}"), &people.patient).await?.is(200)?;
    if booked.text("/state") != "booked" {
        return Err(format!("the paid booking is {}", booked.text("/state")));
    }
    guest.done("he paid with 3-D Secure, the provider called, the payment was looked up, and the visit is booked");
    let saved = guest.get("/v1/me/payment-methods", &people.patient).await?.is(200)?;
    let path = format!("/v1/me/payment-methods/{}", saved.text("/items/0/id"));
    guest.request(Method::DELETE, &path, &people.patient).send().await.map_err(|error| error.to_string())?;
    let left = guest.get("/v1/me/payment-methods", &people.patient).await?.is(200)?;
    if left.json()["items"].as_array().is_none_or(|items| !items.is_empty()) {
        return Err("the saved card was not removed".into());
    }
    guest.done("the card that he let the provider save is listed, and removed");
    Ok(())
}

async fn slots(guest: &Guest, app: &App, people: &People) -> Result<(Vec<Value>, String), Stumble> {
    let (from, to) = (app.ambient.now(), app.ambient.now() + TimeDelta::days(13));
    let (from, to) = (from.format("%Y-%m-%d"), to.format("%Y-%m-%d"));
    let path = format!("/v1/doctors/{}/slots?from={from}&to={to}&serviceId={}", people.doctor_id, people.service);
    let free = guest.get(&path, "").await?.is(200)?;
    Ok((free.json()["items"].as_array().cloned().unwrap_or_default(), free.text("/zone")))
}

pub async fn exchange_documents(guest: &mut Guest, people: &mut People) -> Result<(), Stumble> {
    guest.chapter("7. Documents go both ways");
    let scan = sample::pdf("Blood test");
    people.document = upload(guest, &people.patient, "/v1/documents", "upload", "Анализ крови", &scan).await?;
    guest.done(format!("uploaded a PDF of {} bytes: first JSON, then the bytes, sealed in chunks", scan.len()));
    let content = format!("/v1/documents/{}/content", people.document);
    for (who, token) in [("another doctor", &people.other_doctor), ("the receptionist", &people.reception)] {
        guest.get(&content, token).await?.refused(404, "not_found")?;
        guest.done(format!("{who} gets 404"));
    }
    let read = guest.get(&content, &people.doctor).await?.is(200)?;
    if read.bytes != scan {
        return Err("the doctor read other bytes".into());
    }
    guest.done("the doctor, whose patient he now is, opened it");
    let conclusion = sample::pdf("Conclusion: acute pharyngitis");
    let path = format!("/v1/staff/patients/{}/documents", people.patient_id);
    let id = upload(guest, &people.doctor, &path, "conclusion", "Заключение", &conclusion).await?;
    guest.done("and answered with a conclusion");
    let content = format!("/v1/documents/{id}/content");
    let whole = guest.get(&content, &people.patient).await?.is(200)?;
    let range = guest.request(Method::GET, &content, &people.patient).header("Range", "bytes=65530-65549");
    let part = guest.send(range).await?.is(206)?;
    if whole.bytes != conclusion || part.bytes != conclusion[65_530..65_550] {
        return Err("the patient read other bytes".into());
    }
    guest.done("the patient downloaded it, whole and by a range across two chunks");
    Ok(())
}

async fn upload(guest: &mut Guest, token: &str, path: &str, kind: &str, title: &str, bytes: &[u8]) -> Result<String, Stumble> {
    let body = json!({
        "kind": kind, "title": title, "fileName": format!("{title}.pdf"), "mediaType": "application/pdf", "sizeBytes": bytes.len(),
        "sha256": hex::encode(Sha256::digest(bytes))
    });
    let id = guest.post(path, token, body).await?.is(201)?.text("/id");
    guest.put_bytes(&format!("/v1/documents/{id}/content"), token, "application/pdf", bytes).await?.is(200)?;
    Ok(id)
}
