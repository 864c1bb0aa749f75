//! Somebody acts for somebody else: a parent for a child, an adult for whom he was chosen by; and somebody without an account
//! comes to a visit.

mod acting;
mod ages;
mod endings;
mod lists;
mod other_ways;
mod visitors;

use crate::support::clinic::{Clinic, at, day};
use crate::support::house::{Answer, House};
use crate::support::people::{PASSWORD, Person};
use chrono::{DateTime, Months, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};

const PARENT: &str = "+79161110001";
const CHILD: &str = "+79161110002";
const OTHER: &str = "+79161110003";
const SNILS: &str = "91000102299";

/// A dependant, as his representative knows him.
struct Dependant {
    /// Of the representation.
    id: String,
    patient: String,
}

/// A birth date of somebody who turns `years` in so many days.
fn turns(house: &House, years: u32, in_days: i64) -> String {
    let birthday = house.app.profile.today(house.app.ambient.now()) + TimeDelta::days(in_days);
    birthday.checked_sub_months(Months::new(years * 12)).expect("a date").to_string()
}

fn child(birth_date: &str) -> Value {
    json!({
        "surname": "Пациентова", "givenName": "Маша", "birthDate": birth_date, "sex": "female", "kind": "birthCertificate",
        "lastDigits": "4417",
    })
}

fn count(answer: &Answer) -> usize {
    answer.json()["items"].as_array().map_or(0, Vec::len)
}

impl House {
    async fn dependant(&self, parent: &Person, birth_date: &str) -> Dependant {
        let made = self.post("/v1/me/dependants", parent.token(), child(birth_date)).await.is(201);
        Dependant { id: made.text("/id"), patient: made.text("/patientId") }
    }

    /// The representative in the account of whom he acts for.
    async fn acts(&self, representative: &Person, dependant: &Dependant) -> Person {
        let path = format!("/v1/me/dependants/{}/tokens", dependant.id);
        let pair = self.send(self.request(Method::POST, &path, representative.token())).await.is(200);
        Person { id: dependant.patient.clone(), token: pair.text("/accessToken"), refresh: pair.text("/refreshToken") }
    }

    /// Reception of the clinic, with the secret by which it signs in again on another day.
    async fn desk_with_secret(&self, admin: &Person, clinic: &Clinic) -> (Person, String) {
        let account = json!({"role": "reception", "login": "desk", "name": "Регистратор Клиники", "clinicId": clinic.clinic_id});
        let issued = self.post("/v1/staff/accounts", admin.token(), account).await.is(201).text("/oneTimePassword");
        let body = json!({"grant": "password", "login": "desk", "password": issued});
        let first = self.post("/v1/auth/tokens", None, body).await.is(200).text("/accessToken");
        let changed = self.post("/v1/staff/me/credentials", Some(&first), json!({"newPassword": PASSWORD})).await.is(200);
        let secret = changed.text("/totpSecret");
        (self.sign_in("desk", PASSWORD, &secret).await, secret)
    }

    /// The parent comes to the desk with the certificate.
    async fn verified(&self, desk: &Person, phone: &str, dependant: &Dependant) {
        self.found_by_phone(desk, phone).await;
        let path = format!("/v1/staff/representations/{}/verification", dependant.id);
        self.post(&path, desk.token(), json!({"kind": "birthCertificate", "lastDigits": "4417"})).await.is(204);
    }

    /// A booking with a complaint, so many days from now at nine.
    async fn seeks_care(&self, who: &Person, clinic: &Clinic, days: i64) -> Answer {
        self.post("/v1/bookings", who.token(), wish(clinic, at(self, days, 9, 0))).await.is(201)
    }

    async fn document(&self, who: &Person) -> String {
        let declared = json!({
            "kind": "upload", "title": "Анализ", "fileName": "a.pdf", "mediaType": "application/pdf", "sizeBytes": 20
        });
        let id = self.post("/v1/documents", who.token(), declared).await.is(201).text("/id");
        let put = self.request(Method::PUT, &format!("/v1/documents/{id}/content"), who.token());
        self.send(put.header("Content-Type", "application/pdf").body(b"%PDF-1.7\n0123456789\n".to_vec())).await.is(200);
        id
    }

    /// The entry of the doctor's diary on a day.
    async fn diary(&self, clinic: &Clinic, days: i64) -> Value {
        let path = format!("/v1/staff/bookings?from={}&to={}", day(self, days), day(self, days));
        self.get(&path, clinic.doctor.token()).await.is(200).json()["items"][0].clone()
    }
}

fn wish(clinic: &Clinic, starts_at: DateTime<Utc>) -> Value {
    let starts_at = starts_at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    json!({"doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": starts_at, "complaint": "Болит ухо"})
}
