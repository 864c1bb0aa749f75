//! Support: tickets, screenshots, feedback, and what becomes of them.

mod attacks;
mod feedback;
mod leaving;
mod metadata;
mod moderation;
mod redaction;
mod scanning;
mod tickets;

use crate::support::clinic::{Clinic, at};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::pictures;
use crate::support::stores::{On, Stores, engines};
use chrono::TimeDelta;
use feldsher::kernel::clock::Ambient;
use reqwest::Method;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

const PNG: &str = "image/png";

impl House {
    async fn ticket(&self, who: &Person) -> String {
        let new = json!({"topic": "app", "text": "Приложение не открывает запись", "appVersion": "1.4.2"});
        self.post("/v1/tickets", who.token(), new).await.is(201).text("/id")
    }

    async fn take(&self, support: &Person, ticket: &str) -> Answer {
        self.post(&format!("/v1/staff/tickets/{ticket}/take"), support.token(), json!({})).await
    }

    async fn shots_path(&self, ticket: &str) -> String {
        format!("/v1/tickets/{ticket}/screenshots")
    }

    /// Declares `bytes` as they are, with whatever stands in `more`.
    async fn declare_shot(&self, who: &Person, ticket: &str, media_type: &str, bytes: &[u8], more: Value) -> Answer {
        let mut new = json!({"mediaType": media_type, "sizeBytes": bytes.len(), "sha256": pictures::sha256(bytes)});
        new.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        self.post(&self.shots_path(ticket).await, who.token(), new).await
    }

    async fn put_shot(&self, who: &Person, ticket: &str, shot: &str, media_type: &str, bytes: Vec<u8>) -> Answer {
        let path = format!("/v1/tickets/{ticket}/screenshots/{shot}/content");
        self.send(self.request(Method::PUT, &path, who.token()).header("Content-Type", media_type).body(bytes)).await
    }

    /// Declares and sends; what is to be done about it later is done.
    async fn shot(&self, who: &Person, ticket: &str, media_type: &str, bytes: &[u8], more: Value) -> String {
        let shot = self.declare_shot(who, ticket, media_type, bytes, more).await.is(201).text("/id");
        self.put_shot(who, ticket, &shot, media_type, bytes.to_vec()).await.is(200);
        self.settle().await;
        shot
    }

    async fn original(&self, who: &Person, ticket: &str, shot: &str) -> Answer {
        self.get(&format!("/v1/tickets/{ticket}/screenshots/{shot}/content"), who.token()).await
    }

    async fn served(&self, support: &Person, ticket: &str, shot: &str) -> Answer {
        self.get(&format!("/v1/staff/tickets/{ticket}/screenshots/{shot}/content"), support.token()).await
    }

    async fn shot_state(&self, who: &Person, ticket: &str, shot: &str) -> String {
        let ticket = self.get(&format!("/v1/tickets/{ticket}"), who.token()).await.is(200).json();
        let shots = ticket["screenshots"].as_array().expect("screenshots").clone();
        let shot = shots.into_iter().find(|view| view["id"] == shot).expect("the screenshot");
        shot["state"].as_str().expect("a state").to_owned()
    }

    async fn rows(&self, table: &str) -> i64 {
        let reader = self.app.db.reader();
        let query = Statement::from_string(reader.get_database_backend(), format!("SELECT COUNT(*) AS n FROM {table}"));
        reader.query_one_raw(query).await.expect("a query").expect("a row").try_get_by_index(0).expect("a number")
    }

    fn object_count(&self) -> usize {
        std::fs::read_dir(self.stores.path("data").join("files")).map_or(0, Iterator::count)
    }

    /// Books the patient with the clinic's doctor for tomorrow at ten.
    async fn visit(&self, clinic: &Clinic, who: &Person, hour: u32) -> String {
        let new = json!({"doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": at(self, 1, hour, 0)});
        self.post("/v1/bookings", who.token(), new).await.is(201).text("/id")
    }

    /// Signs a patient in again, after the clock was moved.
    async fn again(&self, phone: &str) -> Person {
        self.newcomer(phone).await
    }
}

/// A house with a patient, and support.
struct Scene {
    house: House,
    admin: Person,
    anna: Person,
    support: Person,
}

const ANNA: &str = "+79161234567";

impl Scene {
    async fn new(on: On) -> Self {
        Self::with(House::new(on).await).await
    }

    async fn with(house: House) -> Self {
        let admin = house.administrator().await;
        let anna = house.patient(ANNA).await;
        let support = house.staff(&admin, "support", "support", None).await;
        Scene { house, admin, anna, support }
    }
}
