//! The promises of such a clinic: nothing rests on consent, and a visit of the cabinet collects nothing.

use super::{OTHER, PHONE, Pair};
use crate::doors::everything;
use crate::support::stores::engines;
use feldsher::app::profile::{Basis, Profile};
use serde_json::{Map, Value, json};

/// Everything that a patient reads of his contract and his care.
const READS: [&str; 14] = [
    "/v1/me",
    "/v1/me/sessions",
    "/v1/me/acceptances",
    "/v1/me/consents",
    "/v1/me/access-log",
    "/v1/me/freeze",
    "/v1/me/exports",
    "/v1/me/erasure-plan",
    "/v1/me/preferences",
    "/v1/bookings",
    "/v1/documents",
    "/v1/conversations",
    "/v1/charges",
    "/v1/notifications",
];

#[tokio::test(flavor = "multi_thread")]
async fn s2_02_whoever_refuses_every_consent_gets_the_same_answers() {
    let profile = Profile::load("ru-clinic").expect("a profile");
    assert!(profile.consents.is_empty() && profile.purposes.iter().all(|purpose| purpose.basis != Basis::Consent));
    for on in engines() {
        let Pair { telemed, clinic } = Pair::new(on).await;
        let admin = telemed.administrator().await;
        let office = telemed.clinic(&admin).await;
        clinic.undertakes(&office.doctor).await;
        let (agrees, refuses) = (telemed.patient(PHONE).await, telemed.patient(OTHER).await);
        // Under another profile one of them gave all that can be given. Here there is nothing to give.
        for item in ["marketing.own.sms", "marketing.own.push", "telemetry"] {
            telemed.put(&format!("/v1/me/consents/{item}"), agrees.token(), json!({})).await.is(200);
            for patient in [&agrees, &refuses] {
                let path = format!("/v1/me/consents/{item}");
                clinic.put(&path, patient.token(), json!({})).await.refused(404, "not_found");
            }
        }
        // What patients write, where the cabinet lets them.
        let open = telemed.beside(&telemed.clinic_profile(&[("read_only = true", "read_only = false")])).await;
        let form = json!({"surname": "Пациентов", "givenName": "Пётр", "birthDate": "1980-05-01", "sex": "male"});
        let mut written = Vec::new();
        for patient in [&agrees, &refuses] {
            clinic.accepts(patient).await;
        }
        for (patient, hour) in [(&agrees, 10), (&refuses, 11)] {
            let person = open.put("/v1/me/profile", patient.token(), form.clone()).await.is(200).json();
            let visit = open.tomorrow(patient, &office, hour).await;
            let document = open.own_document(patient).await;
            let talk = json!({"with": "doctor", "doctorId": office.doctor_id});
            let talk = open.post("/v1/conversations", patient.token(), talk).await.is(201).json();
            let export = open.post("/v1/me/exports", patient.token(), json!({})).await.is(202).json();
            written.push([person, visit, document, talk, export].map(shape));
        }
        assert_eq!(written[0], written[1], "{on:?}");
        open.settle().await;
        for path in READS {
            let (one, other) = (clinic.get(path, agrees.token()).await.is(200), clinic.get(path, refuses.token()).await.is(200));
            assert_eq!(shape(one.json()), shape(other.json()), "{path} on {on:?}");
        }
        // Their doctor sees both alike.
        for patient in [&agrees, &refuses] {
            let path = format!("/v1/staff/patients/{}/documents", patient.id);
            assert_eq!(clinic.get(&path, office.doctor.token()).await.is(200).json()["items"].as_array().map(Vec::len), Some(1));
        }
    }
}

/// An answer without its ids, moments and words: which fields it has, and of what kind.
fn shape(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, shape(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(shape).collect()),
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        other => other,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_07_a_visit_of_the_clinics_cabinet_registers_no_device_no_token_and_no_telemetry() {
    for on in engines() {
        let Pair { telemed, clinic } = Pair::new(on).await;
        let me = telemed.patient(PHONE).await;
        telemed.put("/v1/me/consents/telemetry", me.token(), json!({})).await.is(200);
        let at = telemed.app.ambient.now().to_rfc3339();
        let path = format!("/v1/devices/{}", telemed.app.ambient.id());
        let device =
            |tokens: Value| json!({"platform": "android", "model": "Pixel 8", "appVersion": "1.0.0", "pushTokens": tokens});
        let token = json!([{"kind": "fcmToken", "token": "a-token-of-the-phone"}]);
        let batch = json!({"platform": "android", "appVersion": "1.0.0", "events": [{"name": "appStart", "at": at}]});
        let before = everything(&clinic).await;
        for tokens in [json!([]), token.clone()] {
            clinic.put(&path, me.token(), device(tokens)).await.refused(403, "refused_by_profile");
        }
        clinic.post("/v1/telemetry", me.token(), batch.clone()).await.refused(403, "refused_by_profile");
        for read in ["/v1/me", "/v1/bookings", "/v1/documents", "/v1/notifications"] {
            clinic.get(read, me.token()).await.is(200);
        }
        clinic.settle().await;
        assert_eq!(before, everything(&clinic).await, "a visit wrote something on {on:?}");
        // Next door the same is taken.
        telemed.put(&path, me.token(), device(token)).await.is(200);
        telemed.post("/v1/telemetry", me.token(), batch).await.is(202);
    }
}
