//! A sealed value opened by keys that are at hand, in this process.

use super::place::Place;
use super::table::{Bar, Row};
use super::{ROUNDS, size};
use feldsher::app::App;
use feldsher::clinic::ROOMS;
use feldsher::clinic::identity::PATIENT_CLASSES;
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::Engine;
use feldsher::kernel::vault::{Class, Personal};
use serde::{Deserialize, Serialize};
use std::time::Instant;

const OPENINGS: usize = 50_000;

#[derive(Serialize, Deserialize)]
struct Complaint {
    text: String,
}

impl Personal for Complaint {
    const TABLE: &'static str = "booking";
    const COLUMN: &'static str = "complaint";
    const CLASS: Class = Class::Clinical;
}

pub async fn measure() -> Row {
    let place = Place::new(Engine::Sqlite).await;
    let app = App::open(place.config(), Ambient::system(), ROOMS).await.expect("an app");
    let keys = app.vault.create(PATIENT_CLASSES).await.expect("keys");
    let text = "Кашель и температура третий день, горло болит с утра".to_owned();
    let row = app.ambient.id();
    let sealed = keys.seal(row, &Complaint { text }).expect("a sealed value");
    let grant = app.own_grant(&keys, Class::Clinical).await.expect("a grant");
    let (openings, mut rounds) = (size(OPENINGS), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        for _ in 0..openings {
            let opened: Complaint = grant.open(row, &sealed).expect("an opened value");
            std::hint::black_box(opened.text);
        }
        rounds.push(began.elapsed().as_secs_f64() * 1e6 / openings as f64);
    }
    app.close().await;
    place.end().await;
    Row::of("a sealed row opened, keys at hand (in one process)", "µs", rounds).floor(Bar::AtMost(5.0)).aim(Bar::AtMost(2.0))
}
