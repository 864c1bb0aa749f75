//! What people want, what the hour says, and what they consented to.

use super::{PHONE, advertise, at_noon, freeze, newest, run_sql, sent, states, telephone, tell, until_hour, with_profile, woken};
use crate::support::house::House;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::adapters::SendFault;
use feldsher::adapters::outbox::Channel;
use feldsher::app::catalogue;
use feldsher::clinic::notifications::Kind;
use feldsher::kernel::lang::Lang;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

const WISHES: &str = "/v1/me/preferences";
const TOKEN: &str = "token-of-the-telephone";

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_is_switched_off_is_not_gone() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        telephone(&house, &patient, TOKEN).await;
        let all = house.get(WISHES, patient.token()).await.is(200);
        let switches = all.json()["switches"].as_array().cloned().expect("switches");
        assert_eq!(switches.len(), 15, "five groups by three ways");
        assert!(switches.iter().all(|switch| switch["on"] == true) && all.json()["language"].is_null());
        let tag = all.headers["ETag"].to_str().expect("a tag").to_owned();

        let body = json!({
            "language": "ka", "zone": "Asia/Tbilisi", "switches": [{"group": "visits", "channel": "push", "on": false}],
        });
        let put = |tag: &str| house.request(reqwest::Method::PUT, WISHES, patient.token()).header("If-Match", tag).json(&body);
        let wishes = house.send(put(&tag)).await.is(200);
        assert_eq!((wishes.text("/language"), wishes.text("/zone")), ("ka".into(), "Asia/Tbilisi".into()));
        house.send(put(&tag)).await.refused(412, "precondition_failed");
        let off = json!({"group": "visits", "channel": "push", "on": false});
        assert!(
            house.get(WISHES, patient.token()).await.is(200).json()["switches"].as_array().is_some_and(|all| all.contains(&off))
        );

        let visit = tell(&house, &patient, Kind::BookingConfirmed).await;
        let document = tell(&house, &patient, Kind::DocumentAdded).await;
        house.settle().await;
        assert_eq!(states(&house, visit).await, ["push off"], "nothing goes another way instead, {on:?}");
        assert_eq!(woken(&house, TOKEN), [document.to_string()]);
        house.app.adapters.outbox.bury(TOKEN);
        tell(&house, &patient, Kind::DocumentAdded).await;
        house.settle().await;
        assert_eq!(sent(&house, Channel::Sms)[0].text, catalogue::text(Lang::Ka, "notice-sms", &[]));

        for (body, pointer) in [
            (json!({"zone": "Asia/Nowhere", "switches": []}), "/zone"),
            (json!({"language": "fr", "switches": []}), "/language"),
            (json!({"switches": [{"group": "account", "channel": "push", "on": false}]}), "/switches/0/group"),
            (json!({"switches": [off.clone(), off.clone()]}), "/switches/1"),
        ] {
            assert_eq!(house.put(WISHES, patient.token(), body).await.refused(400, "invalid").text("/errors/0/pointer"), pointer);
        }
        house.put(WISHES, house.newcomer("+79160000002").await.token(), json!({"switches": []})).await.is(403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_hold_back_what_is_not_urgent() {
    for on in engines() {
        let house = at_noon(on).await;
        until_hour(&house, 23);
        let patient = house.patient(PHONE).await;
        telephone(&house, &patient, TOKEN).await;
        let far = house.patient("+79160000002").await;
        telephone(&house, &far, "token-far-in-the-east").await;
        house.put(WISHES, far.token(), json!({"zone": "Pacific/Auckland", "switches": []})).await.is(200);
        let document = tell(&house, &patient, Kind::DocumentAdded).await.to_string();
        let message = tell(&house, &patient, Kind::MessageReceived).await.to_string();
        tell(&house, &far, Kind::DocumentAdded).await;
        house.settle().await;
        assert_eq!(woken(&house, TOKEN), std::slice::from_ref(&message), "{on:?}");
        assert_eq!(woken(&house, "token-far-in-the-east").len(), 1, "his day has begun");
        house.later(TimeDelta::hours(8)).await;
        assert_eq!(woken(&house, TOKEN).len(), 1, "it is seven");
        house.later(TimeDelta::hours(1)).await;
        house.later(TimeDelta::seconds(5)).await;
        assert_eq!(woken(&house, TOKEN), [message, document]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nights_are_quiet_by_the_wish_then_by_the_newest_phone_then_by_the_profile() {
    for on in engines() {
        let house = at_noon(on).await;
        until_hour(&house, 23);
        let patient = house.patient(PHONE).await;
        let register = async |zone: &str, token: &str| {
            house.app.ambient.advance(TimeDelta::seconds(1));
            let body = json!({
                "platform": "android", "appVersion": "1.2.3", "timeZone": zone, "pushTokens": [{"kind": "fcmToken", "token": token}],
            });
            let path = format!("/v1/devices/{}", house.app.ambient.id());
            house.put(&path, patient.token(), body).await.is(200);
        };
        let told = async || {
            let notice = tell(&house, &patient, Kind::DocumentAdded).await;
            house.settle().await;
            states(&house, notice).await
        };
        register("Europe/Moscow", TOKEN).await;
        assert_eq!(told().await, ["push waiting"], "{on:?}");
        register("Pacific/Auckland", "token-of-the-newer-telephone").await;
        house.later(TimeDelta::hours(10)).await;
        until_hour(&house, 23);
        let patient = house.newcomer(PHONE).await;
        assert_eq!(told().await, ["push sent"], "his newest phone is where it is day, on {on:?}");
        house.put(WISHES, patient.token(), json!({"zone": "Europe/Moscow", "switches": []})).await.is(200);
        assert_eq!(told().await, ["push waiting"], "he wishes otherwise, on {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_03_marketing_goes_only_by_a_consent_that_stands_when_it_is_sent() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        telephone(&house, &patient, TOKEN).await;
        assert!(!advertise(&house, &patient).await, "no consent, no row");
        house.settle().await;
        assert_eq!(house.get("/v1/notifications", patient.token()).await.is(200).json()["items"], json!([]));

        house.put("/v1/me/consents/marketing.own.push", patient.token(), json!({})).await.is(200);
        assert!(advertise(&house, &patient).await);
        house.delete("/v1/me/consents/marketing.own.push", patient.token()).await.is(200);
        house.settle().await;
        let withheld = newest(&house, &patient).await;
        assert_eq!(states(&house, withheld).await, ["push withheld", "sms withheld"], "withdrawn meanwhile, {on:?}");
        assert!(sent(&house, Channel::Push).is_empty() && sent(&house, Channel::Sms).is_empty());

        house.put("/v1/me/consents/marketing.own.sms", patient.token(), json!({})).await.is(200);
        assert!(advertise(&house, &patient).await);
        house.settle().await;
        assert_eq!(states(&house, newest(&house, &patient).await).await, ["push withheld", "sms sent"]);
        // S0-03: what belongs to the service needs no consent.
        tell(&house, &patient, Kind::BookingConfirmed).await;
        house.settle().await;
        assert_eq!(woken(&house, TOKEN).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_advertised_to_twice_and_a_service_notice_is_repeated() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        telephone(&house, &patient, TOKEN).await;
        house.put("/v1/me/consents/marketing.own.push", patient.token(), json!({})).await.is(200);
        let unknown = SendFault::Unknown { why: "no answer" };
        advertise(&house, &patient).await;
        house.app.adapters.outbox.fail_next(1, unknown);
        house.settle().await;
        house.later(TimeDelta::minutes(20)).await;
        assert_eq!(woken(&house, TOKEN).len(), 1, "{on:?}");
        assert_eq!(states(&house, newest(&house, &patient).await).await, ["push unknown"]);

        // As if the node had died between the sending and its end.
        advertise(&house, &patient).await;
        run_sql(&house, "UPDATE delivery SET state = 'sending' WHERE ended_at IS NULL", vec![]).await;
        house.settle().await;
        assert_eq!(states(&house, newest(&house, &patient).await).await, ["push unknown"]);
        assert_eq!(woken(&house, TOKEN).len(), 1);

        let document = tell(&house, &patient, Kind::DocumentAdded).await.to_string();
        house.app.adapters.outbox.fail_next(1, unknown);
        house.settle().await;
        house.later(TimeDelta::minutes(20)).await;
        assert_eq!(woken(&house, TOKEN)[1..], [document.clone(), document], "under the same id");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_and_an_ending_account_hear_only_of_themselves() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        telephone(&house, &patient, TOKEN).await;
        let document = tell(&house, &patient, Kind::DocumentAdded).await;
        freeze(&house, &patient).await;
        let frozen = tell(&house, &patient, Kind::FreezeChanged).await;
        house.settle().await;
        assert_eq!(states(&house, document).await, ["push withheld"], "{on:?}");
        assert_eq!(states(&house, frozen).await, ["push sent", "sms sent"]);
        for path in ["/v1/notifications", WISHES, "/v1/events", &format!("/v1/notifications/{document}")] {
            house.get(path, patient.token()).await.refused(403, "frozen");
        }
        house.put(WISHES, patient.token(), json!({"switches": []})).await.refused(403, "frozen");
        house.post(&format!("/v1/notifications/{document}/read"), patient.token(), json!({})).await.refused(403, "frozen");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_07_where_the_profile_has_no_push_none_is_sent_or_asked_for() {
    for on in engines() {
        let house = with_profile(on, |profile| profile.replace("push = true", "push = false")).await;
        let patient = house.patient(PHONE).await;
        let push = json!({"switches": [{"group": "visits", "channel": "push", "on": true}]});
        house.put(WISHES, patient.token(), push).await.refused(403, "refused_by_profile");
        let switches = house.get(WISHES, patient.token()).await.is(200).json()["switches"].clone();
        assert!(switches.as_array().is_some_and(|all| all.iter().all(|switch| switch["channel"] != "push")));
        let visit = tell(&house, &patient, Kind::BookingConfirmed).await;
        house.settle().await;
        assert_eq!(states(&house, visit).await, ["push nowhere", "sms sent"], "{on:?}");
        assert!(sent(&house, Channel::Push).is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_07_a_channel_that_needs_a_consent_carries_nothing_without_it() {
    for on in engines() {
        let asks = "service = \"sms\"\nconsent = \"telemetry\"";
        let house = with_profile(on, |profile| profile.replace("service = \"sms\"", asks)).await;
        let patient = house.patient(PHONE).await;
        let before = tell(&house, &patient, Kind::BookingConfirmed).await;
        house.settle().await;
        house.put("/v1/me/consents/telemetry", patient.token(), json!({})).await.is(200);
        let after = tell(&house, &patient, Kind::BookingConfirmed).await;
        house.settle().await;
        assert!(states(&house, before).await.contains(&"sms barred".to_owned()), "{on:?}");
        assert!(states(&house, after).await.contains(&"sms sent".to_owned()), "{on:?}");
        assert_eq!(withheld(&house).await, 1, "the refusal is written down on {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_11_what_may_not_leave_the_country_takes_the_next_way_or_stays() {
    for on in engines() {
        let abroad = "name = \"SMS abroad\"\ncountry = \"us\"";
        let house = with_profile(on, |profile| profile.replace("name = \"ООО «Пример СМС»\"\ncountry = \"ru\"", abroad)).await;
        let patient = house.patient(PHONE).await;
        let told = tell(&house, &patient, Kind::BookingConfirmed).await;
        house.settle().await;
        let states = states(&house, told).await;
        assert!(
            states.contains(&"sms barred".to_owned()) && states.contains(&"email nowhere".to_owned()),
            "{states:?} on {on:?}"
        );
    }
}

/// How often the trail says that something was not sent.
async fn withheld(house: &House) -> i64 {
    let reader = house.app.db.reader();
    let sql = "SELECT count(*) FROM audit_line WHERE action = 'withhold' AND basis = 'residency'";
    let row = reader.query_one_raw(Statement::from_string(reader.get_database_backend(), sql)).await.expect("a query");
    row.expect("a row").try_get_by_index(0).expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_11_abroad_goes_only_what_somebody_allowed_on_paper_and_until_he_takes_it_back() {
    for on in engines() {
        let house = with_profile(on, |profile| {
            let abroad = "name = \"SMS abroad\"\ncountry = \"us\"\nconsent = \"marketing.own.sms\"";
            let profile = profile.replace("name = \"ООО «Пример СМС»\"\ncountry = \"ru\"", abroad);
            let profile = profile.replace("home = \"ru\"", "home = \"ru\"\nelsewhere = \"written\"");
            profile.replace("id = \"marketing.own.sms\"", "id = \"marketing.own.sms\"\nwritten = true")
        })
        .await;
        let patient = house.patient(PHONE).await;
        let sms = async |expected: &str| {
            let told = tell(&house, &patient, Kind::BookingConfirmed).await;
            house.settle().await;
            let states = states(&house, told).await;
            assert!(states.contains(&expected.to_owned()), "{states:?} on {on:?}");
        };
        let own = "/v1/me/consents/marketing.own.sms";
        assert!(house.get("/v1/me/consents", patient.token()).await.is(200).json().to_string().contains("\"written\":true"));
        house.send(house.request(reqwest::Method::PUT, own, patient.token())).await.refused(403, "refused_by_profile");
        sms("sms barred").await;

        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        let path = format!("/v1/staff/patients/{}/consents/marketing.own.sms", patient.id);
        let signed = json!({"language": "ru", "paperMark": "Папка 7, лист 3"});
        house.put(&path, desk.token(), signed.clone()).await.refused(404, "not_found");
        house.found_by_phone(&desk, PHONE).await;
        house.put(&path, desk.token(), signed.clone()).await.refused(403, "identity_check_required");
        house.checked(&desk, &patient.id).await;
        house.put(&path.replace("own.sms", "nobody"), desk.token(), signed.clone()).await.refused(404, "not_found");
        assert_eq!(house.put(&path, desk.token(), signed).await.is(200).text("/state"), "given");
        sms("sms sent").await;

        house.delete(own, patient.token()).await.is(200);
        sms("sms barred").await;
    }
}
