//! The FHIR bundle of an export.

use super::{copy, house_with, whole_life, words};
use crate::privacy::export::json_of;
use crate::support::stores::engines;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Command;

const KINDS: &[&str] = &[
    "Appointment",
    "Communication",
    "Consent",
    "Coverage",
    "DocumentReference",
    "Encounter",
    "HealthcareService",
    "Invoice",
    "Organization",
    "Patient",
    "Practitioner",
    "Provenance",
];

/// References that lead nowhere in the bundle.
fn dangling(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().expect("entries");
    let urls: BTreeSet<&str> = entries.iter().filter_map(|entry| entry["fullUrl"].as_str()).collect();
    assert_eq!(urls.len(), entries.len(), "each resource has an address of its own");
    let mut found = Vec::new();
    words(bundle, &mut found, "");
    let references = found.into_iter().filter(|(name, _)| name == "reference").map(|(_, url)| url);
    references.filter(|url| !urls.contains(url.as_str())).collect()
}

/// Whether the structure definitions take it, with the codes that they know; none where no validator is installed.
fn is_valid(bundle: &Value) -> Option<bool> {
    let python = std::env::var("FELDSHER_TEST_FHIR").ok()?;
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), bundle.to_string()).expect("written");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/fhir_bundle.py");
    let said = Command::new(python).arg("-B").arg(script).arg(file.path()).output().expect("the validator runs");
    println!("{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    Some(said.status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_10c_an_export_holds_a_fhir_r4_bundle_that_is_valid_and_whose_references_lead_somewhere() {
    for on in engines() {
        let house = house_with(on, &[]).await;
        let (life, _, _, me) = whole_life(&house).await;
        let entries = copy(&house, &me, "whole").await;
        let bundle = json_of(&entries, "fhir/bundle.json");
        let kinds: BTreeSet<&str> = bundle["entry"]
            .as_array()
            .expect("entries")
            .iter()
            .filter_map(|entry| entry["resource"]["resourceType"].as_str())
            .collect();
        for kind in KINDS {
            assert!(kinds.contains(kind), "there is no {kind} in {kinds:?}");
        }
        assert_eq!(dangling(&bundle), Vec::<String>::new());
        let find = |kind: &str| {
            let entries = bundle["entry"].as_array().expect("entries");
            entries.iter().map(|entry| &entry["resource"]).find(|it| it["resourceType"] == kind).cloned().expect("one")
        };
        let patient = find("Patient");
        assert_eq!((&patient["name"][0]["family"], &patient["gender"]), (&json!(life.canary.surname), &json!("female")));
        let numbers = patient["identifier"].as_array().expect("numbers");
        let snils = json!("https://fhir.ru/ig/core/systems/snils");
        assert!(numbers.iter().any(|number| number["system"] == snils && number["value"] == life.canary.snils));
        assert_eq!(find("Encounter")["status"], "finished");
        let document = find("DocumentReference");
        let url = document["content"][0]["attachment"]["url"].as_str().expect("an address");
        assert!(entries.contains_key(url.trim_start_matches("../")), "{url} lies in the archive");

        // What leads nowhere, and what is no FHIR, is found.
        let mut broken = bundle.clone();
        broken["entry"].as_array_mut().expect("entries").retain(|entry| entry["resource"]["resourceType"] != "Patient");
        assert!(!dangling(&broken).is_empty());
        let anonymised = json_of(&copy(&house, &me, "anonymised").await, "fhir/bundle.json");
        assert_eq!(dangling(&anonymised), Vec::<String>::new());
        match (is_valid(&bundle), is_valid(&anonymised)) {
            (Some(whole), Some(anonymised)) => assert!(whole && anonymised, "the structure definitions take both"),
            _ => println!("SKIPPED the structure definitions: FELDSHER_TEST_FHIR names no Python with fhir.resources"),
        }
        let mut wrong = bundle;
        let visit = wrong["entry"].as_array_mut().expect("entries").iter_mut();
        for entry in visit.filter(|entry| entry["resource"]["resourceType"] == "Encounter") {
            entry["resource"].as_object_mut().expect("a resource").remove("status");
        }
        assert_ne!(is_valid(&wrong), Some(true), "a visit without a status is refused");
    }
}
