//! Holds end by the clock, not by whoever sweeps.

use super::{OTHER, PRICE, Scene};
use crate::support::clinic::day;
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::adapters::payments::State;
use feldsher::adapters::payments::sandbox::Act;
use futures_util::future::join_all;
use serde_json::json;

const HOLD: TimeDelta = TimeDelta::minutes(15);

async fn free_slots(scene: &Scene) -> usize {
    let day = day(&scene.house, 3);
    let path = format!("/v1/doctors/{}/slots?from={day}&to={day}", scene.clinic.doctor_id);
    scene.house.get(&path, None).await.is(200).json()["items"].as_array().expect("slots").len()
}

/// Somebody whose session is young enough after the clock was moved.
async fn somebody(house: &House, index: usize) -> Person {
    house.patient(&format!("+7916000010{index}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_a_hold_blocks_until_it_ends_and_not_a_moment_longer() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let free = free_slots(&scene).await;
        let (booking, charge) = scene.book(3, 10).await;
        assert_eq!(free_slots(&scene).await, free - 1);
        let other = house.patient(OTHER).await;
        let taken = scene.try_book(&other, 3, 10).await.refused(409, "slot_taken");
        assert!(taken.json()["alternatives"].as_array().is_some_and(|others| !others.is_empty()));
        // No duty runs, no task runs: only the clock moves.
        house.app.ambient.advance(HOLD - TimeDelta::seconds(30));
        scene.try_book(&other, 3, 10).await.refused(409, "slot_taken");
        house.app.ambient.advance(TimeDelta::seconds(31));
        assert_eq!(free_slots(&scene).await, free);
        let path = format!("/v1/charges/{charge}/payment");
        let mut rivals = Vec::new();
        for index in 0..6 {
            rivals.push(somebody(house, index).await);
        }
        let patient = house.newcomer(super::PHONE).await;
        house.post(&path, patient.token(), json!({})).await.refused(409, "state_conflict");
        let seen = house.get(&format!("/v1/bookings/{booking}"), patient.token()).await.is(200).json();
        assert_eq!((&seen["state"], seen.get("heldUntil")), (&json!("expired"), None));
        let answers = join_all(rivals.iter().map(|rival| scene.try_book(rival, 3, 10))).await;
        let won = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(won, 1, "one of the rivals has it on {on:?}");
        assert!(answers.iter().filter(|answer| answer.status != 201).all(|answer| answer.code() == "slot_taken"));
        let charge = house.charge(&patient, &charge).await;
        assert_eq!(charge["state"], "canceled", "nobody shall pay for what is gone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_an_abandoned_payment_is_cancelled_at_the_provider() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let (_, charge) = scene.book(3, 10).await;
        let payment = house.begin_payment(&scene.patient, &charge, false).await;
        house.provider().act(&payment, Act::Abandon).expect("closed");
        house.later(HOLD + TimeDelta::minutes(1)).await;
        assert_eq!(house.provider().payments()[0].state, State::Canceled, "{on:?}");
        let patient = house.newcomer(super::PHONE).await;
        assert_eq!(house.charge(&patient, &charge).await["state"], "canceled");
        let path = format!("/v1/charges/{charge}/payment");
        house.post(&path, patient.token(), json!({})).await.refused(409, "state_conflict");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_paid_too_late_the_visit_is_booked_again_if_it_is_free_else_all_goes_back() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let (again, again_charge) = scene.book(3, 10).await;
        let (lost, lost_charge) = scene.book(3, 12).await;
        let again_payment = house.begin_payment(&scene.patient, &again_charge, false).await;
        let lost_payment = house.begin_payment(&scene.patient, &lost_charge, false).await;
        house.app.ambient.advance(HOLD + TimeDelta::seconds(1));
        // They pay at the last moment, and nobody has looked yet when somebody else books.
        house.provider().act(&again_payment, Act::Pay).expect("paid");
        house.provider().act(&lost_payment, Act::Pay).expect("paid");
        let other = house.patient(OTHER).await;
        scene.try_book(&other, 3, 12).await.is(201);
        house.later(TimeDelta::minutes(1)).await;
        house.hear().await;
        let patient = house.newcomer(super::PHONE).await;
        let state = async |id: &str| house.get(&format!("/v1/bookings/{id}"), patient.token()).await.is(200).text("/state");
        assert_eq!((state(&again).await.as_str(), state(&lost).await.as_str()), ("booked", "expired"), "{on:?}");
        assert_eq!(house.charge(&patient, &again_charge).await["state"], "paid");
        let refunded = house.charge(&patient, &lost_charge).await;
        assert_eq!((&refunded["state"], refunded["refunded"]["amount"].as_i64()), (&json!("refunded"), Some(PRICE)));
        assert_eq!((scene.told("bookingCancelled").await, scene.told("refundMade").await), (1, 1));
        // Whatever comes again changes nothing.
        house.later(TimeDelta::hours(2)).await;
        let went_back: i64 = house.provider().payments().iter().map(|payment| payment.refunded).sum();
        assert_eq!(went_back, PRICE);
    }
}
