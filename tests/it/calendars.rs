//! Calendars: files that every calendar reads, private addresses that end, and nothing of anybody in them.

use crate::support::clinic::{Clinic, at};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::{On, engines};
use chrono::{SecondsFormat, TimeDelta};
use feldsher::app::room::Forget;
use feldsher::clinic::ROOMS;
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::error::Result;
use reqwest::Method;
use serde_json::json;

const FEEDS: &str = "/v1/me/calendar-feeds";
const PHONE: &str = "+79165558801";

struct Scene {
    house: House,
    clinic: Clinic,
    patient: Person,
}

impl Scene {
    async fn new(on: On) -> Self {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let patient = house.patient(PHONE).await;
        Self { house, clinic, patient }
    }

    async fn book(&self, days: i64) -> String {
        let starts_at = at(&self.house, days, 10, 0).to_rfc3339_opts(SecondsFormat::Millis, true);
        let booking = json!({
            "doctorId": self.clinic.doctor_id, "serviceId": self.clinic.service_id, "startsAt": starts_at,
            "complaint": "стреляет в ухе",
        });
        self.house.post("/v1/bookings", self.patient.token(), booking).await.is(201).text("/id")
    }

    async fn feed(&self, person: &Person) -> Answer {
        self.house.send(self.house.request(Method::POST, FEEDS, person.token()).header("Accept-Language", "ru")).await
    }
}

/// The content lines, unfolded, after a look at their form: CRLF, at most 75 octets, UTF-8.
fn lines(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.headers["Content-Type"].to_str().expect("a type"), "text/calendar; charset=utf-8");
    let text = String::from_utf8(answer.bytes.clone()).expect("UTF-8");
    assert!(text.ends_with("END:VCALENDAR\r\n"), "{text}");
    for line in text.split_terminator("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line:?}");
    }
    text.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
}

/// Nothing of what is medical, and nobody's name.
fn says_nothing(lines: &[String]) {
    let all = lines.join("\n").to_lowercase();
    for word in ["ёлкина", "yolkina", "айгерим", "пациентов", "пётр", "consultation", "cardio", "кардио", "стреляет", "+7916"]
    {
        assert!(!all.contains(word), "{word}: {all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_02_a_booking_is_a_file_for_every_calendar() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let id = scene.book(3).await;
        let path = format!("/v1/bookings/{id}/calendar");
        for (lang, summary, clinic) in [
            ("ru", "Приём", "Клиника на Абая"),
            ("kk", "Қабылдау", "Абай клиникасы"),
            ("ka", "ვიზიტი", "კლინიკა აბაიზე"),
            ("en", "Visit", "Clinic on Abai"),
        ] {
            let request = house.request(Method::GET, &path, scene.patient.token()).header("Accept-Language", lang);
            let answer = house.send(request).await.is(200);
            let lines = lines(&answer);
            let starts = at(house, 3, 10, 0).format("DTSTART:%Y%m%dT%H%M%SZ").to_string();
            let ends = at(house, 3, 10, 30).format("DTEND:%Y%m%dT%H%M%SZ").to_string();
            for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", &starts, &ends, &format!("SUMMARY:{summary}")] {
                assert!(lines.iter().any(|known| known == line), "{line} {lines:?}");
            }
            assert!(lines.contains(&format!("LOCATION:{clinic}\\, Almaty\\, Abai 10")), "{lines:?}");
            assert!(lines.iter().any(|line| line.starts_with("UID:") && line.contains(&id)));
            assert!(lines.iter().any(|line| line.starts_with("DTSTAMP:")));
            says_nothing(&lines);
        }
        let other = house.patient("+79165558802").await;
        house.get(&path, other.token()).await.refused(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_03_a_private_calendar_is_read_by_its_path_alone_until_it_ends() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let id = scene.book(3).await;
        let made = scene.feed(&scene.patient).await.is(201);
        let path = made.text("/path");
        assert!(path.len() > 50 && path.ends_with(".ics") && !path.contains(&scene.patient.id), "{path}");
        assert!(house.get(FEEDS, scene.patient.token()).await.is(200).json()["items"][0].get("path").is_none());
        let read = lines(&house.get(&path, None).await.is(200));
        assert!(read.contains(&"SUMMARY:Приём".to_owned()) && read.iter().any(|line| line.contains(&id)), "{on:?}");
        says_nothing(&read);
        // Without its ending, too; and with anything else not.
        let bare = path.trim_end_matches(".ics").to_owned();
        house.get(&bare, None).await.is(200);
        house.get(&format!("{bare}x"), None).await.refused(404, "not_found");
        house.get("/v1/calendars/%00", None).await.refused(404, "not_found");

        // The doctor's says when he is busy, and no more.
        let doctors = scene.feed(&scene.clinic.doctor).await.is(201).text("/path");
        let busy = lines(&house.get(&doctors, None).await.is(200));
        assert!(busy.contains(&"SUMMARY:Занято".to_owned()) && !busy.iter().any(|line| line.starts_with("LOCATION")), "{on:?}");
        says_nothing(&busy);

        // What is cancelled goes; a freeze hides it; whoever lifts it finds it again.
        house.post(&format!("/v1/bookings/{id}/cancel"), scene.patient.token(), json!({})).await.is(200);
        assert!(!lines(&house.get(&path, None).await.is(200)).iter().any(|line| line.contains(&id)));
        house.put("/v1/me/freeze", scene.patient.token(), json!({"scopes": ["patient"]})).await.is(200);
        house.get(&path, None).await.refused(404, "not_found");
        house.delete("/v1/me/freeze", scene.patient.token()).await.is(200);
        house.get(&path, None).await.is(200);

        let other = house.patient("+79165558802").await;
        let feed = format!("{FEEDS}/{}", made.text("/id"));
        house.delete(&feed, other.token()).await.refused(404, "not_found");
        house.delete(&feed, scene.patient.token()).await.is(204);
        house.get(&path, None).await.refused(404, "not_found");
        for _ in 0..5 {
            scene.feed(&scene.patient).await.is(201);
        }
        scene.feed(&scene.patient).await.refused(409, "state_conflict");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_calendar_ends_with_the_account() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        scene.book(3).await;
        let path = scene.feed(&scene.patient).await.is(201).text("/path");
        house.delete("/v1/me", scene.patient.token()).await.is(202);
        house.get(&path, None).await.refused(404, "not_found");
        let subject = scene.patient.id.parse().expect("an id");
        let room = ROOMS.iter().find(|room| room.name == "scheduling").expect("the room");
        let who = Forget { subject, stand_in: house.app.ambient.id(), held: vec![] };
        let forget = async |tx: &mut Tx| -> Result<()> { (room.forget)(tx, &who).await };
        house.app.write(&Actor::house("test"), forget).await.expect("forgotten");
        house.get(&path, None).await.refused(404, "not_found");
        house.later(TimeDelta::days(1)).await;
    }
}
