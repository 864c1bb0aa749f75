//! The catalogue of care: what is said of clinics, doctors, services and machines, by whom it is written, how it is found.

mod cards;
mod keeping;
mod search;
mod upgrade;

use crate::support::clinic::everywhere;
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use reqwest::Method;
use serde_json::{Value, json};

/// The ids of a list, in its order.
fn ids(list: &Answer) -> Vec<String> {
    let items = list.json()["items"].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["id"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Pointer and code of each fault of a refusal.
fn faults(answer: &Answer) -> Vec<(String, String)> {
    let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
    let text = |error: &Value, field: &str| error[field].as_str().unwrap_or_default().to_owned();
    errors.iter().map(|error| (text(error, "pointer"), text(error, "code"))).collect()
}

fn etag(answer: &Answer) -> String {
    answer.headers.get("ETag").and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned()
}

fn coded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

impl House {
    async fn new_clinic(&self, admin: &Person, name: &str) -> String {
        let clinic = json!({"names": everywhere(name), "zone": "Asia/Almaty", "addresses": everywhere("Абая 10")});
        self.post("/v1/staff/clinics", admin.token(), clinic).await.is(201).text("/id")
    }

    /// A doctor who has not signed in yet: he can be found all the same.
    async fn new_doctor(&self, admin: &Person, clinic: &str, login: &str, names: Value) -> String {
        let new = json!({"clinicId": clinic, "speciality": "therapy", "login": login, "names": names});
        self.post("/v1/staff/doctors", admin.token(), new).await.is(201).text("/id")
    }

    async fn put_if(&self, path: &str, person: &Person, tag: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path, person.token()).header("If-Match", tag).json(&body)).await
    }

    async fn get_in(&self, language: &str, path: &str) -> Answer {
        self.send(self.request(Method::GET, path, None).header("Accept-Language", language)).await
    }
}
