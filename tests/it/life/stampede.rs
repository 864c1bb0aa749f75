//! A whole town wants the same doctor, five times: 300 patients for 20 times of a day, or, with
//! `FELDSHER_TEST_STAMPEDE=full`, 1,000 for 50.

use super::{house_with, instant, minutes, number};
use crate::support::clinic::{Clinic, at};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

const ROUNDS: usize = 5;
const MINUTES: i64 = 10;

/// What all of them run for: times of one day.
struct Wanted {
    clinic: Clinic,
    service: String,
    slots: usize,
}

impl Wanted {
    fn time(&self, first: DateTime<Utc>, n: usize) -> DateTime<Utc> {
        first + minutes(MINUTES * i64::try_from(n % self.slots).expect("few"))
    }

    async fn ask(&self, house: &House, patient: &Person, starts_at: DateTime<Utc>) -> Answer {
        let body = json!({"doctorId": self.clinic.doctor_id, "serviceId": self.service, "startsAt": instant(starts_at)});
        loop {
            let answer = house.post("/v1/bookings", patient.token(), body.clone()).await;
            // A loaded machine may have no connection in time: then nothing was stored.
            if answer.status != 503 {
                return answer;
            }
        }
    }
}

fn free(refused: &Answer) -> Vec<Value> {
    refused.json()["alternatives"].as_array().cloned().unwrap_or_default()
}

/// Everybody at once for the times from `first` on. Answers what the others were told.
async fn stampede(house: &Arc<House>, wanted: &Arc<Wanted>, patients: &[Person], first: DateTime<Utc>) -> Vec<Answer> {
    let mut racing = Vec::with_capacity(patients.len());
    for (n, patient) in patients.iter().enumerate() {
        let (house, wanted, patient) = (house.clone(), wanted.clone(), patient.clone());
        racing.push(tokio::spawn(async move { wanted.ask(&house, &patient, wanted.time(first, n)).await }));
    }
    let (mut won, mut refused) = (BTreeSet::new(), Vec::new());
    for request in racing {
        let answer = request.await.expect("an answer");
        if answer.status == 201 {
            assert!(won.insert(answer.text("/startsAt")), "{:?}: one time twice", house.on);
        } else {
            let answer = answer.refused(409, "slot_taken");
            assert_eq!(super::reasons(&answer), ["taken"], "{:?}", house.on);
            refused.push(answer);
        }
    }
    assert_eq!((won.len(), refused.len()), (wanted.slots, patients.len() - wanted.slots), "{:?}", house.on);
    refused
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s3_03_exactly_as_many_bookings_as_slots_and_the_others_are_told_what_is_free() {
    let is_full = std::env::var("FELDSHER_TEST_STAMPEDE").is_ok_and(|asked| asked == "full");
    let (patients, slots): (usize, usize) = if is_full { (1000, 50) } else { (300, 20) };
    for on in engines() {
        let house = Arc::new(house_with(on, &[]).await);
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let service = house.service(&admin, &clinic.clinic_id, i32::try_from(MINUTES).expect("few")).await;
        let wanted = Arc::new(Wanted { clinic, service, slots });
        let patients = house.crowd(patients).await;
        for round in 1..ROUNDS {
            let first = at(&house, 2 * i64::try_from(round).expect("few"), 9, 0);
            for answer in stampede(&house, &wanted, &patients, first).await {
                assert_eq!(free(&answer).len(), 5, "{on:?}: days before and after are free");
            }
        }

        // The last time the clinic is closed before and after, and reception ends when the last slot does: nothing else is free.
        let day = 2 * i64::try_from(ROUNDS).expect("few");
        let (first, end) = (at(&house, day, 9, 0), at(&house, day, 9, 0) + minutes(MINUTES * i64::try_from(slots).expect("few")));
        for (from, to) in [(house.app.ambient.now(), first), (end, end + TimeDelta::days(90))] {
            let closure = json!({"startsAt": instant(from), "endsAt": instant(to)});
            let path = format!("/v1/staff/clinics/{}/closures", wanted.clinic.clinic_id);
            house.post(&path, admin.token(), closure).await.is(201);
        }
        let times: BTreeSet<String> = (0..slots).map(|n| instant(wanted.time(first, n))).collect();
        for answer in stampede(&house, &wanted, &patients, first).await {
            assert!(free(&answer).iter().all(|slot| slot["startsAt"].as_str().is_some_and(|at| times.contains(at))), "{on:?}");
        }
        let late = wanted.ask(&house, &house.crowd(1).await[0], first).await.refused(409, "slot_taken");
        assert!(late.json().get("alternatives").is_none(), "{on:?}: there are none, and none are named");

        let stored = i64::try_from(ROUNDS * slots).expect("few");
        assert_eq!(number(&house, "SELECT count(*) FROM booking").await, stored, "{on:?}");
        assert_eq!(super::doubles(&house).await, 0, "{on:?}");
        println!("{on:?}: {ROUNDS} times {} patients for {slots} times, {stored} bookings", patients.len());
    }
}
