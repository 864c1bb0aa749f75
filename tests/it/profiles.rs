//! Profiles beside each other: two houses on the same stores, one under `ru-telemed` and one under `ru-clinic`, which is its
//! opposite. Whoever signed in at one of them is known at the other, and the same request is answered by another rule.

mod cabinet;
mod care;
mod people;
mod promises;
mod rights;
mod shipped;

use crate::support::clinic::{Clinic, at};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::{On, Stores};
use feldsher::app::config::Config;
use reqwest::Method;
use serde_json::{Value, json};

const PHONE: &str = "+79161234567";
const OTHER: &str = "+79160000002";
const PDF: &str = "application/pdf";
const SHIPPED: &str = include_str!("../../profiles/ru-clinic.toml");

/// The opposites, on one clock and the same stores.
struct Pair {
    telemed: House,
    clinic: House,
}

impl Pair {
    async fn new(on: On) -> Self {
        Self::with(on, &[]).await
    }

    /// With `ru-clinic` so changed: to see a switch that stands behind another one. Beside passwords it lets people in by
    /// codes, so that they are soon in.
    async fn with(on: On, changes: &[(&str, &str)]) -> Self {
        let telemed = House::new(on).await;
        let changes = &[changes, &[("ways = [\"password\"]", "ways = [\"code\", \"password\"]")]].concat();
        let clinic = telemed.beside(&telemed.clinic_profile(changes)).await;
        Self { telemed, clinic }
    }

    /// With a cabinet in which patients write.
    async fn open(on: On) -> Self {
        Self::with(on, &[("read_only = true", "read_only = false")]).await
    }

    fn both(&self) -> [&House; 2] {
        [&self.telemed, &self.clinic]
    }

    /// What both say of the same, `ru-telemed` first.
    async fn config(&self, pointer: &str) -> [Value; 2] {
        let mut said = Vec::new();
        for house in self.both() {
            said.push(house.get("/v1/app-config", None).await.is(200).json().pointer(pointer).cloned().unwrap_or_default());
        }
        said.try_into().expect("two answers")
    }
}

impl House {
    /// Another house on the same stores, under another profile.
    async fn beside(&self, profile: &str) -> House {
        let config = Config { profile: profile.to_owned(), ..self.app.config.clone() };
        House::with(Stores::new(self.on).await, self.app.ambient.clone(), |own| *own = config).await
    }

    /// The name of `ru-clinic`, or of a file with some words of it replaced.
    fn clinic_profile(&self, changes: &[(&str, &str)]) -> String {
        if changes.is_empty() {
            return "ru-clinic".to_owned();
        }
        let text = changes.iter().fold(SHIPPED.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from} stands in the profile");
            text.replacen(from, to, 1)
        });
        let path = self.stores.path("clinic.toml");
        std::fs::write(&path, text).expect("a profile");
        path.display().to_string()
    }

    /// Accepts the policy as an app does, so that there is evidence of it.
    async fn accepts(&self, patient: &Person) {
        let policy = self.get("/v1/policies/current", None).await.is(200);
        let [version, hash, language] = ["/version", "/textHash", "/language"].map(|pointer| policy.text(pointer));
        let body = json!({"version": version, "textHash": hash, "language": language});
        self.post("/v1/me/acceptances", patient.token(), body).await.is(201);
    }

    /// Gives the undertaking that this house asks of a doctor who was hired next door.
    async fn undertakes(&self, doctor: &Person) {
        let asked = self.get("/v1/staff/me/undertaking", doctor.token()).await.is(200).json();
        let given = json!({"version": asked["version"], "textHash": asked["textHash"], "language": asked["language"]});
        self.put("/v1/staff/me/undertaking", doctor.token(), given).await.is(204);
    }

    /// A visit of tomorrow, at this hour.
    async fn tomorrow(&self, patient: &Person, clinic: &Clinic, hour: u32) -> Value {
        let starts_at = at(self, 1, hour, 0).to_rfc3339();
        let body = json!({"doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": starts_at});
        self.post("/v1/bookings", patient.token(), body).await.is(201).json()
    }

    async fn own_document(&self, patient: &Person) -> Value {
        let declared = json!({"kind": "upload", "title": "Анализ", "fileName": "a.pdf", "mediaType": PDF, "sizeBytes": 20});
        let id = self.post("/v1/documents", patient.token(), declared).await.is(201).text("/id");
        let put = self.request(Method::PUT, &format!("/v1/documents/{id}/content"), patient.token());
        self.send(put.header("Content-Type", PDF).body(b"%PDF-1.7\n0123456789\n".to_vec())).await.is(200).json()
    }
}
