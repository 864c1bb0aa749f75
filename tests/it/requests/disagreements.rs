//! A disagreement stands beside the value for every reader and in every export; a correction keeps the earlier version where
//! the law keeps it.

use super::{PHONE, act, asks, exported, hired, written};
use crate::support::auditor::Auditor;
use crate::support::clinic::{at, day};
use crate::support::house::House;
use crate::support::stores::engines;
use feldsher::clinic::identity::Role;
use serde_json::{Value, json};

const SAID: &str = "У меня не было этой болезни";

#[tokio::test(flavor = "multi_thread")]
async fn s1_15_a_disagreement_stands_beside_the_value_for_every_reader_and_in_every_export() {
    for on in engines() {
        let house = House::new(on).await;
        let administrator = house.administrator().await;
        let clinic = house.clinic(&administrator).await;
        let (me, other) = (house.patient(PHONE).await, house.patient("+79160000002").await);
        let starts_at = at(&house, 1, 10, 0).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let visit = json!({"doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": starts_at});
        house.post("/v1/bookings", me.token(), visit).await.is(201);
        let conclusion = written(&house, &clinic.doctor, &me, None).await.text("/id");
        let untouched = written(&house, &clinic.doctor, &me, None).await.text("/id");
        let document = format!("/v1/documents/{conclusion}");
        let list = format!("/v1/staff/patients/{}/documents", me.id);
        let diary = format!("/v1/staff/bookings?from={}&to={}", day(&house, 1), day(&house, 1));
        let read = house.get(&document, clinic.doctor.token()).await.is(200);
        assert!(read.json().get("disagreements").is_none(), "nobody disagrees yet");

        let officer = hired(&house, Role::Officer, "officer").await;
        let asked = json!({"kind": "correction", "ground": "wrong", "documentId": conclusion, "text": SAID});
        let foreign = json!({"kind": "correction", "ground": "wrong", "documentId": conclusion, "text": SAID});
        house.post("/v1/me/requests", other.token(), foreign).await.refused(404, "not_found");
        let request = asks(&house, &me, asked).await;
        let statement = json!({"documentId": conclusion, "requestId": request, "text": SAID});
        house.post("/v1/me/disagreements", me.token(), statement.clone()).await.refused(409, "state_conflict");
        let reasons = json!({"text": "Врач подтвердил заключение"});
        house.post(&act(&request, "refusal"), officer.token(), reasons).await.is(204);
        house.post("/v1/me/disagreements", other.token(), statement.clone()).await.refused(404, "not_found");
        for odd in [
            json!({"text": SAID}),
            json!({"field": "sex", "documentId": conclusion, "text": SAID}),
            json!({"field": "weight", "text": SAID}),
            json!({"documentId": conclusion, "text": "   "}),
        ] {
            house.post("/v1/me/disagreements", me.token(), odd).await.refused(400, "invalid");
        }
        let stated = house.post("/v1/me/disagreements", me.token(), statement).await.is(201).text("/id");
        let surname = json!({"field": "surname", "text": "Меня зовут иначе"});
        house.post("/v1/me/disagreements", me.token(), surname).await.is(201);

        for reader in [&clinic.doctor, &me] {
            let read = house.get(&document, reader.token()).await.is(200).json();
            assert_eq!(read["disagreements"][0]["text"], SAID);
            assert_eq!(read["disagreements"][0]["requestId"], json!(request));
        }
        for (path, reader) in [(list.as_str(), &clinic.doctor), ("/v1/documents", &me)] {
            let listed = house.get(path, reader.token()).await.is(200).json();
            let said: Vec<(&Value, bool)> = listed["items"]
                .as_array()
                .expect("items")
                .iter()
                .map(|item| (&item["id"], item.get("disagreements").is_some()))
                .collect();
            assert_eq!(said, [(&json!(untouched), false), (&json!(conclusion), true)]);
        }
        let day = house.get(&diary, clinic.doctor.token()).await.is(200);
        assert_eq!(day.text("/items/0/disagreements/0/text"), "Меня зовут иначе");
        assert!(!String::from_utf8_lossy(&day.bytes).contains(SAID), "the profile's alone");
        let glass = json!({"phone": PHONE, "ground": "Без сознания, нужна группа крови"});
        let (_, colleague) = house.second_doctor(&administrator, &clinic).await;
        let glass = house.post("/v1/staff/break-glass", colleague.token(), glass).await.is(201);
        assert_eq!(glass.text("/disagreements/0/field"), "surname");
        assert_eq!(house.get("/v1/me", me.token()).await.is(200).text("/profile/disagreements/0/text"), "Меня зовут иначе");
        let mine = house.get("/v1/me/disagreements", me.token()).await.is(200).json();
        assert_eq!(mine["items"].as_array().map(Vec::len), Some(2));
        assert_eq!(house.get("/v1/me/disagreements", other.token()).await.is(200).json()["items"], json!([]));
        let export = exported(&house, &me).await;
        assert_eq!(export["disagreements"][0]["text"], SAID);
        let documents = export["documents"].as_array().expect("documents");
        let disputed = documents.iter().find(|row| row["id"] == json!(conclusion)).expect("the document");
        assert_eq!(disputed["disagreements"][0]["text"], SAID, "beside the document in the export");

        house.delete(&format!("/v1/me/disagreements/{stated}"), other.token()).await.refused(404, "not_found");
        house.delete(&format!("/v1/me/disagreements/{stated}"), me.token()).await.is(204);
        house.delete(&format!("/v1/me/disagreements/{stated}"), me.token()).await.refused(404, "not_found");
        let read = house.get(&document, clinic.doctor.token()).await.is(200);
        assert!(read.json().get("disagreements").is_none(), "on {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_02d_a_correction_keeps_the_earlier_version_in_the_record_and_nowhere_else() {
    for on in engines() {
        let house = House::new(on).await;
        let administrator = house.administrator().await;
        let clinic = house.clinic(&administrator).await;
        let (me, other) = (house.patient(PHONE).await, house.patient("+79160000002").await);
        for (patient, hour) in [(&me, 10), (&other, 12)] {
            let starts_at = at(&house, 1, hour, 0).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
            let visit = json!({"doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": starts_at});
            house.post("/v1/bookings", patient.token(), visit).await.is(201);
        }
        let earlier = written(&house, &clinic.doctor, &me, None).await.text("/id");
        let theirs = written(&house, &clinic.doctor, &other, None).await.text("/id");
        written(&house, &clinic.doctor, &me, Some(&theirs)).await.refused(404, "not_found");
        let own = json!({
            "kind": "upload", "title": "x", "fileName": "x.pdf", "mediaType": "application/pdf", "sizeBytes": 10, "correctsId": earlier,
        });
        house.post("/v1/documents", me.token(), own).await.refused(400, "invalid");
        let later = written(&house, &clinic.doctor, &me, Some(&earlier)).await.text("/id");
        for reader in [&clinic.doctor, &me] {
            let kept = house.get(&format!("/v1/documents/{earlier}"), reader.token()).await.is(200);
            assert_eq!(kept.text("/correctedById"), later, "the earlier one stays, and says what stands in its place");
            house.get(&format!("/v1/documents/{earlier}/content"), reader.token()).await.is(200);
            let standing = house.get(&format!("/v1/documents/{later}"), reader.token()).await.is(200);
            assert_eq!((standing.text("/correctsId"), standing.text("/correctedById")), (earlier.clone(), String::new()));
        }
        let mut export = exported(&house, &me).await;
        assert_eq!(export["documents"].as_array().map(Vec::len), Some(2), "both are exported");

        // What he says of himself is put in the place of what he said; the medical record alone keeps who it was written about.
        let corrected = json!({"surname": "Исправленов", "givenName": "Пётр", "birthDate": "1980-05-01"});
        house.put("/v1/me/profile", me.token(), corrected).await.is(200);
        let mut auditor = Auditor::with(&house.app.config.wrapping());
        auditor.learn(&house.stores.register_url).await;
        let mut places: Vec<String> = Vec::new();
        for value in auditor.open_all(&house.stores.record_url).await {
            let text = String::from_utf8_lossy(&value.plain).into_owned();
            if value.subject.to_string() == me.id && text.contains("Пациентов") && !value.place.starts_with("once.") {
                places.push(value.place);
            }
        }
        places.dedup();
        assert_eq!(places, ["record_identity.sealed"], "on {on:?}");
        export = exported(&house, &me).await;
        assert!(export["recordIdentities"].to_string().contains("Пациентов"));
        assert!(!export["account"].to_string().contains("Пациентов"));
    }
}
