//! The table of a booking's life, kept to the letter.

use super::{OTHER, Scene, minutes, number};
use crate::support::clinic::at;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::clinic::scheduling::state::{self, MOVES};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const STATES: [&str; 9] = ["requested", "held", "booked", "arrived", "inProgress", "done", "noShow", "cancelled", "expired"];
const ACTS: [&str; 8] = ["confirm", "decline", "cancel", "arrive", "start", "finish", "no-show", "move"];

/// What an act on a booking in a state answers, before its hour has come.
fn expected(from: &str, act: &str) -> (u16, String) {
    let stays = (200, from.to_owned());
    let refused = (409, from.to_owned());
    let to = match act {
        "confirm" => match from {
            "requested" => "booked",
            "booked" | "held" => return stays,
            _ => return refused,
        },
        "decline" if from != "requested" => return if from == "cancelled" { stays } else { refused },
        "decline" | "cancel" => "cancelled",
        "arrive" => "arrived",
        "start" => "inProgress",
        "finish" => "done",
        "no-show" => "noShow",
        _ => return if ["requested", "held", "booked"].contains(&from) { stays } else { refused },
    };
    // The hour has not come, so nobody is missed and nothing ends by itself; what its doctor has ended has taken place.
    let untimely = from == "booked" && matches!(act, "finish" | "no-show") || from == "done" && act == "no-show";
    match from == to {
        true => stays,
        false if state::may(from, to) && !untimely => (200, to.to_owned()),
        false => refused,
    }
}

#[test]
fn s4_02_the_table_of_states_leads_nowhere_by_accident() {
    for (from, to) in MOVES {
        assert!(STATES.contains(from) && STATES.contains(to), "{from} {to}");
        assert_ne!(from, to);
    }
    // What has ended without a visit stays so, save what was paid too late for a time that nobody has taken.
    assert!(!MOVES.iter().any(|(from, _)| *from == "cancelled"));
    assert_eq!(MOVES.iter().filter(|(from, _)| *from == "expired").count(), 1);
    // Nobody becomes absent who is with his doctor.
    assert!(!state::may("inProgress", "noShow") && !state::may("inProgress", "cancelled"));
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_02_each_step_from_each_state_is_the_tables() {
    for on in engines() {
        let scene = Scene::new(on, "request_lives = \"20h\"").await;
        let house = &scene.house;
        let free = scene.service(5, json!({})).await;
        let paid = scene.service(5, json!({"price": {"amount": 100_000, "currency": "RUB"}})).await;
        let asked = scene.service(5, json!({"confirmation": "reception"})).await;
        // Days are of the clinic's calendar as it is now; the clock is moved afterwards, to that morning.
        let (first, target) = (at(house, 2, 9, 0), at(house, 3, 9, 0));
        let mut bookings = BTreeMap::new();
        let mut slot = 0;
        for lapses in [true, false] {
            for from in STATES.into_iter().filter(|from| (*from == "expired") == lapses) {
                for act in ACTS {
                    let service = match from {
                        "requested" => &asked,
                        "held" | "expired" => &paid,
                        _ => &free,
                    };
                    if from != "held" {
                        bookings.insert((from, act), scene.book(service, first + minutes(5 * slot)).await);
                    }
                    slot += 1;
                }
            }
            if lapses {
                house.app.ambient.advance(first - minutes(30) - house.app.ambient.now());
            }
        }
        // A hold lives for a quarter of an hour, and all is done well before.
        for (index, act) in ACTS.into_iter().enumerate() {
            let at = first + minutes(5 * (slot + i64::try_from(index).expect("few")));
            bookings.insert(("held", act), scene.book(&paid, at).await);
        }
        let desk = &scene.desk;
        for ((from, _), id) in &bookings {
            let way: &[&str] = match *from {
                "arrived" => &["arrive"],
                "inProgress" => &["start"],
                "done" => &["start", "finish"],
                "noShow" => &["arrive", "no-show"],
                "cancelled" => &["cancel"],
                _ => &[],
            };
            for step in way {
                let body = if *step == "cancel" { json!({"ground": "mistake"}) } else { json!({}) };
                scene.staff(desk, id, step, body).await.is(200);
            }
        }
        for (index, ((from, act), id)) in bookings.iter().enumerate() {
            assert_eq!(scene.state(id).await, *from, "{on:?} {from} {act}");
            let (status, to) = expected(from, act);
            let to_time = target + minutes(5 * i64::try_from(index).expect("few"));
            let body: Value = match *act {
                "decline" | "cancel" => json!({"ground": "doctorUnavailable"}),
                "move" => json!({"startsAt": super::instant(to_time)}),
                _ => json!({}),
            };
            let answer = scene.staff(desk, id, act, body).await;
            assert_eq!(answer.status.as_u16(), status, "{on:?} {act} of what is {from}: {}", answer.code());
            if status == 409 {
                assert_eq!(answer.code(), "state_conflict", "{on:?} {act} of what is {from}");
            }
            assert_eq!(scene.state(id).await, to, "{on:?} after {act} of what was {from}");
        }
        assert_eq!(super::doubles(house).await, 0);
        let lines =
            "SELECT count(*) FROM audit_line WHERE action IN ('arrive', 'beginVisit', 'finishVisit', 'noShow', 'confirm')";
        assert!(number(house, lines).await > 8);
        house.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_02_who_is_late_who_never_came_and_who_came_after_all() {
    for on in engines() {
        let scene = Scene::new(on, "").await;
        let house = &scene.house;
        let start = at(house, 1, 10, 0);
        let missed = scene.book(&scene.clinic.service_id, start).await;
        let ended = scene.book(&scene.clinic.service_id, start + minutes(30)).await;
        let reasons = "SELECT count(*) FROM reason WHERE basis = 'booking' AND valid_until > '2026-01-01' AND object IN \
                       (SELECT id FROM booking WHERE state = 'noShow')";
        house.app.ambient.advance(start + minutes(6) - house.app.ambient.now());
        assert_eq!(scene.seen(&missed).await.json()["late"], true);
        // The doctor says so of his own visit; another doctor of the clinic finds none.
        let (_, colleague) = house.second_doctor(&scene.admin, &scene.clinic).await;
        scene.staff(&colleague, &missed, "no-show", json!({})).await.refused(404, "not_found");
        scene.staff(&scene.clinic.doctor, &missed, "no-show", json!({})).await.is(200);
        let open =
            format!("{reasons} AND valid_until > '{}'", (house.app.ambient.now() + minutes(1)).format("%Y-%m-%dT%H:%M:%S"));
        assert_eq!(number(house, &open).await, 0, "{on:?}: whom he does not treat he does not read");
        assert_eq!(scene.staff(&scene.desk, &missed, "arrive", json!({})).await.is(200).text("/state"), "arrived");
        assert_eq!(scene.staff(&scene.clinic.doctor, &missed, "start", json!({})).await.is(200).text("/state"), "inProgress");
        // A visit that overruns is not ended by the hour.
        house.later(minutes(60)).await;
        assert_eq!(scene.state(&missed).await, "inProgress");
        assert_eq!(scene.staff(&scene.clinic.doctor, &missed, "finish", json!({})).await.is(200).text("/state"), "done");
        // The other one the hour has ended, and nobody had come.
        assert_eq!(scene.state(&ended).await, "done");
        assert_eq!(scene.staff(&scene.desk, &ended, "no-show", json!({})).await.is(200).text("/state"), "noShow");
        house.later(TimeDelta::hours(30)).await;
        scene.staff(&scene.desk, &ended, "arrive", json!({})).await.refused(409, "state_conflict");
        scene.staff(&scene.desk, &missed, "no-show", json!({})).await.refused(409, "state_conflict");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_02_what_reception_grants_is_booked_or_held_and_what_it_does_not_answer_expires() {
    for on in engines() {
        let scene = Scene::new(on, "request_lives = \"2h\"").await;
        let house = &scene.house;
        let asked = scene.service(30, json!({"confirmation": "reception"})).await;
        let price = json!({"confirmation": "reception", "price": {"amount": 100_000, "currency": "RUB"}});
        let priced = scene.service(30, price).await;
        let [first, second, third] = [10, 11, 12].map(|hour| at(house, 2, hour, 0));
        let granted = scene.book(&asked, first).await;
        assert!(scene.seen(&granted).await.json()["heldUntil"].is_string());
        // It takes the time of both meanwhile, and its doctor has no reason yet.
        let other = house.patient(OTHER).await;
        scene.try_book(&other, &asked, first).await.refused(409, "slot_taken");
        assert_eq!(number(house, "SELECT count(*) FROM reason WHERE basis = 'booking'").await, 0);
        assert_eq!(scene.staff(&scene.desk, &granted, "confirm", json!({})).await.is(200).text("/state"), "booked");
        assert_eq!(number(house, "SELECT count(*) FROM reason WHERE basis = 'booking'").await, 2);
        let held = scene.book(&priced, second).await;
        let answer = scene.staff(&scene.desk, &held, "confirm", json!({})).await.is(200);
        assert_eq!(answer.text("/state"), "held");
        house.pay(&scene.patient, &answer.text("/chargeId"), false).await;
        assert_eq!(scene.state(&held).await, "booked");
        let unanswered = scene.book(&asked, third).await;
        house.app.ambient.advance(TimeDelta::hours(2) + minutes(1));
        assert_eq!(scene.state(&unanswered).await, "expired");
        scene.staff(&scene.desk, &unanswered, "confirm", json!({})).await.refused(409, "state_conflict");
        scene.try_book(&other, &asked, third).await.is(201);
        // The desk needs no answer of its own.
        house.found_by_phone(&scene.desk, OTHER).await;
        let at_desk = json!({
            "channel": "phone", "doctorId": scene.clinic.doctor_id, "serviceId": asked, "startsAt": super::instant(at(house, 2, 14, 0))
        });
        let path = format!("/v1/staff/patients/{}/bookings", other.id);
        assert_eq!(house.post(&path, scene.desk.token(), at_desk).await.is(201).text("/state"), "booked");
        house.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_terms_for_patients_and_grounds_of_the_clinic() {
    for on in engines() {
        let scene = Scene::new(on, "cancel_until = \"6h\"\nmove_until = \"6h\"").await;
        let house = &scene.house;
        let paid = scene.service(30, json!({"price": {"amount": 100_000, "currency": "RUB"}})).await;
        let start = at(house, 2, 12, 0);
        let mut ids = Vec::new();
        for slot in 0..3 {
            let held = scene.try_book(&scene.patient, &paid, start + minutes(30 * slot)).await.is(201);
            house.pay(&scene.patient, &held.text("/chargeId"), false).await;
            ids.push((held.text("/id"), held.text("/chargeId")));
        }
        // Late for the whole refund, early enough to move: the refund is reckoned from where it stood.
        house.app.ambient.advance(start - TimeDelta::hours(10) - house.app.ambient.now());
        scene.try_move(&ids[0].0, None, at(house, 5, 12, 0)).await.is(200);
        scene.cancel(&ids[0].0).await.is(200);
        house.settle().await;
        assert_eq!(house.charge(&scene.patient, &ids[0].1).await["refunded"]["amount"], 50_000, "{on:?}");
        house.app.ambient.advance(TimeDelta::hours(5));
        scene.cancel(&ids[1].0).await.refused(409, "too_late");
        scene.try_move(&ids[1].0, None, start + TimeDelta::days(1)).await.refused(409, "too_late");
        assert_eq!(scene.state(&ids[1].0).await, "booked");
        // Staff can, with a ground: the clinic's own gives back everything, the patient's by his rule.
        let by_clinic = scene.staff(&scene.desk, &ids[1].0, "cancel", json!({"ground": "doctorUnavailable"})).await.is(200);
        assert_eq!((by_clinic.text("/state"), by_clinic.text("/ground")), ("cancelled".into(), "doctorUnavailable".into()));
        scene.staff(&scene.desk, &ids[2].0, "cancel", json!({"ground": "patientAsked"})).await.is(200);
        scene.staff(&scene.desk, &ids[2].0, "cancel", json!({"ground": "nonsense"})).await.refused(400, "invalid");
        house.settle().await;
        assert_eq!(house.charge(&scene.patient, &ids[1].1).await["refunded"]["amount"], 100_000, "{on:?}");
        assert_eq!(house.charge(&scene.patient, &ids[2].1).await["refunded"]["amount"], 50_000, "{on:?}");
    }
}
