//! A parent in the account of a child; an adult's own choice.

use super::{CHILD, OTHER, PARENT, count, turns};
use crate::support::house::House;
use crate::support::stores::engines;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s1_06_a_parent_acts_in_an_account_of_the_childs_own_and_the_child_reads_who_looked() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let desk = house.staff(&admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        let parent = house.patient(PARENT).await;
        let born = turns(&house, 7, 100);
        let child = house.dependant(&parent, &born).await;
        assert_ne!(child.patient, parent.id);
        let listed = house.get("/v1/me/dependants", parent.token()).await.is(200);
        assert_eq!((listed.text("/items/0/name"), listed.text("/items/0/state")), ("Пациентова Маша".into(), "declared".into()));

        let acting = house.acts(&parent, &child).await;
        let me = house.get("/v1/me", acting.token()).await.is(200);
        assert_eq!((me.text("/id"), me.text("/profile/givenName")), (child.patient.clone(), "Маша".to_owned()));
        house.accept(&acting).await;
        // Before the desk has seen the proof he books, and opens nothing clinical.
        let booked = house.seeks_care(&acting, &clinic, 1).await;
        assert_eq!(booked.text("/bookedBy"), "representative");
        let path = format!("/v1/bookings/{}", booked.text("/id"));
        assert!(house.get(&path, acting.token()).await.is(200).json().get("complaint").is_none());
        house.get("/v1/documents", acting.token()).await.refused(404, "not_found");
        house.get("/v1/me/exports", acting.token()).await.refused(404, "not_found");
        house.verified(&desk, PARENT, &child).await;
        assert_eq!(house.get(&path, acting.token()).await.is(200).text("/complaint"), "Болит ухо");
        let document = house.document(&acting).await;
        assert_eq!(count(&house.get("/v1/documents", acting.token()).await.is(200)), 1);
        let seen = house.diary(&clinic, 1).await;
        assert_eq!(
            (seen["patientName"].as_str(), seen["patientId"].as_str()),
            (Some("Пациентова Маша"), Some(child.patient.as_str()))
        );

        // In an account of his own he has none of it.
        house.get(&path, parent.token()).await.refused(404, "not_found");
        house.get(&format!("/v1/documents/{document}"), parent.token()).await.refused(404, "not_found");
        assert_eq!(count(&house.get("/v1/bookings", parent.token()).await.is(200)), 0);
        // Neither does anybody else, nor by the parent's representation.
        let stranger = house.patient(OTHER).await;
        let tokens = format!("/v1/me/dependants/{}/tokens", child.id);
        house.send(house.request(Method::POST, &tokens, stranger.token())).await.refused(404, "not_found");
        house.delete(&format!("/v1/me/dependants/{}", child.id), stranger.token()).await.refused(404, "not_found");

        let log = house.get("/v1/me/access-log?limit=100", acting.token()).await.is(200).json();
        let lines = log["items"].as_array().expect("lines");
        let opened = lines.iter().find(|line| line["objectId"] == json!(document) && line["byRepresentation"] == json!(true));
        let opened = opened.unwrap_or_else(|| panic!("{log:#}"));
        assert_eq!((&opened["representativeName"], &opened["basis"]), (&json!("Пациентов Пётр"), &json!("representation")));
        assert!(lines.iter().any(|line| line["basis"] == json!("booking")), "the doctor's openings stand beside");

        // The birth date decides who represents whom: it stays.
        let other_age = json!({"surname": "Пациентова", "givenName": "Маша", "birthDate": turns(&house, 3, 5)});
        house.put("/v1/me/profile", acting.token(), other_age).await.refused(403, "not_by_representation");
        let same = json!({"surname": "Пациентова", "givenName": "Мария", "birthDate": born});
        house.put("/v1/me/profile", acting.token(), same).await.is(200);
        // The same key makes the same child.
        let again = |key: &str| {
            let request = house.request(Method::POST, "/v1/me/dependants", parent.token()).header("Idempotency-Key", key);
            request.json(&super::child(&born))
        };
        let first = house.send(again("one")).await.is(201).text("/id");
        assert_eq!(house.send(again("one")).await.is(201).text("/id"), first);
        // A grown-up is nobody's child, and a declaration says by what.
        let grown = super::child("1990-01-01");
        house.post("/v1/me/dependants", parent.token(), grown).await.refused(400, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_06_a_session_by_representation_ends_with_what_it_rests_on() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let desk = house.staff(&admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        let parent = house.patient(PARENT).await;
        let child = house.dependant(&parent, &turns(&house, 7, 100)).await;
        // It is no fresher than the sign-in.
        house.app.ambient.advance(TimeDelta::minutes(6));
        let acting = house.acts(&parent, &child).await;
        house.accept(&acting).await;
        house.verified(&desk, PARENT, &child).await;
        house.post("/v1/me/exports", acting.token(), json!({})).await.refused(403, "step_up_required");
        // With the session that opened it.
        house.delete("/v1/auth/tokens", parent.token()).await.is(204);
        house.get("/v1/me", acting.token()).await.refused(401, "unauthenticated");
        let refresh = json!({"grant": "refresh", "refreshToken": acting.refresh});
        house.post("/v1/auth/tokens", None, refresh).await.refused(400, "wrong_refresh_token");
        // With the representation, by the desk.
        let parent = house.newcomer(PARENT).await;
        let acting = house.acts(&parent, &child).await;
        house.get("/v1/documents", acting.token()).await.is(200);
        let end = format!("/v1/staff/representations/{}", child.id);
        let elsewhere = house.staff(&admin, "reception", "desk2", Some(&clinic.clinic_id)).await;
        house.delete(&end, elsewhere.token()).await.refused(404, "not_found");
        house.delete(&end, desk.token()).await.is(204);
        house.get("/v1/documents", acting.token()).await.refused(401, "unauthenticated");
        assert_eq!(count(&house.get("/v1/me/dependants", parent.token()).await.is(200)), 0);
        house.settle().await;
        let told = house.get("/v1/notifications", parent.token()).await.is(200);
        assert_eq!(told.text("/items/0/kind"), "representationChanged");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_06_an_adult_chooses_by_a_code_and_ends_it_when_he_likes() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let granny = house.patient(CHILD).await;
        let son = house.patient(PARENT).await;
        house.seeks_care(&granny, &clinic, 1).await;
        let invited = house.post("/v1/me/representatives", granny.token(), json!({"scope": "booking"})).await.is(201);
        let code = invited.text("/code");
        let redeem = async |who: &crate::support::people::Person, code: &str| {
            house.post("/v1/me/representatives/redeem", who.token(), json!({"code": code})).await
        };
        redeem(&granny, &code).await.refused(400, "wrong_code");
        redeem(&son, "AAAA-BBBB-CCCC").await.refused(400, "wrong_code");
        let taken = redeem(&son, &code.to_lowercase().replace('-', " ")).await.is(200);
        assert_eq!((taken.text("/state"), taken.text("/patientId")), ("verified".to_owned(), granny.id.clone()));
        redeem(&house.patient(OTHER).await, &code).await.refused(400, "wrong_code");
        let representatives = house.get("/v1/me/representatives", granny.token()).await.is(200);
        assert_eq!(representatives.text("/items/0/name"), "Пациентов Пётр");

        let dependant = super::Dependant { id: taken.text("/id"), patient: granny.id.clone() };
        let acting = house.acts(&son, &dependant).await;
        let bookings = house.get("/v1/bookings", acting.token()).await.is(200);
        assert_eq!((count(&bookings), bookings.text("/items/0/complaint")), (1, String::new()));
        assert_eq!(bookings.text("/items/0/bookedBy"), "self");
        for closed in ["/v1/documents", "/v1/tickets"] {
            house.get(closed, acting.token()).await.refused(404, "not_found");
        }
        // He sees no other session than his own, and ends none.
        assert_eq!(count(&house.get("/v1/me/sessions", acting.token()).await.is(200)), 1);
        // She ends it, and he has nothing.
        house.delete(&format!("/v1/me/representatives/{}", dependant.id), granny.token()).await.is(204);
        house.get("/v1/bookings", acting.token()).await.refused(401, "unauthenticated");
        // Codes are not to be tried out.
        for _ in 0..24 {
            redeem(&son, "AAAA-BBBB-DDDD").await;
        }
        redeem(&son, "AAAA-BBBB-DDDD").await.refused(429, "rate_limited");
        // An invitation that nobody took up in time is none.
        let late = house.newcomer(CHILD).await;
        let late = house.post("/v1/me/representatives", late.token(), json!({"scope": "all"})).await.is(201).text("/code");
        house.later(TimeDelta::hours(25)).await;
        let son = house.newcomer(PARENT).await;
        redeem(&son, &late).await.refused(400, "wrong_code");
    }
}
