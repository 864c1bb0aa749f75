//! The waiting list: who is offered what becomes free, in which order, and who gets it when several reach for it at once.

mod desk;

use crate::support::clinic::{Clinic, ZONE, at, day};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::{On, Stores, engines};
use chrono::{DateTime, SecondsFormat, TimeDelta, TimeZone, Utc};
use feldsher::app::room::Forget;
use feldsher::clinic::ROOMS;
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::error::Result;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use std::sync::Arc;

const LIST: &str = "/v1/waiting-list";

/// A clinic by day: nobody is asked to hurry at night.
struct Scene {
    house: House,
    admin: Person,
    clinic: Clinic,
}

impl Scene {
    async fn new(on: On) -> Self {
        let house = with_profile(on, |profile| profile).await;
        until_hour(&house, 12);
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        Self { house, admin, clinic }
    }

    /// The n-th patient of this test.
    async fn patient(&self, n: u32) -> Person {
        self.house.patient(&format!("+7916555{n:04}")).await
    }

    fn wish(&self, days: i64) -> Value {
        let day = day(&self.house, days);
        json!({"doctorId": self.clinic.doctor_id, "serviceId": self.clinic.service_id, "from": day, "to": day})
    }

    async fn wait(&self, person: &Person, days: i64) -> Answer {
        // Who comes first is said by ids of whole milliseconds.
        self.house.app.ambient.advance(TimeDelta::milliseconds(2));
        self.house.post(LIST, person.token(), self.wish(days)).await.is(201)
    }

    async fn try_book(&self, person: &Person, starts_at: DateTime<Utc>) -> Answer {
        let booking = json!({
            "doctorId": self.clinic.doctor_id, "serviceId": self.clinic.service_id, "startsAt": instant(starts_at)
        });
        self.house.post("/v1/bookings", person.token(), booking).await
    }

    async fn book(&self, person: &Person, starts_at: DateTime<Utc>) -> String {
        self.try_book(person, starts_at).await.is(201).text("/id")
    }

    async fn cancel(&self, person: &Person, id: &str) {
        self.house.post(&format!("/v1/bookings/{id}/cancel"), person.token(), json!({})).await.is(200);
        self.house.settle().await;
    }

    /// Somebody books this time and gives it back.
    async fn freed(&self, person: &Person, starts_at: DateTime<Utc>) {
        let id = self.book(person, starts_at).await;
        self.cancel(person, &id).await;
    }

    async fn waits(&self, person: &Person) -> Vec<Value> {
        let list = self.house.get(LIST, person.token()).await.is(200).json();
        list["items"].as_array().cloned().unwrap_or_default()
    }

    /// What is offered to somebody now.
    async fn offer(&self, person: &Person) -> Option<String> {
        self.waits(person).await.iter().find_map(|item| item["offer"]["id"].as_str().map(str::to_owned))
    }

    async fn accept(&self, person: &Person, offer: &str) -> Answer {
        self.house.post(&format!("/v1/offers/{offer}/accept"), person.token(), json!({})).await
    }

    async fn decline(&self, person: &Person, offer: &str) -> Answer {
        let path = format!("/v1/offers/{offer}/decline");
        let declined = self.house.send(self.house.request(reqwest::Method::POST, &path, person.token())).await;
        self.house.settle().await;
        declined
    }

    async fn number(&self, sql: &str) -> i64 {
        let reader = self.house.app.db.reader();
        let query = Statement::from_string(reader.get_database_backend(), sql);
        reader.query_one_raw(query).await.expect("a query").expect("a row").try_get_by_index(0).expect("a number")
    }
}

/// A house under a changed profile in which sessions outlive the days by which a test moves the clock.
pub async fn with_profile(on: On, change: impl FnOnce(String) -> String) -> House {
    let mut profile = change(include_str!("../../profiles/ru-telemed.toml").to_owned());
    for (from, to) in [
        ("access_lives = \"15min\"", "access_lives = \"90d\""),
        ("staff_idle = \"12h\"", "staff_idle = \"90d\""),
        ("staff_absolute = \"24h\"", "staff_absolute = \"90d\""),
    ] {
        assert!(profile.contains(from), "{from}");
        profile = profile.replacen(from, to, 1);
    }
    let stores = Stores::new(on).await;
    let path = stores.path("profile.toml");
    std::fs::write(&path, profile).expect("a profile");
    House::with(stores, Ambient::system(), |config| config.profile = path.display().to_string()).await
}

/// Moves the clock to the next time that the clinic's clock shows this hour.
fn until_hour(house: &House, hour: u32) {
    let now = house.app.ambient.now();
    let today = now.with_timezone(&ZONE).date_naive();
    let shown = |days: i64| (today + TimeDelta::days(days)).and_hms_opt(hour, 0, 1).expect("an hour");
    let moments = [0, 1].map(|days| ZONE.from_local_datetime(&shown(days)).single().expect("a moment").with_timezone(&Utc));
    let next = moments.into_iter().find(|moment| *moment > now).expect("an hour to come");
    house.app.ambient.advance(next - now);
}

fn instant(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_03_a_freed_time_is_offered_to_one_after_the_other_and_then_to_all() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let [booker, first, second, third, anybody] = [
            scene.patient(1).await,
            scene.patient(2).await,
            scene.patient(3).await,
            scene.patient(4).await,
            scene.patient(5).await,
        ];
        for person in [&first, &second, &third] {
            scene.wait(person, 3).await;
        }
        let time = at(house, 3, 10, 0);
        scene.freed(&booker, time).await;
        for (person, before, is_offered) in [(&first, 0, true), (&second, 1, false), (&third, 2, false)] {
            let waits = scene.waits(person).await;
            assert_eq!((waits.len(), &waits[0]["before"]), (1, &json!(before)), "{on:?}");
            assert_eq!(waits[0]["offer"].is_object(), is_offered, "{on:?}");
        }
        let told = house.get("/v1/notifications", first.token()).await.is(200);
        assert_eq!((told.text("/items/0/kind"), told.text("/items/0/objectKind")), ("offerMade".into(), "offer".into()));
        let offer = scene.offer(&first).await.expect("an offer");
        assert_eq!(told.text("/items/0/objectId"), offer);

        // Kept for him, in every way.
        scene.try_book(&anybody, time).await.refused(409, "slot_taken");
        let days = format!("from={}&to={}", day(house, 3), day(house, 3));
        let slots = house.get(&format!("/v1/doctors/{}/slots?{days}", scene.clinic.doctor_id), None).await.is(200);
        assert!(!String::from_utf8_lossy(&slots.bytes).contains(&format!("\"startsAt\":\"{}\"", instant(time))), "{on:?}");
        scene.accept(&second, &offer).await.refused(404, "not_found");
        scene.decline(&second, &offer).await.refused(404, "not_found");

        // Declined: the next. Run out: the next again.
        scene.decline(&first, &offer).await.is(204);
        scene.decline(&first, &offer).await.is(204);
        scene.accept(&first, &offer).await.refused(409, "state_conflict");
        let to_second = scene.offer(&second).await.expect("an offer");
        house.later(TimeDelta::minutes(31)).await;
        assert_eq!(scene.offer(&second).await, None);
        scene.accept(&second, &to_second).await.refused(409, "state_conflict");
        let to_third = scene.offer(&third).await.expect("an offer");
        let booked = scene.accept(&third, &to_third).await.is(201);
        assert_eq!((booked.text("/state"), booked.text("/startsAt")), ("booked".into(), instant(time)));
        assert!(scene.waits(&third).await.is_empty(), "he has what he waited for");
        scene.decline(&third, &to_third).await.refused(409, "state_conflict");

        // Once more: nobody is asked twice for one time.
        scene.cancel(&third, &booked.text("/id")).await;
        assert_eq!((scene.offer(&first).await, scene.offer(&second).await), (None, None));
        scene.book(&anybody, time).await;
        assert_eq!(scene.number("SELECT count(*) FROM booking").await, 3, "what was only kept leaves no booking, {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s3_03_of_many_who_reach_for_one_offer_at_once_one_gets_it() {
    for on in engines() {
        let scene = Arc::new(Scene::new(on).await);
        let [booker, waits] = [scene.patient(1).await, scene.patient(2).await];
        for round in 0..3 {
            scene.wait(&waits, 3 + round).await;
            scene.freed(&booker, at(&scene.house, 3 + round, 10, 0)).await;
            let offer = scene.offer(&waits).await.expect("an offer");
            let mut racing = Vec::new();
            for n in 0..9 {
                let (scene, waits, offer) = (scene.clone(), waits.clone(), offer.clone());
                racing.push(tokio::spawn(async move {
                    let answer = if n % 3 == 2 {
                        let path = format!("/v1/offers/{offer}/decline");
                        scene.house.send(scene.house.request(reqwest::Method::POST, &path, waits.token())).await
                    } else {
                        scene.accept(&waits, &offer).await
                    };
                    answer.status.as_u16()
                }));
            }
            let mut got = Vec::new();
            for answer in racing {
                got.push(answer.await.expect("an answer"));
            }
            let taken = got.iter().filter(|status| **status == 201).count();
            assert!(taken <= 1 && got.iter().all(|status| matches!(status, 201 | 204 | 409)), "{on:?} {got:?}");
            let standing = format!("SELECT count(*) FROM booking WHERE state IN ('held', 'booked') AND subject = '{}'", waits.id);
            let standing = scene.number(&standing).await;
            let so_far = scene.number("SELECT count(*) FROM waiting_offer WHERE state = 'accepted'").await;
            assert_eq!(standing, so_far, "{on:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_has_run_out_is_in_nobodys_way_and_no_duty_is_needed() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let [booker, first, second, anybody] =
            [scene.patient(1).await, scene.patient(2).await, scene.patient(3).await, scene.patient(4).await];
        let time = at(house, 3, 10, 0);
        scene.wait(&first, 3).await;
        scene.freed(&booker, time).await;
        let offer = scene.offer(&first).await.expect("an offer");
        scene.wait(&second, 3).await;
        house.app.ambient.advance(TimeDelta::minutes(30));
        scene.accept(&first, &offer).await.refused(409, "state_conflict");
        // Whoever comes by lets it go, and it is the second's turn before his.
        scene.try_book(&anybody, time).await.refused(409, "slot_taken");
        house.later(TimeDelta::minutes(1)).await;
        assert!(scene.offer(&second).await.is_some(), "{on:?}");
        house.app.ambient.advance(TimeDelta::minutes(30));
        scene.book(&anybody, time).await;
        // A task that comes too late finds nothing to offer: the time was given away.
        let at_noon = at(house, 5, 12, 0);
        scene.wait(&booker, 5).await;
        let id = scene.book(&first, at_noon).await;
        house.post(&format!("/v1/bookings/{id}/cancel"), first.token(), json!({})).await.is(200);
        house.app.ambient.advance(TimeDelta::minutes(6));
        scene.book(&anybody, at_noon).await;
        house.settle().await;
        assert_eq!(scene.offer(&booker).await, None, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_storm_of_cancellations_offers_each_time_once() {
    const TIMES: u32 = 10;
    const WAITING: u32 = 6;
    for on in engines() {
        let scene = Arc::new(Scene::new(on).await);
        let booker = scene.patient(1).await;
        let mut booked = Vec::new();
        for n in 0..TIMES {
            booked.push(scene.book(&booker, at(&scene.house, 3, 9 + n / 2, 30 * (n % 2))).await);
        }
        let mut waiting = Vec::new();
        for n in 0..WAITING {
            let person = scene.patient(10 + n).await;
            scene.wait(&person, 3).await;
            waiting.push(person);
        }
        let mut storm = Vec::new();
        for id in booked {
            let (scene, booker) = (scene.clone(), booker.clone());
            storm.push(tokio::spawn(async move {
                let path = format!("/v1/bookings/{id}/cancel");
                // An engine that can't serve just now has changed nothing.
                loop {
                    let answer = scene.house.post(&path, booker.token(), json!({})).await;
                    if answer.status.as_u16() != 503 {
                        return answer.is(200);
                    }
                }
            }));
        }
        for cancelled in storm {
            cancelled.await.expect("cancelled");
        }
        scene.house.settle().await;
        let mut accepting = Vec::new();
        for person in waiting {
            let scene = scene.clone();
            accepting.push(tokio::spawn(async move {
                let offer = scene.offer(&person).await.expect("an offer");
                scene.accept(&person, &offer).await.is(201).text("/startsAt")
            }));
        }
        let mut times = std::collections::BTreeSet::new();
        for accepted in accepting {
            times.insert(accepted.await.expect("a time"));
        }
        assert_eq!(times.len(), WAITING as usize, "each another, {on:?}");
        let held = scene.number("SELECT count(*) FROM booking WHERE state = 'held'").await;
        let booked = scene.number("SELECT count(*) FROM booking WHERE state = 'booked'").await;
        assert_eq!((held, booked), (0, i64::from(WAITING)), "and the rest is free, {on:?}");
        assert_eq!(scene.number("SELECT count(*) FROM booking WHERE state = 'cancelled'").await, i64::from(TIMES));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_is_offered_to_whom_it_fits_and_by_day() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let people: Vec<Person> = {
            let mut people = Vec::new();
            for n in 1..=8 {
                people.push(scene.patient(n).await);
            }
            people
        };
        let [booker, evening, long, other_day, elsewhere, frozen, any_doctor, last] = people.as_slice() else { panic!("eight") };
        let join = async |person: &Person, change: Value| {
            let mut wish = scene.wish(3);
            for (name, value) in change.as_object().expect("an object") {
                wish[name] = value.clone();
            }
            wish.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
            house.app.ambient.advance(TimeDelta::milliseconds(2));
            house.post(LIST, person.token(), wish).await.is(201);
        };
        let hour = house.service(&scene.admin, &scene.clinic.clinic_id, 60).await;
        join(evening, json!({"part": "evening"})).await;
        join(long, json!({"serviceId": hour})).await;
        join(other_day, json!({"from": day(house, 4), "to": day(house, 5)})).await;
        join(elsewhere, json!({})).await;
        let (second_id, _) = house.second_doctor(&scene.admin, &scene.clinic).await;
        let time = at(house, 3, 10, 0);
        let there = json!({"doctorId": second_id, "serviceId": scene.clinic.service_id, "startsAt": instant(time)});
        house.post("/v1/bookings", elsewhere.token(), there).await.is(201);
        join(frozen, json!({})).await;
        house.put("/v1/me/freeze", frozen.token(), json!({"scopes": ["patient"]})).await.is(200);
        join(any_doctor, json!({"doctorId": null, "part": "morning"})).await;
        join(last, json!({})).await;
        scene.freed(booker, time).await;
        for person in [evening, long, other_day, elsewhere, last] {
            assert_eq!(scene.offer(person).await, None, "{on:?}");
        }
        let offer = scene.offer(any_doctor).await.expect("the first whom it fits");
        // What he takes back from the list goes on.
        let id = scene.waits(any_doctor).await[0]["id"].as_str().expect("an id").to_owned();
        house.delete(&format!("{LIST}/{id}"), any_doctor.token()).await.is(204);
        house.settle().await;
        scene.accept(any_doctor, &offer).await.refused(409, "state_conflict");
        let offer = scene.offer(last).await.expect("the next");
        // His access is frozen: what was offered can't be taken.
        house.put("/v1/me/freeze", last.token(), json!({"scopes": ["patient"]})).await.is(200);
        assert_eq!(scene.accept(last, &offer).await.status.as_u16(), 403, "{on:?}");

        // At eleven in the evening nobody has to hurry: the minutes count from eight.
        until_hour(house, 23);
        let night = scene.patient(20).await;
        scene.wait(&night, 7).await;
        scene.freed(booker, at(house, 7, 11, 0)).await;
        let until = scene.waits(&night).await[0]["offer"]["until"].as_str().map(str::to_owned);
        assert_eq!(until, Some(instant(at(house, 1, 8, 30))), "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_service_is_held_and_goes_on_when_it_is_not_paid() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let [booker, first, second] = [scene.patient(1).await, scene.patient(2).await, scene.patient(3).await];
        let paid = house.paid_service(&scene.admin, &scene.clinic.clinic_id).await;
        let mut wish = scene.wish(3);
        wish["serviceId"] = paid.clone().into();
        house.post(LIST, first.token(), wish.clone()).await.is(201);
        house.app.ambient.advance(TimeDelta::milliseconds(2));
        house.post(LIST, second.token(), wish).await.is(201);
        let time = at(house, 3, 10, 0);
        scene.freed(&booker, time).await;
        let offer = scene.offer(&first).await.expect("an offer");
        let held = scene.accept(&first, &offer).await.is(201);
        assert_eq!((held.text("/state"), held.json()["chargeId"].is_string()), ("held".into(), true), "{on:?}");
        house.later(TimeDelta::minutes(20)).await;
        assert!(scene.offer(&second).await.is_some(), "not paid: it goes on, {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_leaves_the_list_and_what_was_kept_for_him_goes_to_the_next() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let [booker, gone, next] = [scene.patient(1).await, scene.patient(2).await, scene.patient(3).await];
        scene.wait(&gone, 3).await;
        scene.wait(&next, 3).await;
        scene.freed(&booker, at(house, 3, 10, 0)).await;
        house.send(house.request(reqwest::Method::POST, "/v1/me/calendar-feeds", gone.token())).await.is(201);
        scene.book(&gone, at(house, 9, 10, 0)).await;
        house.settle().await;
        let subject: uuid::Uuid = gone.id.parse().expect("an id");
        let room = ROOMS.iter().find(|room| room.name == "scheduling").expect("the room");
        let keys = house.app.vault.keys(subject).await.expect("keys");
        let parts = (room.export.expect("an export"))(&house.app, &keys).await.expect("parts");
        let parts: Vec<_> = parts.iter().map(|part| (part.name, part.rows.len())).collect();
        for part in [("waitingList", 1), ("offers", 1), ("calendarFeeds", 1)] {
            assert!(parts.contains(&part), "{on:?} {parts:?}");
        }
        let reminders = parts.iter().find(|part| part.0 == "reminders").map_or(0, |part| part.1);
        assert_eq!(reminders, 4, "{on:?}");
        let who = Forget { subject, stand_in: house.app.ambient.id(), held: vec![] };
        let forget = async |tx: &mut Tx| -> Result<()> { (room.forget)(tx, &who).await };
        house.app.write(&Actor::house("test"), forget).await.expect("forgotten");
        house.settle().await;
        for table in ["waiting", "waiting_offer", "reminder"] {
            assert_eq!(scene.number(&format!("SELECT count(*) FROM {table} WHERE subject = '{subject}'")).await, 0, "{table}");
        }
        assert_eq!(scene.number("SELECT count(*) FROM calendar_feed").await, 0);
        assert!(scene.offer(&next).await.is_some(), "{on:?}");
        // Years later nothing is left of those who waited.
        house.later(TimeDelta::days(60)).await;
        assert_eq!(
            scene.number("SELECT count(*) FROM waiting").await + scene.number("SELECT count(*) FROM waiting_offer").await,
            0
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_waited_for_is_a_clear_problem() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let person = scene.patient(1).await;
        for (change, pointer) in [
            (json!({"from": "2026-13-01"}), "/from"),
            (json!({"from": "2020-01-01", "to": "2020-02-01"}), "/to"),
            (json!({"from": day(house, 9), "to": day(house, 3)}), "/to"),
            (json!({"from": "1900-01-01", "to": "2999-12-31"}), "/to"),
            (json!({"doctorId": null, "serviceId": null}), "/serviceId"),
            (json!({"part": "midnight"}), "/part"),
            (json!({"name": "Пётр"}), "/name"),
        ] {
            let mut wish = scene.wish(3);
            for (name, value) in change.as_object().expect("an object") {
                wish[name] = value.clone();
            }
            wish.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
            let refused = house.post(LIST, person.token(), wish).await.refused(400, "invalid");
            assert_eq!(refused.text("/errors/0/pointer"), pointer, "{on:?}");
        }
        for name in ["doctorId", "serviceId"] {
            let mut wish = scene.wish(3);
            wish[name] = house.app.ambient.id().to_string().into();
            house.post(LIST, person.token(), wish).await.refused(404, "not_found");
        }
        scene.wait(&person, 3).await;
        house.post(LIST, person.token(), scene.wish(3)).await.refused(409, "state_conflict");
        for days in 4..8 {
            scene.wait(&person, days).await;
        }
        house.post(LIST, person.token(), scene.wish(9)).await.refused(409, "state_conflict");
        let newcomer = house.newcomer("+79165559999").await;
        house.post(LIST, newcomer.token(), scene.wish(3)).await.refused(403, "acceptance_required");
        // A hurried time is not offered: nobody could come.
        let booker = scene.patient(2).await;
        let soon = at(house, 0, 12, 30);
        until_hour(house, 11);
        let soon = soon + TimeDelta::days(1);
        let today = scene.patient(3).await;
        scene.wait(&today, 0).await;
        let id = scene.book(&booker, soon).await;
        house.app.ambient.advance(TimeDelta::minutes(80));
        scene.cancel(&booker, &id).await;
        assert_eq!(scene.offer(&today).await, None, "{on:?}");
    }
}
