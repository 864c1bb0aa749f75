//! Data of other people in somebody's copy, and the clinic that issued a document.

use super::{copy, house_with, whole_life};
use crate::privacy::export::json_of;
use crate::support::clinic::at;
use crate::support::stores::engines;
use chrono::SecondsFormat;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s4_11_s4_16_what_is_of_others_is_left_out_with_its_ground_and_the_issuing_clinic_is_named() {
    for on in engines() {
        for by_role in [false, true] {
            let roles = [("[export]\n", "[export]\nstaff = \"roles\"\n")];
            let house = house_with(on, if by_role { &roles } else { &[] }).await;
            let (_, clinic, _, me) = whole_life(&house).await;
            let visit = json!({
                "doctorId": clinic.doctor_id, "serviceId": clinic.service_id,
                "visitor": {"name": "Гостья Чужая", "phone": "+79160009998"},
                "startsAt": at(&house, 5, 15, 0).to_rfc3339_opts(SecondsFormat::Millis, true),
            });
            house.post("/v1/bookings", me.token(), visit).await.is(201);
            let entries = copy(&house, &me, "whole").await;
            let holds = |text: &str| {
                let text = text.as_bytes();
                entries.values().any(|bytes| bytes.windows(text.len()).any(|window| window == text))
            };
            assert!(!holds("Гостья Чужая") && !holds("79160009998"), "who came instead of him");
            let manifest = json_of(&entries, "manifest.json");
            let limits = manifest["limits"].as_array().expect("limits");
            let limit = |what: &str| limits.iter().find(|limit| limit["what"] == what);
            let visitors = limit("visitors").expect("it is told");
            assert_eq!((&visitors["count"], &visitors["ground"]), (&json!(1), &json!("152-ФЗ, ст. 14 ч. 8 п. 4")));
            assert!(holds("Who came instead of you") && holds("152-ФЗ, ст. 14 ч. 8 п. 4"), "on the page, too");

            // Who works here stands by name, or where the profile says so by what he is.
            let documents = json_of(&entries, "data/documents.json");
            let documents = documents["documents"].as_array().expect("documents");
            let written = documents.iter().find(|row| row["kind"] == "conclusion").expect("a conclusion");
            assert_eq!(written["authorName"] == "staff", by_role);
            assert_eq!(limit("staffNames").is_some(), by_role);

            // S4-16: the clinic that issued it, and none for what he uploaded himself.
            assert_eq!(written["clinicName"]["en"], "Clinic on Abai");
            let uploaded = documents.iter().find(|row| row["kind"] == "upload").expect("an upload");
            assert!(uploaded.get("clinicName").is_none());
            let bundle = json_of(&entries, "fhir/bundle.json");
            let resources = || bundle["entry"].as_array().into_iter().flatten();
            let custodian = resources()
                .find(|entry| entry["resource"]["description"] == written["title"])
                .map(|entry| entry["resource"]["custodian"]["reference"].clone())
                .expect("the document");
            let issuer = resources().find(|entry| entry["fullUrl"] == custodian).expect("the clinic");
            assert_eq!(issuer["resource"]["name"], "Clinic on Abai");
        }
    }
}
