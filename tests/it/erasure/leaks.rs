//! The scanner itself is proven first: what it does not find when planted, it could not have found when leaked.

use crate::support::canary::{Canary, Script};
use crate::support::house::House;
use crate::support::scan::{Marker, Scanner};
use crate::support::stores::{On, engines};
use crate::support::{log, places};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use feldsher::adapters::outbox::Channel;
use feldsher::kernel::clock::Ambient;
use md5::Md5;
use reqwest::Url;
use sea_orm::{ConnectionTrait, Database, Statement};
use sha2::{Digest, Sha256};
use std::io::Write;
use unicode_normalization::UnicodeNormalization;

/// A canary to be planted. Dates are few, so that he is born in other years than those who live in the same process.
fn planted(ambient: &Ambient, script: Script) -> Canary {
    let mut canary = Canary::new(ambient, script);
    canary.birth_date = format!("197{}", &canary.birth_date[3..]);
    canary
}

fn markers(ambient: &Ambient) -> Vec<Marker> {
    Script::ALL.into_iter().flat_map(|script| planted(ambient, script).markers()).collect()
}

/// One written marker inside a sentence, in each encoding, made by other means than the scanner's where there are some.
fn leaks(way: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut leaks = Vec::new();
    let mut add = |encoding: String, leak: Vec<u8>| leaks.push((encoding, leak));
    for before in ["", "x", "xy", "xyz"] {
        let sentence = [before.as_bytes(), way, b" and more"].concat();
        add(format!("base64 after {before:?}"), STANDARD.encode(&sentence).into_bytes());
        add(format!("base64url after {before:?}"), URL_SAFE.encode(&sentence).into_bytes());
        add(format!("plain after {before:?}"), sentence);
    }
    add("hex".into(), hex::encode(way).into_bytes());
    add("upper-case hex".into(), hex::encode_upper(way).into_bytes());
    let Ok(text) = std::str::from_utf8(way) else { return leaks };
    for (form, text) in [
        ("NFC", text.nfc().collect::<String>()),
        ("NFD", text.nfd().collect()),
        ("lower case", text.to_lowercase()),
        ("upper case", text.to_uppercase()),
        ("lower NFD", text.to_lowercase().nfd().collect()),
        ("upper NFD", text.to_uppercase().nfd().collect()),
    ] {
        add(form.into(), text.clone().into_bytes());
        add(format!("{form}, UTF-16 LE"), format!("a{text}z").encode_utf16().flat_map(u16::to_le_bytes).collect());
        add(format!("{form}, UTF-16 BE"), format!("a{text}z").encode_utf16().flat_map(u16::to_be_bytes).collect());
        let mut url = Url::parse("http://localhost/").expect("a URL");
        url.query_pairs_mut().append_pair("q", &text);
        let query = url.query().expect("a query").to_owned();
        add(format!("{form}, as a form sends it"), query.clone().into_bytes());
        add(format!("{form}, as a form in lower case"), lower_escapes(&query).into_bytes());
        add(format!("{form}, URL"), query.replace('+', "%20").into_bytes());
        let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        add(format!("{form}, every character escaped"), escaped.into_bytes());
        let escaped: String =
            text.chars().map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04X}", u32::from(c)) }).collect();
        add(format!("{form}, escaped"), escaped.into_bytes());
    }
    leaks
}

/// `%D0` as `%d0`, and nothing else changed.
fn lower_escapes(url: &str) -> String {
    let mut parts = url.split('%');
    let mut lower = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_at(2);
        lower += &format!("%{}{rest}", code.to_lowercase());
    }
    lower
}

#[test]
fn the_scanner_finds_every_marker_in_every_encoding_and_nothing_in_noise() {
    let ambient = Ambient::seeded(7);
    let markers = markers(&ambient);
    assert!(markers.len() >= 40, "{}", markers.len());
    let scanner = Scanner::new(&markers);
    let mut planted = 0;
    for marker in &markers {
        for (number, way) in marker.ways().into_iter().enumerate() {
            for (encoding, leak) in leaks(&way) {
                planted += 1;
                let found = scanner.scan("a leak", &[b"... ".as_slice(), &leak, b" ..."].concat());
                assert!(found.hits.iter().any(|hit| hit.marker == marker.name), "{}, way {number}: {encoding}", marker.name);
            }
        }
    }
    assert!(planted > 5_000, "{planted}");
    for canary in Script::ALL.map(|script| Canary::new(&Ambient::seeded(8), script)) {
        let scanner = Scanner::new(&canary.markers());
        for (number, name) in [(&canary.snils, "SNILS"), (&canary.oms, "OMS"), (&canary.phone, "phone")] {
            let name = format!("{name} ({:?})", canary.script);
            for (encoding, leak) in [
                ("SHA-256", Sha256::digest(number).to_vec()),
                ("SHA-256", hex::encode(Sha256::digest(number)).into_bytes()),
                ("SHA-256", hex::encode_upper(Sha256::digest(number)).into_bytes()),
                ("SHA-256", STANDARD.encode(Sha256::digest(number)).into_bytes()),
                ("MD5", Md5::digest(number).to_vec()),
                ("MD5", hex::encode(Md5::digest(number)).into_bytes()),
            ] {
                assert!(scanner.scan("a hash", &leak).has(&name, encoding), "{name} as {encoding}");
            }
        }
        let number: i64 = canary.snils.parse().expect("a number");
        assert!(!scanner.scan("an integer", &number.to_le_bytes()).hits.is_empty());
        assert!(!scanner.scan("an integer", &number.to_be_bytes()).hits.is_empty());
    }
    let mut noise = vec![0; 32 << 20];
    ambient.fill(&mut noise);
    assert_eq!(scanner.scan("noise", &noise).summary(), Vec::<String>::new());
    assert_eq!(scanner.scan("noise", STANDARD.encode(&noise[..8 << 20]).as_bytes()).summary(), Vec::<String>::new());
    assert_eq!(scanner.scan("noise", hex::encode(&noise[..8 << 20]).as_bytes()).summary(), Vec::<String>::new());
    let codes = Scanner::new(&[Marker::code("code", "271828")]);
    assert_eq!(codes.scan("a message", b"Your code: 271828.").hits.len(), 1);
    assert_eq!(codes.scan("a number", b"1271828 and 2718281, x271828").hits.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_planted_in_any_place_is_found_there() {
    log::listen();
    for on in engines() {
        let house = House::new(on).await;
        let markers = markers(&house.app.ambient);
        let scanner = Scanner::new(&markers);
        for (place, findings) in places::look(&house, &scanner, &[]).await {
            assert_eq!(findings.summary(), Vec::<String>::new(), "{on:?}: {place} is clean before");
        }
        let planted: Vec<(&Marker, Vec<u8>)> = markers
            .iter()
            .flat_map(|marker| {
                marker.ways().iter().flat_map(|way| leaks(way)).map(|(_, leak)| (marker, leak)).collect::<Vec<_>>()
            })
            .collect();

        let everything: Vec<u8> = planted.iter().flat_map(|(_, leak)| [leak.as_slice(), b"\n"].concat()).collect();
        std::fs::create_dir_all(house.stores.path("data/files/deep")).expect("a folder");
        std::fs::write(house.stores.path("data/files/deep/object"), &everything).expect("a file");
        let mut unlinked = tempfile::tempfile().expect("a file without a name");
        unlinked.write_all(&everything).expect("written");
        plant_rows(&house.stores.record_url, &planted).await;
        plant_rows(&house.stores.register_url, &planted).await;
        for (marker, leak) in &planted {
            if let Ok(text) = std::str::from_utf8(leak) {
                tracing::warn!("planted for {}: {text}", marker.name.len());
                tracing::warn!(text, "planted once more");
                house.app.adapters.outbox.post(Channel::Sms, "+70000000000", None, text, "key").expect("a message");
            }
        }
        let log_is_looked_at = plant_in_the_servers_log(&house, &markers).await;

        let survey = places::look(&house, &scanner, &[]).await;
        let places: &[&str] = match on {
            On::Sqlite => &[places::FOLDERS, places::RECORD, places::REGISTER, places::LOG, places::UNLINKED, places::OUTBOX],
            On::Postgres => &[
                places::FOLDERS,
                places::RECORD,
                places::REGISTER,
                places::LOG,
                places::UNLINKED,
                places::OUTBOX,
                places::HEAP,
                places::WAL,
                places::SERVER_LOG,
            ],
        };
        for place in places {
            let Some(found) = survey.get(place) else {
                println!("SKIPPED {place}: it can't be read here");
                continue;
            };
            // Bytes that are no text can't stand in a log or a message; their hex and base64 can.
            let wanted = if *place == places::SERVER_LOG { if log_is_looked_at { 40 } else { 0 } } else { markers.len() };
            let names: std::collections::BTreeSet<_> = found.hits.iter().map(|hit| hit.marker.as_str()).collect();
            assert!(names.len() >= wanted, "{on:?}: {} of {wanted} markers in {place}", names.len());
            if ![places::SERVER_LOG].contains(place) {
                for encoding in [
                    "UTF-8",
                    "UTF-16 LE",
                    "UTF-16 BE",
                    "hex",
                    "HEX",
                    "base64",
                    "base64url",
                    "URL",
                    "URL with plus",
                    "JSON escapes",
                    "JSON escapes of all",
                ] {
                    let is_text = !encoding.starts_with("UTF-16") || ![places::LOG, places::OUTBOX].contains(place);
                    assert!(!is_text || found.hits.iter().any(|hit| hit.encoding == encoding), "{on:?}: {encoding} in {place}");
                }
            }
        }
        // What is deleted is not gone on PostgreSQL, and the scanner sees it all the same.
        if on == On::Postgres && survey.contains_key(places::HEAP) {
            let db = Database::connect(&house.stores.record_url).await.expect("the record");
            db.execute_unprepared("DROP TABLE leak").await.expect("dropped");
            let again = places::look(&house, &scanner, &[]).await;
            assert!(again[places::RECORD].hits.is_empty() && !again[places::WAL].hits.is_empty());
        }
    }
}

/// One row for each leak, so that the engine compresses and splits none.
async fn plant_rows(url: &str, planted: &[(&Marker, Vec<u8>)]) {
    let db = Database::connect(url).await.expect("a store");
    let bytes = if url.starts_with("sqlite") { "BLOB" } else { "BYTEA" };
    db.execute_unprepared(&format!("CREATE TABLE leak (bytes {bytes})")).await.expect("a table");
    for some in planted.chunks(100) {
        let values: Vec<sea_orm::Value> = some.iter().map(|(_, leak)| leak.clone().into()).collect();
        let places: Vec<String> = (1..=values.len()).map(|n| format!("(${n})")).collect();
        let sql = format!("INSERT INTO leak VALUES {}", places.join(", "));
        db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await.expect("rows");
    }
    db.close().await.expect("closed");
}

/// A cast that fails quotes its value in the server's log.
async fn plant_in_the_servers_log(house: &House, markers: &[Marker]) -> bool {
    if house.on == On::Sqlite {
        return false;
    }
    let db = Database::connect(&house.stores.record_url).await.expect("the record");
    for marker in markers {
        for way in marker.ways() {
            if let Ok(text) = std::str::from_utf8(&way) {
                let sql = format!("SELECT CAST('{text}x' AS INTEGER)");
                db.execute_unprepared(&sql).await.expect_err("no number");
            }
        }
    }
    db.close().await.expect("closed");
    true
}
