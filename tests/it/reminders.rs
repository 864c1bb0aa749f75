//! Reminders: what the profile plans, what the hour, the patient and the visit's own fate make of it.

use crate::support::clinic::{Clinic, ZONE, at};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::{On, engines};
use crate::waiting::with_profile;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use feldsher::adapters::outbox::Channel;
use feldsher::app::catalogue;
use feldsher::kernel::lang::Lang;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

const PHONE: &str = "+79165557701";
const TOKEN: &str = "token-of-the-telephone";

struct Scene {
    house: House,
    clinic: Clinic,
    patient: Person,
}

impl Scene {
    /// Noon in Almaty; a patient with a telephone there and an e-mail, under a changed profile.
    async fn new(on: On, change: impl FnOnce(String) -> String) -> Self {
        let house = with_profile(on, change).await;
        let noon = at(&house, 1, 12, 0);
        house.app.ambient.advance(noon - house.app.ambient.now());
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let patient = house.patient(PHONE).await;
        let phone = json!({
            "platform": "android", "appVersion": "1.2.3", "timeZone": ZONE.name(),
            "pushTokens": [{"kind": "fcmToken", "token": TOKEN}],
        });
        let path = format!("/v1/devices/{}", house.app.ambient.id());
        assert!(house.put(&path, patient.token(), phone).await.status.is_success());
        house.settle().await;
        Self { house, clinic, patient }
    }

    async fn book(&self, starts_at: DateTime<Utc>) -> String {
        let starts_at = starts_at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let booking = json!({"doctorId": self.clinic.doctor_id, "serviceId": self.clinic.service_id, "startsAt": starts_at});
        let id = self.house.post("/v1/bookings", self.patient.token(), booking).await.is(201).text("/id");
        self.house.settle().await;
        id
    }

    async fn cancel(&self, id: &str) {
        self.house.post(&format!("/v1/bookings/{id}/cancel"), self.patient.token(), json!({})).await.is(200);
        self.house.settle().await;
    }

    async fn until(&self, moment: DateTime<Utc>) {
        let by = moment - self.house.app.ambient.now();
        self.house.later(by).await;
        // What stood behind another message of its lane goes now.
        self.house.settle().await;
    }

    /// The text messages that remind, and no codes.
    fn texts(&self) -> Vec<String> {
        let words = Lang::ALL.iter().map(|lang| catalogue::text(*lang, "reminder-sms", &[])).collect::<Vec<_>>();
        let all = self.house.app.adapters.outbox.all().into_iter();
        all.filter(|message| message.channel == Channel::Sms && words.contains(&message.text))
            .map(|message| message.text)
            .collect()
    }

    /// The notices of visits to which pushes woke the telephone.
    async fn pushed(&self) -> usize {
        let inbox = self.house.get("/v1/notifications", self.patient.token()).await.is(200).json();
        let of_visits: Vec<String> = inbox["items"]
            .as_array()
            .expect("items")
            .iter()
            .filter(|item| item["kind"] == "visitReminder")
            .map(|item| item["id"].as_str().expect("an id").to_owned())
            .collect();
        let all = self.house.app.adapters.outbox.all().into_iter().filter(|message| message.channel == Channel::Push);
        let woken: Vec<Value> = all.map(|message| serde_json::from_str(&message.text).expect("JSON")).collect();
        woken.iter().filter(|push| of_visits.iter().any(|id| push["id"] == id.as_str())).count()
    }

    async fn number(&self, sql: &str) -> i64 {
        let reader = self.house.app.db.reader();
        let query = Statement::from_string(reader.get_database_backend(), sql);
        reader.query_one_raw(query).await.expect("a query").expect("a row").try_get_by_index(0).expect("a number")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_03_each_way_comes_at_its_hour_and_visits_of_a_day_are_one_message() {
    for on in engines() {
        let scene = Scene::new(on, |profile| profile).await;
        let house = &scene.house;
        let (morning, afternoon) = (at(house, 8, 11, 0), at(house, 8, 15, 0));
        scene.book(morning).await;
        scene.book(afternoon).await;
        assert_eq!(scene.number("SELECT count(*) FROM reminder WHERE state = 'planned'").await, 8, "{on:?}");
        scene.until(at(house, 7, 17, 59)).await;
        assert!(scene.texts().is_empty(), "{on:?}");
        scene.until(at(house, 0, 18, 1)).await;
        assert_eq!(scene.texts(), [catalogue::text(Lang::Ru, "reminder-sms", &[])], "one for both visits, {on:?}");
        let text = &scene.texts()[0];
        assert!(!text.contains(|c: char| c.is_ascii_digit()) && !text.contains("Клиника на Абая") && !text.contains("Абай"));
        assert_eq!(scene.pushed().await, 0);
        scene.until(morning - TimeDelta::minutes(119)).await;
        assert_eq!(scene.pushed().await, 1, "{on:?}");
        scene.until(afternoon - TimeDelta::minutes(119)).await;
        assert_eq!((scene.pushed().await, scene.texts().len()), (2, 1), "{on:?}");
        assert_eq!(scene.number("SELECT count(*) FROM reminder WHERE state = 'sent'").await, 8, "the letters have nowhere to go");
        // The eve's letter and message are one notice.
        assert_eq!(scene.number("SELECT count(*) FROM notification WHERE kind = 'visitReminder'").await, 4, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_for_what_no_longer_is() {
    for on in engines() {
        // The message of the eve falls into the night, and waits for the morning.
        let late = |profile: String| {
            profile.replacen(
                "channel = \"sms\"\nbefore = \"1d\"\nat = \"18:00\"",
                "channel = \"sms\"\nbefore = \"1d\"\nat = \"23:00\"",
                1,
            )
        };
        let scene = Scene::new(on, late).await;
        let house = &scene.house;
        let before = scene.book(at(house, 2, 10, 0)).await;
        scene.cancel(&before).await;
        let [first, _] = [scene.book(at(house, 3, 11, 0)).await, scene.book(at(house, 3, 14, 0)).await];
        scene.until(at(house, 2, 23, 1)).await;
        assert!(scene.texts().is_empty(), "it is quiet, {on:?}");
        // Of two visits that one message is about, one stands.
        scene.cancel(&first).await;
        scene.until(at(house, 1, 8, 1)).await;
        assert_eq!(scene.texts().len(), 1, "{on:?}");
        let third = scene.book(at(house, 4, 11, 0)).await;
        scene.until(at(house, 3, 23, 1)).await;
        scene.cancel(&third).await;
        scene.until(at(house, 1, 8, 1)).await;
        assert_eq!(scene.texts().len(), 1, "cancelled in the night, {on:?}");
        assert_eq!(scene.number("SELECT count(*) FROM reminder WHERE state = 'planned'").await, 0);
        assert_eq!(scene.pushed().await, 0, "when it was due the clock had jumped over the visit, {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_night_puts_off_beyond_the_visit_is_not_sent_and_ones_own_choices_hold() {
    for on in engines() {
        let scene = Scene::new(on, |profile| profile).await;
        let house = &scene.house;
        scene.book(at(house, 2, 9, 0)).await;
        // Quiet until nine: the push of seven would come when the visit begins.
        let zone = json!({"zone": "Europe/Samara", "switches": [{"group": "visits", "channel": "sms", "on": false}]});
        house.put("/v1/me/preferences", scene.patient.token(), zone).await.is(200);
        scene.until(at(house, 1, 18, 1)).await;
        assert!(scene.texts().is_empty(), "he wants none, {on:?}");
        scene.until(at(house, 1, 7, 1)).await;
        scene.until(at(house, 0, 9, 1)).await;
        assert_eq!(scene.pushed().await, 0, "{on:?}");
        assert_eq!(scene.number("SELECT count(*) FROM delivery WHERE state = 'expired'").await, 1, "{on:?}");

        // Who forbade access to himself is reminded of nothing.
        house.put("/v1/me/preferences", scene.patient.token(), json!({"switches": []})).await.is(200);
        scene.book(at(house, 2, 12, 0)).await;
        house.put("/v1/me/freeze", scene.patient.token(), json!({"scopes": ["patient"]})).await.is(200);
        scene.until(at(house, 1, 18, 1)).await;
        assert!(scene.texts().is_empty(), "{on:?}");
    }
}

#[test]
fn a_plan_that_cannot_be_is_refused() {
    use feldsher::app::profile::Profile;
    let shipped = include_str!("../../profiles/ru-telemed.toml");
    let file = tempfile::NamedTempFile::new().expect("a file");
    let path = file.path().display().to_string();
    for (from, to) in [
        ("before = \"2h\"", "before = \"soon\""),
        ("at = \"12:00\"", "at = \"25:00\""),
        ("offer_lives = \"30min\"", "offer_lives = \"0min\""),
        ("entries_max = 5", "entries_max = -1"),
        ("opens = \"15min\"", "opens = \"15min\"\nlink = \"http://video.clinic.example/{room}\""),
        ("opens = \"15min\"", "opens = \"15min\"\nlink = \"https://video.clinic.example/\""),
    ] {
        assert!(shipped.contains(from), "{from}");
        std::fs::write(&path, shipped.replacen(from, to, 1)).expect("a profile");
        assert!(Profile::load(&path).is_err(), "{to}");
    }
    std::fs::write(&path, shipped).expect("a profile");
    assert_eq!(Profile::load(&path).expect("a profile").reminders.len(), 4);
}
