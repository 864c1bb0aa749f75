//! A patient of the clinic who books and uploads, writes down what he was told, and after each crash asks for it.

use super::kills::Acknowledged;
use crate::support::house::Answer;
use crate::support::people::Person;
use crate::support::process::{Broken, Wire};
use chrono::{DateTime, Utc};
use feldsher::kernel::clock::Ambient;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

const MAX_CONTENT_BYTES: u32 = 150_000;

/// What the clinic offers: each service at each time, though they overlap.
pub struct Offer {
    pub doctor: String,
    pub services: Vec<String>,
    pub times: Vec<DateTime<Utc>>,
}

pub struct Regular {
    person: Person,
    /// Booked, and told so.
    bookings: BTreeSet<String>,
    /// The last booking that was answered, by key and body.
    last: Option<(String, Value, String)>,
    /// Asked for by key and body when the server died.
    asked: Option<(String, Value)>,
    /// Uploaded, and told so.
    documents: BTreeMap<String, Vec<u8>>,
    upload: Option<Upload>,
}

/// An upload on its way.
struct Upload {
    key: String,
    content: Vec<u8>,
    /// Known when the declaration was answered.
    id: Option<String>,
}

impl Regular {
    pub fn new(person: Person) -> Self {
        Self { person, bookings: BTreeSet::new(), last: None, asked: None, documents: BTreeMap::new(), upload: None }
    }

    pub fn counts(&self) -> (usize, usize) {
        (self.bookings.len(), self.documents.len())
    }

    /// Books and uploads until the server is gone.
    pub async fn work(mut self, wire: Wire, offer: &Offer, dice: &Ambient, done: &Acknowledged) -> Self {
        while self.book(&wire, offer, dice, done).await.is_ok() && self.upload(&wire, dice, done).await.is_ok() {}
        self
    }

    async fn book(&mut self, wire: &Wire, offer: &Offer, dice: &Ambient, done: &Acknowledged) -> Result<(), Broken> {
        let [a, b] = dice.bytes();
        let starts_at = offer.times[usize::from(a) % offer.times.len()];
        let service = &offer.services[usize::from(b) % offer.services.len()];
        let body = json!({
            "doctorId": offer.doctor, "serviceId": service, "startsAt": starts_at.to_rfc3339(), "complaint": "Болит голова",
        });
        let key = dice.id().to_string();
        self.asked = Some((key.clone(), body.clone()));
        let answer = self.post(wire, "/v1/bookings", &key, &body).await?;
        self.booked(key, body, &answer);
        done.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn booked(&mut self, key: String, body: Value, answer: &Answer) {
        self.asked = None;
        if answer.status == 201 {
            assert!(self.bookings.insert(answer.text("/id")), "one answer for two requests");
            self.last = Some((key, body, answer.text("/id")));
        } else {
            assert_eq!(answer.status, 409, "{}", String::from_utf8_lossy(&answer.bytes));
        }
    }

    async fn upload(&mut self, wire: &Wire, dice: &Ambient, done: &Acknowledged) -> Result<(), Broken> {
        let length = u32::from_le_bytes(dice.bytes()) % MAX_CONTENT_BYTES;
        let mut content = b"%PDF-1.7\n".to_vec();
        content.extend_from_slice(&dice.bytes::<32>().repeat(1 + length as usize / 32));
        self.upload = Some(Upload { key: dice.id().to_string(), content, id: None });
        self.go_on(wire).await?;
        done.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Does what is left of the upload on its way.
    async fn go_on(&mut self, wire: &Wire) -> Result<(), Broken> {
        let Some(Upload { key, content, id }) = &self.upload else { return Ok(()) };
        let id = match id {
            Some(id) => id.clone(),
            None => {
                let declaration = json!({
                    "kind": "upload", "title": "Анализ", "fileName": "анализ.pdf", "mediaType": "application/pdf",
                    "sizeBytes": content.len(),
                });
                self.post(wire, "/v1/documents", key, &declaration).await?.is(201).text("/id")
            }
        };
        let content = content.clone();
        if let Some(upload) = &mut self.upload {
            upload.id = Some(id.clone());
        }
        let request = wire.request(Method::PUT, &format!("/v1/documents/{id}/content"), self.person.token());
        let put = wire.send(request.header("Content-Type", "application/pdf").body(content.clone())).await?;
        // An attempt whose answer was lost may have put it there.
        if put.code() != "content_present" {
            put.is(200);
        }
        self.upload = None;
        self.documents.insert(id, content);
        Ok(())
    }

    async fn post(&self, wire: &Wire, path: &str, key: &str, body: &Value) -> Result<Answer, Broken> {
        let request = wire.request(Method::POST, path, self.person.token());
        wire.send(request.header("Idempotency-Key", key).json(body)).await
    }

    /// After a crash: finishes what was cut off, by the same keys, then holds the server against what he was told. Answers
    /// when he is at the doctor's.
    pub async fn check(&mut self, wire: &Wire) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        if let Some((key, body)) = self.asked.clone() {
            let answer = self.post(wire, "/v1/bookings", &key, &body).await.expect("an answer");
            self.booked(key, body, &answer);
        }
        if let Some((key, body, id)) = &self.last {
            assert_eq!(self.post(wire, "/v1/bookings", key, body).await.expect("an answer").is(201).text("/id"), *id);
        }
        self.finish_upload(wire).await;
        let bookings = self.all(wire, "/v1/bookings").await;
        assert_eq!(bookings.iter().map(id_of).collect::<BTreeSet<_>>(), self.bookings, "bookings");
        assert!(bookings.iter().all(|booking| booking["complaint"] == "Болит голова"));
        let documents = self.all(wire, "/v1/documents").await;
        assert_eq!(documents.iter().map(id_of).collect::<BTreeSet<_>>(), self.documents.keys().cloned().collect(), "documents");
        for (id, content) in &self.documents {
            let path = format!("/v1/documents/{id}/content");
            let stored = wire.get(&path, self.person.token()).await.expect("an answer").is(200);
            assert!(stored.bytes == *content, "document {id} has other bytes");
        }
        let time = |booking: &Value, field: &str| booking[field].as_str().unwrap_or_default().parse().expect("a time");
        bookings.iter().map(|booking| (time(booking, "startsAt"), time(booking, "endsAt"))).collect()
    }

    /// An upload whose answer was lost is there as a whole, or not at all and can be tried again.
    async fn finish_upload(&mut self, wire: &Wire) {
        if let Some(Upload { id: Some(id), content, .. }) = &self.upload {
            let path = format!("/v1/documents/{id}");
            let view = wire.get(&path, self.person.token()).await.expect("an answer").is(200);
            if view.text("/state") == "complete" {
                self.documents.insert(id.clone(), content.clone());
                self.upload = None;
            } else {
                let nothing = wire.get(&format!("{path}/content"), self.person.token()).await.expect("an answer");
                nothing.refused(409, "content_missing");
            }
        }
        self.go_on(wire).await.expect("an answer");
    }

    /// Every item of a list, page by page.
    async fn all(&self, wire: &Wire, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut page = format!("{path}?limit=50");
        loop {
            let answer = wire.get(&page, self.person.token()).await.expect("an answer").is(200);
            items.extend(answer.json()["items"].as_array().cloned().unwrap_or_default());
            let next = answer.text("/nextCursor");
            if next.is_empty() {
                return items;
            }
            page = format!("{path}?limit=50&cursor={next}");
        }
    }
}

fn id_of(item: &Value) -> String {
    item["id"].as_str().unwrap_or_default().to_owned()
}
