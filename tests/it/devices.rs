//! Installations and push tokens: whose they are, how long, and what a profile forbids of them.

use crate::doors::everything;
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::{Stores, engines};
use chrono::TimeDelta;
use feldsher::adapters::push::TokenKind;
use feldsher::clinic::devices::{PushToken, ROOM, drop_token, tokens_of};
use feldsher::kernel::access::Asker;
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::vault::Index;
use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;
use uuid::Uuid;

const PHONE: &str = "+79160000011";
const OTHER: &str = "+79160000012";
const TOKEN: &str = "dGVzdC10b2tlbg:APA91bF-canary-token";

/// The shipped profile with some words of it replaced, as a file.
pub fn changed_profile(folder: &Path, changes: &[(&str, &str)]) -> String {
    let text = changes.iter().fold(include_str!("../../profiles/ru-telemed.toml").to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} stands in the profile");
        text.replacen(from, to, 1)
    });
    let path = folder.join("changed.toml");
    std::fs::write(&path, text).expect("a profile");
    path.display().to_string()
}

pub fn device(tokens: &[(&str, &str)]) -> Value {
    let tokens: Vec<Value> = tokens.iter().map(|(kind, token)| json!({"kind": kind, "token": token})).collect();
    json!({
        "platform": "android", "model": "Pixel 8 canary", "os": "Android", "osVersion": "14.1", "appVersion": "3.2.1",
        "locale": "ru-RU", "timeZone": "Asia/Almaty", "pushTokens": tokens,
    })
}

impl House {
    async fn register(&self, who: &Person, installation: Uuid, tokens: &[(&str, &str)]) -> Answer {
        self.put(&format!("/v1/devices/{installation}"), who.token(), device(tokens)).await
    }

    async fn tokens(&self, who: &Person) -> Vec<PushToken> {
        let id = who.id.parse().expect("an id");
        let openings = self.app.openings(Actor::house("test"), Asker { id, medical: false });
        tokens_of(&self.app, &openings, id).await.expect("tokens")
    }

    async fn holder(&self, token: &str) -> Option<Uuid> {
        self.app.vault.find(&Index { kind: "pushToken", value: token.to_owned() }).await.expect("an answer")
    }
}

fn id(who: &Person) -> Uuid {
    who.id.parse().expect("an id")
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_06_a_device_is_registered_listed_exported_and_removed() {
    for on in engines() {
        let house = House::new(on).await;
        let newcomer = house.newcomer(OTHER).await;
        let installation = house.app.ambient.id();
        house.register(&newcomer, installation, &[]).await.refused(403, "acceptance_required");
        let me = house.patient(PHONE).await;
        let mine = house.register(&me, installation, &[("fcmToken", TOKEN), ("rustore", "rustore-canary")]).await.is(200).json();
        assert_eq!(mine["pushKinds"], json!(["fcmToken", "rustore"]));
        // What is absent is forgotten, and a repetition makes no second row.
        let again = json!({"platform": "android", "appVersion": "3.3.0", "pushTokens": [{"kind": "fcmToken", "token": TOKEN}]});
        house.put(&format!("/v1/devices/{installation}"), me.token(), again).await.is(200);
        house.settle().await;
        assert_eq!(house.holder("rustore:rustore-canary").await, None, "the directory is tidied");
        let listed = house.get("/v1/devices", me.token()).await.is(200).json();
        let (first, items) = (&listed["items"][0], listed["items"].as_array().expect("items").len());
        assert_eq!((items, first["appVersion"].as_str(), first["current"].as_bool()), (1, Some("3.3.0"), Some(true)));
        assert!(first.get("model").is_none() && !listed.to_string().contains(TOKEN), "{listed}");
        assert_eq!(first["installationId"], json!(installation));

        let record = everything(&house).await;
        let marks = [TOKEN, "canary", &installation.to_string(), &installation.simple().to_string()];
        for (table, rows) in &record {
            assert!(!marks.iter().any(|mark| rows.contains(mark)), "{table} on {on:?} tells of the device");
        }
        let keys = house.app.vault.keys(id(&me)).await.expect("keys");
        let exported = ROOM.export.expect("an export")(&house.app, &keys).await.expect("an export");
        let exported: Vec<_> = exported.iter().map(|part| (part.name, part.rows.len())).collect();
        assert_eq!(exported, [("devices", 1), ("pushTokens", 1), ("telemetry", 0)]);

        let stranger = house.patient("+79160000013").await;
        house.delete(&format!("/v1/devices/{installation}"), stranger.token()).await.refused(404, "not_found");
        house.delete(&format!("/v1/devices/{installation}"), me.token()).await.is(204);
        house.delete(&format!("/v1/devices/{installation}"), me.token()).await.refused(404, "not_found");
        house.settle().await;
        assert!(house.tokens(&me).await.is_empty());
        assert_eq!(house.holder(&format!("fcmToken:{TOKEN}")).await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_passes_to_somebody_else_wakes_for_him_alone() {
    for on in engines() {
        let house = House::new(on).await;
        let (first, second) = (house.patient(PHONE).await, house.patient(OTHER).await);
        let installation = house.app.ambient.id();
        house.register(&first, installation, &[("fcmToken", TOKEN), ("fcmInstallation", "firebase-of-first")]).await.is(200);
        // The same app's installation under another account: a row of his own, and the token moves.
        house.register(&second, installation, &[("fcmToken", TOKEN)]).await.is(200);
        assert_eq!(house.tokens(&second).await.len(), 1);
        let left = house.tokens(&first).await;
        assert_eq!(left.iter().map(|token| token.kind).collect::<Vec<_>>(), [TokenKind::FcmInstallation], "{on:?}");
        // And back.
        house.register(&first, installation, &[("fcmToken", TOKEN)]).await.is(200);
        assert_eq!((house.tokens(&first).await.len(), house.tokens(&second).await.len()), (1, 0));
        // A move that was interrupted before the rows: whose token it is says the directory.
        let index = Index { kind: "pushToken", value: format!("fcmToken:{TOKEN}") };
        house.app.vault.take_away(id(&first), &index).await.expect("taken away");
        let keys = house.app.vault.keys(id(&second)).await.expect("keys");
        house.app.vault.reserve(&keys, &index).await.expect("reserved");
        assert!(house.tokens(&first).await.is_empty(), "{on:?}");
        // Both at once, again and again: never both.
        for _ in 0..5 {
            let (a, b) = tokio::join!(
                house.register(&first, installation, &[("fcmToken", TOKEN)]),
                house.register(&second, installation, &[("fcmToken", TOKEN)])
            );
            assert!([a, b].iter().all(|answer| matches!(answer.status.as_u16(), 200 | 503)));
            house.settle().await;
            let both = house.tokens(&first).await.len() + house.tokens(&second).await.len();
            assert!(both <= 1, "{both} on {on:?}");
        }
        // The epoch changes, and the token is still one person's.
        house.app.vault.rotate().await.expect("another epoch");
        house.register(&first, installation, &[("fcmToken", TOKEN)]).await.is(200);
        assert_eq!((house.tokens(&first).await.len(), house.tokens(&second).await.len()), (1, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_token_is_dropped_unless_it_was_registered_again() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        let installation = house.app.ambient.id();
        let apns = "AB".repeat(32);
        house.register(&me, installation, &[("apns", &apns), ("apnsVoip", &apns)]).await.is(200);
        let row = house.tokens(&me).await.into_iter().find(|token| token.kind == TokenKind::Apns).expect("a token");
        assert_eq!(row.token, "ab".repeat(32));
        let drop = async |since| {
            let write = async |tx: &mut Tx| drop_token(tx, row.installation, TokenKind::Apns, since).await;
            house.app.write(&Actor::house("test"), write).await.expect("written");
            house.settle().await;
            house.tokens(&me).await.len()
        };
        assert_eq!(drop(Some(row.registered_at - TimeDelta::seconds(1))).await, 2, "dead before it was registered: alive");
        assert_eq!(drop(Some(row.registered_at)).await, 2);
        assert_eq!(drop(Some(row.registered_at + TimeDelta::seconds(1))).await, 1, "dead since: dropped");
        assert_eq!(house.holder(&format!("apns:{}", row.token)).await, None);
        assert!(house.holder(&format!("apnsVoip:{}", row.token)).await.is_some());
        house.register(&me, installation, &[("apns", &apns)]).await.is(200);
        assert_eq!(house.tokens(&me).await.len(), 1, "what was not named again is gone");
        assert_eq!(drop(None).await, 0, "dead, nobody knows since when");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_go_with_the_session() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        let second = house.newcomer(PHONE).await;
        let (tablet, phone) = (house.app.ambient.id(), house.app.ambient.id());
        house.register(&me, tablet, &[("fcmToken", "token-of-the-tablet")]).await.is(200);
        house.register(&second, phone, &[("fcmToken", "token-of-the-phone")]).await.is(200);
        assert_eq!(house.tokens(&me).await.len(), 2);
        house.delete("/v1/auth/tokens", me.token()).await.is(204);
        // At once, before any task or duty has run.
        let left: Vec<String> = house.tokens(&second).await.into_iter().map(|token| token.token).collect();
        assert_eq!(left, ["token-of-the-phone"], "{on:?}");
        assert_eq!(house.get("/v1/devices", second.token()).await.is(200).json()["items"].as_array().map(Vec::len), Some(1));
        house.later(TimeDelta::hours(1)).await;
        assert_eq!(house.holder("fcmToken:token-of-the-tablet").await, None, "the sweep took the rest");
        assert_eq!(everything(&house).await["push_token"].lines().count(), 1);
        // A session that nobody renews ends by itself.
        house.later(TimeDelta::days(31)).await;
        assert!(house.tokens(&second).await.is_empty());
        assert_eq!(everything(&house).await["installation"], "", "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_07_a_profile_without_devices_push_and_telemetry_takes_and_keeps_nothing() {
    for on in engines() {
        let stores = Stores::new(on).await;
        let off =
            [("registry = true", "registry = false"), ("push = true", "push = false"), ("collect = true", "collect = false")];
        let profile = changed_profile(stores.folder.path(), &off);
        let house = House::with(stores, Ambient::system(), |config| config.profile = profile).await;
        let me = house.patient(PHONE).await;
        house.put("/v1/me/consents/telemetry", me.token(), json!({})).await.is(200);
        let config = house.get("/v1/app-config", None).await.is(200).json();
        assert_eq!(config["features"], json!({"devices": false, "push": false, "recordings": false, "telemetry": false}));
        assert!(config.get("telemetry").is_none());
        let before = everything(&house).await;
        let installation = house.app.ambient.id();
        house.register(&me, installation, &[]).await.refused(403, "refused_by_profile");
        house.register(&me, installation, &[("fcmToken", TOKEN)]).await.refused(403, "refused_by_profile");
        let batch = json!({
            "platform": "web", "appVersion": "1.0.0", "events": [{"name": "appStart", "at": "2026-01-01T00:00:00Z"}]
        });
        house.post("/v1/telemetry", me.token(), batch).await.refused(403, "refused_by_profile");
        assert_eq!(before, everything(&house).await, "{on:?}");
        assert_eq!(house.holder(&format!("fcmToken:{TOKEN}")).await, None);
    }
    for on in engines() {
        let stores = Stores::new(on).await;
        let profile = changed_profile(stores.folder.path(), &[("push = true", "push = false")]);
        let house = House::with(stores, Ambient::system(), |config| config.profile = profile).await;
        let me = house.patient(PHONE).await;
        let installation = house.app.ambient.id();
        house.register(&me, installation, &[("fcmToken", TOKEN)]).await.refused(403, "refused_by_profile");
        house.register(&me, installation, &[]).await.is(200);
        assert_eq!(house.holder(&format!("fcmToken:{TOKEN}")).await, None, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_devices_are_refused_with_every_fault_and_an_account_has_at_most_twenty() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        let bad = json!({
            "platform": "ios", "model": "a\nb", "appVersion": "3.02.1", "locale": "russian language", "timeZone": "Mars/Olympus",
            "pushTokens": [
                {"kind": "apns", "token": "no hexadecimal"}, {"kind": "fcmToken", "token": TOKEN}, {"kind": "fcmToken", "token": TOKEN},
            ],
        });
        let path = format!("/v1/devices/{}", house.app.ambient.id());
        let refused = house.put(&path, me.token(), bad).await.refused(400, "invalid").json();
        let pointers: Vec<&str> =
            refused["errors"].as_array().expect("errors").iter().filter_map(|fault| fault["pointer"].as_str()).collect();
        let wanted = ["/model", "/appVersion", "/locale", "/timeZone", "/pushTokens/0/token", "/pushTokens/2/kind"];
        assert_eq!(pointers, wanted);
        let mut last = Uuid::nil();
        for number in 0..22 {
            last = house.app.ambient.id();
            house.register(&me, last, &[("rustore", &format!("rustore-token-{number}"))]).await.is(200);
            house.app.ambient.advance(TimeDelta::seconds(1));
        }
        let listed = house.get("/v1/devices", me.token()).await.is(200).json();
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(20), "{on:?}");
        assert_eq!(listed["items"][0]["installationId"], json!(last));
        house.settle().await;
        assert_eq!(house.holder("rustore:rustore-token-1").await, None);
        let admin = house.administrator().await;
        house.register(&admin, last, &[("fcmToken", TOKEN)]).await.is(200);
        assert_eq!(house.tokens(&admin).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outdated_app_learns_it_everywhere_but_at_the_address_that_says_what_to_do() {
    for on in engines() {
        let house = House::with(Stores::new(on).await, Ambient::system(), |config| {
            config.apps.ios.minimum = Some("3.2.0".parse().expect("a version"));
            config.apps.ios.recommended = Some("3.10.0".parse().expect("a version"));
        })
        .await;
        let ask = async |path: &str, headers: &[&str], lang: &str| {
            let request = house.request(Method::GET, path, None).header("Accept-Language", lang);
            house.send(headers.iter().fold(request, |request, version| request.header("X-App-Version", *version))).await
        };
        let mut titles = std::collections::BTreeSet::new();
        for lang in ["ru", "kk", "ka", "en"] {
            let problem = ask("/v1/clinics", &["ios/3.1.9"], lang).await.refused(426, "app_outdated");
            assert_eq!(problem.headers["content-type"], "application/problem+json");
            titles.insert(problem.text("/title"));
        }
        assert_eq!(titles.len(), 4);
        ask("/v1/me", &["ios/0.9.0"], "en").await.refused(426, "app_outdated");
        ask("/v1/nowhere", &["ios/3.1.9"], "en").await.refused(426, "app_outdated");
        for served in ["ios/3.2.0", "ios/3.10.0", "android/0.0.1", "web/1.0.0"] {
            ask("/v1/clinics", &[served], "en").await.is(200);
        }
        ask("/v1/clinics", &[], "en").await.is(200);
        ask("/healthz", &["ios/1.0.0"], "en").await.is(200);
        for bad in
            ["", "ios", "ios/", "ios/3.2", "ios/3.2.1.0", "ios/3.2.x", "ios/03.2.1", "ios/99999.0.0", "IOS/3.2.1", "ios/ 3.2.1"]
        {
            ask("/v1/clinics", &[bad], "en").await.refused(400, "malformed");
        }
        ask("/v1/clinics", &["ios/3.2.1", "ios/3.2.1"], "en").await.refused(400, "malformed");
        for any in ["ios/0.0.1", "what?"] {
            let config = ask("/v1/app-config", &[any], "en").await.is(200).json();
            let ios = json!({"platform": "ios", "minimumVersion": "3.2.0", "recommendedVersion": "3.10.0"});
            assert_eq!((&config["apps"][0], &config["apps"][1]), (&ios, &json!({"platform": "android"})));
            assert_eq!(config["features"], json!({"devices": true, "push": true, "recordings": false, "telemetry": true}));
        }
    }
}
