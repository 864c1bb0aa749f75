//! A copy that leads to nobody.

use super::{copy, house_with, whole_life, words};
use crate::erasure::life::Life;
use crate::privacy::export::{Entries, json_of};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::scan::{Findings, Marker, Scanner};
use crate::support::stores::engines;
use serde_json::Value;
use std::collections::BTreeSet;

/// What must not stand in such a copy, beside everything that the life is known by.
async fn markers(house: &House, life: &Life, me: &Person) -> Vec<Marker> {
    let mut markers = life.markers();
    let bookings = house.get("/v1/bookings", me.token()).await.is(200).json();
    let documents = house.get("/v1/documents", me.token()).await.is(200).json();
    let rows = bookings["items"].as_array().into_iter().chain(documents["items"].as_array()).flatten();
    for row in rows {
        for field in ["id", "doctorName", "clinicName"] {
            if let Some(text) = row[field].as_str() {
                markers.push(Marker::text(format!("{field} of a row"), text));
            }
        }
        for field in ["startsAt", "createdAt", "completedAt"] {
            if let Some(at) = row[field].as_str() {
                markers.push(Marker::text(format!("day of {field}"), &at[..10]));
            }
        }
    }
    markers.push(Marker::text("the account", &me.id));
    markers
}

fn scanned(scanner: &Scanner, entries: &Entries) -> Vec<String> {
    let mut found = Findings::default();
    entries.iter().for_each(|(name, bytes)| found.add(scanner.scan(name, bytes)));
    found.summary()
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_10c_an_anonymised_copy_holds_no_name_number_contact_exact_date_free_text_file_or_id() {
    for on in engines() {
        let house = house_with(on, &[]).await;
        let (life, _, _, me) = whole_life(&house).await;
        let markers = markers(&house, &life, &me).await;
        let scanner = Scanner::new(&markers);
        let entries = copy(&house, &me, "anonymised").await;
        assert_eq!(scanned(&scanner, &entries), Vec::<String>::new(), "on {on:?}");
        assert!(entries.keys().all(|name| !name.starts_with("files/")));

        // What is left is of use, and says what is not there.
        let visits = json_of(&entries, "data/scheduling.json");
        let visit = &visits["bookings"][0];
        assert_eq!((visit["state"].as_str(), visit["startsAt"].as_str().map(str::len)), (Some("done"), Some(7)));
        assert!(visit["serviceName"]["en"].is_string());
        let profile = &json_of(&entries, "data/identity.json")["account"][0]["profile"];
        assert_eq!(profile["sex"], "female");
        assert!(profile["ageBand"].as_str().is_some_and(|band| band.contains('-') || band.ends_with('+')));
        let manifest = json_of(&entries, "manifest.json");
        assert_eq!((&manifest["subject"], &manifest["exportId"]), (&Value::Null, &Value::Null));
        assert!(manifest["leftOut"].as_array().is_some_and(|left| left.len() > 10));
        let bundle = json_of(&entries, "fhir/bundle.json");
        let mut found = Vec::new();
        words(&bundle, &mut found, "");
        let days = found.iter().filter(|(name, _)| ["start", "end", "birthDate", "sent"].contains(&name.as_str()));
        assert!(days.clone().count() > 0 && days.into_iter().all(|(_, day)| day.len() == 7), "months alone");

        // Two copies share no id: they cannot be laid side by side.
        let ids = |entries: &Entries| -> BTreeSet<String> {
            let mut found = Vec::new();
            words(&json_of(entries, "data/scheduling.json"), &mut found, "");
            found.into_iter().filter(|(name, _)| name == "id").map(|(_, id)| id).collect()
        };
        let second = copy(&house, &me, "anonymised").await;
        assert!(!ids(&entries).is_empty() && ids(&entries).is_disjoint(&ids(&second)));

        // The same scanner finds all of it in a whole copy.
        let whole = scanned(&scanner, &copy(&house, &me, "whole").await);
        for what in ["surname", "SNILS", "phone", "complaint", "document title", "file bytes", "day of startsAt"] {
            assert!(whole.iter().any(|hit| hit.contains(what)), "{what} is not found in a whole copy: {whole:?}");
        }
    }
}
