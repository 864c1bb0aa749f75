//! The outbox on its way to the provider, beside the sender alone.
//!
//! The notices are told by this process, through the same `tell` that the rooms call in their transactions, while no server
//! runs: so the whole outbox lies there when the server starts, and only its worker is measured, not the requests that
//! would cause ten thousand notices. The keys of the recipients are cold then, as they are after any restart.

use super::apns::Apns;
use super::place::Place;
use super::server::{Server, text};
use super::table::{Bar, Figure, Row};
use super::{CLIENTS, TURNS};
use feldsher::adapters::outbox::Outbox;
use feldsher::adapters::push::{ApnsConfig, Manner, Push, PushConfig, TokenKind, Wake};
use feldsher::app::App;
use feldsher::clinic::ROOMS;
use feldsher::clinic::notifications::{self, Kind};
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::{Actor, Engine, Tx};
use feldsher::kernel::error::Result;
use futures_util::{StreamExt, stream};
use serde_json::json;
use std::collections::HashSet;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Notices for each of them.
const EACH: usize = 10;
/// Pushes that the bare sender has on their way at once: as many as the server's worker.
const AT_ONCE: usize = 256;
const PATIENCE: Duration = Duration::from_secs(120);
const GLANCE: Duration = Duration::from_millis(2);

pub async fn measure(server: Server, place: &Place, crowd: &[String]) -> Row {
    let peer = Apns::start(Ambient::system()).await;
    let config = peer.config(place.folder.path());
    let people = phones(&server, crowd).await;
    server.settle().await;
    server.stop().await;
    let notices = tell(place, &people).await;
    let mut beside = vec![bare(&config, notices).await];
    let sent_before = peer.count();
    let server = Server::start(place, TURNS, &environment(&config)).await;
    let figure = deliver(&server, &peer, sent_before, notices).await;
    drop(server);
    beside.push(bare(&config, notices).await);
    let least = if place.engine == Engine::Postgres { 2000.0 } else { 1000.0 };
    let row = Row::new("pushes, from the outbox to the provider", &[figure]).beside("the bare sender", beside);
    row.floor(Bar::AtLeast(least)).aim(Bar::Ratio(0.8))
}

/// Patients, each with a phone that has a token. Many, because the notices of one person go one after the other.
async fn phones(server: &Server, crowd: &[String]) -> Vec<Uuid> {
    let registered = stream::iter(crowd.iter().enumerate()).map(|(number, token)| async move {
        let push = json!([{"kind": "apns", "token": format!("{number:064x}")}]);
        let device = json!({"platform": "ios", "appVersion": "3.2.1", "model": "iPhone16,2", "pushTokens": push});
        server.put(&format!("/v1/devices/{}", Ambient::system().id()), token, &device).await;
        text(&server.get("/v1/me", token).await, "id").parse::<Uuid>().expect("an id")
    });
    registered.buffer_unordered(CLIENTS).collect().await
}

/// One transaction for each round of notices, so that what lies next to each other is for different people.
async fn tell(place: &Place, people: &[Uuid]) -> usize {
    let app = App::open(place.config(), Ambient::system(), ROOMS).await.expect("an app");
    for _ in 0..EACH {
        let object = app.ambient.id();
        let tell = async |tx: &mut Tx| -> Result<()> {
            for person in people {
                notifications::tell(tx, *person, Kind::RefundMade, object).await?;
            }
            Ok(())
        };
        app.write(&Actor::house("bench"), tell).await.expect("notices");
    }
    app.close().await;
    EACH * people.len()
}

/// From the first push that the peer takes to the last.
async fn deliver(server: &Server, peer: &Apns, sent_before: usize, notices: usize) -> Figure {
    let asked = Instant::now();
    let came = async |least: usize| {
        while peer.count() < sent_before + least {
            assert!(asked.elapsed() < PATIENCE, "{} of {notices} pushes came", peer.count() - sent_before);
            tokio::time::sleep(GLANCE).await;
        }
        peer.count() - sent_before
    };
    let first = came(1).await;
    let figure = server.figure(async { came(notices).await - first }).await;
    let ids: HashSet<String> = peer.got()[sent_before..].iter().map(|got| got.body["id"].to_string()).collect();
    assert_eq!(ids.len(), notices, "each once");
    figure
}

/// Pushes a second of our sender, alone with the peer: one connection, and no store.
async fn bare(config: &ApnsConfig, pushes: usize) -> f64 {
    let ambient = Ambient::system();
    let config = PushConfig { apns: Some(config.clone()), ..PushConfig::default() };
    let sender = Push::open(&config, &ambient, &Outbox::default()).expect("a sender");
    let (sender, ambient) = (&sender, &ambient);
    let expires_at = ambient.now() + chrono::TimeDelta::days(2);
    let send = |number: usize| async move {
        let wake = Wake { id: ambient.id(), manner: Manner::Alert, expires_at };
        sender.send(TokenKind::Apns, &format!("{number:064x}"), &wake).await.expect("a push");
    };
    send(0).await;
    let began = Instant::now();
    stream::iter(0..pushes).map(send).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    pushes as f64 / began.elapsed().as_secs_f64()
}

fn environment(config: &ApnsConfig) -> Vec<(&'static str, String)> {
    let roots = config.root_certificates.as_ref().expect("the peer's own");
    vec![
        ("FELDSHER_PUSH__APNS__KEY_FILE", config.key_file.display().to_string()),
        ("FELDSHER_PUSH__APNS__KEY_ID", config.key_id.clone()),
        ("FELDSHER_PUSH__APNS__TEAM_ID", config.team_id.clone()),
        ("FELDSHER_PUSH__APNS__TOPIC", config.topic.clone()),
        ("FELDSHER_PUSH__APNS__HOST", config.host.clone()),
        ("FELDSHER_PUSH__APNS__ROOT_CERTIFICATES", roots.display().to_string()),
    ]
}
