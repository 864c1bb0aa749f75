//! Consultations: conversations of a patient with his doctor and with the clinic's operator.

mod access;
mod leaving;
mod paging;
mod talk;

use crate::support::clinic::{Clinic, at, everywhere};
use crate::support::house::{Answer, House};
use crate::support::people::{PASSWORD, Person};
use feldsher::kernel::db::{Actor, Tx};
use reqwest::Method;
use sea_orm::{ConnectionTrait, Statement, Value as Bound};
use serde_json::{Value, json};
use uuid::Uuid;

const PDF: &str = "application/pdf";

/// A clinic with a doctor and a reception, and a patient who has a booking for tomorrow.
struct Scene {
    clinic: Clinic,
    administrator: Person,
    desk: Person,
    anna: Person,
}

async fn scene(house: &House) -> Scene {
    let administrator = house.administrator().await;
    let clinic = house.clinic(&administrator).await;
    let desk = house.staff(&administrator, "reception", "desk", Some(&clinic.clinic_id)).await;
    let anna = house.patient("+79161234567").await;
    house.books(&anna, &clinic, 10).await;
    Scene { clinic, administrator, desk, anna }
}

fn id(text: &str) -> Uuid {
    text.parse().expect("an id")
}

/// The path of a patient's conversation, or of a part of it.
fn own(conversation: &str, part: &str) -> String {
    format!("/v1/conversations/{conversation}{part}")
}

fn staffs(conversation: &str, part: &str) -> String {
    format!("/v1/staff/conversations/{conversation}{part}")
}

fn items(page: &Answer) -> Vec<Value> {
    page.json()["items"].as_array().cloned().expect("items")
}

impl Scene {
    async fn with_doctor(&self, house: &House) -> String {
        let body = json!({"with": "doctor", "doctorId": self.clinic.doctor_id, "topic": "После приёма"});
        house.post("/v1/conversations", self.anna.token(), body).await.is(201).text("/id")
    }

    async fn with_operator(&self, house: &House) -> String {
        let body = json!({"with": "operator", "clinicId": self.clinic.clinic_id, "topic": "Парковка"});
        house.post("/v1/conversations", self.anna.token(), body).await.is(201).text("/id")
    }
}

impl House {
    /// Books tomorrow's visit at this hour. Answers its id.
    async fn books(&self, patient: &Person, clinic: &Clinic, hour: u32) -> String {
        let starts_at = at(self, 1, hour, 0).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let body = json!({"doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": starts_at});
        self.post("/v1/bookings", patient.token(), body).await.is(201).text("/id")
    }

    async fn says(&self, path: &str, who: &Person, text: &str) -> Answer {
        self.post(path, who.token(), json!({"text": text})).await
    }

    /// Declares a document without uploading it.
    async fn declares(&self, path: &str, who: &Person, kind: &str) -> String {
        let body = json!({"kind": kind, "title": "Анализ", "fileName": "a.pdf", "mediaType": PDF, "sizeBytes": 20});
        self.post(path, who.token(), body).await.is(201).text("/id")
    }

    async fn adds_document(&self, path: &str, who: &Person, kind: &str) -> String {
        let document = self.declares(path, who, kind).await;
        let put = self.request(Method::PUT, &format!("/v1/documents/{document}/content"), who.token());
        self.send(put.header("Content-Type", PDF).body(b"%PDF-1.7\n0123456789\n".to_vec())).await.is(200);
        document
    }

    async fn counted(&self, rows: &str) -> i64 {
        self.counted_of(rows, &[]).await
    }

    /// How many rows there are; the ids stand as `$1`, `$2` and so on.
    async fn counted_of(&self, rows: &str, ids: &[&str]) -> i64 {
        let reader = self.app.db.reader();
        let values: Vec<Bound> = ids.iter().map(|text| id(text).into()).collect();
        let sql = format!("SELECT COUNT(*) AS n FROM {rows}");
        let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, values);
        let row = reader.query_one_raw(query).await.expect("a query").expect("a row");
        row.try_get_by_index(0).expect("a number")
    }

    async fn executed(&self, sql: &str, values: impl IntoIterator<Item = Bound>) {
        let values: Vec<Bound> = values.into_iter().collect();
        let change = async |tx: &mut Tx| -> feldsher::kernel::error::Result<()> {
            tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values.clone())).await?;
            Ok(())
        };
        self.app.write(&Actor::house("test"), change).await.expect("a change");
    }

    /// Freezes a patient's own access, or that of staff to him.
    async fn freezes(&self, patient: &Person, scope: &str) {
        let sql = "INSERT INTO access_freeze (id, subject, scope, set_at) VALUES ($1, $2, $3, $4)";
        let values = [self.app.ambient.id().into(), id(&patient.id).into(), scope.into(), self.app.ambient.now().into()];
        self.executed(sql, values).await;
    }

    /// A doctor of the clinic, and the secret with which he signs in again after the clock was moved.
    async fn hires(&self, scene: &Scene, login: &str) -> (Person, String) {
        let new = json!({
            "clinicId": scene.clinic.clinic_id, "speciality": "therapy", "names": everywhere("Вера Врачева"), "login": login,
        });
        let issued = self.post("/v1/staff/doctors", scene.administrator.token(), new).await.is(201);
        let body = json!({"grant": "password", "login": login, "password": issued.text("/oneTimePassword")});
        let first = self.post("/v1/auth/tokens", None, body).await.is(200).text("/accessToken");
        let changed = self.post("/v1/staff/me/credentials", Some(&first), json!({"newPassword": PASSWORD})).await.is(200);
        let secret = changed.text("/totpSecret");
        (self.sign_in(login, PASSWORD, &secret).await, secret)
    }
}
