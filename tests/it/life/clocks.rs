//! Clocks that jump, forward and back, and the day on which the clock on the wall shows an hour twice.

use super::{OTHER, Scene, booking_rules, house_with, instant, minutes, number, reasons};
use crate::support::clinic::{at, day, everywhere};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use feldsher::adapters::outbox::Channel;
use feldsher::adapters::payments::sandbox::Act;
use feldsher::app::catalogue;
use feldsher::kernel::lang::Lang;
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn s3_03_a_clock_that_jumps_around_a_hold_books_nothing_twice() {
    for on in engines() {
        let scene = Scene::new(on, "").await;
        let (house, ambient) = (&scene.house, &scene.house.app.ambient);
        let other = house.patient(OTHER).await;
        let paid = scene.service(30, json!({"price": {"amount": 100_000, "currency": "RUB"}})).await;
        let ten = at(house, 4, 10, 0);

        // Forward beyond the hold: another has the time. Back again: it stays his, and what is paid for nothing goes back.
        let held = scene.try_book(&scene.patient, &paid, ten).await.is(201);
        let (id, charge) = (held.text("/id"), held.text("/chargeId"));
        let payment = house.begin_payment(&scene.patient, &charge, false).await;
        ambient.advance(minutes(16));
        let his = scene.try_book(&other, &scene.clinic.service_id, ten).await.is(201).text("/id");
        ambient.advance(minutes(-16));
        assert_eq!(scene.state(&id).await, "expired", "{on:?}: what was let go is not taken back by a clock");
        let again = scene.try_book(&scene.patient, &paid, ten).await.refused(409, "slot_taken");
        assert_eq!(reasons(&again), ["taken"], "{on:?}");
        let took = house.provider().act(&payment, Act::Pay).is_ok();
        house.hear().await;
        house.later(minutes(2)).await;
        house.hear().await;
        assert_eq!(scene.state(&id).await, "expired", "{on:?}");
        let back: i64 = house.provider().payments().iter().filter(|one| one.id == payment).map(|one| one.refunded).sum();
        assert_eq!(back, if took { 100_000 } else { 0 }, "{on:?}: nobody pays for what he has not");
        let seen = house.get(&format!("/v1/bookings/{his}"), other.token()).await.is(200);
        assert_eq!(seen.text("/state"), "booked", "{on:?}");

        // Forward and back before anybody looked: the hold goes on as if nothing had been.
        let noon = at(house, 4, 12, 0);
        let held = scene.try_book(&scene.patient, &paid, noon).await.is(201);
        ambient.advance(minutes(60));
        assert_eq!(scene.state(&held.text("/id")).await, "expired", "{on:?}");
        ambient.advance(minutes(-60));
        scene.try_book(&other, &scene.clinic.service_id, noon).await.refused(409, "slot_taken");
        house.pay(&scene.patient, &held.text("/chargeId"), false).await;
        assert_eq!(scene.state(&held.text("/id")).await, "booked", "{on:?}");

        // A day back: what is booked is still there, and nothing that is over begins anew.
        ambient.advance(TimeDelta::days(-1));
        house.later(TimeDelta::zero()).await;
        assert_eq!((scene.state(&id).await, scene.state(&held.text("/id")).await), ("expired".into(), "booked".into()));
        scene.try_book(&other, &scene.clinic.service_id, noon).await.refused(409, "slot_taken");
        assert_eq!(super::doubles(house).await, 0, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_03_a_clock_that_jumps_around_an_offer_gives_its_time_to_one() {
    for on in engines() {
        let scene = Scene::new(on, "").await;
        let (house, ambient) = (&scene.house, &scene.house.app.ambient);
        // By day: at night nobody is asked to hurry.
        ambient.advance(at(house, 1, 12, 0) - ambient.now());
        let [first, second, third] = <[Person; 3]>::try_from(house.crowd(3).await).expect("three");
        let ten = at(house, 4, 10, 0);
        for waiting in [&first, &second] {
            ambient.advance(TimeDelta::milliseconds(2));
            let (from, service) = (day(house, 4), &scene.clinic.service_id);
            let wish = json!({"doctorId": scene.clinic.doctor_id, "serviceId": service, "from": from, "to": from});
            house.post("/v1/waiting-list", waiting.token(), wish).await.is(201);
        }
        let id = scene.book(&scene.clinic.service_id, ten).await;
        scene.cancel(&id).await.is(200);
        house.settle().await;
        let offer = async |of: &Person| house.get("/v1/waiting-list", of.token()).await.is(200).text("/items/0/offer/id");
        let accept = async |of: &Person, id: &str| house.post(&format!("/v1/offers/{id}/accept"), of.token(), json!({})).await;
        let firsts = offer(&first).await;
        assert!(!firsts.is_empty(), "{on:?}");
        // Forward: it runs out, and is the second's. Back: the first has it no more, though his half hour is not over again.
        house.later(minutes(40)).await;
        ambient.advance(minutes(-40));
        assert_eq!(offer(&first).await, "", "{on:?}");
        accept(&first, &firsts).await.refused(409, "state_conflict");
        let seconds = offer(&second).await;
        assert!(!seconds.is_empty(), "{on:?}");
        scene.try_book(&third, &scene.clinic.service_id, ten).await.refused(409, "slot_taken");
        accept(&second, &seconds).await.is(201);
        house.later(minutes(90)).await;
        accept(&second, &seconds).await.refused(409, "state_conflict");
        assert_eq!(number(house, "SELECT count(*) FROM booking WHERE state = 'booked'").await, 1, "{on:?}");
        assert_eq!(super::doubles(house).await, 0, "{on:?}");
    }
}

/// The text messages that remind, and no codes.
fn reminders(house: &House) -> usize {
    let words = Lang::ALL.iter().map(|lang| catalogue::text(*lang, "reminder-sms", &[])).collect::<Vec<_>>();
    let all = house.app.adapters.outbox.all().into_iter();
    all.filter(|message| message.channel == Channel::Sms && words.contains(&message.text)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_03_a_reminder_comes_once_and_for_what_is_whatever_the_clock_does() {
    for on in engines() {
        let scene = Scene::new(on, "").await;
        let (house, ambient) = (&scene.house, &scene.house.app.ambient);
        let until = async |moment: DateTime<Utc>| {
            house.later(moment - ambient.now()).await;
            house.settle().await;
        };
        ambient.advance(at(house, 1, 12, 0) - ambient.now());
        // Days as the calendar has them now: the clock will move.
        let (eve, visit) = (at(house, 3, 18, 1), at(house, 4, 11, 0));
        let (later_eve, later) = (at(house, 6, 18, 1), at(house, 7, 11, 0));
        let moved = scene.book(&scene.clinic.service_id, visit).await;
        let dropped = scene.book(&scene.clinic.service_id, at(house, 4, 15, 0)).await;
        scene.try_move(&moved, None, later).await.is(200);
        scene.cancel(&dropped).await.is(200);
        house.settle().await;
        until(eve).await;
        assert_eq!(reminders(house), 0, "{on:?}: one was moved, the other is no more");
        until(later_eve).await;
        assert_eq!(reminders(house), 1, "{on:?}: of the day to which it was moved");
        // Back before the evening, and forward again.
        ambient.advance(TimeDelta::hours(-3));
        until(later_eve - TimeDelta::hours(2)).await;
        until(later_eve + minutes(5)).await;
        assert_eq!(reminders(house), 1, "{on:?}: said once");
        // Over the visit in one go, from before its reminder: nothing is said of what is over.
        let far = scene.book(&scene.clinic.service_id, at(house, 8, 11, 0)).await;
        until(at(house, 9, 12, 0)).await;
        assert_eq!((reminders(house), scene.state(&far).await.as_str()), (1, "done"), "{on:?}");
        assert_eq!(number(house, "SELECT count(*) FROM reminder WHERE state = 'planned'").await, 0, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_02_on_the_day_the_clock_goes_back_each_slot_is_there_once_and_both_half_past_twos_are_booked() {
    const ZONE: chrono_tz::Tz = chrono_tz::Europe::Berlin;
    for on in engines() {
        let (from, to) = booking_rules("");
        let house = house_with(on, &[(from, to.as_str())]).await;
        // The last Sunday of October, at one o'clock UTC, three becomes two. Some days before it.
        let year = house.app.ambient.now().format("%Y").to_string().parse::<i32>().expect("a year") + 1;
        let sunday = (25..=31)
            .filter_map(|date| NaiveDate::from_ymd_opt(year, 10, date))
            .find(|date| date.format("%u").to_string() == "7")
            .expect("a Sunday");
        let three_days_before = (sunday - TimeDelta::days(3)).and_hms_opt(12, 0, 0).expect("noon").and_utc();
        house.app.ambient.advance(three_days_before - house.app.ambient.now());

        let admin = house.administrator().await;
        let clinic = json!({"names": everywhere("Klinik"), "zone": ZONE.name(), "addresses": everywhere("Berlin")});
        let clinic = house.post("/v1/staff/clinics", admin.token(), clinic).await.is(201).text("/id");
        let service = house.service(&admin, &clinic, 30).await;
        let (doctor, _) = house.doctor(&admin, &clinic, "therapy", "night", everywhere("Nachtarzt")).await;
        let hours = json!({"hours": [{"weekday": 7, "from": "01:00", "to": "04:00", "onHolidays": true}]});
        house.put(&format!("/v1/staff/doctors/{doctor}/hours"), admin.token(), hours).await.is(200);
        let free = async || {
            let path = format!("/v1/doctors/{doctor}/slots?from={sunday}&to={sunday}&serviceId={service}");
            let slots = house.get(&path, None).await.is(200).json()["items"].as_array().cloned().unwrap_or_default();
            slots.iter().map(|slot| slot["startsAt"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        // Four hours pass between one and four.
        let one = ZONE.from_local_datetime(&sunday.and_hms_opt(1, 0, 0).expect("one")).single().expect("one").with_timezone(&Utc);
        let expected: Vec<String> = (0..8).map(|n| instant(one + minutes(30 * n))).collect();
        assert_eq!(free().await, expected, "{on:?}: each once, in order");

        let half_past_two = ZONE.from_local_datetime(&sunday.and_hms_opt(2, 30, 0).expect("half past two"));
        let (summer, winter) = (half_past_two.earliest().expect("one"), half_past_two.latest().expect("the other"));
        assert_eq!(winter.with_timezone(&Utc) - summer.with_timezone(&Utc), TimeDelta::hours(1));
        let people = house.crowd(3).await;
        let book = async |patient: &Person, at: DateTime<Utc>| {
            let body = json!({"doctorId": doctor, "serviceId": service, "startsAt": instant(at)});
            house.post("/v1/bookings", patient.token(), body).await
        };
        let mut booked = BTreeSet::new();
        for (patient, at) in people.iter().zip([summer, winter]) {
            booked.insert(book(patient, at.with_timezone(&Utc)).await.is(201).text("/startsAt"));
        }
        assert_eq!(booked.len(), 2, "{on:?}");
        for at in [summer, winter] {
            let refused = book(&people[2], at.with_timezone(&Utc)).await.refused(409, "slot_taken");
            assert_eq!(reasons(&refused), ["taken"], "{on:?}");
        }
        let left: Vec<String> = expected.into_iter().filter(|slot| !booked.contains(slot)).collect();
        assert_eq!(free().await, left, "{on:?}");
        assert_eq!(super::doubles(&house).await, 0, "{on:?}");
    }
}
