//! E1, E3 and E13 of the erasure: nothing of the canary lies anywhere in the plain, alive or erased; after the next epoch
//! no copy opens; a restored backup forgets him again; his numbers begin anew.

use super::copies::{Shelf, config_of};
use super::life::{Life, grow_up};
use crate::support::auditor::{Auditor, Opened};
use crate::support::canary::{Canary, Script};
use crate::support::house::House;
use crate::support::scan::{Findings, Marker, Scanner};
use crate::support::stores::{On, Stores, engines};
use crate::support::{log, places};
use chrono::TimeDelta;
use feldsher::adapters::payments::PayFault;
use feldsher::app::App;
use feldsher::clinic::ROOMS;
use feldsher::clinic::privacy::replay_tombstones;
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;

/// What the house takes note of nowhere: it is looked for, and never kept, not even sealed.
const NEVER_KEPT: &[&str] = &["forwarded address", "mistyped SNILS", "code", "token"];

struct Lives {
    all: Vec<Life>,
    scanner: Scanner,
    codes: Vec<String>,
}

impl Lives {
    fn new(all: Vec<Life>) -> Self {
        let markers: Vec<Marker> = all.iter().flat_map(Life::markers).collect();
        let codes = all.iter().flat_map(|life| life.codes.iter().cloned()).collect();
        Self { scanner: Scanner::new(&markers), all, codes }
    }

    /// The markers in what opened, by name.
    fn known_from(&self, opened: &[Opened]) -> BTreeSet<String> {
        let found = opened.iter().flat_map(|opened| self.scanner.scan(&opened.place, &opened.plain).hits);
        found.map(|hit| hit.marker).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e1_e3_e13_of_the_canary_nothing_is_left() {
    log::listen();
    for on in engines() {
        let house = House::new(on).await;
        let lives = live(&house).await;
        assert_clean(&house, &lives, "while he lives").await;

        let before = Shelf::of(&house).await;
        assert_eq!(places::folder(&lives.scanner, before.folder.path()).summary(), Vec::<String>::new(), "a backup in the plain");
        let copy = before.restore_with(&before, &house.app.ambient).await;
        let copy = everything_opens_before(&house, copy, &lives).await;

        let old_keys = Auditor::with(&house.app.config.wrapping()).wrapping_keys().to_vec();
        let held = erase(&house, &lives).await;
        assert_clean(&house, &lives, "after his erasure").await;
        assert_clean(&copy, &lives, "in a copy from before").await;
        assert_pseudonyms_are_gone(&house, &lives, &held).await;

        house.app.vault.rotate().await.expect("the next epoch");
        assert_clean(&house, &lives, "after the next epoch").await;
        assert_keys_are_gone(&house, &old_keys).await;
        nothing_opens_after(&house, &copy.stores, &lives, &held).await;
        restored_he_is_forgotten_again(&house, &before, &lives, &held).await;

        // What was held dies on its day.
        house.later(TimeDelta::days(25 * 366)).await;
        house.later(TimeDelta::hours(2)).await;
        house.app.vault.rotate().await.expect("the next epoch");
        nothing_opens_after(&house, &copy.stores, &lives, &BTreeSet::new()).await;
        assert_clean(&house, &lives, "after 25 years").await;
        the_same_numbers_begin_anew(&house, &lives).await;
    }
}

/// Three lives. The third never falls ill, so that nothing of it is held.
async fn live(house: &House) -> Lives {
    let administrator = house.administrator().await;
    let clinic = house.clinic(&administrator).await;
    let mut lives = Vec::new();
    for script in Script::ALL {
        lives.push(grow_up(house, Canary::new(&house.app.ambient, script)).await);
    }
    lives[0].fall_ill(house, &clinic, 9).await;
    lives[1].fall_ill(house, &clinic, 10).await;
    let service = house.paid_service(&administrator, &clinic.clinic_id).await;
    lives[0].pay(house, &clinic, &service, &administrator, 14).await;
    // Somebody else's number is claimed, told to nobody, and given up again.
    let mut stolen = lives[2].canary.profile(&lives[0].canary.snils, &lives[2].canary.oms, false);
    stolen["surname"] = lives[0].canary.surname.as_str().into();
    house.put("/v1/me/profile", lives[2].person.token(), stolen).await.is(200);
    let own = lives[2].canary.profile(&lives[2].canary.snils, &lives[2].canary.oms, false);
    house.put("/v1/me/profile", lives[2].person.token(), own).await.is(200);
    house.settle().await;
    Lives::new(lives)
}

async fn assert_clean(house: &House, lives: &Lives, when: &str) {
    let survey = places::look(house, &lives.scanner, &lives.codes).await;
    for (place, findings) in &survey {
        let Findings { places, bytes, .. } = findings;
        println!("{:?}, {when}: {place}: {places} places, {bytes} bytes", house.on);
        assert_eq!(findings.summary(), Vec::<String>::new(), "{:?}: {place} {when}", house.on);
    }
    for place in [places::RECORD, places::REGISTER, places::LOG] {
        assert!(survey[place].bytes > 1_000, "{place} was looked at");
    }
}

/// The control: the tool that finds nothing later finds everything now.
async fn everything_opens_before(house: &House, copy: Stores, lives: &Lives) -> House {
    let mut auditor = Auditor::with(&copy.path("keys/wrapping"));
    auditor.learn(&copy.register_url).await;
    assert_eq!((auditor.dead, auditor.index_secrets()), (0, 1));
    let opened = open_everything(&auditor, &copy).await;
    let found = lives.known_from(&opened);
    for life in &lives.all {
        let is_ill = life.canary.script != Script::Georgian;
        let clinical = ["complaint", "chat", "document", "file", "conclusion"];
        for marker in life.markers() {
            let is_kept = !NEVER_KEPT.iter().any(|never| marker.name.contains(never));
            let is_kept = is_kept && (is_ill || !clinical.iter().any(|word| marker.name.starts_with(word)));
            assert_eq!(found.contains(&marker.name), is_kept, "{}: opened before", marker.name);
        }
        for (kind, value) in life.indexes() {
            assert!(auditor.recognises(kind, &value), "the blind index of {kind} before");
        }
    }
    let copy = House::with(copy, house.app.ambient.clone(), |_| {}).await;
    for life in &lives.all {
        let me = copy.get("/v1/me", life.person.token()).await.is(200);
        assert_eq!(me.text("/profile/surname"), life.canary.surname);
    }
    copy
}

async fn open_everything(auditor: &Auditor, stores: &Stores) -> Vec<Opened> {
    let mut opened = auditor.open_all(&stores.record_url).await;
    opened.extend(auditor.open_all(&stores.register_url).await);
    opened.extend(auditor.open_files(&stores.path("data/files"), &opened));
    opened
}

/// Asks for the end of every account and waits for it. Answers whose data is held, and of which class.
async fn erase(house: &House, lives: &Lives) -> BTreeSet<(String, String)> {
    let mut held = BTreeSet::new();
    for life in &lives.all {
        let asked = house.delete("/v1/me", life.person.token()).await.is(202);
        for class in asked.json()["classes"].as_array().expect("a plan") {
            if class["outcome"] != "destroyed" {
                held.insert((life.person.id.clone(), class["class"].as_str().expect("a class").to_owned()));
            }
        }
        house.delete("/v1/me", life.by_email.token()).await.is(202);
    }
    assert!(!held.is_empty());
    house.later(TimeDelta::days(14) + TimeDelta::minutes(1)).await;
    house.later(TimeDelta::hours(2)).await;
    for person in lives.all.iter().flat_map(|life| [&life.person, &life.by_email]) {
        house.get("/v1/me", person.token()).await.refused(401, "unauthenticated");
    }
    for customer in lives.all.iter().filter_map(|life| life.customer.as_deref()) {
        let gone = Err(PayFault::Reject { why: "no such payer" });
        assert_eq!(house.app.adapters.payments.methods(customer).await, gone, "the provider has forgotten him too");
    }
    assert!(held.iter().any(|(_, class)| class == "billing"), "what was paid is held for its term");
    held
}

/// Of whom nothing is held, no row tells even that he was there: his lines of the trail bear a mark that nobody can make.
async fn assert_pseudonyms_are_gone(house: &House, lives: &Lives, held: &BTreeSet<(String, String)>) {
    let everybody = lives.all.iter().flat_map(|life| [&life.person.id, &life.by_email.id]);
    for id in everybody.filter(|id| !held.iter().any(|(subject, _)| subject == *id)) {
        let bytes = id.parse::<uuid::Uuid>().expect("an id").into_bytes();
        let scanner = Scanner::new(&[Marker::text("a pseudonym", id), Marker::bytes("a pseudonym", bytes)]);
        let found = places::rows(&scanner, &house.stores.record_url).await;
        assert_eq!(found.summary(), Vec::<String>::new(), "{:?}", house.on);
    }
}

/// The wrapping keys that ended are nowhere, in no spelling.
async fn assert_keys_are_gone(house: &House, keys: &[[u8; 32]]) {
    let markers: Vec<Marker> = keys.iter().map(|key| Marker::bytes("an old wrapping key", key.as_slice())).collect();
    assert!(!markers.is_empty());
    for (place, findings) in places::look(house, &Scanner::new(&markers), &[]).await {
        assert_eq!(findings.summary(), Vec::<String>::new(), "{place}");
    }
}

/// With all stores of before, all stores of now, and the wrapping keys of now.
async fn nothing_opens_after(house: &House, copy: &Stores, lives: &Lives, held: &BTreeSet<(String, String)>) {
    let wrapping = house.app.config.wrapping();
    let mut adversary = Auditor::with(&wrapping);
    adversary.learn(&copy.register_url).await;
    assert!(adversary.keys.is_empty() && adversary.dead > 20, "no key of before opens");
    assert_eq!(adversary.index_secrets(), 0, "no secret of an index of before opens");
    adversary.learn(&house.stores.register_url).await;
    assert!(!adversary.keys.is_empty(), "the living keys open");
    for life in &lives.all {
        for (kind, value) in life.indexes() {
            assert!(!adversary.recognises(kind, &value), "{:?}: the blind index of {kind}", house.on);
        }
    }
    let mut opened = open_everything(&adversary, copy).await;
    opened.extend(open_everything(&adversary, &house.stores).await);
    let told: Vec<&Opened> = opened.iter().filter(|opened| !lives.scanner.scan("", &opened.plain).hits.is_empty()).collect();
    for Opened { place, subject, class, .. } in &told {
        assert!(held.contains(&(subject.to_string(), class.clone())), "{:?}: {place}, {class}", house.on);
    }
    assert_eq!(told.is_empty(), held.is_empty(), "what is held opens, for this tool sees it");
    let config = feldsher::app::config::Config { wrapping: Some(wrapping), ..config_of(copy) };
    let refused = App::open(config, house.app.ambient.clone(), ROOMS).await;
    assert!(refused.is_err(), "the house itself does not open on a copy of before");
}

/// E3: a record from before, with the newest register.
async fn restored_he_is_forgotten_again(house: &House, before: &Shelf, lives: &Lives, held: &BTreeSet<(String, String)>) {
    let now = Shelf::of(house).await;
    let restored = before.restore_with(&now, &house.app.ambient).await;
    let restored = House::with(restored, house.app.ambient.clone(), |_| {}).await;
    assert_clean(&restored, lives, "in a restored record").await;
    let forgotten = replay_tombstones(&restored.app).await.expect("replayed");
    assert_eq!(forgotten, lives.all.len() * 2, "each is forgotten again");
    restored.settle().await;
    assert_clean(&restored, lives, "after the replay").await;
    for life in &lives.all {
        restored.get("/v1/me", life.person.token()).await.refused(401, "unauthenticated");
    }
    let mut adversary = Auditor::with(&restored.app.config.wrapping());
    adversary.learn(&restored.stores.register_url).await;
    for opened in open_everything(&adversary, &restored.stores).await {
        let told = lives.scanner.scan(&opened.place, &opened.plain).summary();
        assert!(told.is_empty() || held.contains(&(opened.subject.to_string(), opened.class)), "{told:?}");
    }
}

/// E13: nothing of the old life is in the new one.
async fn the_same_numbers_begin_anew(house: &House, lives: &Lives) {
    for life in &lives.all {
        let again = house.newcomer(&life.canary.phone).await;
        assert!(again.id != life.person.id && again.id != life.by_email.id);
        let me = house.get("/v1/me", again.token()).await.is(200).json();
        assert!(me.get("profile").is_none() && me.get("acceptedPolicyVersion").is_none(), "{me}");
        for list in ["/v1/documents", "/v1/bookings", "/v1/me/access-log", "/v1/me/acceptances"] {
            assert_eq!(house.get(list, again.token()).await.is(200).json()["items"], json!([]), "{list}");
        }
        house.accept(&again).await;
        let profile = life.canary.profile(&life.canary.snils, &life.canary.oms, false);
        let request = house.request(Method::PUT, "/v1/me/profile", again.token()).json(&profile);
        house.send(request).await.is(200);
    }
}

/// On both engines the same places are looked at, and PostgreSQL has some more.
#[tokio::test(flavor = "multi_thread")]
async fn the_places_are_all_there() {
    log::listen();
    for on in engines() {
        let house = House::new(on).await;
        house.get("/v1/me", None).await.refused(401, "unauthenticated");
        let survey = places::look(&house, &Scanner::new(&[Marker::text("nothing", "nothing of that kind")]), &[]).await;
        assert!(survey.len() >= if on == On::Sqlite { 6 } else { 7 }, "{:?}", survey.keys());
    }
}
