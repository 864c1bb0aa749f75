//! Two processes on one store, and a command beside them.

use crate::support::process::{Node, Wire, run};
use crate::support::stores::{On, Stores, engines};
use futures_util::future::join_all;
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
                    for n in 0..12 {
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
