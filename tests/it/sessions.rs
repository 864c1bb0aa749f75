//! Sessions: how they are renewed, listed, named and ended, on one node and on two.

use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::{On, Stores, engines};
use chrono::TimeDelta;
use feldsher::clinic::devices::tokens_of;
use feldsher::kernel::access::Asker;
use feldsher::kernel::db::Actor;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

const PHONE: &str = "+79161234567";

async fn refresh(house: &House, token: &str) -> Answer {
    house.post("/v1/auth/tokens", None, json!({"grant": "refresh", "refreshToken": token})).await
}

/// Somebody signs in on a device that he calls so.
async fn on_device(house: &House, name: &str) -> Person {
    let (challenge, code) = house.code_for(PHONE).await;
    let body = json!({"grant": "code", "challengeId": challenge, "code": code, "deviceName": name});
    let pair = house.post("/v1/auth/tokens", None, body).await.is(200);
    let token = pair.text("/accessToken");
    let id = house.get("/v1/me", Some(&token)).await.is(200).text("/id");
    Person { id, token, refresh: pair.text("/refreshToken") }
}

async fn sessions(house: &House, who: &Person) -> Vec<Value> {
    let list = house.get("/v1/me/sessions", who.token()).await.is(200).json();
    list["items"].as_array().cloned().unwrap_or_default()
}

fn named(sessions: &[Value], name: &str) -> String {
    let found = sessions.iter().find(|session| session["deviceName"] == name);
    found.and_then(|session| session["id"].as_str()).unwrap_or_default().to_owned()
}

/// A second node on the stores of the first one.
async fn beside(first: &House) -> House {
    let stores = Stores {
        // These stores are the first one's to drop.
        on: On::Sqlite,
        folder: tempfile::tempdir().expect("a folder"),
        record_url: first.stores.record_url.clone(),
        register_url: first.stores.register_url.clone(),
    };
    let (data, keys) = (first.stores.path("data"), first.stores.path("keys"));
    House::with(stores, first.app.ambient.clone(), |config| (config.data, config.keys) = (data, keys)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn t10_fifty_parallel_refreshes_leave_one_living_chain() {
    for on in engines() {
        let house = Arc::new(House::new(on).await);
        let me = house.patient(PHONE).await;
        let other = house.newcomer(PHONE).await;
        let asking: Vec<_> = (0..50)
            .map(|_| {
                let (house, token) = (house.clone(), me.refresh.clone());
                tokio::spawn(async move { refresh(&house, &token).await })
            })
            .collect();
        let mut pairs = Vec::new();
        for one in asking {
            let answer = one.await.expect("an answer");
            if answer.status == 200 {
                pairs.push((answer.text("/accessToken"), answer.text("/refreshToken")));
            } else {
                answer.refused(400, "wrong_refresh_token");
            }
        }
        assert!(!pairs.is_empty());
        let mut living = Vec::new();
        for (access, renew) in &pairs {
            if house.get("/v1/me", Some(access)).await.status == 200 {
                living.push(renew.clone());
            }
        }
        assert_eq!(living.len(), 1, "of {} pairs on {on:?}", pairs.len());
        for (_, dead) in pairs.iter().filter(|(_, renew)| !living.contains(renew)) {
            refresh(&house, dead).await.refused(400, "wrong_refresh_token");
        }
        // The chain goes on, and the dead ends have not ended it.
        let next = refresh(&house, &living[0]).await.is(200);
        house.get("/v1/me", Some(&next.text("/accessToken"))).await.is(200);
        house.get("/v1/me", other.token()).await.is(200);
        // The first token was used long ago by now: whoever shows it ends the family.
        refresh(&house, &me.refresh).await.refused(400, "wrong_refresh_token");
        house.get("/v1/me", Some(&next.text("/accessToken"))).await.refused(401, "unauthenticated");
        house.get("/v1/me", other.token()).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t09_a_lost_reply_is_repeated_for_a_minute_and_no_longer() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        let lost = refresh(&house, &me.refresh).await.is(200);
        house.app.ambient.advance(TimeDelta::seconds(59));
        let pair = refresh(&house, &me.refresh).await.is(200);
        house.get("/v1/me", Some(&lost.text("/accessToken"))).await.refused(401, "unauthenticated");
        house.get("/v1/me", Some(&pair.text("/accessToken"))).await.is(200);
        refresh(&house, &pair.text("/refreshToken")).await.is(200);
        let second = house.newcomer(PHONE).await;
        let pair = refresh(&house, &second.refresh).await.is(200);
        house.app.ambient.advance(TimeDelta::seconds(62));
        refresh(&house, &second.refresh).await.refused(400, "wrong_refresh_token");
        house.get("/v1/me", Some(&pair.text("/accessToken"))).await.refused(401, "unauthenticated");
    }
}

/// Tokens are looked up at each request, so that there is nothing that another node could remember.
#[tokio::test(flavor = "multi_thread")]
async fn t11_what_ends_on_one_node_is_refused_on_the_other() {
    for on in engines() {
        let here = House::new(on).await;
        let there = beside(&here).await;
        let me = here.patient(PHONE).await;
        let seen = async |who: &Person| there.get("/v1/me", who.token()).await;

        let second = on_device(&here, "второй").await;
        seen(&second).await.is(200);
        here.delete("/v1/auth/tokens", second.token()).await.is(204);
        seen(&second).await.refused(401, "unauthenticated");

        let third = on_device(&here, "третий").await;
        seen(&third).await.is(200);
        here.delete("/v1/me/sessions", me.token()).await.is(204);
        seen(&third).await.refused(401, "unauthenticated");

        here.put("/v1/me/freeze", me.token(), json!({"scopes": ["patient"]})).await.is(200);
        seen(&me).await.refused(403, "frozen");
        here.delete("/v1/me/freeze", me.token()).await.is(200);
        seen(&me).await.is(200);

        let admin = here.administrator().await;
        let new = json!({"role": "support", "login": "helper", "name": "Помощник"});
        let issued = here.post("/v1/staff/accounts", admin.token(), new).await.is(201).text("/oneTimePassword");
        let body = json!({"grant": "password", "login": "helper", "password": issued});
        let first = here.post("/v1/auth/tokens", None, body).await.is(200).text("/accessToken");
        there.get("/v1/staff/me", Some(&first)).await.is(200);
        let own = json!({"newPassword": crate::support::people::PASSWORD});
        here.post("/v1/staff/me/credentials", Some(&first), own).await.is(200);
        there.get("/v1/staff/me", Some(&first)).await.refused(401, "unauthenticated");

        let fourth = on_device(&here, "четвёртый").await;
        seen(&fourth).await.is(200);
        here.delete("/v1/me", me.token()).await.is(202);
        seen(&fourth).await.refused(401, "unauthenticated");
        there.get("/v1/bookings", me.token()).await.refused(409, "deletion_pending");
        here.later(TimeDelta::days(15)).await;
        seen(&me).await.refused(401, "unauthenticated");
        refresh(&there, &me.refresh).await.refused(400, "wrong_refresh_token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t12_all_others_end_in_one_call_with_their_push_tokens_and_none_of_anybody_else() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        let (tablet, phone) = (on_device(&house, "планшет").await, on_device(&house, "телефон").await);
        let stranger = house.patient("+79160000042").await;
        for (who, token) in [(&me, "token-of-mine-here"), (&tablet, "token-of-the-tablet"), (&phone, "token-of-the-phone")] {
            let device = json!({
                "platform": "android", "appVersion": "3.2.1", "pushTokens": [{"kind": "fcmToken", "token": token}],
            });
            house.put(&format!("/v1/devices/{}", house.app.ambient.id()), who.token(), device).await.is(200);
        }
        let mine = async || {
            let id = me.id.parse().expect("an id");
            let openings = house.app.openings(Actor::house("test"), Asker { id, medical: false });
            let tokens = tokens_of(&house.app, &openings, id).await.expect("tokens");
            tokens.into_iter().map(|token| token.token).collect::<Vec<_>>()
        };
        assert_eq!(mine().await.len(), 3);
        let ids = sessions(&house, &me).await;
        house.delete(&format!("/v1/me/sessions/{}", named(&ids, "планшет")), stranger.token()).await.refused(404, "not_found");
        house.delete(&format!("/v1/me/sessions/{}", named(&ids, "планшет")), me.token()).await.is(204);
        house.get("/v1/me", tablet.token()).await.refused(401, "unauthenticated");
        house.get("/v1/me", phone.token()).await.is(200);
        assert_eq!(mine().await.len(), 2, "its token went at once");
        house.delete("/v1/me/sessions", me.token()).await.is(204);
        house.get("/v1/me", phone.token()).await.refused(401, "unauthenticated");
        refresh(&house, &phone.refresh).await.refused(400, "wrong_refresh_token");
        assert_eq!(mine().await, ["token-of-mine-here"], "{on:?}");
        assert_eq!(sessions(&house, &me).await.len(), 1);
        house.get("/v1/me", me.token()).await.is(200);
        house.get("/v1/me", stranger.token()).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t15_a_session_is_never_what_the_client_says_it_is() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        let old = sessions(&house, &me).await[0]["id"].as_str().expect("an id").to_owned();
        let chosen = "A".repeat(43);
        let (challenge, code) = house.code_for(PHONE).await;
        let body = json!({"grant": "code", "challengeId": challenge, "code": code});
        for field in ["sessionId", "id", "accessToken", "refreshToken2", "session"] {
            let mut more = body.clone();
            more[field] = json!(chosen);
            house.post("/v1/auth/tokens", None, more).await.refused(400, "invalid");
        }
        let mut named = body.clone();
        named["refreshToken"] = json!(chosen);
        let request = house.request(Method::POST, "/v1/auth/tokens", Some(&chosen)).json(&named);
        let request = request.header("Cookie", format!("session={chosen}; sid={old}")).header("X-Session-Id", &old);
        let pair = house.send(request).await.is(200);
        assert!(pair.headers.get("set-cookie").is_none(), "no cookie is needed, and none is set");
        assert!(pair.text("/accessToken") != chosen && pair.text("/refreshToken") != chosen);
        house.get("/v1/me", Some(&chosen)).await.refused(401, "unauthenticated");
        refresh(&house, &chosen).await.refused(400, "wrong_refresh_token");
        let fresh = Person { token: pair.text("/accessToken"), ..me.clone() };
        let all = sessions(&house, &fresh).await;
        let current: Vec<&Value> = all.iter().filter(|session| session["current"] == true).collect();
        assert_eq!((all.len(), current.len()), (2, 1), "{on:?}");
        assert_ne!(current[0]["id"], json!(old), "a sign-in is a session of its own");
        // Neither kind of token does for the other, and an access token lives for its quarter of an hour.
        house.get("/v1/me", Some(&pair.text("/refreshToken"))).await.refused(401, "unauthenticated");
        refresh(&house, &pair.text("/accessToken")).await.refused(400, "wrong_refresh_token");
        assert_eq!(pair.json()["expiresIn"], 900);
        house.app.ambient.advance(TimeDelta::minutes(15));
        house.get("/v1/me", fresh.token()).await.refused(401, "unauthenticated");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_what_would_hurt_most_takes_a_sign_in_of_the_last_minutes() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        house.put("/v1/me/freeze", me.token(), json!({"scopes": ["staff"]})).await.is(200);
        let (challenge, code) = {
            let new = json!({"channel": "email", "to": "ivan@patient.example"});
            let asked = house.post("/v1/me/contacts/codes", me.token(), new).await.is(202).text("/challengeId");
            let text = house.last_message("ivan@patient.example").await;
            (asked, text.chars().filter(char::is_ascii_digit).take(6).collect::<String>())
        };
        let acts = [
            (Method::POST, "/v1/me/contacts/codes", json!({"channel": "sms", "to": "+79031112233"})),
            (Method::POST, "/v1/me/contacts", json!({"challengeId": challenge, "code": code})),
            (Method::DELETE, "/v1/me/contacts/email", Value::Null),
            (Method::POST, "/v1/me/exports", Value::Null),
            (Method::DELETE, "/v1/me/freeze", Value::Null),
            (Method::DELETE, "/v1/me", Value::Null),
        ];
        let attempt = async |token: &str, (method, path, body): &(Method, &str, Value)| {
            let key = house.app.ambient.id().to_string();
            let request = house.request(method.clone(), path, Some(token)).header("Idempotency-Key", key);
            house.send(if body.is_null() { request } else { request.json(body) }).await
        };
        house.app.ambient.advance(TimeDelta::minutes(5) + TimeDelta::seconds(1));
        // A refreshed session keeps the hour of its sign-in.
        let renewed = refresh(&house, &me.refresh).await.is(200).text("/accessToken");
        for act in &acts {
            attempt(&renewed, act).await.refused(403, "step_up_required");
        }
        house.get("/v1/me", Some(&renewed)).await.is(200);
        // The code that waited meanwhile is not lost.
        let fresh = on_device(&house, "снова").await;
        for act in &acts {
            let answer = attempt(&fresh.token, act).await;
            assert!(answer.status.is_success(), "{} {}: {}", act.0, act.1, answer.code());
        }
        house.get("/v1/bookings", fresh.token()).await.refused(409, "deletion_pending");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_01_one_account_lives_on_several_devices() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        let devices = ["Сайт", "iPhone", "Android"];
        let mut people = Vec::new();
        for name in devices {
            people.push(on_device(&house, name).await);
        }
        assert!(people.iter().all(|person| person.id == me.id), "one account");
        let installation = house.app.ambient.id();
        for (person, platform) in people.iter().zip(["web", "ios", "android"]) {
            let device = json!({"platform": platform, "appVersion": "3.2.1"});
            let id = if platform == "ios" { installation } else { house.app.ambient.id() };
            house.put(&format!("/v1/devices/{id}"), person.token(), device).await.is(200);
        }
        let registered = house.get("/v1/devices", people[0].token()).await.is(200).json();
        assert_eq!(registered["items"].as_array().map(Vec::len), Some(3), "each sees all");
        // What is done on one is there on the other.
        let profile = json!({"surname": "Пациентов", "givenName": "Пётр", "birthDate": "1981-06-02"});
        house.put("/v1/me/profile", people[0].token(), profile).await.is(200);
        assert_eq!(house.get("/v1/me", people[2].token()).await.is(200).text("/profile/birthDate"), "1981-06-02");
        let all = sessions(&house, &people[1]).await;
        assert_eq!(all.len(), 4);
        for name in devices {
            assert!(!named(&all, name).is_empty(), "{name}");
        }
        // A device is renamed from another one, by its owner alone.
        let path = format!("/v1/me/sessions/{}", named(&all, "iPhone"));
        let stranger = house.newcomer("+79160000042").await;
        let name = json!({"deviceName": " Телефон дочери "});
        house.put(&path, stranger.token(), name.clone()).await.refused(404, "not_found");
        house.put(&path, people[0].token(), json!({"deviceName": "  "})).await.refused(400, "invalid");
        house.put(&path, people[0].token(), name).await.is(204);
        assert!(!named(&sessions(&house, &me).await, "Телефон дочери").is_empty(), "{on:?}");
        // Each lives by itself.
        let next = refresh(&house, &people[2].refresh).await.is(200);
        house.delete("/v1/auth/tokens", people[1].token()).await.is(204);
        house.get("/v1/me", people[0].token()).await.is(200);
        house.get("/v1/me", Some(&next.text("/accessToken"))).await.is(200);
        house.put(&path, people[0].token(), json!({"deviceName": "Нет его"})).await.refused(404, "not_found");
        assert_eq!(sessions(&house, &me).await.len(), 3);
    }
}
