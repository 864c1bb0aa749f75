//! The life of a booking: every legal step and every other, refusals that say all, moves, series, wishes, courses of
//! treatment; and a model of it all under random sequences.

mod clocks;
mod courses;
mod model;
mod moves;
mod races;
mod refusals;
mod series;
mod stampede;
mod states;
mod terms;
mod wishes;

use crate::support::clinic::{Clinic, everywhere};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::{On, Stores};
use chrono::{DateTime, TimeDelta, Utc};
use feldsher::kernel::clock::Ambient;
use serde_json::{Value, json};

const PHONE: &str = "+79161234567";
const OTHER: &str = "+79161234568";

/// A house under `ru-telemed` with some words of it replaced. Sessions live long, for the clock is moved.
async fn house_with(on: On, changes: &[(&str, &str)]) -> House {
    let stores = Stores::new(on).await;
    let long = [
        ("access_lives = \"15min\"", "access_lives = \"10y\""),
        ("patient_idle = \"30d\"", "patient_idle = \"10y\""),
        ("patient_absolute = \"180d\"", "patient_absolute = \"10y\""),
        ("staff_idle = \"12h\"", "staff_idle = \"10y\""),
        ("staff_absolute = \"24h\"", "staff_absolute = \"10y\""),
        ("codes_per_hour_per_address = 50", "codes_per_hour_per_address = 10000"),
    ];
    let text = include_str!("../../profiles/ru-telemed.toml").to_owned();
    let text = long.iter().chain(changes).fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from} stands in the profile");
        text.replacen(from, to, 1)
    });
    let path = stores.path("changed.toml");
    std::fs::write(&path, text).expect("a profile");
    House::with(stores, Ambient::system(), |config| config.profile = path.display().to_string()).await
}

/// Lines put into the section on bookings.
fn booking_rules(lines: &str) -> (&'static str, String) {
    ("visitors = true\n", format!("visitors = true\n{lines}\n"))
}

/// A clinic with its desk and a patient.
struct Scene {
    house: House,
    admin: Person,
    desk: Person,
    clinic: Clinic,
    patient: Person,
}

impl Scene {
    async fn new(on: On, rules: &str) -> Self {
        let (from, to) = booking_rules(rules);
        let house = house_with(on, &[(from, to.as_str())]).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let desk = house.staff(&admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        let patient = house.patient(PHONE).await;
        Self { house, admin, desk, clinic, patient }
    }

    /// A service of so many minutes, with whatever else is said of it.
    async fn service(&self, minutes: i32, more: Value) -> String {
        let mut new = json!({"clinicId": self.clinic.clinic_id, "names": everywhere("Service"), "durationMinutes": minutes});
        for (key, value) in more.as_object().expect("an object") {
            new[key] = value.clone();
        }
        self.house.post("/v1/staff/services", self.admin.token(), new).await.is(201).text("/id")
    }

    async fn try_book(&self, patient: &Person, service: &str, at: DateTime<Utc>) -> Answer {
        let body = json!({"doctorId": self.clinic.doctor_id, "serviceId": service, "startsAt": instant(at)});
        self.house.post("/v1/bookings", patient.token(), body).await
    }

    async fn book(&self, service: &str, at: DateTime<Utc>) -> String {
        self.try_book(&self.patient, service, at).await.is(201).text("/id")
    }

    async fn staff(&self, who: &Person, id: &str, act: &str, body: Value) -> Answer {
        self.house.post(&format!("/v1/staff/bookings/{id}/{act}"), who.token(), body).await
    }

    async fn try_move(&self, id: &str, doctor: Option<&str>, at: DateTime<Utc>) -> Answer {
        let mut body = json!({"startsAt": instant(at)});
        if let Some(doctor) = doctor {
            body["doctorId"] = doctor.into();
        }
        self.house.post(&format!("/v1/bookings/{id}/move"), self.patient.token(), body).await
    }

    async fn cancel(&self, id: &str) -> Answer {
        self.house.post(&format!("/v1/bookings/{id}/cancel"), self.patient.token(), json!({})).await
    }

    async fn seen(&self, id: &str) -> Answer {
        self.house.get(&format!("/v1/bookings/{id}"), self.patient.token()).await.is(200)
    }

    async fn state(&self, id: &str) -> String {
        self.seen(id).await.text("/state")
    }
}

fn instant(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

/// The reasons of a refusal, in their order.
fn reasons(answer: &Answer) -> Vec<String> {
    let all = answer.json()["reasons"].as_array().cloned().unwrap_or_default();
    all.iter().map(|reason| reason.as_str().unwrap_or_default().to_owned()).collect()
}

/// The first number that a statement answers.
async fn number(house: &House, sql: &str) -> i64 {
    use sea_orm::{ConnectionTrait, Statement};
    let reader = house.app.db.reader();
    let query = Statement::from_string(reader.get_database_backend(), sql);
    reader.query_one_raw(query).await.expect("a query").expect("a row").try_get_by_index(0).expect("a number")
}

/// Pairs of bookings that take the same time of a doctor, a patient or a machine: none, ever.
async fn doubles(house: &House) -> i64 {
    const SQL: &str = "SELECT count(*) FROM booking a JOIN booking b ON a.id < b.id \
        AND a.state IN ('requested', 'held', 'booked', 'arrived', 'inProgress') \
        AND b.state IN ('requested', 'held', 'booked', 'arrived', 'inProgress') \
        AND ((a.doctor = b.doctor AND a.blocks_from < b.blocks_until AND b.blocks_from < a.blocks_until) \
        OR (a.equipment = b.equipment AND a.blocks_from < b.blocks_until AND b.blocks_from < a.blocks_until) \
        OR (a.subject = b.subject AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at))";
    number(house, SQL).await
}
