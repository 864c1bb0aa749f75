//! Blocking that shuts.

use super::{Town, conclusion, upload};
use crate::support::clinic::day;
use crate::support::stores::engines;
use chrono::TimeDelta;
use serde_json::json;

const ANSWER: &str = "Мы заблокировали снимок до проверки";
const GROUND: &str = "Без этого снимка лечить нельзя";

#[tokio::test(flavor = "multi_thread")]
async fn s0_09_a_blocked_document_is_shut_to_all_but_its_owner_and_opens_with_a_ground() {
    for on in engines() {
        let town = Town::build(on).await;
        let house = &town.house;
        let (blocked, open) = (upload(house, &town.me, 2000).await, conclusion(house, &town.clinic.doctor, &town.me).await);
        let (doctor, officer) = (&town.clinic.doctor, town.officer().await);
        let documents = format!("/v1/staff/patients/{}/documents", town.me.id);
        let content = format!("/v1/documents/{blocked}/content");
        let share = town.shared(&[&blocked], &town.stranger.0).await;
        assert_eq!(town.listed(doctor, &documents).await, [open.clone(), blocked.clone()]);
        let wish = json!({"kind": "blocking", "ground": "wrong", "text": "Снимок не мой", "documentId": blocked});
        let request = house.post("/v1/me/requests", town.me.token(), wish).await.is(201).text("/id");
        let other = house.post("/v1/me/requests", town.me.token(), json!({"kind": "access"})).await.is(201).text("/id");
        let granting = format!("/v1/staff/requests/{request}/blocking");
        for who in [doctor, &town.administrator, &town.me] {
            house.post(&granting, who.token(), json!({"text": ANSWER})).await.refused(403, "forbidden");
        }
        house.post(&granting, officer.token(), json!({"text": "Да"})).await.refused(400, "invalid");
        let of_another_kind = format!("/v1/staff/requests/{other}/blocking");
        house.post(&of_another_kind, officer.token(), json!({"text": ANSWER})).await.refused(409, "state_conflict");
        house.get(&content, doctor.token()).await.is(200);
        let block = house.post(&granting, officer.token(), json!({"text": ANSWER})).await.is(201).text("/ids/0");
        house.post(&granting, officer.token(), json!({"text": ANSWER})).await.refused(409, "state_conflict");
        let answered = house.get(&format!("/v1/me/requests/{request}"), town.me.token()).await.is(200);
        assert_eq!(answered.text("/state"), "answered");

        // To the doctor it is not there, by any door; his other document is, and the person reads his own.
        house.get(&content, doctor.token()).await.refused(404, "not_found");
        house.get(&format!("/v1/documents/{blocked}"), doctor.token()).await.refused(404, "not_found");
        assert_eq!(town.listed(doctor, &documents).await, std::slice::from_ref(&open));
        town.downloaded(&town.stranger.1, &share, &blocked).await.refused(404, "not_found");
        house.get(&content, town.me.token()).await.is(200);
        assert_eq!(town.listed(&town.me, "/v1/documents").await.len(), 2);
        let exported = town.exported("documents").await;
        let mark = |id: &str| exported.iter().find(|row| row["id"] == json!(id)).map(|row| row["blocked"].clone());
        assert_eq!((mark(&blocked), mark(&open)), (Some(json!(true)), Some(json!(false))));
        assert_eq!(town.exported("blocks").await[0]["words"]["set"], ANSWER);

        // He learns that something is blocked, and opens it with a ground; nobody else does.
        let blocks = format!("/v1/staff/patients/{}/blocks", town.me.id);
        assert_eq!(town.listed(doctor, &blocks).await, std::slice::from_ref(&block));
        house.get(&blocks, town.stranger.1.token()).await.refused(404, "not_found");
        let opening = format!("/v1/staff/blocks/{block}/openings");
        house.post(&opening, town.stranger.1.token(), json!({"ground": GROUND})).await.refused(404, "not_found");
        house.post(&opening, doctor.token(), json!({"ground": "надо"})).await.refused(400, "invalid");
        house.post(&opening, officer.token(), json!({"ground": GROUND})).await.refused(403, "forbidden");
        house.post(&opening, doctor.token(), json!({"ground": GROUND})).await.is(201);
        house.get(&content, doctor.token()).await.is(200);
        assert_eq!(town.listed(doctor, &documents).await.len(), 2);
        town.downloaded(&town.stranger.1, &share, &blocked).await.refused(404, "not_found");
        assert!(town.log().await.iter().any(|line| line["basis"] == "blocked" && line["objectId"] == json!(block)));
        let told = house.get("/v1/staff/blocks", officer.token()).await.is(200);
        assert_eq!(told.text("/items/0/openings/0/ground"), GROUND);
        let mine = house.get("/v1/me/blocks", town.me.token()).await.is(200);
        assert_eq!(
            (mine.text("/items/0/openings/0/doctorName"), mine.text("/items/0/openings/0/ground")),
            ("Айгерим Сейткызы Ёлкина".into(), String::new())
        );
        house.app.ambient.advance(TimeDelta::minutes(61));
        house.get(&content, doctor.token()).await.refused(404, "not_found");

        // Lifted with a reason, it is there again.
        let lifting = format!("/v1/staff/blocks/{block}/lifting");
        house.post(&lifting, doctor.token(), json!({"reason": "Проверено, верно"})).await.refused(403, "forbidden");
        house.post(&lifting, officer.token(), json!({"reason": ""})).await.refused(400, "invalid");
        house.post(&lifting, officer.token(), json!({"reason": "Проверено, верно"})).await.is(204);
        house.post(&lifting, officer.token(), json!({"reason": "Проверено, верно"})).await.refused(409, "state_conflict");
        house.get(&content, doctor.token()).await.is(200);
        town.downloaded(&town.stranger.1, &share, &blocked).await.is(200);
        let mine = house.get("/v1/me/blocks", town.me.token()).await.is(200);
        assert_eq!(mine.text("/items/0/liftedBecause"), "Проверено, верно");
        house.post(&opening, doctor.token(), json!({"ground": GROUND})).await.refused(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_09_a_blocked_class_is_shut_and_the_visit_takes_place_and_a_ground_alone_opens_nothing() {
    for on in engines() {
        let town = Town::build(on).await;
        let house = &town.house;
        conclusion(house, &town.clinic.doctor, &town.me).await;
        let (doctor, officer) = (&town.clinic.doctor, town.officer().await);
        let documents = format!("/v1/staff/patients/{}/documents", town.me.id);
        let diary = format!("/v1/staff/bookings?from={}&to={}", day(house, 1), day(house, 1));
        assert_eq!(house.get(&diary, doctor.token()).await.is(200).text("/items/0/complaint"), "кашель");
        let wish = json!({"kind": "blocking", "ground": "unlawful", "text": "Всё, что о здоровье"});
        let request = house.post("/v1/me/requests", town.me.token(), wish).await.is(201).text("/id");
        let path = format!("/v1/staff/requests/{request}/blocking");
        house.post(&path, officer.token(), json!({"text": ANSWER})).await.refused(400, "invalid");
        let granted = json!({"classes": ["clinical"], "text": ANSWER});
        let block = house.post(&path, officer.token(), granted).await.is(201).text("/ids/0");
        house.get(&documents, doctor.token()).await.refused(404, "not_found");
        let visit = house.get(&diary, doctor.token()).await.is(200).json()["items"][0].clone();
        assert!(visit["complaint"].is_null() && visit["patientName"].as_str().is_some(), "{visit}");
        assert_eq!(town.listed(&town.me, "/v1/documents").await.len(), 1);
        assert_eq!(town.listed(&town.other, "/v1/me/blocks").await.len(), 0);
        let opening = format!("/v1/staff/blocks/{block}/openings");
        house.post(&opening, doctor.token(), json!({"ground": GROUND})).await.is(201);
        house.get(&documents, doctor.token()).await.is(200);
        // A ground goes beside a reason: when the reason ends, or a freeze comes, it opens nothing.
        town.freeze(&["staff"]).await;
        house.get(&documents, doctor.token()).await.refused(404, "not_found");
        house.get(&format!("/v1/staff/patients/{}/blocks", town.me.id), doctor.token()).await.refused(404, "not_found");
        town.thaw().await;
        house.get(&documents, doctor.token()).await.is(200);
        let mine = town.listed(&town.me, "/v1/bookings").await[0].clone();
        house.post(&format!("/v1/bookings/{mine}/cancel"), town.me.token(), json!({})).await.is(200);
        house.get(&documents, doctor.token()).await.refused(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_09_of_whom_the_identity_is_blocked_nothing_is_disclosed_but_what_the_law_demands() {
    for on in engines() {
        let town = Town::build(on).await;
        let house = &town.house;
        let document = upload(house, &town.me, 2000).await;
        let share = town.shared(&[&document], &town.stranger.0).await;
        let officer = town.officer().await;
        house.put("/v1/me/consents/lab.tests", town.me.token(), json!({})).await.is(200);
        let disclosures = format!("/v1/staff/patients/{}/disclosures", town.me.id);
        let to_lab = json!({"recipient": "lab", "fields": ["surname"]});
        house.post(&disclosures, officer.token(), to_lab.clone()).await.is(201);
        town.opened(&town.stranger.1, &share).await.is(200);
        let wish = json!({"kind": "blocking", "ground": "wrong", "text": "Имя записано неверно"});
        let request = house.post("/v1/me/requests", town.me.token(), wish).await.is(201).text("/id");
        let granted = json!({"classes": ["identity"], "text": ANSWER});
        house.post(&format!("/v1/staff/requests/{request}/blocking"), officer.token(), granted).await.is(201);
        house.post(&disclosures, officer.token(), to_lab).await.refused(403, "frozen");
        town.opened(&town.stranger.1, &share).await.refused(404, "not_found");
        let demand = json!({"recipient": "inquiry", "fields": ["surname"], "reference": "Запрос 1-15"});
        house.post(&disclosures, officer.token(), demand).await.is(201);
        assert!(house.get("/v1/me", town.me.token()).await.is(200).json().to_string().contains("Пациентов"));
    }
}
