//! The read-only cabinet: what is refused leaves nothing behind, and what is the patient's all the same goes on.

use super::{OTHER, PHONE, Pair, SHIPPED};
use crate::doors::{call, everything, matrix, operations};
use crate::support::stores::engines;
use crate::support::town::Town;
use feldsher::app::profile::{Profile, Way};
use feldsher::kernel::vault::Class;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

/// Operations of which another switch says no before the cabinet is asked.
const OTHERWISE: [(&str, &str); 3] =
    [("putDevice", "refused_by_profile"), ("sendTelemetry", "refused_by_profile"), ("giveConsent", "not_found")];

#[test]
fn s2_10d_what_stays_writable_is_named_as_the_contract_names_it() {
    let profile = Profile::load("ru-clinic").expect("a profile");
    let known = operations();
    let unknown: Vec<&String> = profile.cabinet.writable.iter().filter(|operation| !known.contains_key(*operation)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    for needed in
        ["signOut", "changePassword", "createExport", "putFreeze", "liftFreeze", "deleteMe", "undoDeletion", "acceptPolicy"]
    {
        assert!(profile.lets_patients_write(needed), "{needed}");
    }
    assert!(SHIPPED.contains("read_only = true"));
    assert_eq!(profile.sign_in.ways, [Way::Password], "the desk is the way in");
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_10d_all_else_that_a_patient_could_write_answers_read_only_and_leaves_nothing() {
    let operations = operations();
    for on in engines() {
        let Pair { telemed, clinic } = Pair::new(on).await;
        let town = Town::build(&telemed).await;
        let before = everything(&clinic).await;
        let mut faults = Vec::new();
        let mut tried = 0;
        for door in matrix().into_iter().filter(|door| door.owner == "self") {
            let method = &operations[&door.operation].0;
            if method == Method::GET || clinic.app.profile.lets_patients_write(&door.operation) {
                continue;
            }
            let otherwise = OTHERWISE.iter().find(|(operation, _)| *operation == door.operation);
            let expected = otherwise.map_or("read_only", |(_, code)| code);
            // Somebody else's ids are no other answer: it comes before anything is looked up.
            for caller in ["self", "other"] {
                let answer = call(&clinic, &town, method, &door, caller).await;
                if answer.code() != expected {
                    faults.push(format!("{} by {caller}: {} {}", door.operation, answer.status, answer.code()));
                }
            }
            tried += 1;
        }
        assert!(faults.is_empty(), "{on:?}: {faults:#?}");
        assert!(tried > 20, "{tried} operations");
        assert_eq!(before, everything(&clinic).await, "{on:?}");
        let other = telemed.get("/v1/me", town.token("other").as_deref()).await.is(200).text("/id");
        let keys = clinic.app.vault.keys(other.parse::<Uuid>().expect("an id")).await.expect("keys");
        assert!(!keys.has(Class::Billing) && !keys.has(Class::Support), "no keys were made for what was refused");
        // The house next door takes the same.
        let profile = json!({"surname": "Другой", "givenName": "Пётр", "birthDate": "1980-05-01"});
        telemed.put("/v1/me/profile", town.token("other").as_deref(), profile).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_10d_signing_out_export_requests_and_deletion_stay_the_patients_own() {
    for on in engines() {
        let pair = Pair::with(on, &[("by_patient = false", "by_patient = true")]).await;
        let clinic = &pair.clinic;
        let me = clinic.newcomer(PHONE).await;
        clinic.accepts(&me).await;
        let second = clinic.newcomer(PHONE).await;
        let sessions = clinic.get("/v1/me/sessions", me.token()).await.is(200).json();
        let others = sessions["items"].as_array().expect("sessions").iter().find(|session| session["current"] == false);
        let path = format!("/v1/me/sessions/{}", others.expect("another")["id"].as_str().expect("an id"));
        clinic.delete(&path, me.token()).await.is(204);
        clinic.get("/v1/me", second.token()).await.refused(401, "unauthenticated");
        // What was given under another profile can be withdrawn under this one.
        pair.telemed.put("/v1/me/consents/marketing.own.sms", me.token(), json!({})).await.is(200);
        clinic.post("/v1/me/withdrawal", me.token(), json!({})).await.is(200);
        clinic.post("/v1/me/withdrawal", me.token(), json!({})).await.refused(409, "not_withdrawable");
        clinic.post("/v1/me/exports", me.token(), json!({})).await.is(202);
        clinic.put("/v1/me/freeze", me.token(), json!({"scopes": ["patient", "staff"]})).await.is(200);
        clinic.get("/v1/me", me.token()).await.refused(403, "frozen");
        clinic.delete("/v1/me/freeze", me.token()).await.is(200);
        clinic.delete("/v1/me", me.token()).await.is(202);
        clinic.delete("/v1/me/deletion", me.token()).await.is(204);
        clinic.delete("/v1/auth/tokens", me.token()).await.is(204);
        clinic.get("/v1/me", me.token()).await.refused(401, "unauthenticated");
        let again = clinic.newcomer(OTHER).await;
        clinic.put("/v1/me/profile", again.token(), json!({})).await.refused(403, "read_only");
    }
}
