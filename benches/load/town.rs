//! A clinic with enough doctors and patients for every client to book all the time.

use super::people::{administrator, arrive};
use super::place::Place;
use super::server::{Server, text};
use super::table::{Figure, Row};
use super::{CLIENTS, ROUNDS, size};
use futures_util::future::join_all;
use serde_json::json;

const DOCTORS: usize = 4;
/// Bookings of one client in one round, and readings.
const BOOKINGS: usize = 48;
const READINGS: usize = 200;

pub struct Town {
    pub patients: Vec<String>,
    service: String,
    /// For each client what he will book, as (doctor, start); nobody can be with two doctors at once.
    slots: Vec<Vec<(String, String)>>,
}

impl Town {
    pub async fn build(server: &Server, place: &Place) -> Self {
        let admin = administrator(server, place).await;
        let names = |text: &str| json!({"ru": text, "kk": text, "ka": text, "en": text});
        let clinic =
            json!({"names": names("Clinic"), "zone": "Europe/Moscow", "addresses": names("Street 1"), "phone": "+74950000000"});
        let clinic = text(&server.made("/v1/staff/clinics", &admin, clinic).await, "id");
        let service = json!({"clinicId": clinic, "names": names("Visit"), "speciality": "therapy", "durationMinutes": 15});
        let service = text(&server.made("/v1/staff/services", &admin, service).await, "id");
        let mut slots = vec![Vec::new(); CLIENTS];
        for doctor in 0..DOCTORS {
            let login = format!("doctor{doctor}");
            let new = json!({"clinicId": clinic, "speciality": "therapy", "login": login, "names": names("Doctor Good")});
            let (status, answer) = server.post("/v1/staff/doctors", &admin, &login, &new).await;
            assert_eq!(status, 201, "{answer}");
            let id = text(&answer, "id");
            let hours: Vec<_> = (1..=7).map(|day| json!({"weekday": day, "from": "06:00", "to": "22:00"})).collect();
            server.put(&format!("/v1/staff/doctors/{id}/hours"), &admin, &json!({"hours": hours})).await;
            let (from, to) = (chrono::Utc::now(), chrono::Utc::now() + chrono::TimeDelta::days(13));
            let days = format!("from={}&to={}", from.format("%Y-%m-%d"), to.format("%Y-%m-%d"));
            let free = server.get(&format!("/v1/doctors/{id}/slots?{days}&serviceId={service}"), &admin).await;
            for (hour, slot) in free["items"].as_array().expect("slots").iter().enumerate() {
                slots[(hour + doctor * CLIENTS / DOCTORS) % CLIENTS].push((id.clone(), text(slot, "startsAt")));
            }
        }
        let patients = arrive(server, 0..CLIENTS).await;
        let profile = json!({"surname": "Иванов", "givenName": "Иван", "birthDate": "1980-01-01"});
        for patient in &patients {
            server.put("/v1/me/profile", patient, &profile).await;
        }
        Self { patients, service, slots }
    }

    /// Every client books one slot after the other.
    pub async fn book(&self, server: &Server, round: usize) -> Figure {
        let each = size(BOOKINGS);
        let booking = self.patients.iter().zip(&self.slots).map(|(token, slots)| async move {
            for (doctor, start) in &slots[round * each..(round + 1) * each] {
                let body = json!({"doctorId": doctor, "serviceId": self.service, "startsAt": start, "complaint": "Кашель"});
                let (status, answer) = server.post("/v1/bookings", token, &format!("{doctor} {start}"), &body).await;
                assert_eq!(status, 201, "{answer}");
            }
        });
        server.figure(async { join_all(booking).await.len() * each }).await
    }

    pub async fn read(&self, server: &Server, what: &'static str, path: &str) -> Row {
        let each = size(READINGS);
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let reading = self.patients.iter().map(|token| async move {
                for _ in 0..each {
                    server.get(path, token).await;
                }
            });
            rounds.push(server.figure(async { join_all(reading).await.len() * each }).await);
        }
        Row::new(what, rounds)
    }
}
