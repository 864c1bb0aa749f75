//! Asking to be forgotten, thinking better of it, and being forgotten.

use super::{PHONE, accept, diary, number, outcomes, patient, profile, receipts};
use crate::support::house::House;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::clinic::privacy::{Step, advance};
use feldsher::kernel::vault::Class;
use serde_json::{Value, json};
use uuid::Uuid;

const GRACE: TimeDelta = TimeDelta::days(14);

fn step_names(receipts: &[Value]) -> Vec<&str> {
    receipts.iter().filter_map(|receipt| receipt["step"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_05_a_deletion_blocks_at_once_and_can_be_undone_within_its_grace() {
    for on in engines() {
        let house = House::new(on).await;
        let me = patient(&house, PHONE).await;
        house.delete("/v1/me/deletion", me.token()).await.refused(409, "state_conflict");
        let elsewhere = house.newcomer(PHONE).await;
        let asked = house.delete("/v1/me", me.token()).await.is(202);
        let number = asked.text("/recordNumber");
        assert!(number.len() == 14 && number.split('-').count() == 3, "{number}");
        house.get("/v1/me", elsewhere.token()).await.refused(401, "unauthenticated");
        house.delete("/v1/me", me.token()).await.refused(409, "deletion_pending");
        for path in ["/v1/me/erasure-plan", "/v1/me/consents", "/v1/me/acceptances", "/v1/me/access-log"] {
            house.get(path, me.token()).await.refused(409, "deletion_pending");
        }
        house.put("/v1/me/profile", me.token(), profile()).await.refused(409, "deletion_pending");
        house.put("/v1/me/consents/telemetry", me.token(), json!({})).await.refused(409, "deletion_pending");
        assert_eq!(house.get("/v1/me", me.token()).await.is(200).text("/deletionAt"), asked.text("/deletionAt"));

        house.later(GRACE - TimeDelta::hours(1)).await;
        let back = house.newcomer(PHONE).await;
        assert_eq!(back.id, me.id, "signing in still works, to undo it");
        house.delete("/v1/me/deletion", back.token()).await.is(204);
        house.get("/v1/me/erasure-plan", back.token()).await.is(200);
        house.later(GRACE * 2).await;
        assert_eq!(house.newcomer(PHONE).await.id, me.id, "undone is undone on {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_11_the_plan_names_class_rule_and_day_and_is_what_is_done() {
    for on in engines() {
        let house = diary::house(on).await;
        let me = patient(&house, PHONE).await;
        let subject: Uuid = me.id.parse().expect("an id");
        let before = house.get("/v1/me/erasure-plan", me.token()).await.is(200).json();
        assert!(outcomes(&before).contains(&("clinical".into(), "destroyed".into())), "there is no encounter yet");
        diary::write(&house.app, subject, "жалоба").await;
        let plan = house.get("/v1/me/erasure-plan", me.token()).await.is(200).json();
        let expected = [
            ("identity", "destroyed"),
            ("contact", "destroyed"),
            ("clinical", "held"),
            ("evidence", "held"),
            ("security", "destroyed"),
        ];
        assert_eq!(outcomes(&plan), expected.map(|(class, outcome)| (class.to_owned(), outcome.to_owned())));
        let clinical = &plan["classes"][2];
        assert!(clinical["rule"].as_str().expect("a rule").contains("323-FZ"));
        let until: chrono::DateTime<chrono::Utc> = clinical["until"].as_str().expect("a day").parse().expect("an instant");
        let years = (until - house.app.ambient.now()).num_days() / 365;
        assert_eq!(years, 25);
        assert_eq!(number(&house, "SELECT count(*) FROM erasure").await, 0, "a plan changes nothing");

        let asked = house.delete("/v1/me", me.token()).await.is(202);
        assert_eq!(outcomes(&asked.json()), outcomes(&plan));
        house.later(GRACE + TimeDelta::minutes(1)).await;
        let receipts = receipts(&house, &asked.text("/recordNumber")).await;
        assert_eq!(step_names(&receipts), ["tombstone", "keys", "rows", "certificate"]);
        let keys = house.app.vault.keys(subject).await.expect("what is held keeps its keys");
        let left: Vec<Class> = Class::ALL.iter().copied().filter(|class| keys.has(*class)).collect();
        assert_eq!(left, [Class::Clinical, Class::Evidence], "{on:?}");
        assert_eq!(number(&house, "SELECT count(*) FROM acceptance").await, 1, "evidence is held");

        let admin = house.administrator().await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        let path = format!("/v1/staff/certificates/{}", asked.text("/recordNumber").to_lowercase());
        house.get(&path, admin.token()).await.refused(403, "forbidden");
        house.get("/v1/staff/certificates/0000-0000-0000", officer.token()).await.refused(404, "not_found");
        let certificate = house.get(&path, officer.token()).await.is(200).json();
        assert_eq!(certificate["classes"], asked.json()["classes"], "what the plan said");
        assert_eq!(certificate["method"], "cryptoErasure");
        assert_eq!(certificate["reason"], "subjectRequest");
        assert!(certificate["operatorName"].as_str().expect("a name").contains("Пример"));
        assert!(certificate["wrappingKeyEndsAt"].as_str() > certificate["erasedAt"].as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e13_the_same_numbers_register_again_and_see_nothing_old() {
    for on in engines() {
        let house = House::new(on).await;
        let me = patient(&house, PHONE).await;
        house.put("/v1/me/profile", me.token(), profile()).await.is(200);
        house.put("/v1/me/consents/telemetry", me.token(), json!({})).await.is(200);
        let rival = patient(&house, "+79160000002").await;
        let claimed = house.put("/v1/me/profile", rival.token(), profile()).await.is(200);
        assert_eq!(claimed.text("/profile/identifiers/0/state"), "pending");
        house.delete("/v1/me", me.token()).await.is(202);
        house.later(GRACE + TimeDelta::minutes(1)).await;
        house.get("/v1/me", me.token()).await.refused(401, "unauthenticated");

        let again = house.newcomer(PHONE).await;
        assert_ne!(again.id, me.id, "a returning patient is a new subject on {on:?}");
        let seen = house.get("/v1/me", again.token()).await.is(200).json();
        assert!(seen["profile"].is_null() && seen["acceptedPolicyVersion"].is_null());
        assert_eq!(house.get("/v1/me/acceptances", again.token()).await.is(200).json(), json!({"items": []}));
        accept(&house, &again).await;
        house.put("/v1/me/profile", again.token(), profile()).await.is(200);
        let consents = house.get("/v1/me/consents", again.token()).await.is(200).json();
        assert!(consents["items"].as_array().expect("items").iter().all(|item| item["state"] == "notGiven"));
        assert_eq!(number(&house, "SELECT count(*) FROM patient WHERE state = 'leaving'").await, 0);
    }
}

/// Where a run is killed: after so many whole steps, and after the next step's work in the register, without its receipt.
const KILLS: &[(usize, bool)] = &[(0, false), (0, true), (1, false), (1, true), (2, false), (3, false)];

#[tokio::test(flavor = "multi_thread")]
async fn e4_killed_at_any_step_it_resumes_to_the_same_receipts() {
    for on in engines() {
        let house = diary::house(on).await;
        let mut asked = Vec::new();
        for (index, kill) in KILLS.iter().enumerate() {
            let me = patient(&house, &format!("+7916000000{index}")).await;
            let subject: Uuid = me.id.parse().expect("an id");
            diary::write(&house.app, subject, "жалоба").await;
            assert_eq!(advance(&house.app, subject).await.expect("nothing"), None, "nobody has asked");
            let number = house.delete("/v1/me", me.token()).await.is(202).text("/recordNumber");
            assert_eq!(advance(&house.app, subject).await.expect("nothing"), None, "the grace lasts");
            asked.push((subject, number, *kill));
        }
        house.app.ambient.advance(GRACE + TimeDelta::minutes(1));
        let vault = &house.app.vault;
        let mut before = Vec::new();
        for (subject, number, (steps, is_half_done)) in &asked {
            for _ in 0..*steps {
                advance(&house.app, *subject).await.expect("a step").expect("there is one");
            }
            match (steps, is_half_done) {
                (0, true) => _ = vault.bury(*subject).await.expect("a tombstone"),
                (1, true) => vault.destroy(*subject, &[Class::Clinical, Class::Evidence]).await.expect("destroyed"),
                _ => {}
            }
            before.push(receipts(&house, number).await);
        }
        house.later(TimeDelta::minutes(10)).await;
        let admin = house.administrator().await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        for ((subject, number, kill), before) in asked.iter().zip(before) {
            let after = receipts(&house, number).await;
            assert_eq!(step_names(&after), ["tombstone", "keys", "rows", "certificate"], "{kill:?} on {on:?}");
            assert_eq!(after[..before.len()], before[..], "what was done is not done again: {kill:?}");
            let keys = vault.keys(*subject).await.expect("held keys");
            assert!(keys.has(Class::Clinical) && !keys.has(Class::Identity) && !keys.has(Class::Audit));
            assert!(diary::row(&house.app, *subject).await.is_some(), "a held row stays");
            let certificate = house.get(&format!("/v1/staff/certificates/{number}"), officer.token()).await.is(200).json();
            assert!(outcomes(&certificate).contains(&("clinical".into(), "held".into())));
            assert_eq!(advance(&house.app, *subject).await.expect("nothing"), None, "done is done");
        }
        assert_eq!(number(&house, "SELECT count(*) FROM patient").await, 0);
        let count = i64::try_from(KILLS.len()).expect("few");
        assert_eq!(number(&house, "SELECT count(*) FROM held_record").await, count);
        assert_eq!(number(&house, "SELECT count(*) FROM certificate").await, count);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e4_two_runners_at_once_leave_one_certificate() {
    for on in engines() {
        let house = House::new(on).await;
        let me = patient(&house, PHONE).await;
        let subject: Uuid = me.id.parse().expect("an id");
        let record = house.delete("/v1/me", me.token()).await.is(202).text("/recordNumber");
        house.app.ambient.advance(GRACE + TimeDelta::minutes(1));
        let run = async || {
            let mut gone = Vec::new();
            while let Some(step) = advance(&house.app, subject).await.expect("a step") {
                gone.push(step);
            }
            gone
        };
        let (one, other) = tokio::join!(run(), run());
        assert!(one.contains(&Step::Certificate) || other.contains(&Step::Certificate));
        assert_eq!(step_names(&receipts(&house, &record).await), ["tombstone", "keys", "rows", "certificate"], "{on:?}");
        assert_eq!(number(&house, "SELECT count(*) FROM certificate").await, 1);
        assert_eq!(number(&house, "SELECT count(*) FROM held_record").await, 1);
        house.later(TimeDelta::hours(2)).await;
    }
}
