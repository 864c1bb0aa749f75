//! What an officer hands out for a claim.

use super::{house_with, whole_life};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::engines;
use feldsher::server::ops;
use serde_json::{Value, json};
use std::path::Path;

async fn bundle(house: &House, officer: &Person, patient: &str) -> crate::support::house::Answer {
    let now = house.app.ambient.now().date_naive();
    let (from, to) = (now - chrono::TimeDelta::days(30), now + chrono::TimeDelta::days(1));
    house.get(&format!("/v1/staff/patients/{patient}/claim-bundle?from={from}&to={to}"), officer.token()).await
}

fn checked(house: &House, folder: &Path, answer: &Value, by_key: bool) -> Result<String, String> {
    let file = folder.join("bundle.json");
    std::fs::write(&file, answer.to_string()).expect("written");
    let key = hex::encode(house.app.sealer.public_key());
    let sealer = Some(&house.app.sealer);
    let said = if by_key { ops::check_bundle(&file, Some(&key), None) } else { ops::check_bundle(&file, None, sealer) };
    said.map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_20_a_claim_bundle_of_one_person_is_signed_and_verifies_later() {
    for on in engines() {
        let house = house_with(on, &[]).await;
        let (life, _, administrator, me) = whole_life(&house).await;
        let administrator = house.refreshed(&administrator).await;
        let officer = house.staff(&administrator, "officer", "officer", None).await;
        let other = house.patient("+79160009999").await;
        bundle(&house, &officer, &me.id).await.refused(404, "not_found");
        house.found_by_phone(&officer, &life.canary.phone).await;
        house.checked(&officer, &me.id).await;
        let disclosure = json!({"recipient": "inquiry", "fields": ["surname"], "reference": "Запрос 14"});
        house.post(&format!("/v1/staff/patients/{}/disclosures", me.id), officer.token(), disclosure).await.is(201);
        feldsher::kernel::audit::seal_once(&house.app.db, &house.app.sealer).await.expect("sealed");
        let answer = bundle(&house, &officer, &me.id).await.is(200).json();
        let told: Value = serde_json::from_str(answer["bundle"].as_str().expect("a text")).expect("JSON");
        let trail = told["trail"].as_array().expect("lines");
        assert!(trail.len() > 10 && trail.iter().all(|line| line["seq"].is_i64()), "{}", trail.len());
        assert!(told["openings"].as_array().is_some_and(|shown| shown.iter().any(|line| line["staffName"].is_string())));
        assert_eq!(told["disclosures"][0]["recipient"], "inquiry", "{}", told["disclosures"]);
        assert!(told["acceptances"].as_array().is_some_and(|accepted| !accepted.is_empty()));
        assert!(told["consents"].as_array().is_some_and(|given| given.iter().any(|one| one["item"] == "marketing.own.sms")));
        assert!(!answer.to_string().contains(&other.id), "of nobody else");

        // By the installation, which recomputes the links, and by anybody who has the public key.
        let folder = tempfile::tempdir().expect("a folder");
        let said = checked(&house, folder.path(), &answer, false).expect("it holds");
        assert!(said.contains(&format!("{0} lines, the signature holds; {0} of them hold", trail.len())), "{said}");
        checked(&house, folder.path(), &answer, true).expect("it holds by the key alone");
        let mut forged = answer.clone();
        forged["bundle"] = answer["bundle"].as_str().expect("a text").replacen("\"open\"", "\"none\"", 1).into();
        for by_key in [false, true] {
            let said = checked(&house, folder.path(), &forged, by_key).expect_err("it was changed");
            assert!(said.contains("it was changed"), "{said}");
        }
        // Whoever had the signing key and not the chain's could sign another line: its link gives it away.
        let text = answer["bundle"].as_str().expect("a text").replacen("\"action\": \"open\"", "\"action\": \"none\"", 1);
        let signature = hex::encode(house.app.sealer.sign_json(text.as_bytes()).expect("signed"));
        let said = checked(&house, folder.path(), &json!({"bundle": text, "signature": signature}), false);
        assert!(said.expect_err("a link").contains("does not follow"));

        let log = house.get("/v1/me/access-log?limit=100", me.token()).await.is(200).json();
        let lines = log["items"].as_array().expect("lines");
        assert!(lines.iter().any(|line| line["basis"] == "claim" && line["class"] == "evidence"), "the patient reads it");
    }
}
