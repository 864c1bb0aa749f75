//! What a patient shares himself.

use super::{LARGE, Town, upload};
use crate::support::stores::engines;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn s1_07_s3_07_chosen_documents_go_to_a_chosen_doctor_until_they_are_taken_back() {
    for on in engines() {
        let town = Town::build(on).await;
        let house = &town.house;
        let (chosen, kept) = (upload(house, &town.me, 2000).await, upload(house, &town.me, 2000).await);
        let foreign = upload(house, &town.other, 2000).await;
        let (doctor_id, doctor) = &town.stranger;
        let good = town.sharing(&[&chosen], doctor_id).await;
        let with = |field: &str, value: Value| {
            let mut changed = good.clone();
            changed[field] = value;
            changed
        };
        for odd in [
            with("until", json!(town.in_days(-1))),
            with("until", json!(town.in_days(91))),
            with("purpose", json!("  ")),
            with("documentIds", json!([])),
            with("documentIds", json!([chosen, chosen])),
            with("clinicId", json!(town.clinic.clinic_id)),
        ] {
            house.post("/v1/me/shares", town.me.token(), odd).await.refused(400, "invalid");
        }
        for nobody in [
            with("documentIds", json!([foreign])),
            with("doctorId", json!(town.other.id)),
            with("doctorId", json!(town.administrator.id)),
        ] {
            house.post("/v1/me/shares", town.me.token(), nobody).await.refused(404, "not_found");
        }
        let share = house.post("/v1/me/shares", town.me.token(), good.clone()).await.is(201).text("/id");

        let seen = town.opened(doctor, &share).await.is(200);
        assert_eq!((seen.text("/kind"), seen.text("/patientName")), ("share".into(), "Пациентов Пётр".into()));
        assert_eq!((seen.text("/documents/0/id"), seen.json()["documents"].as_array().map(Vec::len)), (chosen.clone(), Some(1)));
        assert_eq!(town.downloaded(doctor, &share, &chosen).await.is(200).bytes.len(), 2000);
        assert_eq!(town.listed(doctor, "/v1/staff/shared-access").await, std::slice::from_ref(&share));
        // Nothing but that: neither another document, nor the record, nor by any other door.
        town.downloaded(doctor, &share, &kept).await.refused(404, "not_found");
        town.downloaded(doctor, &share, &foreign).await.refused(404, "not_found");
        for path in [
            format!("/v1/documents/{chosen}"),
            format!("/v1/documents/{chosen}/content"),
            format!("/v1/staff/patients/{}/documents", town.me.id),
        ] {
            house.get(&path, doctor.token()).await.refused(404, "not_found");
        }
        // And nobody but him: the doctor who treats the patient has reasons of his own, and none by the share.
        for doctor in [&town.clinic.doctor, &town.colleague.1] {
            town.opened(doctor, &share).await.refused(404, "not_found");
            town.downloaded(doctor, &share, &chosen).await.refused(404, "not_found");
            assert!(town.listed(doctor, "/v1/staff/shared-access").await.is_empty());
        }
        town.opened(&town.other, &share).await.refused(403, "forbidden");
        town.opened(&town.administrator, &share).await.refused(403, "forbidden");
        house.get(&format!("/v1/staff/shared-access/{share}"), None).await.refused(401, "unauthenticated");

        // Who opened what stands with the share and in the access log.
        let listed = house.get("/v1/me/shared-access", town.me.token()).await.is(200);
        assert_eq!((listed.text("/items/0/id"), listed.text("/items/0/purpose")), (share.clone(), "Второе мнение".into()));
        let openings = listed.json()["items"][0]["openings"].as_array().cloned().unwrap_or_default();
        assert!(openings.iter().any(|opening| opening["objectId"] == json!(chosen)), "{openings:?}");
        assert!(openings.iter().all(|opening| opening["staffName"] == "Stranger Strange"));
        assert!(town.log().await.iter().any(|line| line["basis"] == "share" && line["objectId"] == json!(chosen)));
        assert!(town.listed(&town.other, "/v1/me/shared-access").await.is_empty());
        assert_eq!(town.exported("sharedAccess").await[0]["words"]["purpose"], "Второе мнение");

        // One call ends it, for whose share it is alone.
        let path = format!("/v1/me/shares/{share}");
        house.delete(&path, town.other.token()).await.refused(404, "not_found");
        town.opened(doctor, &share).await.is(200);
        house.delete(&path, town.me.token()).await.is(204);
        town.opened(doctor, &share).await.refused(404, "not_found");
        town.downloaded(doctor, &share, &chosen).await.refused(404, "not_found");
        assert!(town.listed(doctor, "/v1/staff/shared-access").await.is_empty());
        house.delete(&path, town.me.token()).await.is(204);
        let ended = house.get("/v1/me/shared-access", town.me.token()).await.is(200);
        assert!(!ended.text("/items/0/endedAt").is_empty(), "it stays readable that it was");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_03_nobody_shares_without_the_warning_and_nothing_is_shared_without_an_end() {
    for on in engines() {
        let town = Town::build(on).await;
        let house = &town.house;
        let document = upload(house, &town.me, 2000).await;
        let (doctor_id, doctor) = &town.colleague;
        let mut texts = Vec::new();
        for lang in ["ru", "kk", "ka", "en"] {
            let asked = house.request(Method::GET, "/v1/share-warning", town.me.token()).header("Accept-Language", lang);
            let warning = house.send(asked).await.is(200);
            assert_eq!(warning.json()["texts"][lang], warning.json()["text"]);
            texts.push(warning.text("/text"));
        }
        texts.dedup();
        assert_eq!(texts.len(), 4, "four languages, each with its own words");
        let good = town.sharing(&[&document], doctor_id).await;
        for field in ["warningVersion", "until"] {
            let mut without = good.clone();
            without.as_object_mut().expect("an object").remove(field);
            let refused = house.post("/v1/me/shares", town.me.token(), without).await.refused(400, "invalid");
            assert_eq!(refused.text("/errors/0/pointer"), format!("/{field}"));
        }
        let mut unread = good.clone();
        unread["warningVersion"] = json!("0123456789abcdef");
        house.post("/v1/me/shares", town.me.token(), unread).await.refused(400, "invalid");
        let share = house.post("/v1/me/shares", town.me.token(), good).await.is(201).text("/id");
        let words = town.exported("sharedAccess").await[0]["words"].clone();
        assert!(words["warning"].as_str().is_some_and(|warning| texts.iter().any(|text| text == warning)), "kept as it stood");
        town.opened(doctor, &share).await.is(200);
        house.later(TimeDelta::days(11)).await;
        town.opened(doctor, &share).await.refused(404, "not_found");
        assert!(town.listed(doctor, "/v1/staff/shared-access").await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_07_what_is_shared_with_a_clinic_its_doctors_see_and_nobody_elses() {
    for on in engines() {
        let town = Town::build(on).await;
        let house = &town.house;
        let document = upload(house, &town.me, 2000).await;
        let mut share = town.sharing(&[&document], "").await;
        share.as_object_mut().expect("an object").remove("doctorId");
        share["clinicId"] = json!(town.clinic.clinic_id);
        let desk = house.staff(&town.administrator, "reception", "desk", Some(&town.clinic.clinic_id)).await;
        let share = house.post("/v1/me/shares", town.me.token(), share).await.is(201).text("/id");
        for doctor in [&town.clinic.doctor, &town.colleague.1] {
            town.downloaded(doctor, &share, &document).await.is(200);
            assert_eq!(town.listed(doctor, "/v1/staff/shared-access").await, std::slice::from_ref(&share));
        }
        town.opened(&town.stranger.1, &share).await.refused(404, "not_found");
        assert!(town.listed(&town.stranger.1, "/v1/staff/shared-access").await.is_empty());
        town.opened(&desk, &share).await.refused(403, "forbidden");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_11_a_freeze_shuts_shares_and_the_end_of_a_share_cuts_what_runs() {
    for on in engines() {
        let town = Town::build(on).await;
        let house = &town.house;
        let document = upload(house, &town.me, LARGE).await;
        let (doctor_id, doctor) = &town.stranger;
        let share = town.shared(&[&document], doctor_id).await;
        town.opened(doctor, &share).await.is(200);
        town.freeze(&["insurers"]).await;
        town.opened(doctor, &share).await.is(200);
        town.freeze(&["staff"]).await;
        town.opened(doctor, &share).await.refused(404, "not_found");
        assert!(town.listed(doctor, "/v1/staff/shared-access").await.is_empty());
        town.thaw().await;
        let ending = async { drop(house.delete(&format!("/v1/me/shares/{share}"), town.me.token()).await.is(204)) };
        town.cut_by(doctor, &share, &document, ending).await;
        town.opened(doctor, &share).await.refused(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_05_a_deletion_ends_what_was_shared() {
    for on in engines() {
        let town = Town::build(on).await;
        let house = &town.house;
        let document = upload(house, &town.me, 2000).await;
        let (doctor_id, doctor) = &town.stranger;
        let share = town.shared(&[&document], doctor_id).await;
        town.opened(doctor, &share).await.is(200);
        house.delete("/v1/me", town.me.token()).await.is(202);
        town.opened(doctor, &share).await.refused(404, "not_found");
        house.later(TimeDelta::days(15)).await;
        town.opened(doctor, &share).await.refused(404, "not_found");
        town.downloaded(doctor, &share, &document).await.refused(404, "not_found");
        assert!(town.listed(doctor, "/v1/staff/shared-access").await.is_empty());
    }
}
