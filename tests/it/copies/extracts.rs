//! Extraction by doctors.

use super::{house_with, whole_life};
use crate::privacy::export::{json_of, unpack};
use crate::support::scan::{Findings, Scanner};
use crate::support::stores::engines;
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s2_10b_a_doctor_with_a_reason_extracts_the_clinical_part_and_the_patient_reads_it() {
    for on in engines() {
        let house = house_with(on, &[]).await;
        let (life, clinic, administrator, me) = whole_life(&house).await;
        let administrator = house.refreshed(&administrator).await;
        let (_, colleague) = house.second_doctor(&administrator, &clinic).await;
        let doctor = house.refreshed(&clinic.doctor).await;

        let id = house.extract(&doctor, &me.id, "whole").await.is(202).text("/id");
        house.extract(&doctor, &me.id, "whole").await.refused(409, "state_conflict");
        house.get(&format!("/v1/staff/extracts/{id}/content"), doctor.token()).await.refused(409, "content_missing");
        // A doctor's copy is in nobody's way: the person asks for his own meanwhile, and never sees the doctor's.
        let own = house.post("/v1/me/exports", me.token(), json!({})).await.is(202).text("/id");
        house.settle().await;
        house.get(&format!("/v1/me/exports/{id}"), me.token()).await.refused(404, "not_found");
        assert_eq!(house.get("/v1/me/exports", me.token()).await.is(200).json()["items"][0]["id"], json!(own));
        assert_eq!(house.get(&format!("/v1/staff/extracts/{id}"), doctor.token()).await.is(200).text("/state"), "ready");
        let content = format!("/v1/staff/extracts/{id}/content");
        let entries = unpack(&house.get(&content, doctor.token()).await.is(200).bytes);
        let signature = Signature::from_slice(&entries["manifest.json.sig"]).expect("a signature");
        let key = VerifyingKey::from_bytes(&house.app.sealer.public_key()).expect("a key");
        key.verify(&entries["manifest.json"], &signature).expect("it is signed");

        // The record is in it, and nothing of the account: no contact, no number, no payment, no talk, no trail.
        let names: Vec<&str> = entries.keys().map(String::as_str).filter(|name| name.starts_with("data/")).collect();
        assert_eq!(names, ["data/documents.json", "data/identity.json", "data/requests.json", "data/scheduling.json"]);
        let bookings = json_of(&entries, "data/scheduling.json");
        assert_eq!(bookings["bookings"][0]["complaint"], json!(life.canary.complaint));
        assert!(entries.values().any(|bytes| *bytes == life.canary.conclusion), "with the bytes of documents");
        let mut found = Findings::default();
        let scanner = Scanner::new(&life.markers());
        for (name, bytes) in entries.iter().filter(|(name, _)| !name.starts_with("files/")) {
            found.add(scanner.scan(name, bytes));
        }
        let found = found.summary();
        for what in ["SNILS", "OMS", "phone (", "e-mail", "insurer", "device name", "push registration", "chat with the operator"]
        {
            assert!(!found.iter().any(|hit| hit.contains(what)), "{what} in {found:?}");
        }
        assert!(found.iter().any(|hit| hit.contains("surname")), "the scanner finds what is there: {found:?}");

        let anonymised = house.extract(&doctor, &me.id, "anonymised").await.is(202).text("/id");
        house.settle().await;
        let content_of = |id: &str| format!("/v1/staff/extracts/{id}/content");
        let entries = unpack(&house.get(&content_of(&anonymised), doctor.token()).await.is(200).bytes);
        let mut found = Findings::default();
        entries.iter().for_each(|(name, bytes)| found.add(scanner.scan(name, bytes)));
        assert_eq!(found.summary(), Vec::<String>::new());

        // Nobody else: not a doctor without a reason, not another with the id.
        house.extract(&colleague, &me.id, "whole").await.refused(404, "not_found");
        house.get(&content, colleague.token()).await.refused(404, "not_found");
        let log = house.get("/v1/me/access-log?limit=100", me.token()).await.is(200).json();
        let extracts = log["items"].as_array().expect("lines").iter().filter(|line| line["objectKind"] == "extract");
        assert!(extracts.clone().count() >= 2, "asked for, looked at and fetched: {log}");
        assert!(extracts.into_iter().all(|line| line["objectTitle"] == "An extract of the medical record"));

        // Once the patient forbids access, neither a new one nor the one that lies ready.
        house.put("/v1/me/freeze", me.token(), json!({"scopes": ["staff"]})).await.is(200);
        house.extract(&doctor, &me.id, "whole").await.refused(404, "not_found");
        house.get(&content, doctor.token()).await.refused(404, "not_found");
        house.delete("/v1/me/freeze", me.token()).await.is(200);
        house.get(&content, doctor.token()).await.is(200);
    }
}
