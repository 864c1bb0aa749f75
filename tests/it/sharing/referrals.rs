//! Referrals by a treating doctor.

use super::{Town, conclusion, upload};
use crate::support::stores::engines;
use chrono::TimeDelta;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn s2_06_a_referral_opens_what_it_names_from_its_beginning_until_its_end() {
    for on in engines() {
        let town = Town::build(on).await;
        let house = &town.house;
        let (chosen, kept) = (upload(house, &town.me, 2000).await, upload(house, &town.me, 2000).await);
        let foreign = upload(house, &town.other, 2000).await;
        let (doctor_id, doctor) = &town.stranger;
        let path = format!("/v1/staff/patients/{}/referrals", town.me.id);
        let hours = |hours: i64| (house.app.ambient.now() + TimeDelta::hours(hours)).to_rfc3339();
        let good = json!({
            "doctorId": doctor_id, "documentIds": [chosen], "purpose": "Консультация", "from": hours(1), "until": hours(3),
        });
        let with = |field: &str, value: Value| {
            let mut changed = good.clone();
            changed[field] = value;
            changed
        };
        // Only who treats him refers him, and only to a doctor, what is his.
        for (who, code) in [(&town.colleague.1, 404), (doctor, 404), (&town.me, 403), (&town.administrator, 403)] {
            assert_eq!(house.post(&path, who.token(), good.clone()).await.status.as_u16(), code);
        }
        let treating = town.clinic.doctor.token();
        for nobody in [
            with("doctorId", json!(town.clinic.doctor_id)),
            with("doctorId", json!(town.administrator.id)),
            with("documentIds", json!([foreign])),
        ] {
            house.post(&path, treating, nobody).await.refused(404, "not_found");
        }
        for odd in [
            with("until", json!(hours(0))),
            with("until", json!(town.in_days(120))),
            with("from", json!(town.in_days(-2))),
            with("purpose", json!("")),
        ] {
            house.post(&path, treating, odd).await.refused(400, "invalid");
        }
        let theirs = format!("/v1/staff/patients/{}/referrals", town.other.id);
        house.post(&theirs, treating, with("documentIds", json!([foreign]))).await.refused(404, "not_found");

        let referral = house.post(&path, treating, good.clone()).await.is(201).text("/id");
        town.opened(doctor, &referral).await.refused(404, "not_found");
        assert!(town.listed(doctor, "/v1/staff/shared-access").await.is_empty());
        house.app.ambient.advance(TimeDelta::minutes(61));
        let seen = town.opened(doctor, &referral).await.is(200);
        assert_eq!((seen.text("/kind"), seen.text("/documents/0/id")), ("referral".into(), chosen.clone()));
        town.downloaded(doctor, &referral, &chosen).await.is(200);
        town.downloaded(doctor, &referral, &kept).await.refused(404, "not_found");
        town.opened(&town.colleague.1, &referral).await.refused(404, "not_found");
        house.get(&format!("/v1/staff/patients/{}/documents", town.me.id), doctor.token()).await.refused(404, "not_found");
        assert!(town.log().await.iter().any(|line| line["basis"] == "referral" && line["objectId"] == json!(chosen)));
        // The patient sees who referred him to whom, and takes no referral back: that is the doctor's.
        let listed = house.get("/v1/me/shared-access", town.me.token()).await.is(200);
        assert_eq!(
            (listed.text("/items/0/byName"), listed.text("/items/0/doctorId")),
            ("Айгерим Сейткызы Ёлкина".into(), doctor_id.clone())
        );
        house.delete(&format!("/v1/me/shares/{referral}"), town.me.token()).await.refused(404, "not_found");
        house.delete(&format!("/v1/staff/referrals/{referral}"), doctor.token()).await.refused(404, "not_found");
        house.app.ambient.advance(TimeDelta::minutes(121));
        town.opened(doctor, &referral).await.refused(404, "not_found");
        town.downloaded(doctor, &referral, &chosen).await.refused(404, "not_found");
        assert!(town.listed(doctor, "/v1/staff/shared-access").await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_06_a_referral_of_the_record_is_not_passed_on_and_ends_when_it_is_taken_back() {
    for on in engines() {
        let town = Town::build(on).await;
        let house = &town.house;
        let written = conclusion(house, &town.clinic.doctor, &town.me).await;
        let (doctor_id, doctor) = &town.stranger;
        let path = format!("/v1/staff/patients/{}/referrals", town.me.id);
        let documents = format!("/v1/staff/patients/{}/documents", town.me.id);
        house.get(&documents, doctor.token()).await.refused(404, "not_found");
        let whole = json!({"doctorId": doctor_id, "purpose": "Ведение", "until": town.in_days(5)});
        let referral = house.post(&path, town.clinic.doctor.token(), whole).await.is(201).text("/id");
        let seen = town.opened(doctor, &referral).await.is(200);
        assert_eq!((seen.json()["wholeRecord"].clone(), seen.json()["documents"].clone()), (json!(true), json!([])));
        assert_eq!(house.get(&documents, doctor.token()).await.is(200).text("/items/0/id"), written);
        let onward = json!({"doctorId": town.colleague.0, "purpose": "Дальше", "until": town.in_days(5)});
        house.post(&path, doctor.token(), onward).await.refused(404, "not_found");
        town.freeze(&["staff"]).await;
        town.opened(doctor, &referral).await.refused(404, "not_found");
        house.get(&documents, doctor.token()).await.refused(404, "not_found");
        town.thaw().await;
        town.opened(doctor, &referral).await.is(200);
        let taken_back = format!("/v1/staff/referrals/{referral}");
        house.delete(&taken_back, town.colleague.1.token()).await.refused(404, "not_found");
        house.delete(&taken_back, town.clinic.doctor.token()).await.is(204);
        town.opened(doctor, &referral).await.refused(404, "not_found");
        house.get(&documents, doctor.token()).await.refused(404, "not_found");
        house.get(&documents, town.clinic.doctor.token()).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_06_a_referral_to_a_clinic_opens_documents_to_its_doctors_alone_and_never_the_record() {
    for on in engines() {
        let town = Town::build(on).await;
        let house = &town.house;
        let chosen = upload(house, &town.me, 2000).await;
        let treating = town.clinic.doctor.token();
        let path = format!("/v1/staff/patients/{}/referrals", town.me.id);
        let good = json!({
            "clinicId": town.clinic.clinic_id, "documentIds": [chosen], "purpose": "Консилиум", "until": town.in_days(5),
        });
        let with = |field: &str, value: Value| {
            let mut changed = good.clone();
            changed[field] = value;
            changed
        };
        for odd in [with("documentIds", json!([])), with("doctorId", json!(town.stranger.0)), with("clinicId", Value::Null)] {
            house.post(&path, treating, odd).await.refused(400, "invalid");
        }
        house.post(&path, treating, with("clinicId", json!(town.me.id))).await.refused(404, "not_found");
        let referral = house.post(&path, treating, good).await.is(201).text("/id");
        let colleague = &town.colleague.1;
        assert_eq!(town.listed(colleague, "/v1/staff/shared-access").await, std::slice::from_ref(&referral));
        town.downloaded(colleague, &referral, &chosen).await.is(200);
        town.downloaded(&town.stranger.1, &referral, &chosen).await.refused(404, "not_found");
        let documents = format!("/v1/staff/patients/{}/documents", town.me.id);
        house.get(&documents, colleague.token()).await.refused(404, "not_found");
        house.delete(&format!("/v1/staff/referrals/{referral}"), treating).await.is(204);
        town.downloaded(colleague, &referral, &chosen).await.refused(404, "not_found");
    }
}
