//! Acceptances, consents, the access log, and what anybody may read.

use super::{PHONE, accept, number, patient, profile};
use crate::support::house::House;
use crate::support::stores::engines;
use feldsher::app::profile::Profile;
use feldsher::clinic::identity::{Clinics, NewStaff, Role, add_staff};
use feldsher::kernel::access::{Asker, NewReason};
use feldsher::kernel::db::{Actor, Tx, Who};
use feldsher::kernel::error::Result;
use feldsher::kernel::lang::Lang;
use feldsher::kernel::vault::Class;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn s4_13_the_acceptance_stands_before_the_first_personal_field() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.newcomer(PHONE).await;
        house.put("/v1/me/profile", me.token(), profile()).await.refused(403, "acceptance_required");
        house.put("/v1/me/consents/telemetry", me.token(), json!({})).await.refused(403, "acceptance_required");
        let ask = house.request(Method::GET, "/v1/policies/current", None).header("Accept-Language", "kk");
        let policy = house.send(ask).await.is(200);
        let (version, hash) = (policy.text("/version"), policy.text("/textHash"));
        assert_eq!(hash, Profile::load("ru-telemed").expect("a profile").policy.hash(Lang::Kk));
        assert!(policy.text("/operator/name").contains("ЖШҚ") && !policy.text("/authority/url").is_empty());

        let other_version = json!({"version": "2020-01-01", "textHash": hash, "language": "kk"});
        house.post("/v1/me/acceptances", me.token(), other_version).await.refused(409, "policy_not_in_force");
        let other_language = json!({"version": version, "textHash": hash, "language": "ru"});
        house.post("/v1/me/acceptances", me.token(), other_language).await.refused(409, "policy_not_in_force");
        assert_eq!(number(&house, "SELECT count(*) FROM acceptance").await, 0, "{on:?}");

        let body = json!({"version": version, "textHash": hash, "language": "kk", "deviceName": " телефон "});
        let key = |key: &str| {
            let request = house.request(Method::POST, "/v1/me/acceptances", me.token());
            request.header("Idempotency-Key", key).header("User-Agent", "sample/1").json(&body)
        };
        let first = house.send(key("a")).await.is(201);
        assert_eq!(house.send(key("a")).await.is(201).json(), first.json());
        assert_eq!(number(&house, "SELECT count(*) FROM acceptance").await, 1);
        let mine = house.get("/v1/me/acceptances", me.token()).await.is(200);
        for (pointer, value) in [
            ("/items/0/version", version.as_str()),
            ("/items/0/textHash", &hash),
            ("/items/0/language", "kk"),
            ("/items/0/deviceName", "телефон"),
            ("/items/0/userAgent", "sample/1"),
            ("/items/0/address", "127.0.0.1"),
        ] {
            assert_eq!(mine.text(pointer), value, "{pointer}");
        }
        house.put("/v1/me/profile", me.token(), profile()).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_04_consents_are_separate_and_nothing_is_given_by_default() {
    for on in engines() {
        let house = House::new(on).await;
        let me = patient(&house, PHONE).await;
        let list = house.get("/v1/me/consents", me.token()).await.is(200).json();
        let items = list["items"].as_array().expect("items");
        assert!(items.len() >= 3 && items.iter().all(|item| item["state"] == "notGiven" && item["since"].is_null()));

        let sms = "/v1/me/consents/marketing.own.sms";
        house.delete(sms, me.token()).await.refused(409, "not_withdrawable");
        house.put("/v1/me/consents/unheard.of", me.token(), json!({})).await.refused(404, "not_found");
        house.delete("/v1/me/consents/unheard.of", me.token()).await.refused(404, "not_found");
        let given = house.put(sms, me.token(), json!({})).await.is(200);
        assert_eq!(given.text("/state"), "given");
        assert_eq!(house.put(sms, me.token(), json!({})).await.is(200).text("/since"), given.text("/since"), "given once");
        assert_eq!(number(&house, "SELECT count(*) FROM consent").await, 1, "{on:?}");
        let list = house.get("/v1/me/consents", me.token()).await.is(200).json();
        let given = list["items"].as_array().expect("items").iter().filter(|item| item["state"] == "given").count();
        assert_eq!(given, 1, "one consent gives no other");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_09_withdrawing_takes_one_call_and_says_what_stops_what_stays_and_by_which_rule() {
    for on in engines() {
        let house = House::new(on).await;
        let me = patient(&house, PHONE).await;
        let subject: Uuid = me.id.parse().expect("an id");
        let sms = "/v1/me/consents/marketing.own.sms";
        house.put(sms, me.token(), json!({})).await.is(200);
        let ask = house.request(Method::DELETE, sms, me.token()).header("Accept-Language", "ru");
        let effect = house.send(ask).await.is(200);
        assert_eq!(effect.text("/stops"), "Реклама по SMS, сразу");
        assert!(effect.text("/stays").contains("коды входа"));
        assert_eq!(effect.json()["destroyedClasses"], json!([]));
        assert_eq!(effect.json()["kept"][0]["class"], "evidence");
        assert!(effect.text("/kept/0/rule").contains("Roskomnadzor"));
        house.delete(sms, me.token()).await.refused(409, "not_withdrawable");

        house.app.vault.ensure(subject, &[Class::Telemetry]).await.expect("a key");
        for item in ["marketing.own.push", "telemetry"] {
            house.put(&format!("/v1/me/consents/{item}"), me.token(), json!({})).await.is(200);
        }
        house.post("/v1/me/withdrawal", me.token(), json!({"items": ["x"]})).await.refused(400, "invalid");
        house.post("/v1/me/withdrawal", me.token(), json!({"items": ["telemetry", "marketing.own.sms"]})).await.is(409);
        let all = house.post("/v1/me/withdrawal", me.token(), json!({})).await.is(200).json();
        assert_eq!(all["items"].as_array().map(Vec::len), Some(2));
        assert_eq!(all["destroyedClasses"], json!(["telemetry"]));
        house.post("/v1/me/withdrawal", me.token(), json!({})).await.refused(409, "not_withdrawable");
        house.settle().await;
        let keys = house.app.vault.keys(subject).await.expect("keys");
        assert!(!keys.has(Class::Telemetry) && keys.has(Class::Contact), "{on:?}");
        let state = house.get("/v1/me/consents", me.token()).await.is(200);
        assert_eq!(state.text("/items/0/state"), "withdrawn");
        house.put(sms, me.token(), json!({})).await.is(200);
        assert_eq!(house.get("/v1/me/consents", me.token()).await.is(200).text("/items/0/state"), "given");
        assert_eq!(number(&house, "SELECT count(*) FROM consent").await, 4, "each giving keeps its own evidence");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_07_the_patient_reads_who_looked_and_why_they_could() {
    for on in engines() {
        let house = House::new(on).await;
        let me = patient(&house, PHONE).await;
        house.put("/v1/me/profile", me.token(), profile()).await.is(200);
        assert_eq!(house.get("/v1/me/access-log", me.token()).await.is(200).json(), json!({"items": []}));
        let subject: Uuid = me.id.parse().expect("an id");
        let house_actor = Actor { who: Who::Anonymous, operation: "test", request: Uuid::nil() };
        let new =
            NewStaff {
                role: Role::Doctor, clinics: Clinics::everywhere(), login: "doctor".into(), name: "Вера Врачева".into()
            };
        let (doctor, _) = add_staff(&house.app, &house_actor, new).await.expect("a doctor");
        let booking = house.app.ambient.id();
        house
            .app
            .write(&house_actor, async |tx: &mut Tx| -> Result<()> {
                let from = tx.now();
                let basis = "booking";
                tx.allow(NewReason { subject, party: doctor, class: Class::Identity, basis, object: booking, from, until: None });
                Ok(())
            })
            .await
            .expect("a reason");
        for _ in 0..3 {
            let actor = Actor { who: Who::Staff { id: doctor }, operation: "test", request: Uuid::nil() };
            let openings = house.app.openings(actor, Asker { id: doctor, medical: true });
            openings.grant(subject, Class::Identity, ("booking", booking)).await.expect("a grant");
            openings.answer(()).await.expect("the line is durable");
        }
        let ask = house.request(Method::GET, "/v1/me/access-log?limit=2", me.token()).header("Accept-Language", "ru");
        let page = house.send(ask).await.is(200);
        assert_eq!(page.json()["items"].as_array().map(Vec::len), Some(2), "{on:?}");
        for (pointer, value) in [
            ("/items/0/staffName", "Вера Врачева"),
            ("/items/0/staffRole", "doctor"),
            ("/items/0/objectKind", "booking"),
            ("/items/0/class", "identity"),
            ("/items/0/basis", "booking"),
            ("/items/0/basisTitle", "Вы записались на приём"),
        ] {
            assert_eq!(page.text(pointer), value, "{pointer}");
        }
        let next = format!("/v1/me/access-log?limit=2&cursor={}", page.text("/nextCursor"));
        let last = house.get(&next, me.token()).await.is(200).json();
        assert_eq!(last["items"].as_array().map(Vec::len), Some(1));
        assert!(last["nextCursor"].is_null());
        let stranger = house.newcomer("+79160000002").await;
        assert_eq!(house.get("/v1/me/access-log", stranger.token()).await.is(200).json(), json!({"items": []}));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_learns_what_the_profile_asks_and_refuses() {
    for on in engines() {
        let house = House::new(on).await;
        let ask = house.request(Method::GET, "/v1/app-config", None).header("Accept-Language", "ka");
        let config = house.send(ask).await.is(200).json();
        assert_eq!(config["profileId"], "ru-telemed");
        assert_eq!(config["refusedClasses"], json!(["recording"]));
        assert_eq!(config["person"]["required"], json!(["surname", "givenName", "birthDate"]));
        assert_eq!(config["consents"][0]["title"], "სერვისის რეკლამის მიღება SMS-ით");
        assert_eq!(config["documents"]["maxBytes"], 26_214_400);
        let me = house.newcomer(PHONE).await;
        accept(&house, &me).await;
        assert_eq!(house.get("/v1/me", me.token()).await.is(200).text("/acceptedPolicyVersion"), config["policyVersion"]);
    }
}
