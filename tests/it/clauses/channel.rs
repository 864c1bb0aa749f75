//! What passes through the channel, and what stays behind: S0-04, S0-12, S2-07, S2-13.

use crate::doors::{call, everything, matrix, operations};
use crate::support::auditor::Auditor;
use crate::support::house::{Answer, House};
use crate::support::log;
use crate::support::stores::{Stores, engines};
use crate::support::town::Town;
use feldsher::app::config::Config;
use feldsher::kernel::clock::Ambient;
use reqwest::{Method, RequestBuilder};
use sea_orm::{ConnectionTrait, Database};
use serde_json::json;

const PHONE: &str = "+79161234567";
const AGENT: &str = "Netscape-of-the-patient/4.0";
const ADDRESS: &str = "203.0.113.77";

/// A house behind a proxy that is believed.
async fn proxied(stores: Stores, ambient: Ambient, profile: &str) -> House {
    let profile = profile.to_owned();
    House::with(stores, ambient, |config| {
        config.trusted_proxies = vec!["127.0.0.1".into()];
        config.profile = profile;
    })
    .await
}

fn from_afar(request: RequestBuilder, proto: &str) -> RequestBuilder {
    request.header("X-Forwarded-For", ADDRESS).header("X-Forwarded-Proto", proto).header("User-Agent", AGENT)
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_13_over_plain_http_no_credential_is_read_from_another_machine() {
    for on in engines() {
        let house = proxied(Stores::new(on).await, Ambient::system(), "ru-telemed").await;
        let me = house.newcomer(PHONE).await;
        let (challenge, code) = house.code_for(PHONE).await;
        let before = everything(&house).await;
        let me_by = |proto: &str| from_afar(house.request(Method::GET, "/v1/me", me.token()), proto);
        for proto in ["http", "ftp", ""] {
            house.send(me_by(proto)).await.refused(403, "tls_required");
        }
        // A code that was sent in the plain is not even tried, and a wrong one does not count.
        let redeem = |code: &str, proto: &str| {
            let body = json!({"grant": "code", "challengeId": challenge, "code": code});
            from_afar(house.request(Method::POST, "/v1/auth/tokens", None), proto).json(&body)
        };
        for _ in 0..10 {
            house.send(redeem("000000", "http")).await.refused(403, "tls_required");
        }
        house.send(redeem(&code, "http")).await.refused(403, "tls_required");
        assert_eq!(before, everything(&house).await, "{on:?}");
        let silent = house.request(Method::GET, "/v1/me", me.token()).header("X-Forwarded-For", ADDRESS);
        let silent = house.send(silent).await.refused(403, "tls_required");
        assert!(!silent.headers.contains_key("strict-transport-security"), "who speaks no TLS is told nothing of it");

        let answer = house.send(me_by("https")).await.is(200);
        assert_eq!(answer.headers["strict-transport-security"], "max-age=31536000");
        house.send(redeem(&code, "https")).await.is(200);
        // This machine itself, and a proxy that nobody has named, are no other machine.
        house.get("/v1/me", me.token()).await.is(200);
        let far = House::with(Stores::new(on).await, house.app.ambient.clone(), |config| {
            config.trusted_proxies = vec!["10.0.0.0/8".into()];
        })
        .await;
        far.send(from_afar(far.request(Method::GET, "/v1/app-config", None), "http")).await.is(200);
    }
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("the README");
    let spoken: Vec<&str> = readme.lines().map(str::trim).filter(|line| line.starts_with("ssl_protocols")).collect();
    assert_eq!(spoken, ["ssl_protocols TLSv1.2 TLSv1.3;"], "the proxy's example");
    assert!(readme.contains("proxy_set_header X-Forwarded-Proto $scheme;"));
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_12_every_operation_works_by_bearer_and_none_by_a_cookie() {
    let contract = feldsher::server::service::contract().expect("a contract");
    let text = contract.to_string().to_lowercase();
    assert!(!text.contains("\"in\":\"cookie\"") && !text.contains("set-cookie"), "the contract knows no cookie");
    let schemes = contract["components"]["securitySchemes"].as_object().expect("schemes");
    assert!(schemes.values().all(|scheme| scheme["type"] == "http" && scheme["scheme"] == "bearer"), "{schemes:?}");
    let operations = operations();
    for on in engines() {
        let house = House::new(on).await;
        let town = Town::build(&house).await;
        for door in
            matrix().iter().filter(|door| operations[&door.operation].0 == Method::GET && door.operation != "listenEvents")
        {
            let answer = call(&house, &town, &Method::GET, door, &door.owner).await;
            // What an earlier act opens (a held record) is not there; the caller is known all the same.
            let is_known = answer.status.as_u16() == door.answer || answer.status == 404;
            assert!(is_known, "{} by bearer: {} on {on:?}", door.operation, answer.status);
            assert!(!answer.headers.contains_key("set-cookie"), "{}", door.operation);
            let Some(token) = town.token(&door.owner) else { continue };
            // The same token in a cookie signs nobody in.
            let cookie = house.request(Method::GET, &town.fill(&door.path), None);
            let cookie = cookie.header("Cookie", format!("session={token}; Authorization=Bearer {token}; token={token}"));
            house.send(cookie).await.refused(401, "unauthenticated");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_04_a_flipped_byte_is_refused_and_alarmed() {
    log::listen();
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        let other = house.patient("+79160000002").await;
        let content = [b"%PDF-1.7\n".as_slice(), &[b'z'; 4000]].concat();
        let declared = json!({
            "kind": "upload", "title": "T", "fileName": "a.pdf", "mediaType": "application/pdf", "sizeBytes": content.len(),
        });
        let id = house.post("/v1/documents", me.token(), declared).await.is(201).text("/id");
        let path = format!("/v1/documents/{id}/content");
        let put = house.request(Method::PUT, &path, me.token()).header("Content-Type", "application/pdf");
        house.send(put.body(content.clone())).await.is(200);
        assert_eq!(house.get(&path, me.token()).await.is(200).bytes, content);

        // One byte of the stored file.
        let files = house.stores.path("data/files");
        let file = std::fs::read_dir(&files).expect("files").next().expect("one").expect("an entry").path();
        let mut bytes = std::fs::read(&file).expect("its bytes");
        assert!(!bytes.windows(20).any(|window| window == [b'z'; 20]), "it lies sealed");
        bytes[100] ^= 1;
        std::fs::write(&file, &bytes).expect("written");
        let broken = house.request(Method::GET, &path, me.token()).send().await.expect("an answer");
        let (status, read) = (broken.status(), broken.bytes().await);
        let whole = read.as_ref().is_ok_and(|read| read.len() == content.len());
        assert!(status.is_server_error() || !whole, "{status} on {on:?}");
        assert!(read.is_err() || !read.is_ok_and(|read| read.windows(20).any(|window| window == [b'z'; 20])), "{on:?}");

        // A sealed value of the record, exchanged with that of somebody else's row: moved is as bad as changed.
        let db = Database::connect(&house.stores.record_url).await.expect("the record");
        let of_other = "(SELECT identity FROM patient WHERE identity IS NOT NULL ORDER BY subject LIMIT 1)";
        db.execute_unprepared(&format!("UPDATE patient SET identity = {of_other}")).await.expect("a change behind the back");
        let answers = [house.get("/v1/me", me.token()).await, house.get("/v1/me", other.token()).await];
        let refused: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 500).collect();
        assert_eq!(refused.len(), 1, "one of both values was moved, on {on:?}");
        assert!(!String::from_utf8_lossy(&refused[0].bytes).contains("Пациентов"));
        let id = refused[0].headers["x-request-id"].to_str().expect("an id").to_owned();
        let log = String::from_utf8_lossy(&log::so_far()).into_owned();
        let alarm = log.lines().find(|line| line.contains(" ERROR ") && line.contains(&id));
        assert!(
            alarm.is_some_and(|line| !line.contains("Пациентов")),
            "an error of this very request stands in the log, on {on:?}"
        );
    }
}

/// Words by which a source would speak to the world, and the one place for each.
const SPEAKS: [(&str, &[&str]); 4] = [
    ("reqwest::get", &["adapters/"]),
    ("Client::builder", &["adapters/", "server/ops/", "server/demo/"]),
    ("lettre::", &["adapters/"]),
    ("TcpStream::connect", &["adapters/", "server/ops/"]),
];

/// The lines outside those places that speak to the world.
fn speakers(sources: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in sources {
        for (word, places) in SPEAKS {
            let is_allowed = places.iter().any(|place| name.starts_with(place));
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//") && line.contains(word));
            found.extend(lines.filter(|_| !is_allowed).map(|line| format!("{name}: {}", line.trim())));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_04_only_declared_services_are_spoken_to_and_nothing_of_the_operator_is_public() {
    let sources = crate::house::all_sources();
    assert_eq!(speakers(&sources), Vec::<String>::new());
    let planted = vec![("clinic/support/ticket.rs".to_owned(), "    let answer = reqwest::get(address).await;".to_owned())];
    assert_eq!(speakers(&planted).len(), 1, "a room that speaks to the world is found out");
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        for path in [
            "/metrics",
            "/admin",
            "/debug",
            "/sandbox/messages",
            "/sandbox/clock",
            "/config",
            "/v1/metrics",
            "/actuator",
            "/.env",
        ] {
            for token in [None, admin.token()] {
                house.get(path, token).await.refused(404, "not_found");
            }
        }
        // What may be read without a name says nothing but that it lives.
        for path in ["/healthz", "/readyz"] {
            let bytes = house.get(path, None).await.is(200).bytes;
            assert!(bytes.len() < 200, "{path}: {}", String::from_utf8_lossy(&bytes));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_07_after_a_visit_of_the_cabinet_no_address_agent_or_device_is_left() {
    for on in engines() {
        let telemed = proxied(Stores::new(on).await, Ambient::system(), "ru-telemed").await;
        let me = telemed.newcomer(PHONE).await;
        let config = Config { profile: "ru-clinic".into(), ..telemed.app.config.clone() };
        let cabinet = House::with(Stores::new(on).await, telemed.app.ambient.clone(), |own| *own = config).await;
        visit(&cabinet, &me.token).await;
        assert_eq!(left(&telemed).await, Vec::<String>::new(), "{on:?}");
        // Next door both are kept as evidence, and what the device was called ends with the session.
        let again = telemed.newcomer(PHONE).await;
        visit(&telemed, &again.token).await;
        assert_eq!(left(&telemed).await, ["acceptance.sealed"], "{on:?}");
    }
}

/// Accepts the policy, reads, signs out: from afar.
async fn visit(house: &House, token: &str) {
    let policy = house.get("/v1/policies/current", None).await.is(200);
    let accept =
        json!({"version": policy.text("/version"), "textHash": policy.text("/textHash"), "language": policy.text("/language")});
    let accept = house.request(Method::POST, "/v1/me/acceptances", Some(token)).header("Idempotency-Key", token).json(&accept);
    house.send(from_afar(accept, "https")).await.is(201);
    for path in ["/v1/me", "/v1/bookings", "/v1/documents", "/v1/notifications"] {
        house.send(from_afar(house.request(Method::GET, path, Some(token)), "https")).await.is(200);
    }
    house.settle().await;
    let out = house.request(Method::DELETE, "/v1/auth/tokens", Some(token));
    house.send(from_afar(out, "https")).await.is(204);
    house.settle().await;
}

/// Where the address, the agent or the device of the visitor can be read, by whoever has all keys.
async fn left(house: &House) -> Vec<String> {
    let marks = [ADDRESS, AGENT, "telephone"];
    let mut places = Vec::new();
    for (table, rows) in everything(house).await {
        if marks.iter().any(|mark| rows.contains(mark)) {
            places.push(format!("{table} in the plain"));
        }
    }
    let mut auditor = Auditor::with(&house.app.config.wrapping());
    auditor.learn(&house.stores.register_url).await;
    for opened in auditor.open_all(&house.stores.record_url).await {
        let text = String::from_utf8_lossy(&opened.plain).into_owned();
        // A stored answer repeats what stands elsewhere and lives for a day.
        if opened.place != "once.answer" && marks.iter().any(|mark| text.contains(mark)) {
            places.push(opened.place);
        }
    }
    places
}
