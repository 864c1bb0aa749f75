//! A real clamd with one signature of our own. What it finds is shown to nobody of the staff; what it has not seen is held.

use super::*;
use crate::support::virus::{clamd, eicar};
use feldsher::adapters::antivirus::{Antivirus, AntivirusConfig, Scanned};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

async fn guarded(on: On, clamd: &str) -> Scene {
    let house = House::with(Stores::new(on).await, Ambient::system(), |config| {
        config.antivirus = AntivirusConfig { clamd: Some(clamd.to_owned()) };
    });
    Scene::with(house.await).await
}

/// An address at which nobody listens.
async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address").to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn t36_what_clamd_finds_is_never_served_and_its_owner_is_told() {
    let Some(clamd) = clamd() else { return };
    for on in engines() {
        let Scene { house, admin, anna, support } = guarded(on, &clamd).await;
        let clinic = house.clinic(&admin).await;
        house.visit(&clinic, &anna, 10).await;
        let ticket = house.ticket(&anna).await;
        house.take(&support, &ticket).await.is(200);
        let sick = pictures::png_of_text(&eicar());
        let shot = house.declare_shot(&anna, &ticket, PNG, &sick, json!({"reviewed": true})).await.is(201).text("/id");
        house.put_shot(&anna, &ticket, &shot, PNG, sick.clone()).await.is(200);
        assert_eq!(house.shot_state(&anna, &ticket, &shot).await, "quarantined");
        house.served(&support, &ticket, &shot).await.refused(409, "content_missing");
        house.settle().await;
        assert_eq!(house.shot_state(&anna, &ticket, &shot).await, "infected", "{on:?}");
        assert_eq!(house.rows("audit_line WHERE action = 'foundInfected'").await, 1);
        house.served(&support, &ticket, &shot).await.refused(409, "content_missing");
        house.get(&format!("/v1/staff/screenshots/{shot}/content"), clinic.doctor.token()).await.refused(404, "not_found");
        let review = format!("/v1/tickets/{ticket}/screenshots/{shot}/review");
        house.post(&review, anna.token(), json!({"regions": []})).await.refused(409, "state_conflict");

        let healthy = house.shot(&anna, &ticket, PNG, &pictures::png(20, 20), json!({"reviewed": true})).await;
        assert_eq!(house.shot_state(&anna, &ticket, &healthy).await, "served");
        house.served(&support, &ticket, &healthy).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t36_without_its_scanner_a_screenshot_is_held_and_served_once_it_is_back() {
    let Some(clamd) = clamd() else { return };
    for on in engines() {
        let down = nowhere().await;
        let Scene { house, anna, support, .. } = guarded(on, &down).await;
        let ticket = house.ticket(&anna).await;
        house.take(&support, &ticket).await.is(200);
        let shot = house.shot(&anna, &ticket, PNG, &pictures::png(20, 20), json!({"reviewed": true})).await;
        assert_eq!(house.shot_state(&anna, &ticket, &shot).await, "quarantined");
        house.served(&support, &ticket, &shot).await.refused(409, "content_missing");
        house.original(&anna, &ticket, &shot).await.is(200);
        // clamd comes up where it was looked for: the port now leads to the real one.
        let listener = TcpListener::bind(&down).await.expect("the same port");
        let real = clamd.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut far = tokio::net::TcpStream::connect(&real).await.expect("clamd");
                tokio::spawn(async move { tokio::io::copy_bidirectional(&mut near, &mut far).await });
            }
        });
        house.app.ambient.advance(TimeDelta::minutes(2));
        house.settle().await;
        let anna = house.again(ANNA).await;
        assert_eq!(house.shot_state(&anna, &ticket, &shot).await, "served", "{on:?}");
        house.served(&support, &ticket, &shot).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_two_known_answers_of_a_scanner_decide() {
    for (answer, expected) in [
        ("stream: OK\0", Some(Scanned::Clean)),
        ("stream: Some.Thing FOUND\0", Some(Scanned::Found)),
        ("stream: OK Some.Thing FOUND\0", Some(Scanned::Found)),
        ("INSTREAM size limit exceeded. ERROR\0", None),
        ("stream: LOOKS OK\0", None),
        ("OK\0", None),
        ("", None),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let clamd = Some(listener.local_addr().expect("an address").to_string());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            // The command, one chunk of one byte, and the empty chunk that ends the stream.
            let mut asked = [0; 10 + 5 + 4];
            stream.read_exact(&mut asked).await.expect("a whole question");
            stream.write_all(answer.as_bytes()).await.expect("an answer");
        });
        let scanner = Antivirus::open(&AntivirusConfig { clamd }).expect("a scanner");
        assert_eq!(scanner.scan(bytes::Bytes::from_static(b"x")).await.ok(), expected, "{answer:?}");
    }
    assert!(Antivirus::open(&AntivirusConfig { clamd: Some("somewhere".into()) }).is_err());
    assert_eq!(Antivirus::None.scan(bytes::Bytes::from_static(b"x")).await.ok(), Some(Scanned::Clean));
}
