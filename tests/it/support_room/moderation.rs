//! Feedback is asked for, waits for a decision, and is read by others.

use super::*;
use feldsher::clinic::identity::{self, Clinics, NewStaff, Role};
use feldsher::kernel::db::Actor;

const BORIS: &str = "+79161234568";

/// A staff member who begins after the clock was moved.
async fn beginner(house: &House, role: Role, login: &str, clinic: Option<&str>) -> Person {
    let clinics = Clinics::of(clinic.map(|id| id.parse().expect("an id")));
    let new = NewStaff { role, clinics, login: login.into(), name: "Новый Сотрудник".into() };
    let (_, issued) = identity::add_staff(&house.app, &Actor::house("test"), new).await.expect("an account");
    house.first_sign_in(login, &issued).await
}

async fn asked(house: &House) -> i64 {
    house.rows("notification WHERE kind = 'feedbackAsked'").await
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_22_feedback_is_asked_for_once_apart_from_advertising_and_not_of_who_wants_no_question() {
    for on in engines() {
        let Scene { house, admin, anna, .. } = Scene::new(on).await;
        let (boris, vera) = (house.patient(BORIS).await, house.patient("+79161234569").await);
        let clinic = house.clinic(&admin).await;
        let (visit, cancelled) = (house.visit(&clinic, &anna, 10).await, house.visit(&clinic, &anna, 12).await);
        house.post(&format!("/v1/bookings/{cancelled}/cancel"), anna.token(), json!({})).await.is(200);
        house.visit(&clinic, &boris, 14).await;
        house.visit(&clinic, &vera, 16).await;
        let off = |group: &str| {
            let switches: Vec<Value> =
                ["push", "sms", "email"].iter().map(|way| json!({"group": group, "channel": way, "on": false})).collect();
            json!({"switches": switches})
        };
        house.put("/v1/me/preferences", anna.token(), off("marketing")).await.is(200);
        house.put("/v1/me/preferences", boris.token(), off("feedback")).await.is(200);
        house.delete("/v1/me", vera.token()).await.is(202);
        assert_eq!(asked(&house).await, 0, "the visits are to come");
        for _ in 0..3 {
            house.later(TimeDelta::hours(18)).await;
        }
        assert_eq!(asked(&house).await, 1, "not of a cancelled visit, of who wants none, of who leaves, on {on:?}");
        let anna = house.again(ANNA).await;
        let inbox = house.get("/v1/notifications", anna.token()).await.is(200);
        assert_eq!((inbox.text("/items/0/kind"), inbox.text("/items/0/objectId")), ("feedbackAsked".into(), visit));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_22_where_the_profile_asks_nothing_nobody_is_asked() {
    for on in engines() {
        let stores = Stores::new(on).await;
        let path = stores.path("profile.toml");
        let shipped = include_str!("../../../profiles/ru-telemed.toml").replace("ask_feedback = true", "ask_feedback = false");
        std::fs::write(&path, shipped).expect("a profile");
        let house = House::with(stores, Ambient::system(), |config| config.profile = path.display().to_string()).await;
        let Scene { house, admin, anna, .. } = Scene::with(house).await;
        let clinic = house.clinic(&admin).await;
        house.visit(&clinic, &anna, 10).await;
        house.later(TimeDelta::days(2)).await;
        assert_eq!(house.rows("booking WHERE state = 'done'").await, 1);
        assert_eq!(asked(&house).await, 0, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_08_feedback_waits_for_a_decision_before_anybody_but_staff_reads_it() {
    for on in engines() {
        let Scene { house, admin, anna, .. } = Scene::new(on).await;
        house.patient(BORIS).await;
        let clinic = house.clinic(&admin).await;
        let (first, second) = (house.visit(&clinic, &anna, 10).await, house.visit(&clinic, &anna, 12).await);
        let elsewhere = json!({
            "names": crate::support::clinic::everywhere("Elsewhere"), "zone": "Asia/Tbilisi",
            "addresses": crate::support::clinic::everywhere("Tbilisi 1"), "phone": "+995322000000"
        });
        let elsewhere = house.post("/v1/staff/clinics", admin.token(), elsewhere).await.is(201).text("/id");
        house.later(TimeDelta::days(2)).await;
        let (anna, boris) = (house.again(ANNA).await, house.again(BORIS).await);
        let officer = beginner(&house, Role::Officer, "officer", None).await;
        let stranger = beginner(&house, Role::Administrator, "stranger", Some(&elsewhere)).await;
        for (visit, text) in [(&first, "Спасибо доктору"), (&second, "Доктор живёт на Абая, 1")] {
            let given = json!({"rating": 5, "text": text});
            house.post(&format!("/v1/bookings/{visit}/feedback"), anna.token(), given).await.is(201);
        }
        let reviews = format!("/v1/doctors/{}/feedback", clinic.doctor_id);
        assert_eq!(house.get(&reviews, boris.token()).await.is(200).json()["items"], json!([]), "{on:?}");
        house.get(&reviews, None).await.is(401);
        house.get("/v1/staff/feedback", boris.token()).await.refused(403, "forbidden");
        assert_eq!(house.get("/v1/staff/feedback", stranger.token()).await.is(200).json()["items"], json!([]));

        let waiting = house.get("/v1/staff/feedback", officer.token()).await.is(200);
        assert_eq!(
            (waiting.text("/items/0/text"), waiting.text("/items/1/text")),
            ("Спасибо доктору".into(), "Доктор живёт на Абая, 1".into())
        );
        assert!(!String::from_utf8_lossy(&waiting.bytes).contains(&anna.id), "whose it is is not told");
        let decision = |index: usize| format!("/v1/staff/feedback/{}/decision", waiting.text(&format!("/items/{index}/id")));
        let publish = json!({"verdict": "publish", "answer": "Приходите ещё"});
        house.post(&decision(0), stranger.token(), publish.clone()).await.refused(404, "not_found");
        house.post(&decision(0), anna.token(), publish.clone()).await.refused(403, "forbidden");
        house.post(&decision(0), officer.token(), publish.clone()).await.is(204);
        house.post(&decision(0), officer.token(), publish).await.refused(409, "state_conflict");
        house.post(&decision(1), officer.token(), json!({"verdict": "refuse", "answer": "Нет"})).await.refused(400, "invalid");
        house.post(&decision(1), officer.token(), json!({"verdict": "refuse"})).await.is(204);

        let read = house.get(&reviews, boris.token()).await.is(200);
        assert_eq!(read.json()["items"].as_array().map(Vec::len), Some(1), "{on:?}");
        assert_eq!(
            (read.text("/items/0/text"), read.text("/items/0/answer")),
            ("Спасибо доктору".into(), "Приходите ещё".into())
        );
        assert!(!String::from_utf8_lossy(&read.bytes).contains(&anna.id));
        assert_eq!(
            house.get("/v1/staff/feedback?state=refused", officer.token()).await.is(200).json()["items"],
            json!([]),
            "its reason has ended"
        );
        let log = house.get("/v1/me/access-log", anna.token()).await.is(200).json();
        let looked = log["items"].as_array().into_iter().flatten().filter(|line| line["basis"] == "moderation").count();
        assert_eq!(looked, 2, "she reads that two were looked at, on {on:?}");

        house.put("/v1/me/freeze", anna.token(), json!({"scopes": ["staff"], "reason": "Подождите"})).await.is(200);
        assert_eq!(house.get(&reviews, boris.token()).await.is(200).json()["items"], json!([]), "what is frozen is not shown");
    }
}
