//! Advertising: to whom it goes, and what stops it on its way.

use super::{PHONE, at_noon, freeze, run_sql, sent, telephone, with_profile, woken};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::adapters::SendFault;
use feldsher::adapters::outbox::Channel;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

const CAMPAIGNS: &str = "/v1/staff/campaigns";

fn campaign(channel: &str, purpose: &str) -> Value {
    let words = |word: &str| json!({"ru": format!("{word} ru"), "kk": format!("{word} kk"), "ka": format!("{word} ka"), "en": format!("{word} en")});
    json!({"channel": channel, "purpose": purpose, "title": words("A check-up"), "body": words("In spring")})
}

async fn rows(house: &House, sql: &str) -> usize {
    let reader = house.app.db.reader();
    reader.query_all_raw(Statement::from_string(reader.get_database_backend(), sql)).await.expect("a query").len()
}

async fn consenting(house: &House, phone: &str, token: &str) -> Person {
    let person = house.patient(phone).await;
    telephone(house, &person, token).await;
    house.put("/v1/me/consents/marketing.own.push", person.token(), json!({})).await.is(200);
    person
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_03_e8_a_consent_withdrawn_between_the_queue_and_the_sending_stops_it() {
    for on in engines() {
        // Ten quiet minutes, in which what was queued waits.
        let quiet = |profile: String| {
            profile
                .replace("quiet_from = \"22:00\"", "quiet_from = \"12:00\"")
                .replace("quiet_to = \"08:00\"", "quiet_to = \"12:10\"")
        };
        let house = with_profile(on, quiet).await;
        let admin = house.administrator().await;
        let stays = consenting(&house, PHONE, "token-of-who-stays").await;
        let withdraws = consenting(&house, "+79160000002", "token-of-who-withdraws").await;
        let frozen = consenting(&house, "+79160000003", "token-of-who-freezes").await;
        let off = consenting(&house, "+79160000004", "token-of-who-switched-off").await;
        let never = house.patient("+79160000005").await;
        telephone(&house, &never, "token-of-who-never-consented").await;

        let made = house.post(CAMPAIGNS, admin.token(), campaign("push", "own")).await.is(201);
        assert_eq!((made.text("/state"), made.json()["queued"].as_i64()), ("queueing".into(), Some(0)));
        let path = format!("{CAMPAIGNS}/{}", made.text("/id"));
        house.settle().await;
        let queued = house.get(&path, admin.token()).await.is(200).json();
        assert_eq!((&queued["state"], &queued["queued"], &queued["waiting"]), (&json!("queued"), &json!(4), &json!(4)), "{on:?}");
        assert!(sent(&house, Channel::Push).is_empty(), "it is quiet");

        house.delete("/v1/me/consents/marketing.own.push", withdraws.token()).await.is(200);
        freeze(&house, &frozen).await;
        let switched = json!({"switches": [{"group": "marketing", "channel": "push", "on": false}]});
        house.put("/v1/me/preferences", off.token(), switched).await.is(200);
        house.later(TimeDelta::minutes(10)).await;
        house.later(TimeDelta::seconds(5)).await;
        assert_eq!(woken(&house, "token-of-who-stays").len(), 1, "{on:?}");
        assert_eq!(sent(&house, Channel::Push).len(), 1, "and nobody else");
        assert!(sent(&house, Channel::Sms).is_empty(), "nothing goes another way instead");
        let ended = house.get(&path, admin.token()).await.is(200);
        let counts = |name: &str| ended.json()[name].as_i64();
        assert_eq!((counts("sent"), counts("withheld"), counts("waiting")), (Some(1), Some(3), Some(0)), "{on:?}");
        assert!([&stays, &withdraws, &off].iter().all(|person| !String::from_utf8_lossy(&ended.bytes).contains(&person.id)));

        let inbox = house.request(reqwest::Method::GET, "/v1/notifications", stays.token()).header("Accept-Language", "ka");
        let inbox = house.send(inbox).await.is(200);
        assert_eq!((inbox.text("/items/0/title"), inbox.text("/items/0/body")), ("A check-up ka".into(), "In spring ka".into()));
        assert!(inbox.json()["items"][0].get("objectId").is_none());
        for person in [&withdraws, &off, &never] {
            assert_eq!(house.get("/v1/notifications", person.token()).await.is(200).json()["items"], json!([]), "{on:?}");
        }

        // An answer that got lost is not asked for again.
        house.app.adapters.outbox.fail_next(1, SendFault::Unknown { why: "no answer" });
        house.post(CAMPAIGNS, admin.token(), campaign("push", "own")).await.is(201);
        house.settle().await;
        house.later(TimeDelta::minutes(20)).await;
        let all = house.app.adapters.outbox.all().len();
        house.later(TimeDelta::minutes(20)).await;
        assert_eq!(house.app.adapters.outbox.all().len(), all);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_03_a_campaign_is_queued_in_slices_one_at_a_time() {
    for on in engines() {
        let house = at_noon(on).await;
        let admin = house.administrator().await;
        for _ in 0..250 {
            let ambient = &house.app.ambient;
            let sql = "INSERT INTO consent (id, subject, item, state, given_at, sealed) VALUES ($1, $2, 'marketing.own.sms', 'given', $3, $4)";
            let values = vec![ambient.id().into(), ambient.id().into(), ambient.now().into(), vec![0_u8; 8].into()];
            run_sql(&house, sql, values).await;
        }
        let path =
            format!("{CAMPAIGNS}/{}", house.post(CAMPAIGNS, admin.token(), campaign("sms", "own")).await.is(201).text("/id"));
        house.post(CAMPAIGNS, admin.token(), campaign("push", "own")).await.refused(409, "state_conflict");
        for _ in 0..3 {
            house.settle().await;
            house.app.ambient.advance(TimeDelta::seconds(2));
        }
        let slices = "SELECT id FROM campaign WHERE slices = 3 AND queued = 250";
        assert_eq!(rows(&house, slices).await, 1, "{on:?}");
        let ended = house.get(&path, admin.token()).await.is(200).json();
        assert_eq!((&ended["state"], &ended["withheld"], &ended["sent"]), (&json!("queued"), &json!(250), &json!(0)));
        assert!(sent(&house, Channel::Sms).is_empty(), "there are no such accounts any more");
        assert_eq!(house.get(CAMPAIGNS, admin.token()).await.is(200).json()["items"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_03_nobody_advertises_by_a_way_without_its_own_consent() {
    for on in engines() {
        let house = at_noon(on).await;
        let admin = house.administrator().await;
        for (channel, purpose) in [("email", "own"), ("push", "partners"), ("sms", "partners")] {
            house.post(CAMPAIGNS, admin.token(), campaign(channel, purpose)).await.refused(403, "refused_by_profile");
        }
        let mut silent = campaign("push", "own");
        silent["body"]["kk"] = json!(" ");
        assert_eq!(
            house.post(CAMPAIGNS, admin.token(), silent).await.refused(400, "invalid").text("/errors/0/pointer"),
            "/body/kk"
        );
        let mut endless = campaign("push", "own");
        endless["title"]["ru"] = "х".repeat(201).into();
        house.post(CAMPAIGNS, admin.token(), endless).await.refused(400, "invalid");
        let clinic = house.clinic(&admin).await;
        let local = house.staff(&admin, "administrator", "local", Some(&clinic.clinic_id)).await;
        house.post(CAMPAIGNS, local.token(), campaign("push", "own")).await.refused(403, "forbidden");
        house.post(CAMPAIGNS, clinic.doctor.token(), campaign("push", "own")).await.refused(403, "forbidden");
    }
}
