//! What belongs to somebody: every id that the contract shows him and does not show everybody.

use super::Siege;
use super::spec::Place;
use crate::support::house::House;
use crate::support::pictures;
use crate::support::town::Town;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

impl Siege {
    /// The ids that `who` finds in his own lists and in what they name.
    pub async fn ids_of(&mut self, who: &str) -> BTreeSet<String> {
        let reads = |public: bool| {
            let wanted = move |operation: &&super::Operation| {
                operation.method == Method::GET && operation.is_json() && operation.is_public() == public
            };
            self.operations.iter().filter(wanted).cloned().collect::<Vec<_>>()
        };
        let (public, closed) = (reads(true), reads(false));
        let mut everybodys = BTreeSet::new();
        for operation in public.iter().filter(|operation| operation.ids().is_empty()) {
            everybodys.extend(self.ids_in(&operation.wide(&self.house, &self.town), None).await);
        }
        let mut own = BTreeSet::new();
        for operation in closed.iter().filter(|operation| operation.ids().is_empty()) {
            own.extend(self.ids_in(&operation.wide(&self.house, &self.town), Some(who)).await);
        }
        own.retain(|id| !everybodys.contains(id));
        let listed = own.clone();
        for operation in closed.iter().filter(|operation| operation.ids().len() == 1) {
            let place = Place::Path(operation.ids()[0]);
            for id in &listed {
                let path = operation.with(&self.town, &place, id).path;
                own.extend(self.ids_in(&path, Some(who)).await);
            }
        }
        own.retain(|id| !everybodys.contains(id));
        own
    }

    async fn ids_in(&mut self, path: &str, who: Option<&str>) -> BTreeSet<String> {
        self.tried += 1;
        let token = who.and_then(|who| self.town.token(who));
        let answer = self.house.get(path, token.as_deref()).await;
        let mut ids = BTreeSet::new();
        if answer.status.is_success() {
            ids_in(&answer.json(), &mut ids);
        }
        ids
    }
}

/// Every UUID in a document.
pub fn ids_in(value: &Value, ids: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.len() == 36 && text.parse::<Uuid>().is_ok() => _ = ids.insert(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| ids_in(item, ids)),
        Value::Object(fields) => fields.values().for_each(|field| ids_in(field, ids)),
        _ => {}
    }
}

/// Gives the town's other patient as much as the victim has, with another doctor: so that each has something that the other
/// must not get.
pub async fn neighbour(house: &House, town: &Town) {
    let token = town.token("other");
    let token = token.as_deref();
    let doctors = house.get("/v1/doctors", None).await.is(200).json();
    let is_colleague = |doctor: &&Value| doctor["clinicId"] == town.fill("{clinic}") && doctor["id"] != town.fill("{doctorId}");
    let colleague = doctors["items"].as_array().into_iter().flatten().find(is_colleague).expect("another doctor of the clinic");
    let doctor_id = colleague["id"].as_str().expect("an id");
    let day = (house.app.ambient.now() + chrono::TimeDelta::days(2)).format("%Y-%m-%d");
    let slots = format!("/v1/doctors/{doctor_id}/slots?from={day}&to={day}&serviceId={}", town.fill("{service}"));
    let starts_at = house.get(&slots, None).await.is(200).text("/items/0/startsAt");
    for (service, starts_at) in [("{service}", starts_at.clone()), ("{paidService}", later(&starts_at))] {
        let booking = json!({"doctorId": doctor_id, "serviceId": town.fill(service), "startsAt": starts_at});
        house.post("/v1/bookings", token, booking).await.is(201);
    }
    for with in [json!({"with": "doctor", "doctorId": doctor_id}), json!({"with": "operator", "clinicId": town.fill("{clinic}")})]
    {
        let talk = house.post("/v1/conversations", token, with).await.is(201).text("/id");
        for text in ["Здравствуйте", "Это сосед"] {
            house.post(&format!("/v1/conversations/{talk}/messages"), token, json!({"text": text})).await.is(201);
        }
    }
    upload(house, town, token).await;
    let ticket = json!({"topic": "app", "text": "Не открывается"});
    let ticket = house.post("/v1/tickets", token, ticket).await.is(201).text("/id");
    let shot = json!({
        "mediaType": "image/png", "sizeBytes": town.png.len(), "sha256": pictures::sha256(&town.png), "reviewed": true
    });
    house.post(&format!("/v1/tickets/{ticket}/screenshots"), token, shot).await.is(201);
    let installation = house.app.ambient.id();
    house.put(&format!("/v1/devices/{installation}"), token, json!({"platform": "ios", "appVersion": "3.2.1"})).await.is(200);
    house.post("/v1/me/exports", token, json!({})).await.is(202);
    second_pages(house, town).await;
    house.settle().await;
}

/// What makes a second page of lists of which the town has but one item: a word and a document of the victim's, and another
/// patient who writes with the victim's doctor.
async fn second_pages(house: &House, town: &Town) {
    let victim = town.token("self");
    let said = town.fill("/v1/conversations/{conversation}/messages");
    house.post(&said, victim.as_deref(), json!({"text": "Ещё вопрос"})).await.is(201);
    upload(house, town, victim.as_deref()).await;
    let third = house.patient("+79160000004").await;
    let day = (house.app.ambient.now() + chrono::TimeDelta::days(7)).format("%Y-%m-%d");
    let slots = town.fill("/v1/doctors/{doctorId}/slots?serviceId={service}");
    let starts_at = house.get(&format!("{slots}&from={day}&to={day}"), None).await.is(200).text("/items/0/startsAt");
    let doctor_id = town.fill("{doctorId}");
    let booking = json!({"doctorId": doctor_id, "serviceId": town.fill("{service}"), "startsAt": starts_at});
    house.post("/v1/bookings", third.token(), booking).await.is(201);
    house.post("/v1/conversations", third.token(), json!({"with": "doctor", "doctorId": doctor_id})).await.is(201);
}

async fn upload(house: &House, town: &Town, token: Option<&str>) {
    let document = json!({
        "kind": "upload", "title": "Анализ", "fileName": "a.pdf", "mediaType": "application/pdf", "sizeBytes": town.pdf.len()
    });
    let document = house.post("/v1/documents", token, document).await.is(201).text("/id");
    let put = house.request(Method::PUT, &format!("/v1/documents/{document}/content"), token);
    house.send(put.header("Content-Type", "application/pdf").body(town.pdf.clone())).await.is(200);
}

/// An hour after a moment of the contract.
fn later(moment: &str) -> String {
    let moment: chrono::DateTime<chrono::Utc> = moment.parse().expect("a moment");
    (moment + chrono::TimeDelta::hours(1)).to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
