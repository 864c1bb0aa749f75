//! S3-10: programmes, who takes part, and bookings that hang on it. S3-11: their end is an event from which terms are counted.

use super::{OTHER, PHONE, erased, exported, number, under_changed};
use crate::support::clinic::{at, everywhere};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};

impl House {
    async fn programme(&self, admin: &Person, changes: Value) -> String {
        let mut new = json!({"names": everywhere("Check-up"), "opensAt": "2020-01-01T00:00:00Z"});
        for (field, value) in changes.as_object().expect("an object") {
            new[field.as_str()] = value.clone();
        }
        self.post("/v1/staff/programmes", admin.token(), new).await.is(201).text("/id")
    }

    async fn enters(&self, who: &Person, programme: &str) -> Answer {
        self.post(&format!("/v1/programmes/{programme}/enrolments"), who.token(), json!({})).await
    }
}

async fn of_state(house: &House, state: &str) -> i64 {
    number(house, &format!("SELECT count(*) FROM enrolment WHERE state = '{state}'")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_10_however_many_come_at_once_no_place_is_given_twice_and_the_next_moves_up() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let programme = house.programme(&admin, json!({"places": 5})).await;
        let crowd = house.crowd(14).await;
        let answers = join_all(crowd.iter().map(|person| house.enters(person, &programme))).await;
        let states: Vec<String> = answers.into_iter().map(|answer| answer.is(201).text("/state")).collect();
        let of = |state: &str| states.iter().filter(|known| *known == state).count();
        assert_eq!((of("enrolled"), of("waiting")), (5, 9), "{on:?}");
        assert_eq!(number(&house, "SELECT taken FROM programme").await, 5, "{on:?}");
        house.enters(&crowd[0], &programme).await.refused(409, "state_conflict");

        // They leave at once, too: each place goes to one who waits.
        let mine = async |person: &Person| {
            let list = house.get("/v1/me/enrolments", person.token()).await.is(200);
            (list.text("/items/0/id"), list.text("/items/0/state"))
        };
        let mut leaving = Vec::new();
        for (person, _) in crowd.iter().zip(&states).filter(|(_, state)| *state == "enrolled") {
            leaving.push((person, mine(person).await.0));
        }
        let somebody = crowd.iter().zip(&states).find(|(_, state)| *state == "waiting").expect("one who waits").0;
        house.delete(&format!("/v1/me/enrolments/{}", leaving[0].1), somebody.token()).await.refused(404, "not_found");
        let left = leaving.iter().map(async |(person, id)| {
            house.delete(&format!("/v1/me/enrolments/{id}"), person.token()).await.is(204);
        });
        join_all(left).await;
        assert_eq!(of_state(&house, "enrolled").await, 5, "{on:?}");
        assert_eq!(of_state(&house, "waiting").await, 4, "{on:?}");
        assert_eq!(number(&house, "SELECT taken FROM programme").await, 5, "{on:?}");

        // Fewer places than are taken can't be; more go to those who wait, in their order.
        let put = async |places: i64| {
            let new = json!({"names": everywhere("Check-up"), "opensAt": "2020-01-01T00:00:00Z", "places": places});
            house.put(&format!("/v1/staff/programmes/{programme}"), admin.token(), new).await
        };
        put(4).await.refused(409, "state_conflict");
        assert_eq!(put(7).await.is(200).json()["placesTaken"], 7);
        assert_eq!(of_state(&house, "waiting").await, 2, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_10_a_programme_is_for_whom_it_is_and_its_services_for_whoever_takes_part() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let desk = house.staff(&admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        let me = house.patient(PHONE).await;
        // He is of 1980, has told no sex and no policy.
        for (limits, reason) in [
            (json!({"maxAge": 30}), "age_limit"),
            (json!({"sex": "female"}), "sex_limit"),
            (json!({"policies": ["oms"]}), "policy_missing"),
            (json!({"opensAt": (house.app.ambient.now() + TimeDelta::days(1)).to_rfc3339()}), "programme_closed"),
        ] {
            let closed = house.programme(&admin, limits).await;
            let refused = house.enters(&me, &closed).await.refused(409, "not_eligible").json();
            assert_eq!(refused["reasons"], json!([reason]), "{on:?}");
        }
        let wrong =
            json!({"names": everywhere("X"), "opensAt": "2020-01-01T00:00:00Z", "policies": ["none"], "minAge": 9, "maxAge": 8});
        house.post("/v1/staff/programmes", admin.token(), wrong).await.refused(400, "invalid");
        assert_eq!(number(&house, "SELECT count(*) FROM enrolment").await, 0);

        let programme = house.programme(&admin, json!({"minAge": 18, "admission": "byStaff"})).await;
        let service = |programme: &str| {
            json!({
                "clinicId": clinic.clinic_id, "names": everywhere("Of the programme"), "durationMinutes": 30, "programmeId": programme,
            })
        };
        let nothing = house.app.ambient.id().to_string();
        house.post("/v1/staff/services", admin.token(), service(&nothing)).await.refused(400, "invalid");
        let service = house.post("/v1/staff/services", admin.token(), service(&programme)).await.is(201).text("/id");
        let book = async |hour: u32| {
            let starts_at = at(&house, 1, hour, 0).to_rfc3339();
            let visit = json!({"doctorId": clinic.doctor_id, "serviceId": service, "startsAt": starts_at});
            house.post("/v1/bookings", me.token(), visit).await
        };
        let refused = book(10).await.refused(409, "booking_refused").json();
        assert_eq!(refused["reasons"], json!(["not_enrolled"]));
        house.enters(&me, &programme).await.is(201);
        book(10).await.refused(409, "booking_refused");
        let path = format!("/v1/staff/programmes/{programme}/enrolments?state=applied");
        let applied = house.get(&path, desk.token()).await.is(200);
        let enrolment = applied.text("/items/0/id");
        let admitted = house.post(&format!("/v1/staff/enrolments/{enrolment}/admission"), desk.token(), json!({})).await;
        assert_eq!(admitted.is(200).text("/state"), "enrolled");
        let booking = book(10).await.is(201).text("/id");
        assert_eq!(number(&house, "SELECT count(*) FROM enrolment_booking").await, 1, "it hangs on his part");
        let (parts, _) = exported(&house, &me).await;
        assert_eq!(parts["enrolments"][0]["bookingIds"], json!([booking]), "{on:?}");
        // Of the services of everybody nothing changes.
        let plain =
            json!({"doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": at(&house, 1, 14, 0).to_rfc3339()});
        house.post("/v1/bookings", me.token(), plain).await.is(201);

        // The desk ends it: nothing new is booked.
        house.post(&format!("/v1/staff/enrolments/{enrolment}/end"), desk.token(), json!({})).await.is(204);
        book(12).await.refused(409, "booking_refused");
        house.settle().await;
        let told = "SELECT count(*) FROM notification WHERE kind = 'enrolmentChanged'";
        assert_eq!(number(&house, told).await, 2, "he is told that he takes part, and that he does no more");
        // The desk enters whom it has found, and nobody else.
        let path = format!("/v1/staff/patients/{}/enrolments", me.id);
        let entry = json!({"programmeId": programme, "channel": "phone"});
        house.post(&path, desk.token(), entry.clone()).await.refused(404, "not_found");
        let open = house.programme(&admin, json!({})).await;
        house.found_by_phone(&desk, PHONE).await;
        let entered = house.post(&path, desk.token(), entry).await.is(201);
        assert_eq!((entered.text("/state"), entered.text("/channel")), ("applied".into(), "phone".into()));
        // Nor one who has agreed to nothing yet.
        house.newcomer(OTHER).await;
        let stranger = house.found_by_phone(&desk, OTHER).await;
        let (path, entry) =
            (format!("/v1/staff/patients/{stranger}/enrolments"), json!({"programmeId": open, "channel": "desk"}));
        house.post(&path, desk.token(), entry).await.refused(403, "acceptance_required");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_10_s3_11_the_end_of_a_programme_ends_everybodys_part_and_starts_its_term() {
    for on in engines() {
        let house =
            under_changed(on, &[("keep = \"3y\"\nfrom = \"erasure\"", "keep = \"3y\"\nfrom = \"programme_end\"")], "").await;
        let admin = house.administrator().await;
        let ends = house.app.ambient.now() + TimeDelta::days(10);
        let programme = house.programme(&admin, json!({"closesAt": ends.to_rfc3339()})).await;
        let me = house.patient(PHONE).await;
        house.put("/v1/me/consents/marketing.own.sms", me.token(), json!({})).await.is(200);
        let held = async |person: &Person| -> Option<DateTime<Utc>> {
            let plan = house.get("/v1/me/erasure-plan", person.token()).await.is(200).json();
            let items = plan["classes"].as_array().cloned().unwrap_or_default();
            let evidence = items.into_iter().find(|item| item["class"] == "evidence").expect("the class");
            evidence["until"].as_str().map(|until| until.parse().expect("an instant"))
        };
        assert_eq!(held(&me).await, None, "there was no programme: nothing is counted from its end");
        house.enters(&me, &programme).await.is(201);
        house.later(TimeDelta::days(11)).await;
        assert_eq!(
            number(&house, "SELECT count(*) FROM enrolment WHERE state = 'ended' AND ended_why = 'programmeEnded'").await,
            1
        );
        let over = house.app.ambient.now();
        let me = house.newcomer(PHONE).await;
        house.enters(&me, &programme).await.refused(409, "not_eligible");
        house.later(TimeDelta::days(100)).await;
        let me = house.newcomer(PHONE).await;
        let until = held(&me).await.expect("it is held from the end of the programme");
        assert!((until - over).num_days().abs_diff(3 * 365) <= 2, "{until} is three years from {over}, on {on:?}");

        // He goes, and a place that he had is free.
        erased(&house, PHONE).await;
        assert_eq!(number(&house, "SELECT count(*) FROM enrolment").await, 0, "no record is held, so this goes, on {on:?}");
        assert_eq!(number(&house, "SELECT taken FROM programme").await, 0, "{on:?}");
    }
}
