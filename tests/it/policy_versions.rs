//! Versions of the policy: published once and for ever, told to everybody before their day, accepted by an act or by going on.
//! Receipts of consents, and the page of a withdrawal.

use crate::doors::everything;
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::{On, Stores, engines};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{Days, TimeDelta};
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use feldsher::app::config::Config;
use feldsher::app::notices::{Channel, Kind};
use feldsher::clinic::privacy::{self, TellPolicy};
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::error::{Error, Result};
use feldsher::kernel::queue::Task;
use reqwest::Method;
use serde_json::{Value, json};

const PHONE: &str = "+79161234567";
const OTHER: &str = "+79160000002";
const THIRD: &str = "+79160000003";
const NEXT: &str = "2027-next";
const LANGUAGES: [&str; 4] = ["ru", "kk", "ka", "en"];

/// How many days ahead the next version takes force.
const AHEAD: u64 = 10;

impl House {
    /// The same stores after the operator has published another version and restarted.
    async fn with_next_policy(&self, acceptance: &str) -> House {
        let day = self.app.profile.today(self.app.ambient.now()) + Days::new(AHEAD);
        let texts: String = LANGUAGES.iter().map(|lang| format!("{lang} = \"The next text in {lang}\"\n")).collect();
        let next = format!(
            "\n[next_policy]\nversion = \"{NEXT}\"\neffective_from = \"{day}\"\nacceptance = \"{acceptance}\"\n[next_policy.text]\n{texts}"
        );
        let text = include_str!("../../profiles/ru-telemed.toml").to_owned() + &next;
        let path = self.stores.path(&format!("next-{acceptance}.toml"));
        std::fs::write(&path, text).expect("a profile");
        let config = Config { profile: path.display().to_string(), ..self.app.config.clone() };
        let house = House::with(Stores::new(self.on).await, self.app.ambient.clone(), |own| *own = config).await;
        privacy::publish_policies(&house.app).await.expect("published");
        house
    }

    /// Runs what waits for a second or two, page by page.
    async fn settle_pages(&self, pages: i64) {
        for _ in 0..pages {
            self.app.ambient.advance(TimeDelta::seconds(2));
            self.settle().await;
        }
    }

    async fn told_of(&self, who: &Person) -> Vec<String> {
        let told = self.get("/v1/me/policy-notices", who.token()).await.is(200).json();
        let version = |item: &Value| item["version"].as_str().unwrap_or_default().to_owned();
        told["items"].as_array().expect("notices").iter().map(version).collect()
    }

    /// The acceptances of somebody, newest first: version and how.
    async fn accepted_by(&self, who: &Person) -> Vec<(String, String)> {
        let all = self.get("/v1/me/acceptances", who.token()).await.is(200).json();
        let word = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let items = all["items"].as_array().expect("acceptances");
        items.iter().map(|item| (word(item, "version"), word(item, "how"))).collect()
    }

    async fn accepts_version(&self, who: &Person, version: &str) -> crate::support::house::Answer {
        let text = self.get(&format!("/v1/policies/{version}"), None).await.is(200);
        let body = json!({"version": version, "textHash": text.text("/textHash"), "language": text.text("/language")});
        self.post("/v1/me/acceptances", who.token(), body).await
    }

    async fn version(&self, officer: &Person, version: &str) -> Value {
        let list = self.get("/v1/staff/policies", officer.token()).await.is(200).json();
        let items = list["items"].as_array().cloned().unwrap_or_default();
        items.into_iter().find(|item| item["version"] == version).expect("a version")
    }
}

async fn first(on: On) -> House {
    let house = House::new(on).await;
    privacy::publish_policies(&house.app).await.expect("published");
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_08_every_account_is_told_once_before_the_day_page_by_page_and_it_is_known_who_was() {
    for on in engines() {
        let house = first(on).await;
        let admin = house.administrator().await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        let me = house.patient(PHONE).await;
        let other = house.patient(OTHER).await;
        house.crowd(230).await;
        let current = house.get("/v1/policies/current", None).await.is(200);
        assert!(current.json()["next"].is_null());
        assert_eq!(house.version(&officer, &current.text("/version")).await["state"], "quiet", "the first is told to nobody");
        assert_eq!(house.told_of(&me).await, Vec::<String>::new(), "the control, on {on:?}");

        let house = house.with_next_policy("continued_use").await;
        assert_eq!(house.get("/v1/policies/current", None).await.is(200).text("/next/version"), NEXT);
        // A run that dies tells nobody, and the next one tells the same people.
        let died = async |tx: &mut Tx| -> Result<()> {
            assert_eq!(privacy::next_to_tell(tx, NEXT).await?.map(|(_, people)| people.len()), Some(100));
            Err(Error::internal("killed"))
        };
        house.app.write(&Actor::house("test"), died).await.expect_err("killed");
        assert_eq!(house.version(&officer, NEXT).await["told"], 0);
        let mut told = Vec::new();
        for _ in 0..40 {
            house.settle_pages(1).await;
            let version = house.version(&officer, NEXT).await;
            told.push(version["told"].as_i64().unwrap_or_default());
            if version["state"] == "told" {
                break;
            }
        }
        assert_eq!(told.last(), Some(&232), "each account once, on {on:?}: {told:?}");
        for who in [&me, &other] {
            assert_eq!(house.told_of(who).await, [NEXT], "{on:?}");
            let inbox = house.get("/v1/notifications", who.token()).await.is(200).json();
            let items = inbox["items"].as_array().cloned().unwrap_or_default();
            assert_eq!(items.iter().filter(|item| item["kind"] == "policyChanged").count(), 1, "{inbox}");
        }
        let ways = house.app.profile.notice_plan(Kind::PolicyChanged).channels;
        assert_eq!(ways, [Channel::Push, Channel::Email], "beside the inbox");
        // A second task, a restart: nobody is told again.
        privacy::publish_policies(&house.app).await.expect("published");
        let again = async |tx: &mut Tx| -> Result<()> {
            tx.enqueue(TellPolicy { version: NEXT.to_owned() }.task());
            Ok(())
        };
        house.app.write(&Actor::house("test"), again).await.expect("a task");
        house.settle_pages(2).await;
        assert_eq!(house.version(&officer, NEXT).await["told"], 232);
        assert_eq!(house.told_of(&me).await, [NEXT]);
        house.get("/v1/staff/policies", admin.token()).await.refused(403, "forbidden");
        house.get("/v1/staff/policies", me.token()).await.refused(403, "forbidden");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_10_a_published_text_never_changes_and_takes_force_on_its_day() {
    for on in engines() {
        let house = first(on).await;
        let old = house.get("/v1/policies/current", None).await.is(200);
        let next = house.with_next_policy("act").await;
        assert_eq!(next.get("/v1/policies/current", None).await.text("/version"), old.text("/version"), "not before its day");
        assert_eq!(next.get("/v1/app-config", None).await.text("/policyVersion"), old.text("/version"));
        next.app.ambient.advance(TimeDelta::days(11));
        let current = next.get("/v1/policies/current", None).await.is(200);
        assert_eq!((current.text("/version"), current.text("/acceptedBy")), (NEXT.into(), "act".into()), "{on:?}");
        // What was in force is read for ever, with the hash that acceptances point to.
        let then = next.get(&format!("/v1/policies/{}", old.text("/version")), None).await.is(200);
        assert_eq!((then.text("/textHash"), then.text("/text")), (old.text("/textHash"), old.text("/text")));
        next.get("/v1/policies/never", None).await.refused(404, "not_found");
        // Another text, or another day, under the same name: the server does not start.
        for (from, to) in [
            ("The next text in ka", "Another text in ka"),
            ("effective_from = \"2026-11-01\"", "effective_from = \"2026-11-02\""),
        ] {
            let text = std::fs::read_to_string(&next.app.config.profile).expect("a profile");
            assert!(text.contains(from));
            let path = next.stores.path("changed.toml");
            std::fs::write(&path, text.replacen(from, to, 1)).expect("a profile");
            let config = Config { profile: path.display().to_string(), ..next.app.config.clone() };
            let changed = House::with(Stores::new(on).await, next.app.ambient.clone(), |own| *own = config).await;
            let error = privacy::publish_policies(&changed.app).await.expect_err("refused").to_string();
            assert!(error.contains("never changes"), "{error}");
        }
        privacy::publish_policies(&next.app).await.expect("the same is nothing new");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_12_who_was_told_and_goes_on_has_accepted_and_has_consented_to_nothing() {
    for on in engines() {
        let house = first(on).await;
        let me = house.patient(PHONE).await;
        let old = house.app.profile.policy.version.clone();
        house.accepts_version(&me, &old).await.is(201);
        let house = house.with_next_policy("continued_use").await;
        house.settle_pages(2).await;
        // Before the day nothing is accepted by going on.
        house.get("/v1/me", me.token()).await.is(200);
        house.settle().await;
        assert_eq!(house.accepted_by(&me).await, [(old.clone(), "act".to_owned())], "{on:?}");
        // Who came after the telling was not told yet.
        let late = house.newcomer(THIRD).await;
        house.accepts_version(&late, &old).await.is(201);
        house.app.ambient.advance(TimeDelta::days(11));
        let me = house.newcomer(PHONE).await;
        house.settle().await;
        assert_eq!(house.accepted_by(&me).await[0], (NEXT.to_owned(), "continuedUse".to_owned()), "{on:?}");
        let consents = house.get("/v1/me/consents", me.token()).await.is(200).json();
        let items = consents["items"].as_array().cloned().unwrap_or_default();
        assert!(!items.is_empty() && items.iter().all(|item| item["state"] == "notGiven"), "{consents}");
        let late = house.newcomer(THIRD).await;
        assert_eq!(house.told_of(&late).await, Vec::<String>::new(), "the control: going on counts for nobody who was not told");
        house.settle().await;
        assert_eq!(house.told_of(&late).await, [NEXT], "told when he came, on {on:?}");
        house.get("/v1/me", late.token()).await.is(200);
        house.settle().await;
        assert_eq!(house.accepted_by(&late).await.len(), 2);
        // Nothing more is written once it is accepted.
        let before = everything(&house).await;
        house.get("/v1/me", me.token()).await.is(200);
        house.settle().await;
        assert_eq!(before["acceptance"], everything(&house).await["acceptance"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_07_where_an_act_is_asked_nothing_personal_is_taken_before_it_and_the_refusal_names_the_version() {
    for on in engines() {
        let house = first(on).await;
        let (me, early) = (house.patient(PHONE).await, house.patient(OTHER).await);
        let old = house.app.profile.policy.version.clone();
        let house = house.with_next_policy("act").await;
        let profile = json!({"surname": "Пациентов", "givenName": "Пётр", "birthDate": "1980-05-01"});
        house.put("/v1/me/profile", me.token(), profile.clone()).await.is(200);
        house.accepts_version(&early, NEXT).await.is(201);
        house.put("/v1/me/profile", early.token(), profile.clone()).await.is(200);
        house.app.ambient.advance(TimeDelta::days(11));
        let (me, early) = (house.newcomer(PHONE).await, house.newcomer(OTHER).await);
        house.settle().await;
        let refused = house.put("/v1/me/profile", me.token(), profile.clone()).await.refused(403, "acceptance_required");
        assert_eq!(refused.text("/policyVersion"), NEXT, "{on:?}");
        house.get("/v1/me", me.token()).await.is(200);
        house.put("/v1/me/profile", early.token(), profile.clone()).await.is(200);
        house.accepts_version(&me, &old).await.refused(409, "policy_not_in_force");
        house.accepts_version(&me, NEXT).await.is(201);
        house.put("/v1/me/profile", me.token(), profile).await.is(200);
        assert_eq!(house.accepted_by(&me).await[0], (NEXT.to_owned(), "act".to_owned()));
        // An acceptance is no consent.
        house.get("/v1/me/consents/telemetry/receipt", me.token()).await.refused(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_09_browsing_writes_nothing_and_s0_12_no_answer_sets_a_cookie() {
    for on in engines() {
        let house = first(on).await;
        let me = house.newcomer(PHONE).await;
        house.settle().await;
        let before = everything(&house).await;
        let (public, own) = (
            ["/v1/policies/current", "/v1/app-config", "/v1/doctors", "/v1/services", "/v1/clinics"],
            ["/v1/me", "/v1/me/consents", "/v1/me/acceptances", "/v1/me/policy-notices", "/v1/me/withdrawal/page"],
        );
        for (path, token) in public.map(|path| (path, None)).into_iter().chain(own.map(|path| (path, me.token()))) {
            let answer = house.get(path, token).await.is(200);
            assert!(answer.headers.get("set-cookie").is_none(), "{path}");
        }
        let after = everything(&house).await;
        for table in ["acceptance", "consent", "policy_notice", "audit_line", "task"] {
            assert_eq!(before.get(table), after.get(table), "{table} on {on:?}");
        }
        // The control: an act writes.
        house.put("/v1/me/consents/telemetry", me.token(), json!({})).await.refused(403, "acceptance_required");
        house.accepts_version(&me, &house.app.profile.policy.version.clone()).await.is(201);
        house.put("/v1/me/consents/telemetry", me.token(), json!({})).await.is(200);
        assert_ne!(before["consent"], everything(&house).await["consent"]);
    }
}

/// Whether public tools would take the signature.
fn is_signed(receipt: &Value) -> bool {
    let pem: String = receipt["publicKey"].as_str().unwrap_or_default().lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(pem).expect("base64");
    let key: &[u8; 32] = der.last_chunk().expect("a key");
    let key = VerifyingKey::from_bytes(key).expect("a key");
    let signature = hex::decode(receipt["signature"].as_str().unwrap_or_default()).expect("hexadecimal");
    let signature = Signature::from_slice(&signature).expect("a signature");
    key.verify(receipt["receipt"].as_str().unwrap_or_default().as_bytes(), &signature).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_06_s4_16_a_receipt_says_to_what_one_agreed_names_the_operator_and_can_be_checked_later() {
    for on in engines() {
        let house = first(on).await;
        let (me, other) = (house.patient(PHONE).await, house.patient(OTHER).await);
        let path = "/v1/me/consents/marketing.own.sms/receipt";
        house.get(path, me.token()).await.refused(404, "not_found");
        let give = house.request(Method::PUT, "/v1/me/consents/marketing.own.sms", me.token()).header("Accept-Language", "kk");
        house.send(give.json(&json!({}))).await.is(200);
        let receipt = house.get(path, me.token()).await.is(200).json();
        assert!(is_signed(&receipt), "{on:?}");
        assert_eq!(receipt, house.get(path, me.token()).await.is(200).json(), "the same bytes each time");
        // The control: not a letter of it can be another.
        let mut forged = receipt.clone();
        forged["receipt"] =
            receipt["receipt"].as_str().unwrap_or_default().replace("marketing.own.sms", "marketing.own.all").into();
        assert!(!is_signed(&forged));
        let record: Value = serde_json::from_str(receipt["receipt"].as_str().unwrap_or_default()).expect("JSON");
        let operator = &house.app.profile.operator;
        for (pointer, value) in [
            ("/schema_version", json!("ISO/IEC TS 27560:2023")),
            ("/pii_principal_id", json!(me.id)),
            ("/processing/language", json!("kk")),
            ("/processing/consent_text", json!(house.app.profile.consent("marketing.own.sms").map(|item| &item.title.kk))),
            ("/processing/privacy_notice/version", json!(house.app.profile.policy.version)),
            ("/processing/purposes/0/purpose", json!("marketing")),
            ("/processing/purposes/0/lawful_basis", json!("consent")),
            ("/processing/purposes/0/communication_channel", json!("sms")),
            ("/parties/0/party_name", json!(operator.name.kk)),
            ("/parties/1/party_url", json!(operator.authority_url)),
            ("/events/0/event_state", json!("consent given")),
            ("/events/1", Value::Null),
        ] {
            assert_eq!(record.pointer(pointer).unwrap_or(&Value::Null), &value, "{pointer} on {on:?}: {record}");
        }
        house.get(path, other.token()).await.refused(404, "not_found");
        house.delete("/v1/me/consents/marketing.own.sms", me.token()).await.is(200);
        let withdrawn = house.get(path, me.token()).await.is(200).json();
        assert!(is_signed(&withdrawn) && withdrawn["receipt"].as_str().is_some_and(|text| text.contains("consent withdrawn")));
        assert!(is_signed(&receipt), "what he kept holds still");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_08_the_page_of_a_withdrawal_says_what_stops_and_what_is_held_in_four_languages() {
    for on in engines() {
        let house = first(on).await;
        let me = house.patient(PHONE).await;
        house.put("/v1/me/consents/telemetry", me.token(), json!({})).await.is(200);
        for lang in LANGUAGES {
            let ask = house.request(Method::GET, "/v1/me/withdrawal/page", me.token()).header("Accept-Language", lang);
            let answer = house.send(ask).await.is(200);
            let page = String::from_utf8_lossy(&answer.bytes).into_owned();
            assert!(answer.headers["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/html")));
            let item = house.app.profile.consent("telemetry").expect("an item").clone();
            let said = match lang {
                "ru" => item.stops.ru,
                "kk" => item.stops.kk,
                "ka" => item.stops.ka,
                _ => item.stops.en,
            };
            assert!(page.contains(&said), "{lang}: {page}");
            assert!(page.contains("Roskomnadzor order 179"), "the rule that holds the evidence");
            assert!(!page.contains("withdrawal-") && !page.contains("<script"), "{lang}: {page}");
        }
        house.get("/v1/me/withdrawal/page", None).await.refused(401, "unauthenticated");
    }
}
