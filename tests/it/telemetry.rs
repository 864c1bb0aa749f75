//! Telemetry: with consent alone, scrubbed, gone with the consent; totals that name nobody.

use crate::devices::changed_profile;
use crate::doors::everything;
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::{Stores, engines};
use chrono::TimeDelta;
use feldsher::clinic::devices::ROOM;
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::vault::Class;
use reqwest::Method;
use serde_json::{Value, json};

const PHONE: &str = "+79160000021";

fn batch(version: &str, events: Value) -> Value {
    json!({"platform": "ios", "appVersion": version, "osVersion": "17.4.1", "model": "iPhone16,2", "events": events})
}

fn event(name: &str, duration_ms: i64, ok: bool) -> Value {
    json!({"name": name, "at": "2026-11-20T10:00:00.000Z", "durationMs": duration_ms, "ok": ok})
}

impl House {
    async fn consent(&self, who: &Person) {
        self.put("/v1/me/consents/telemetry", who.token(), json!({})).await.is(200);
    }

    async fn tell(&self, who: &Person, batch: Value) -> Answer {
        self.post("/v1/telemetry", who.token(), batch).await
    }

    /// The batches of somebody, as his export shows them.
    async fn batches(&self, who: &Person) -> Vec<Value> {
        let keys = self.app.vault.keys(who.id.parse().expect("an id")).await.expect("keys");
        let parts = ROOM.export.expect("an export")(&self.app, &keys).await.expect("an export");
        parts.into_iter().find(|part| part.name == "telemetry").expect("a part").rows
    }

    async fn report(&self, admin: &Person) -> Value {
        let today = self.app.ambient.now();
        let from = (today - TimeDelta::days(60)).format("%Y-%m-%d");
        let path = format!("/v1/staff/telemetry?from={from}&to={}", today.format("%Y-%m-%d"));
        self.get(&path, admin.token()).await.is(200).json()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_06_telemetry_is_taken_with_consent_scrubbed_and_sealed() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        let small = batch("3.2.1", json!([event("appStart", 800, true)]));
        house.tell(&me, small.clone()).await.refused(403, "consent_required");
        house.consent(&me).await;
        house.tell(&me, small).await.is(202);
        let attribute = |name: &str, field: &str, value: Value| json!({"name": name, field: value});
        let attributes = json!([
            attribute("network", "word", json!("wifi")), attribute("screen", "word", json!("bookingList")),
            attribute("coldStart", "flag", json!(true)), attribute("sizeBytes", "number", json!(1_234_567)),
            attribute("lossPercent", "number", json!(0.123_456)),
            attribute("result", "word", json!("Иван Петров")), attribute("result", "word", json!("ivan@example.com")),
            attribute("result", "word", json!("x79161234567")), attribute("attempt", "number", json!(79_161_234_567_i64)),
            attribute("patientName", "word", json!("ivan")), {"name": "attempt", "number": 1, "word": "both"}, {"name": "attempt"},
        ]);
        let mut told = event("visitJoin", 1_500, true);
        told["attributes"] = attributes;
        let mut batch = batch("3.2.1", json!([told, event("+79161234567", 1, true), event("whatever", 1, false)]));
        batch["model"] = json!("iPhone of Ivan +7 916 123-45-67");
        let receipt = house.tell(&me, batch.clone()).await.is(202).json();
        assert_eq!(receipt, json!({"taken": 1, "unknown": 2, "dropped": 8}), "{on:?}");
        let kept = house.batches(&me).await;
        assert_eq!(kept.len(), 2);
        let kept = &kept[1]["batch"];
        assert_eq!(kept["model"], Value::Null);
        assert_eq!(kept["osVersion"], "17.4.1");
        assert_eq!(kept["samples"].as_array().map(Vec::len), Some(1));
        let wanted = json!({
            "network": "wifi", "screen": "bookingList", "coldStart": true, "sizeBytes": 1_230_000.0, "lossPercent": 0.123
        });
        assert_eq!(kept["samples"][0]["attributes"], wanted);
        let record = everything(&house).await;
        for table in ["telemetry_batch", "telemetry_mark", "telemetry_total", "once"] {
            for mark in ["7916", "wifi", "iPhone", "Иван", "ivan", "whatever"] {
                assert!(!record[table].contains(mark), "{table} tells {mark}");
            }
        }
        assert!(!record["telemetry_total"].contains(&me.id) && !record["telemetry_mark"].contains(&me.id));
        // Five hundred in one go; one more is refused, and so is a wrong version.
        let many: Vec<Value> = (0..500).map(|n| event("screenOpen", n, true)).collect();
        house.tell(&me, self::batch("3.2.1", json!(many))).await.is(202);
        let more: Vec<Value> = (0..501).map(|_| json!({"name": "appStart", "at": "2026-11-20T10:00:00Z"})).collect();
        house.tell(&me, self::batch("3.2.1", json!(more))).await.refused(400, "invalid");
        house.tell(&me, self::batch("3.2", json!([event("appStart", 1, true)]))).await.refused(400, "invalid");
        house.tell(&me, self::batch("3.2.1", json!([event("appStart", -1, true)]))).await.refused(400, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_counted_once_and_a_flood_is_held_up() {
    for on in engines() {
        let house = House::new(on).await;
        let (me, admin) = (house.patient(PHONE).await, house.administrator().await);
        house.consent(&me).await;
        let send = async |key: &str, body: &Value| {
            let request = house.request(Method::POST, "/v1/telemetry", me.token()).header("Idempotency-Key", key);
            house.send(request.json(body)).await
        };
        let unknown = batch("3.2.1", json!([event("nobodyKnows", 1, true)]));
        assert_eq!(send("one", &unknown).await.is(202).bytes, send("one", &unknown).await.is(202).bytes);
        send("one", &batch("3.2.1", json!([event("appStart", 1, true)]))).await.refused(422, "idempotency_key_reused");
        assert_eq!(house.report(&admin).await["unknownEvents"], 1, "{on:?}");
        for number in 0..59 {
            send(&format!("more {number}"), &unknown).await.is(202);
        }
        let held = send("too much", &unknown).await.refused(429, "rate_limited");
        assert!(held.headers.contains_key("retry-after"));
        house.app.ambient.advance(TimeDelta::hours(1));
        let me = house.newcomer(PHONE).await;
        house.tell(&me, unknown).await.is(202);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_destroys_the_samples_and_leaves_the_totals() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        house.consent(&me).await;
        house.tell(&me, batch("3.2.1", json!([event("appStart", 800, true)]))).await.is(202);
        let before = everything(&house).await;
        let withdrawn = house.delete("/v1/me/consents/telemetry", me.token()).await.is(200).json();
        assert_eq!(withdrawn["destroyedClasses"], json!(["telemetry"]));
        house.tell(&me, batch("3.2.1", json!([event("appStart", 800, true)]))).await.refused(403, "consent_required");
        house.settle().await;
        let after = everything(&house).await;
        assert_eq!(after["telemetry_batch"], "", "{on:?}");
        assert_eq!(after["telemetry_total"], before["telemetry_total"]);
        assert!(!house.app.vault.keys(me.id.parse().expect("an id")).await.expect("keys").has(Class::Telemetry));
        // Given again, a new key seals what comes then.
        house.consent(&me).await;
        house.tell(&me, batch("3.2.1", json!([event("appStart", 900, true)]))).await.is(202);
        assert_eq!(house.batches(&me).await.len(), 1);
        // Short-lived anyway, and marks are gone after their day.
        house.later(TimeDelta::days(31)).await;
        let later = everything(&house).await;
        assert_eq!((later["telemetry_batch"].as_str(), later["telemetry_mark"].as_str()), ("", ""));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_14_groups_of_few_people_are_suppressed_and_totals_survive_an_erasure() {
    for on in engines() {
        let stores = Stores::new(on).await;
        let profile = changed_profile(stores.folder.path(), &[("threshold = 5", "threshold = 3")]);
        let house = House::with(stores, Ambient::system(), |config| config.profile = profile).await;
        let admin = house.administrator().await;
        let mut people = Vec::new();
        for number in 0..3 {
            let person = house.patient(&format!("+7916000003{number}")).await;
            house.consent(&person).await;
            // Ten events each, one of them failed, the slowest of more than a second.
            let events: Vec<Value> = (1..=10).map(|n| event("visitJoin", n * 120, n != 10)).collect();
            house.tell(&person, batch("3.2.1", json!(events))).await.is(202);
            people.push(person);
        }
        // Two people with many events are two people, on whatever day.
        for _ in 0..3 {
            for person in &people[..2] {
                house.tell(person, batch("3.3.0", json!([event("visitJoin", 40, true)]))).await.is(202);
            }
        }
        let report = house.report(&admin).await;
        let group = json!({
            "platform": "ios", "appVersion": "3.2.1", "event": "visitJoin", "count": 30, "errorRate": 0.1, "meanMs": 660,
            "p50Ms": 625, "p95Ms": 1250, "p99Ms": 1500,
        });
        let shown = &report["items"][0];
        assert_eq!(report["items"].as_array().map(Vec::len), Some(1), "{on:?} {report}");
        for field in ["platform", "appVersion", "event", "count", "errorRate", "meanMs"] {
            assert_eq!(shown[field], group[field], "{field}");
        }
        for (field, from, to) in [("p50Ms", 500, 750), ("p95Ms", 1_000, 1_500), ("p99Ms", 1_000, 1_500)] {
            let ms = shown[field].as_i64().expect("a percentile");
            assert!((from..=to).contains(&ms), "{field} {ms}");
        }
        assert_eq!((&report["suppressedGroups"], &report["unknownEvents"]), (&json!(1), &json!(0)));
        // No column leads to a person, and an erasure changes nothing.
        let before = everything(&house).await;
        for person in &people {
            assert!(!before["telemetry_total"].contains(&person.id));
        }
        house.delete("/v1/me", people[0].token()).await.is(202);
        house.later(TimeDelta::days(15)).await;
        let after = everything(&house).await;
        assert!(!after["telemetry_batch"].contains(&people[0].id), "his samples are gone");
        assert_eq!(before["telemetry_total"], after["telemetry_total"], "{on:?}");
        // Small groups are not kept longer than samples; large ones are.
        house.later(TimeDelta::days(20)).await;
        let totals = everything(&house).await["telemetry_total"].clone();
        assert!(totals.contains("3.2.1") && !totals.contains("3.3.0"), "{totals}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_for_administrators_and_of_a_stretch_that_has_an_end() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        for (query, refused) in [
            ("from=2026-01-01&to=2026-01-01", None),
            ("from=2026-01-02&to=2026-01-01", Some("out_of_range")),
            ("from=2026-01-01&to=2026-04-03", Some("out_of_range")),
            ("from=2026-01-01", Some("required")),
        ] {
            let answer = house.get(&format!("/v1/staff/telemetry?{query}"), admin.token()).await;
            match refused {
                None => drop(answer.is(200)),
                Some(fault) => assert_eq!(answer.is(400).text("/errors/0/code"), fault, "{query}"),
            }
        }
    }
}
