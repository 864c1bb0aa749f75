//! A patient changes his own addresses.

use super::{EMAIL, NEW, OTHER, PHONE, addresses, asked, change, comes_in, confirm, holder, kinds, notices, show};
use crate::support::house::House;
use crate::support::stores::engines;
use feldsher::clinic::ROOMS;
use feldsher::kernel::vault::{Index, Reservation};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn t05_a_code_is_good_in_its_flow_and_for_its_person_alone() {
    for on in engines() {
        let house = House::new(on).await;
        let (me, other) = (house.patient(PHONE).await, house.patient(OTHER).await);
        let mine = asked(&house, &me, "sms", NEW).await;
        for _ in 0..6 {
            show(&house, &mine.0, &mine.1, json!({})).await.refused(400, "wrong_code");
            confirm(&house, &other, &mine).await.refused(400, "wrong_code");
        }
        let to_sign_in = house.code_for(NEW).await;
        confirm(&house, &me, &to_sign_in).await.refused(400, "wrong_code");
        assert_eq!(holder(&house, "phone", NEW).await, None, "nothing was reserved for what was refused");
        // Those tries were nobody's: they used up neither code.
        confirm(&house, &me, &mine).await.is(200);
        confirm(&house, &me, &mine).await.refused(400, "wrong_code");
        let pair = show(&house, &to_sign_in.0, &to_sign_in.1, json!({})).await.is(200);
        let id = house.get("/v1/me", Some(&pair.text("/accessToken"))).await.is(200).text("/id");
        assert_eq!(id, me.id, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_phone_ends_other_sessions_tells_the_old_number_and_opens_by_the_new_one_alone() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        let lost = house.newcomer(PHONE).await;
        let before = notices(&house, PHONE).len();
        let changed = change(&house, &me, "sms", NEW).await.is(200).json();
        assert_eq!(changed["items"].as_array().map(Vec::len), Some(1), "{changed}");
        assert_eq!(addresses(&house, &me).await, [format!("sms {NEW}")]);
        house.get("/v1/me", lost.token()).await.refused(401, "unauthenticated");
        house.post("/v1/auth/tokens", None, json!({"grant": "refresh", "refreshToken": lost.refresh})).await.is(400);
        house.get("/v1/me", me.token()).await.is(200);

        house.settle().await;
        assert_eq!(kinds(&house, &me).await[0], "contactChanged");
        let told = notices(&house, PHONE).split_off(before);
        assert_eq!(told.len(), 1, "{told:?}");
        for secret in ["Пациентов", "Пётр", PHONE, NEW, "+"] {
            assert!(!told[0].contains(secret), "{told:?}");
        }
        let left = crate::doors::everything(&house).await["former_address"].clone();
        assert_eq!(left, "", "the old number is forgotten once it was told");

        assert_eq!(comes_in(&house, "sms", NEW).await.id, me.id);
        let stranger = comes_in(&house, "sms", PHONE).await;
        assert_ne!(stranger.id, me.id, "{on:?}");
        assert!(house.get("/v1/me", stranger.token()).await.is(200).json()["profile"].is_null());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_is_verified_signs_in_and_is_given_up() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        let second = house.newcomer(PHONE).await;
        house.delete("/v1/me/contacts/email", me.token()).await.refused(404, "not_found");
        change(&house, &me, "email", "Ivan@patient.example").await.is(200);
        house.get("/v1/me", second.token()).await.is(200);
        let said = addresses(&house, &me).await;
        assert_eq!((said.len(), said[1].as_str()), (2, format!("sms {PHONE}").as_str()), "{said:?}");
        let by_letter = comes_in(&house, "email", EMAIL).await;
        assert_eq!(by_letter.id, me.id);
        let contacts = house.get("/v1/me", me.token()).await.is(200).json()["contacts"].clone();
        assert_eq!(contacts.as_array().map(Vec::len), Some(2));

        house.delete("/v1/me/contacts/email", me.token()).await.is(204);
        for ended in [&second, &by_letter] {
            house.get("/v1/me", ended.token()).await.refused(401, "unauthenticated");
        }
        assert_eq!(addresses(&house, &me).await, [format!("sms {PHONE}")]);
        house.settle().await;
        assert_eq!(notices(&house, "Ivan@patient.example").len(), 2, "told of its coming and of its going");
        let stranger = comes_in(&house, "email", EMAIL).await;
        assert_ne!(stranger.id, me.id, "{on:?}");
        // The last way in stays.
        house.accept(&stranger).await;
        house.delete("/v1/me/contacts/email", stranger.token()).await.refused(409, "state_conflict");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_somebody_else_is_told_to_nobody_but_its_holder() {
    for on in engines() {
        let house = House::new(on).await;
        let (me, other) = (house.patient(PHONE).await, house.patient(OTHER).await);
        let ask = async |to: &str| {
            let answer = house.post("/v1/me/contacts/codes", me.token(), json!({"channel": "sms", "to": to})).await.is(202);
            let names = |value: &Value| value.as_object().map(|body| body.keys().cloned().collect::<Vec<_>>());
            let headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
            (names(&answer.json()), headers)
        };
        assert_eq!(ask(OTHER).await, ask(NEW).await);
        house.settle().await;
        let taken = asked(&house, &me, "sms", OTHER).await;
        let wrong = if taken.1 == "123456" { "654321" } else { "123456" };
        confirm(&house, &me, &(taken.0.clone(), wrong.to_owned())).await.refused(400, "wrong_code");
        confirm(&house, &me, &taken).await.refused(409, "identifier_taken");
        house.get("/v1/me", other.token()).await.is(200);
        assert_eq!(comes_in(&house, "sms", OTHER).await.id, other.id);
        assert_eq!(comes_in(&house, "sms", PHONE).await.id, me.id);
        assert_eq!(addresses(&house, &me).await, [format!("sms {PHONE}")], "{on:?}");
        // One's own once more is no change: nothing ends and nobody is told that he left.
        let before = notices(&house, PHONE).len();
        let second = house.newcomer(PHONE).await;
        change(&house, &me, "sms", PHONE).await.is(200);
        house.get("/v1/me", second.token()).await.is(200);
        house.settle().await;
        assert_eq!(notices(&house, PHONE).len(), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t06_codes_to_many_numbers_are_limited_by_the_person_who_asks() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        for n in 0..10 {
            let new = json!({"channel": "sms", "to": format!("+7903000{n:04}")});
            house.post("/v1/me/contacts/codes", me.token(), new).await.is(202);
        }
        let new = json!({"channel": "sms", "to": "+79030009999"});
        let refused = house.post("/v1/me/contacts/codes", me.token(), new).await.refused(429, "rate_limited");
        assert!(refused.headers.contains_key("retry-after"), "{on:?}");
        house.settle().await;
        assert!(house.app.adapters.outbox.all().iter().all(|sent| sent.to != "+79030009999"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_at_once_leave_one_number_and_the_register_knows_no_other() {
    for on in engines() {
        let house = Arc::new(House::new(on).await);
        let me = house.patient(PHONE).await;
        let mut all = Vec::new();
        for n in 0..4 {
            all.push((format!("+7903111000{n}"), asked(&house, &me, "sms", &format!("+7903111000{n}")).await));
        }
        let confirming: Vec<_> = all
            .iter()
            .map(|(_, asked)| {
                let (house, me, asked) = (house.clone(), me.clone(), asked.clone());
                tokio::spawn(async move { confirm(&house, &me, &asked).await.status.as_u16() })
            })
            .collect();
        let mut done = 0;
        for one in confirming {
            let status = one.await.expect("an answer");
            assert!(status == 200 || status == 503, "{status}");
            done += usize::from(status == 200);
        }
        assert!(done > 0);
        house.settle().await;
        let said = addresses(&house, &me).await;
        assert_eq!(said.len(), 1, "{said:?}");
        let subject: Uuid = me.id.parse().expect("an id");
        let numbers = all.iter().map(|(number, _)| number.as_str()).chain([PHONE]);
        for number in numbers {
            let held = holder(&house, "phone", number).await;
            assert_eq!(held, (said[0] == format!("sms {number}")).then_some(subject), "{number} on {on:?}, {said:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_between_the_two_stores_is_healed_by_a_task_and_an_erasure_leaves_nothing() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        let keys = house.app.vault.keys(me.id.parse().expect("an id")).await.expect("keys");
        change(&house, &me, "sms", NEW).await.is(200);
        // As if the process had stopped before the register gave the old number up; and nobody has told it yet.
        let old = Index { kind: "phone", value: PHONE.to_owned() };
        assert_eq!(house.app.vault.reserve(&keys, &old).await.expect("an answer"), Reservation::Ours);
        let room = ROOMS.iter().find(|room| room.name == "identity").expect("the room");
        let parts = (room.export.expect("an export"))(&house.app, &keys).await.expect("parts");
        let former = parts.iter().find(|part| part.name == "formerAddresses").expect("a part");
        assert_eq!((former.rows.len(), &former.rows[0]["to"]), (1, &json!(PHONE)));
        house.settle().await;
        assert_eq!(holder(&house, "phone", PHONE).await, None);
        assert_eq!(holder(&house, "phone", NEW).await, Some(keys.subject));

        asked(&house, &me, "email", EMAIL).await;
        house.delete("/v1/me", me.token()).await.is(202);
        house.app.ambient.advance(chrono::TimeDelta::days(15));
        feldsher::server::worker::run_duties(&house.app).await.expect("duties");
        house.settle().await;
        let rows = crate::doors::everything(&house).await;
        for table in ["former_address", "challenge", "patient"] {
            assert!(!rows[table].contains(&me.id), "{table} on {on:?}");
        }
        assert_eq!(holder(&house, "phone", NEW).await, None);
    }
}
