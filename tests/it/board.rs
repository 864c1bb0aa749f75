//! A day as it goes: who is there, who is late, who is inside, how long it may take, and the way into a video visit.

use crate::support::clinic::{Clinic, at, everywhere};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::{On, engines};
use crate::waiting::with_profile;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

struct Scene {
    house: House,
    admin: Person,
    desk: Person,
    clinic: Clinic,
}

impl Scene {
    async fn new(on: On) -> Self {
        let link = "opens = \"15min\"\nlink = \"https://video.clinic.example/{room}?audio=on\"";
        let house = with_profile(on, |profile| profile.replacen("opens = \"15min\"", link, 1)).await;
        let morning = at(&house, 1, 7, 0);
        house.app.ambient.advance(morning - house.app.ambient.now());
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let desk = house.staff(&admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        Self { house, admin, desk, clinic }
    }

    async fn book(&self, person: &Person, service: &str, starts_at: DateTime<Utc>) -> String {
        let starts_at = starts_at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let booking = json!({"doctorId": self.clinic.doctor_id, "serviceId": service, "startsAt": starts_at});
        self.house.post("/v1/bookings", person.token(), booking).await.is(201).text("/id")
    }

    async fn step(&self, by: &Person, id: &str, step: &str) {
        self.house.post(&format!("/v1/staff/bookings/{id}/{step}"), by.token(), json!({})).await.is(200);
    }

    fn until(&self, moment: DateTime<Utc>) {
        self.house.app.ambient.advance(moment - self.house.app.ambient.now());
    }

    async fn place(&self, person: &Person, id: &str) -> (i64, i64) {
        let place = self.house.get(&format!("/v1/bookings/{id}/queue"), person.token()).await.is(200).json();
        (place["before"].as_i64().expect("a number"), place["expectedWaitMinutes"].as_i64().expect("minutes"))
    }

    async fn board(&self) -> Value {
        self.house.get("/v1/staff/board", self.desk.token()).await.is(200).json()
    }

    async fn join(&self, person: &Person, id: &str) -> Answer {
        self.house.get(&format!("/v1/bookings/{id}/join"), person.token()).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_02_the_board_and_the_queue_say_the_same_of_a_day_as_it_goes() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let (house, clinic) = (&scene.house, &scene.clinic);
        let mut people = Vec::new();
        let mut ids = Vec::new();
        for n in 0..5u32 {
            let person = house.patient(&format!("+791655599{n:02}")).await;
            ids.push(scene.book(&person, &clinic.service_id, at(house, 0, 10, 0) + TimeDelta::minutes(30 * i64::from(n))).await);
            people.push(person);
        }
        let refused = house.get(&format!("/v1/bookings/{}/queue", ids[0]), people[0].token()).await;
        refused.refused(409, "state_conflict");

        // Three are there at ten; the second comes last and is called by his hour all the same.
        scene.until(at(house, 0, 9, 50));
        for index in [0, 2, 1] {
            scene.step(&scene.desk, &ids[index], "arrive").await;
        }
        assert_eq!(scene.place(&people[0], &ids[0]).await, (0, 10), "not before his hour, {on:?}");
        assert_eq!(scene.place(&people[2], &ids[2]).await, (2, 70), "as it is planned: not before eleven");
        scene.until(at(house, 0, 10, 0));
        scene.step(&clinic.doctor, &ids[0], "start").await;
        scene.until(at(house, 0, 10, 20));
        assert_eq!(scene.place(&people[1], &ids[1]).await, (1, 10), "{on:?}");
        let board = scene.board().await;
        assert_eq!((&board["waiting"], &board["inside"], &board["late"]), (&json!(2), &json!(1), &json!(0)), "{on:?}");
        assert_eq!((&board["items"][1]["before"], &board["items"][1]["expectedWaitMinutes"]), (&json!(1), &json!(10)));

        // Two visits of fifty minutes each: the day runs late, and the queue says so.
        scene.until(at(house, 0, 10, 50));
        scene.step(&clinic.doctor, &ids[0], "finish").await;
        scene.step(&clinic.doctor, &ids[1], "start").await;
        scene.until(at(house, 0, 11, 40));
        scene.step(&clinic.doctor, &ids[1], "finish").await;
        scene.step(&scene.desk, &ids[4], "arrive").await;
        assert_eq!(scene.place(&people[2], &ids[2]).await, (0, 0), "{on:?}");
        assert_eq!(scene.place(&people[4], &ids[4]).await, (1, 50), "as today's visits took, {on:?}");
        let board = scene.board().await;
        assert_eq!((&board["waiting"], &board["inside"], &board["late"]), (&json!(2), &json!(0), &json!(1)), "{on:?}");
        let states: Vec<&str> =
            board["items"].as_array().expect("items").iter().filter_map(|item| item["state"].as_str()).collect();
        assert_eq!(states, ["done", "done", "arrived", "booked", "arrived"], "{on:?}");
        assert_eq!(board["items"][3]["late"], true);
        let text = board.to_string();
        for person in &people {
            assert!(!text.contains(&person.id) && !text.contains("Пациентов"), "the board names nobody");
        }

        // His own day for a doctor, a day that is not today, and nobody else's clinic.
        let own = house.get("/v1/staff/board", clinic.doctor.token()).await.is(200).json();
        assert_eq!(own["items"].as_array().map(Vec::len), Some(5));
        let tomorrow = crate::support::clinic::day(house, 1);
        let empty = house.get(&format!("/v1/staff/board?date={tomorrow}"), scene.desk.token()).await.is(200).json();
        assert_eq!(empty["items"], json!([]));
        let foreign = house.app.ambient.id();
        house.get(&format!("/v1/staff/board?clinicId={foreign}"), scene.desk.token()).await.refused(404, "not_found");
        house.get("/v1/staff/board?date=2026-02-30", scene.desk.token()).await.refused(400, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_02_a_video_visit_is_joined_in_its_time_and_its_link_says_nothing() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let (house, clinic) = (&scene.house, &scene.clinic);
        let patient = house.patient("+79165559990").await;
        let video = json!({
            "clinicId": clinic.clinic_id, "names": everywhere("By video"), "durationMinutes": 30, "mode": "video",
        });
        let video = house.post("/v1/staff/services", scene.admin.token(), video).await.is(201).text("/id");
        let id = scene.book(&patient, &video, at(house, 0, 10, 0)).await;
        let in_person = scene.book(&patient, &clinic.service_id, at(house, 0, 11, 0)).await;
        scene.until(at(house, 0, 9, 40));
        let early = scene.join(&patient, &id).await.refused(409, "state_conflict");
        let wait: i64 = early.headers["Retry-After"].to_str().expect("a header").parse().expect("seconds");
        assert!((290..=301).contains(&wait), "{on:?} {wait}");
        scene.until(at(house, 0, 9, 45));
        let joined = scene.join(&patient, &id).await.is(200);
        let url = joined.text("/url");
        assert!(url.starts_with("https://video.clinic.example/") && url.ends_with("?audio=on"), "{url}");
        for word in [&id, &patient.id, &clinic.doctor_id, &clinic.clinic_id] {
            assert!(!url.contains(word.as_str()), "{url}");
        }
        assert_eq!(scene.join(&clinic.doctor, &id).await.is(200).text("/url"), url, "both come to one room");
        scene.join(&house.patient("+79165559991").await, &id).await.refused(404, "not_found");
        scene.join(&patient, &in_person).await.refused(409, "state_conflict");
        scene.until(at(house, 0, 10, 30));
        scene.join(&patient, &id).await.refused(409, "state_conflict");
    }
}
