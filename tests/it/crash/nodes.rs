//! Two processes on one store, and a command beside them.

use crate::support::clinic::at;
use crate::support::house::House;
use crate::support::process::{Node, Wire, crowded_profile, run};
use crate::support::stores::{On, Stores, engines};
use feldsher::kernel::clock::Ambient;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

const PHONE: &str = "+79161234567";

async fn two(stores: &Stores) -> (Node, Node, Vec<Wire>) {
    let (a, b) = tokio::join!(Node::start(stores), Node::start(stores));
    let wires = vec![a.wire.clone(), b.wire.clone()];
    (a, b, wires)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ended_on_one_node_is_refused_on_the_other() {
    for on in engines().into_iter().filter(|on| *on == On::Postgres) {
        let stores = Stores::new(on).await;
        let (a, b, wires) = two(&stores).await;
        let person = a.wire.sign_in(PHONE, &wires).await.expect("an answer");
        b.wire.get("/v1/me", Some(&person.token)).await.expect("an answer").is(200);
        a.wire.delete("/v1/auth/tokens", Some(&person.token)).await.expect("an answer").is(204);
        tokio::time::sleep(Duration::from_secs(1)).await;
        b.wire.get("/v1/me", Some(&person.token)).await.expect("an answer").refused(401, "unauthenticated");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_rotate_beside_two_serving_nodes_lose_nobody() {
    for on in engines().into_iter().filter(|on| *on == On::Postgres) {
        let stores = Stores::new(on).await;
        let (a, b, wires) = two(&stores).await;
        let before = a.wire.sign_in(PHONE, &wires).await.expect("an answer");
        // Registrations go on at both nodes while epochs end.
        let registering: Vec<_> = (0..8)
            .map(|client| {
                let wires = wires.clone();
                tokio::spawn(async move {
                    let mut people = Vec::new();
                    for n in 0..8 {
                        let phone = format!("+7916{:07}", 2_000_000 + client * 100 + n);
                        let person = wires[(client + n) % 2].sign_in(&phone, &wires).await.expect("an answer");
                        people.push((phone, person));
                    }
                    people
                })
            })
            .collect();
        for _ in 0..4 {
            let rotated = run(&stores, &["keys", "rotate"]).await;
            assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
        }
        let mut people = vec![(PHONE.to_owned(), before)];
        for client in registering {
            people.extend(client.await.expect("a client who got what he was promised"));
        }
        everybody_is_known(&wires, &people).await;
        assert!(a.stop().await.success() && b.stop().await.success());
        // A process that remembers nothing opens everything with the keys that are left.
        let (_a, _b, wires) = two(&stores).await;
        everybody_is_known(&wires, &people).await;
    }
}

async fn everybody_is_known(wires: &[Wire], people: &[(String, crate::support::people::Person)]) {
    for some in people.chunks(16) {
        join_all(some.iter().map(|(phone, person)| async move {
            for wire in wires {
                wire.get("/v1/me", Some(&person.token)).await.expect("an answer").is(200);
            }
            let again = wires[0].sign_in(phone, wires).await.expect("an answer");
            assert_eq!(again.id, person.id, "one number, one patient");
        }))
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_patients_at_two_nodes_get_one_booking_of_one_time() {
    const PATIENTS: usize = 200;
    for on in engines().into_iter().filter(|on| *on == On::Postgres) {
        let stores = Stores::new(on).await;
        let profile = crowded_profile(stores.folder.path()).display().to_string();
        let house = House::with(stores, Ambient::system(), |config| config.profile = profile).await;
        let administrator = house.administrator().await;
        let clinic = house.clinic(&administrator).await;
        // Every one of these holds 10:00 to 10:15 on the clinic's clock.
        let mut wanted = vec![(clinic.service_id.clone(), at(&house, 1, 10, 0))];
        for (minutes, hour, minute) in [(20, 10, 0), (45, 9, 45), (60, 10, 0), (90, 9, 0)] {
            let service = house.service(&administrator, &clinic.clinic_id, minutes).await;
            wanted.push((service, at(&house, 1, hour, minute)));
        }
        let (_a, _b, wires) = two(&house.stores).await;
        let mut patients = Vec::new();
        for some in (0..PATIENTS).collect::<Vec<_>>().chunks(25) {
            let coming = some.iter().map(|n| {
                let (house, wires, phone) = (&house, &wires, format!("+7918{n:07}"));
                async move {
                    let patient = wires[n % 2].sign_in(&phone, wires).await.expect("an answer");
                    house.accept(&patient).await;
                    let profile = json!({"surname": "Пациентов", "givenName": "Пётр", "birthDate": "1980-05-01"});
                    house.put("/v1/me/profile", patient.token(), profile).await.is(200);
                    patient
                }
            });
            patients.extend(join_all(coming).await);
        }
        let racing = patients.iter().enumerate().map(|(n, patient)| {
            let (service, starts_at) = &wanted[n % wanted.len()];
            let body = json!({"doctorId": clinic.doctor_id, "serviceId": service, "startsAt": starts_at.to_rfc3339()});
            let wire = &wires[n / wanted.len() % 2];
            let request = wire.request(Method::POST, "/v1/bookings", patient.token());
            wire.send(request.header("Idempotency-Key", n.to_string()).json(&body))
        });
        let mut won = 0;
        for answer in join_all(racing).await {
            let answer = answer.expect("an answer");
            match answer.status.as_u16() {
                201 => won += 1,
                _ => _ = answer.refused(409, "slot_taken"),
            }
        }
        assert_eq!(won, 1);
        let mut stored = 0;
        for some in patients.chunks(20) {
            let lists = join_all(some.iter().map(|patient| wires[1].get("/v1/bookings", patient.token()))).await;
            for list in lists {
                stored += list.expect("an answer").is(200).json()["items"].as_array().map_or(0, Vec::len);
            }
        }
        assert_eq!(stored, 1);
    }
}
