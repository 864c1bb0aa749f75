//! A clinic with enough doctors and patients for every client to book all the time.

use super::people::{administrator, arrive, staff};
use super::place::Place;
use super::server::{Server, text};
use super::table::Figure;
use super::{CLIENTS, size};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::ops::Range;

/// Doctors who are booked with.
const DOCTORS: usize = 4;
/// Bookings of one client in one round.
const BOOKINGS: usize = 48;

pub struct Town {
    /// Their tokens.
    pub patients: Vec<String>,
    /// Tokens of the doctors who are booked with.
    pub doctors: Vec<String>,
    pub service: String,
    /// The first visit of whichever doctor asks.
    pub first_visit: String,
    /// The free slots of a doctor with an ordinary week, of half an hour each.
    pub two_weeks: String,
    /// What a crowd wants, as (doctor, start).
    pub wanted: Vec<(String, String)>,
    /// For each client what he will book; nobody can be with two doctors at once.
    slots: Vec<Vec<(String, String)>>,
}

struct Office<'a> {
    server: &'a Server,
    admin: String,
    clinic: String,
}

fn names(text: &str) -> Value {
    json!({"ru": text, "kk": text, "ka": text, "en": text})
}

/// So many days, today the first.
fn days(count: i64) -> String {
    let (from, to) = (chrono::Utc::now(), chrono::Utc::now() + chrono::TimeDelta::days(count - 1));
    format!("from={}&to={}", from.format("%Y-%m-%d"), to.format("%Y-%m-%d"))
}

impl Office<'_> {
    async fn service(&self, minutes: u32) -> String {
        let service =
            json!({"clinicId": self.clinic, "names": names("Visit"), "speciality": "therapy", "durationMinutes": minutes});
        text(&self.server.post("/v1/staff/services", &self.admin, &format!("service {minutes}"), &service).await.1, "id")
    }

    /// A new doctor who receives at these hours on these days; and his one-time password.
    async fn doctor(&self, login: &str, weekdays: u32, hours: (&str, &str)) -> (String, String) {
        let new = json!({"clinicId": self.clinic, "speciality": "therapy", "login": login, "names": names("Doctor Good")});
        let (status, answer) = self.server.post("/v1/staff/doctors", &self.admin, login, &new).await;
        assert_eq!(status, 201, "{answer}");
        let id = text(&answer, "id");
        let hours: Vec<_> = (1..=weekdays).map(|day| json!({"weekday": day, "from": hours.0, "to": hours.1})).collect();
        self.server.put(&format!("/v1/staff/doctors/{id}/hours"), &self.admin, &json!({"hours": hours})).await;
        (id, text(&answer, "oneTimePassword"))
    }

    /// When the doctor's slots of two weeks begin.
    async fn slots(&self, doctor: &str, service: &str) -> Vec<String> {
        let path = format!("/v1/doctors/{doctor}/slots?{}&serviceId={service}", days(14));
        let free = self.server.get(&path, &self.admin).await;
        free["items"].as_array().expect("slots").iter().map(|slot| text(slot, "startsAt")).collect()
    }
}

impl Town {
    pub async fn build(server: &Server, place: &Place) -> Self {
        let admin = administrator(server, place).await;
        let clinic =
            json!({"names": names("Clinic"), "zone": "Europe/Moscow", "addresses": names("Street 1"), "phone": "+74950000000"});
        let clinic = text(&server.made("/v1/staff/clinics", &admin, clinic).await, "id");
        let office = Office { server, admin, clinic };
        let (service, half_hour) = (office.service(15).await, office.service(30).await);
        let (mut slots, mut doctors) = (vec![Vec::new(); CLIENTS], Vec::new());
        for doctor in 0..DOCTORS {
            let login = format!("doctor{doctor}");
            let (id, issued) = office.doctor(&login, 7, ("06:00", "22:00")).await;
            for (hour, start) in office.slots(&id, &service).await.into_iter().enumerate() {
                slots[(hour + doctor * CLIENTS / DOCTORS) % CLIENTS].push((id.clone(), start));
            }
            doctors.push(staff(server, &login, &issued).await);
        }
        let (usual, _) = office.doctor("usual", 5, ("09:00", "17:00")).await;
        let two_weeks = format!("/v1/doctors/{usual}/slots?{}&serviceId={half_hour}", days(14));
        let (sought, _) = office.doctor("sought", 7, ("06:00", "22:00")).await;
        let wanted = office.slots(&sought, &service).await.into_iter().map(|start| (sought.clone(), start)).collect();
        let first_visit = format!("/v1/staff/bookings?{}&limit=1", days(14));
        let patients = arrive(server, 0..CLIENTS).await;
        Self { patients, doctors, service, first_visit, two_weeks, wanted, slots }
    }

    /// Every client books one slot after the other.
    pub async fn book(&self, server: &Server, round: usize) -> Figure {
        let each = size(BOOKINGS);
        book(server, &self.patients, &self.service, &self.slots, round * each..(round + 1) * each).await
    }

    /// Where each client reads one of his bookings.
    pub async fn own_bookings(&self, server: &Server) -> Vec<String> {
        own_bookings(server, &self.patients).await
    }
}

/// Where each of these patients reads one of his bookings.
pub async fn own_bookings(server: &Server, patients: &[String]) -> Vec<String> {
    let newest = patients.iter().map(|token| async move {
        let list = server.get("/v1/bookings?limit=1", token).await;
        format!("/v1/bookings/{}", text(&list["items"][0], "id"))
    });
    join_all(newest).await
}

/// Every patient books those of his (doctor, start) that the round names.
pub async fn book(
    server: &Server,
    patients: &[String],
    service: &str,
    slots: &[Vec<(String, String)>],
    round: Range<usize>,
) -> Figure {
    let each = round.len();
    let booking = patients.iter().zip(slots).map(|(token, slots)| {
        let slots = &slots[round.clone()];
        async move {
            for (doctor, start) in slots {
                let body = json!({"doctorId": doctor, "serviceId": service, "startsAt": start, "complaint": "Кашель"});
                let (status, answer) = server.post("/v1/bookings", token, &format!("{doctor} {start}"), &body).await;
                assert_eq!(status, 201, "{answer}");
            }
        }
    });
    server.figure(async { join_all(booking).await.len() * each }).await
}
