//! Contracts of insurer, patient and clinic.

use super::{LARGE, Town, conclusion, conclusion_of, upload};
use crate::support::clinic::at;
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::TimeDelta;
use serde_json::{Value, json};

/// Two people of two insurers.
async fn readers(town: &Town) -> [Person; 2] {
    let house = &town.house;
    let mut readers = Vec::new();
    for (login, insurer) in [("insurer", "exampleInsurance"), ("second", "otherInsurance")] {
        let reader = house.staff(&town.administrator, "insurer", login, None).await;
        let path = format!("/v1/staff/accounts/{}/insurer", reader.id);
        house.put(&path, town.administrator.token(), json!({"insurer": insurer})).await.is(204);
        readers.push(reader);
    }
    readers.try_into().expect("two of them")
}

fn contract(town: &Town) -> Value {
    let hours = |hours: i64| (town.house.app.ambient.now() + TimeDelta::hours(hours)).to_rfc3339();
    json!({
        "insurer": "exampleInsurance", "clinicId": town.clinic.clinic_id, "number": "Д-17/26", "paperMark": "Папка 4, лист 2",
        "fields": ["surname", "birthDate"], "documentKinds": ["conclusion"], "documentsFrom": hours(-2), "documentsUntil": hours(2),
        "until": hours(6),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_05_an_insurer_reads_what_its_contract_names_and_the_patient_reads_that_it_did() {
    for on in engines() {
        let town = Town::build(on).await;
        let house = &town.house;
        let (within, upload) = (conclusion(house, &town.clinic.doctor, &town.me).await, upload(house, &town.me, 2000).await);
        // What a doctor of another clinic wrote is none of this contract's.
        let visit = json!({
            "doctorId": town.stranger.0, "serviceId": house.service(&town.administrator, &town.elsewhere, 30).await,
            "startsAt": at(house, 2, 12, 0).to_rfc3339(),
        });
        house.post("/v1/bookings", town.me.token(), visit).await.is(201);
        let elsewhere = conclusion(house, &town.stranger.1, &town.me).await;
        let [reader, second] = readers(&town).await;
        let path = format!("/v1/staff/patients/{}/insurer-contracts", town.me.id);
        let good = contract(&town);
        let with = |field: &str, value: Value| {
            let mut changed = good.clone();
            changed[field] = value;
            changed
        };
        // An officer who has not checked who signs registers nothing.
        let hasty = house.staff(&town.administrator, "officer", "hasty", None).await;
        house.post(&path, hasty.token(), good.clone()).await.refused(404, "not_found");
        house.found_by_phone(&hasty, super::PHONE).await;
        house.post(&path, hasty.token(), good.clone()).await.refused(403, "identity_check_required");
        for who in [&town.clinic.doctor, &reader, &town.me, &town.administrator] {
            house.post(&path, who.token(), good.clone()).await.refused(403, "forbidden");
        }
        let officer = town.officer().await;
        for odd in [
            with("insurer", json!("lab")),
            with("insurer", json!("nobody")),
            with("fields", json!(["phone"])),
            with("documentsUntil", json!(town.in_days(-9))),
            with("until", json!(town.in_days(-1))),
            with("until", json!(town.in_days(4000))),
            with("number", json!(" ")),
        ] {
            house.post(&path, officer.token(), odd).await.refused(400, "invalid");
        }
        house.post(&path, officer.token(), with("clinicId", json!(town.me.id))).await.refused(404, "not_found");
        let id = house.post(&path, officer.token(), good.clone()).await.is(201).text("/id");

        let seen = town.opened(&reader, &id).await.is(200);
        assert_eq!(
            seen.json()["fields"],
            json!([{"field": "surname", "value": "Пациентов"}, {"field": "birthDate", "value": "1980-05-01"}])
        );
        assert_eq!((seen.text("/number"), seen.text("/documents/0/id")), ("Д-17/26".into(), within.clone()));
        assert_eq!(
            seen.json()["documents"].as_array().map(Vec::len),
            Some(1),
            "no upload, for it is of another kind, and nothing of another clinic"
        );
        assert!(!String::from_utf8_lossy(&seen.bytes).contains("Пётр"), "no field that the contract does not name");
        assert_eq!(town.downloaded(&reader, &id, &within).await.is(200).bytes.len(), 2000);
        for other in [&upload, &elsewhere] {
            town.downloaded(&reader, &id, other).await.refused(404, "not_found");
        }
        assert_eq!(town.listed(&reader, "/v1/staff/shared-access").await, std::slice::from_ref(&id));
        for who in [&second, &town.clinic.doctor, &town.stranger.1] {
            town.opened(who, &id).await.refused(404, "not_found");
            town.downloaded(who, &id, &within).await.refused(404, "not_found");
            assert!(town.listed(who, "/v1/staff/shared-access").await.is_empty());
        }
        // By no other door.
        for path in [format!("/v1/documents/{within}"), format!("/v1/documents/{within}/content")] {
            house.get(&path, reader.token()).await.refused(404, "not_found");
        }
        house.get(&format!("/v1/staff/patients/{}/documents", town.me.id), reader.token()).await.refused(403, "forbidden");

        // Every read stands in the log, with the insurer's name.
        let log = town.log().await;
        let reads: Vec<&Value> = log.iter().filter(|line| line["basis"] == "contract").collect();
        assert!(reads.iter().all(|line| line["insurerName"] == "Example Insurance JSC"), "{reads:?}");
        assert!(
            reads.iter().any(|line| line["objectId"] == json!(within)) && reads.iter().any(|line| line["class"] == "identity")
        );
        let listed = house.get("/v1/me/shared-access", town.me.token()).await.is(200);
        assert_eq!(
            (listed.text("/items/0/insurer"), listed.text("/items/0/paperMark")),
            ("exampleInsurance".into(), "Папка 4, лист 2".into())
        );
        assert_eq!(listed.text("/items/0/recipientName"), "Example Insurance JSC");
        assert!(!listed.text("/items/0/openings/0/at").is_empty());
        assert_eq!(town.exported("sharedAccess").await[0]["words"]["number"], "Д-17/26");

        // Whoever reads for another insurer from now on reads nothing of this one.
        let account = format!("/v1/staff/accounts/{}/insurer", reader.id);
        house.put(&account, officer.token(), json!({"insurer": "otherInsurance"})).await.refused(403, "forbidden");
        house.put(&account, town.administrator.token(), json!({"insurer": "lab"})).await.refused(400, "invalid");
        let doctor = format!("/v1/staff/accounts/{}/insurer", town.clinic.doctor_id);
        house
            .put(&doctor, town.administrator.token(), json!({"insurer": "exampleInsurance"}))
            .await
            .refused(409, "state_conflict");
        house.put(&account, town.administrator.token(), json!({"insurer": "otherInsurance"})).await.is(204);
        town.opened(&reader, &id).await.refused(404, "not_found");
        house.put(&account, town.administrator.token(), json!({"insurer": "exampleInsurance"})).await.is(204);
        town.opened(&reader, &id).await.is(200);
        // Its end ends it.
        house.app.ambient.advance(TimeDelta::hours(7));
        town.opened(&reader, &id).await.refused(404, "not_found");
        assert!(town.listed(&reader, "/v1/staff/shared-access").await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_11_a_freeze_of_insurers_shuts_contracts_at_once_and_no_doctor() {
    for on in engines() {
        let town = Town::build(on).await;
        let house = &town.house;
        let written = conclusion_of(house, &town.clinic.doctor, &town.me, LARGE).await;
        let [reader, _] = readers(&town).await;
        let officer = town.officer().await;
        let path = format!("/v1/staff/patients/{}/insurer-contracts", town.me.id);
        let id = house.post(&path, officer.token(), contract(&town)).await.is(201).text("/id");
        let documents = format!("/v1/staff/patients/{}/documents", town.me.id);
        town.opened(&reader, &id).await.is(200);
        // A freeze of the doctors' cabinets is none of the insurers', who read by a contract of their own, and the other way round.
        town.freeze(&["staff"]).await;
        town.opened(&reader, &id).await.is(200);
        house.get(&documents, town.clinic.doctor.token()).await.refused(404, "not_found");
        town.thaw().await;
        town.cut_by(&reader, &id, &written, town.freeze(&["insurers"])).await;
        town.opened(&reader, &id).await.refused(404, "not_found");
        town.downloaded(&reader, &id, &written).await.refused(404, "not_found");
        assert!(town.listed(&reader, "/v1/staff/shared-access").await.is_empty());
        house.get(&documents, town.clinic.doctor.token()).await.is(200);
        town.thaw().await;
        town.opened(&reader, &id).await.is(200);
        // The desk ends it before its day; a deletion would have ended it on day 0.
        let second = house.post(&path, officer.token(), contract(&town)).await.is(201).text("/id");
        house.delete(&format!("/v1/staff/insurer-contracts/{id}"), town.administrator.token()).await.refused(403, "forbidden");
        house.delete(&format!("/v1/staff/insurer-contracts/{id}"), officer.token()).await.is(204);
        town.opened(&reader, &id).await.refused(404, "not_found");
        town.opened(&reader, &second).await.is(200);
        house.delete("/v1/me", town.me.token()).await.is(202);
        town.opened(&reader, &second).await.refused(404, "not_found");
        assert!(town.listed(&reader, "/v1/staff/shared-access").await.is_empty());
    }
}
