//! Cancelling, moving, expiry and payment at once, in every order: one of them wins, and the money follows.

use super::{OTHER, Scene, minutes};
use crate::support::clinic::at;
use crate::support::stores::engines;
use feldsher::adapters::payments::sandbox::Act;
use serde_json::json;
use std::sync::Arc;

/// All orders of the first `count` numbers.
fn orders(count: usize) -> Vec<Vec<usize>> {
    match count {
        0 => vec![Vec::new()],
        _ => {
            let shorter = orders(count - 1);
            shorter
                .iter()
                .flat_map(|order| {
                    (0..count).map(move |place| {
                        let mut longer = order.clone();
                        longer.insert(place, count - 1);
                        longer
                    })
                })
                .collect()
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s4_04_cancel_move_expiry_and_payment_in_every_order_and_all_at_once() {
    for on in engines() {
        let scene = Arc::new(Scene::new(on, "").await);
        let house = &scene.house;
        let paid = scene.service(30, json!({"price": {"amount": 100_000, "currency": "RUB"}})).await;
        for (round, order) in orders(4).into_iter().enumerate() {
            for at_once in [false, true] {
                // All at once is tried with the first acts of every order, which the machine mixes as it likes.
                if at_once && round % 3 != 0 {
                    continue;
                }
                let from = at(house, 4, 10, 0);
                let to = at(house, 4, 12, 0);
                let held = scene.try_book(&scene.patient, &paid, from).await.is(201);
                let (id, charge) = (held.text("/id"), held.text("/chargeId"));
                let payment = house.begin_payment(&scene.patient, &charge, false).await;
                let act = |index: usize| {
                    let (scene, id, payment) = (scene.clone(), id.clone(), payment.clone());
                    async move {
                        match index {
                            0 => drop(scene.cancel(&id).await),
                            1 => drop(scene.try_move(&id, None, to).await),
                            2 => {
                                // Sixteen minutes: the hold is over.
                                scene.house.app.ambient.advance(minutes(16));
                                feldsher::server::worker::run_duties(&scene.house.app).await.expect("duties");
                            }
                            _ => {
                                let _ = scene.house.provider().act(&payment, Act::Pay);
                                for delivery in scene.house.provider().callbacks(scene.house.app.ambient.now()) {
                                    // The clock runs meanwhile, and a call that is too old is refused: the house looks by itself.
                                    drop(scene.house.deliver(&delivery).await);
                                }
                                scene.house.settle().await;
                            }
                        }
                    }
                };
                if at_once {
                    let tasks: Vec<_> = order.iter().map(|index| tokio::spawn(act(*index))).collect();
                    for task in tasks {
                        task.await.expect("an act");
                    }
                } else {
                    for index in &order {
                        act(*index).await;
                    }
                }
                house.later(minutes(2)).await;
                house.hear().await;
                let (state, money) = (scene.state(&id).await, house.charge(&scene.patient, &charge).await);
                let (paid, back) =
                    (money["paid"]["amount"].as_i64().unwrap_or(0), money["refunded"]["amount"].as_i64().unwrap_or(0));
                let what = format!("{on:?} {order:?} at once {at_once}: {state} {money}");
                let provider: i64 =
                    house.provider().payments().iter().filter(|one| one.id == payment).map(|one| one.refunded).sum();
                match state.as_str() {
                    // Whoever has his visit has paid for it, and whoever has none has his money.
                    "booked" => assert_eq!((money["state"].as_str(), back), (Some("paid"), 0), "{what}"),
                    "cancelled" | "expired" => {
                        assert!(matches!(money["state"].as_str(), Some("refunded" | "canceled")), "{what}")
                    }
                    _ => panic!("{what}"),
                }
                assert_eq!(provider, back, "{what}");
                assert!(back <= paid.max(100_000), "{what}");
                // The times that it does not have are free for others.
                assert_eq!(super::doubles(house).await, 0, "{what}");
                scene.cancel(&id).await;
                house.settle().await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s4_02_many_who_change_places_at_once_never_meet() {
    for on in engines() {
        let scene = Arc::new(Scene::new(on, "moves_max = 1000").await);
        let house = &scene.house;
        let (second, _) = house.second_doctor(&scene.admin, &scene.clinic).await;
        let doctors = [scene.clinic.doctor_id.clone(), second];
        let mut people = vec![(scene.patient.clone(), String::new())];
        for phone in [OTHER, "+79161234569", "+79161234570"] {
            people.push((house.patient(phone).await, String::new()));
        }
        for (n, (person, id)) in people.iter_mut().enumerate() {
            let slot = at(house, 2, 10 + u32::try_from(n).expect("few"), 0);
            *id = scene.try_book(person, &scene.clinic.service_id, slot).await.is(201).text("/id");
        }
        let mut racing = Vec::new();
        for round in 0..10 {
            for (n, (person, id)) in people.iter().enumerate() {
                let hour = 10 + u32::try_from((n * 3 + round) % 4).expect("few");
                let body = json!({"doctorId": doctors[(n + round) % 2], "startsAt": super::instant(at(house, 2, hour, 0))});
                let (scene, person, id) = (scene.clone(), person.clone(), id.clone());
                racing.push(tokio::spawn(async move {
                    scene.house.post(&format!("/v1/bookings/{id}/move"), person.token(), body).await
                }));
            }
        }
        for request in racing {
            let answer = request.await.expect("an answer");
            match answer.status.as_u16() {
                200 => {}
                _ => _ = answer.is(409),
            }
        }
        assert_eq!(super::doubles(house).await, 0, "{on:?}");
        for (person, id) in &people {
            let seen = house.get(&format!("/v1/bookings/{id}"), person.token()).await.is(200);
            assert_eq!(seen.text("/state"), "booked", "{on:?}");
            let moves = house.get(&format!("/v1/bookings/{id}/moves"), person.token()).await.is(200).json();
            if let Some(last) = moves["items"].as_array().and_then(|moves| moves.last()) {
                assert_eq!((&last["toStartsAt"], &last["toDoctorId"]), (&seen.json()["startsAt"], &seen.json()["doctorId"]));
            }
        }
    }
}
