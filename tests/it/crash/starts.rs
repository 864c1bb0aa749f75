//! Starting and stopping.

use crate::support::house::House;
use crate::support::process::{Node, feldsher, run};
use crate::support::stores::{On, Stores, empty, engines};
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::Db;
use feldsher_migrations::{Record, Register};
use serde_json::json;
use std::process::Output;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Stores that no migration has seen.
async fn untouched(on: On) -> Stores {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (record_url, register_url) = match on {
        On::Sqlite => {
            let url = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
            (url("data/record.db"), url("keys/register.db"))
        }
        On::Postgres => (empty(on, folder.path()).await, empty(on, folder.path()).await),
    };
    Stores { on, folder, record_url, register_url }
}

fn words(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn four_migrations_at_once_all_succeed() {
    for on in engines() {
        let stores = untouched(on).await;
        let running: Vec<_> = (0..4)
            .map(|_| {
                let mut command = feldsher(&stores, &["migrate"]);
                tokio::task::spawn_blocking(move || command.output().expect("the binary runs"))
            })
            .collect();
        for ended in running {
            let output = ended.await.expect("a thread");
            assert!(output.status.success(), "{on:?} {}", words(&output));
        }
        let record = Db::open(&stores.record_url, Ambient::system()).await.expect("the record");
        let register = Db::open(&stores.register_url, Ambient::system()).await.expect("the register");
        assert_eq!(record.pending::<Record>().await.expect("a list"), 0);
        assert_eq!(register.pending::<Register>().await.expect("a list"), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_on_new_stores_share_their_keys() {
    // On SQLite one server at a time works on a store.
    for on in engines().into_iter().filter(|on| *on == On::Postgres) {
        let stores = untouched(on).await;
        let serve = ["serve", "--sandbox"];
        let started = tokio::join!(
            Node::try_start(&stores, &serve, &[]),
            Node::try_start(&stores, &serve, &[]),
            Node::try_start(&stores, &serve, &[])
        );
        let nodes = [started.0, started.1, started.2].map(|node| node.unwrap_or_else(|log| panic!("{log}")));
        let wires: Vec<_> = nodes.iter().map(|node| node.wire.clone()).collect();
        let person = wires[0].sign_in("+79161234567", &wires).await.expect("an answer");
        for wire in &wires {
            wire.get("/v1/me", Some(&person.token)).await.expect("an answer").is(200);
        }
        for node in nodes {
            assert!(node.stop().await.success());
        }
        let verified = run(&stores, &["audit", "verify"]).await;
        assert!(verified.status.success(), "{}", words(&verified));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_while_it_starts_for_the_first_time_starts_afterwards() {
    for on in engines() {
        let stores = untouched(on).await;
        for delay_ms in [3, 10, 20, 30, 45, 60, 90, 140] {
            let node = Node::spawn(&stores, &["serve", "--sandbox"], &[]).await;
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            node.kill();
        }
        let node = Node::start(&stores).await;
        node.wire.newcomer("+79161234567").await.expect("an answer");
        assert!(node.stop().await.success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_server_ends_an_upload_that_is_in_flight() {
    const CONTENT: &[u8] = b"%PDF-1.7\nthe bytes of this document come one by one";
    for on in engines() {
        let house = House::new(on).await;
        let patient = house.patient("+79161234567").await;
        let declaration = json!({
            "kind": "upload", "title": "Анализ", "fileName": "a.pdf", "mediaType": "application/pdf", "sizeBytes": CONTENT.len(),
        });
        let id = house.post("/v1/documents", patient.token(), declaration).await.is(201).text("/id");
        house.app.close().await;

        let mut node = Node::start(&house.stores).await;
        let address = node.wire.base.trim_start_matches("http://").to_owned();
        let mut slow = TcpStream::connect(&address).await.expect("a connection");
        let head = format!(
            "PUT /v1/documents/{id}/content HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
             content-type: application/pdf\r\ncontent-length: {}\r\n\r\n",
            patient.token,
            CONTENT.len()
        );
        slow.write_all(head.as_bytes()).await.expect("a head");
        let (first, rest) = CONTENT.split_at(10);
        slow.write_all(first).await.expect("a beginning");
        tokio::time::sleep(Duration::from_millis(300)).await;
        node.terminate();
        for byte in rest {
            tokio::time::sleep(Duration::from_millis(20)).await;
            slow.write_all(&[*byte]).await.expect("a server that still listens");
        }
        let mut answer = String::new();
        slow.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{on:?} {answer}");
        assert!(node.ended().await.success(), "{}", node.log());
        TcpStream::connect(&address).await.expect_err("nobody listens any more");

        let next = Node::start(&house.stores).await;
        let stored = next.wire.get(&format!("/v1/documents/{id}/content"), patient.token()).await.expect("an answer");
        assert_eq!(stored.is(200).bytes, CONTENT);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_a_sqlite_store_stops_with_a_sentence() {
    let stores = Stores::new(On::Sqlite).await;
    let first = Node::start(&stores).await;
    let refused = Node::try_start(&stores, &["serve", "--sandbox"], &[]).await.err().expect("a refusal");
    assert!(refused.starts_with("feldsher: another feldsher serves"), "{refused}");
    first.wire.newcomer("+79161234567").await.expect("the first is not disturbed");
    first.kill();
    Node::start(&stores).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_never_becomes_a_real_server_nor_the_reverse() {
    const REAL: &[(&str, &str)] = &[
        ("FELDSHER_SMS__KIND", "http"),
        ("FELDSHER_SMS__URL", "http://127.0.0.1:9/sms"),
        ("FELDSHER_SMS__BODY", r#"{"to": "{to}", "text": "{text}"}"#),
    ];
    for on in engines() {
        for sandbox_first in [true, false] {
            let stores = Stores::new(on).await;
            let start = async |sandbox: bool| match sandbox {
                true => Node::try_start(&stores, &["serve", "--sandbox"], &[]).await,
                false => Node::try_start(&stores, &["serve"], REAL).await,
            };
            let first = start(sandbox_first).await.unwrap_or_else(|log| panic!("{log}"));
            assert!(first.stop().await.success());
            let refused = start(!sandbox_first).await.err().expect("a refusal");
            let sentence = if sandbox_first { "was run with --sandbox before" } else { "was run without --sandbox before" };
            assert!(refused.contains(sentence), "{on:?} {refused}");
            start(sandbox_first).await.unwrap_or_else(|log| panic!("{log}"));
        }
    }
}
