//! An emergency: a doctor without a reason opens a record with a ground, through a freeze, and it is loud.

use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::TimeDelta;
use serde_json::{Value, json};

const PHONE: &str = "+79161234567";
const GROUND: &str = "Без сознания, нужна группа крови";

async fn break_glass(house: &House, doctor: &Person, body: Value) -> Answer {
    house.post("/v1/staff/break-glass", doctor.token(), body).await
}

/// A patient with one document, whose cabinets are frozen for staff.
async fn frozen(house: &House) -> (Person, String) {
    let patient = house.patient(PHONE).await;
    let declared = json!({
        "kind": "upload", "title": "Группа крови", "fileName": "x.pdf", "mediaType": "application/pdf", "sizeBytes": 2009,
    });
    let document = house.post("/v1/documents", patient.token(), declared).await.is(201).text("/id");
    let content = [b"%PDF-1.7\n".as_slice(), &[b'x'; 2000]].concat();
    let put = house.request(reqwest::Method::PUT, &format!("/v1/documents/{document}/content"), patient.token());
    house.send(put.header("Content-Type", "application/pdf").body(content)).await.is(200);
    let freeze = json!({"scopes": ["staff"], "reason": "Не хочу"});
    house.put("/v1/me/freeze", patient.token(), freeze).await.is(200);
    house.settle().await;
    (patient, document)
}

#[tokio::test(flavor = "multi_thread")]
async fn t28_a_doctor_breaks_the_glass_with_a_ground_and_everybody_learns_of_it() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let (_, colleague) = house.second_doctor(&admin, &clinic).await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        let (patient, document) = frozen(&house).await;
        let doctor = &clinic.doctor;
        let documents = format!("/v1/staff/patients/{}/documents", patient.id);
        house.get(&documents, doctor.token()).await.refused(404, "not_found");
        // A ground is needed, and one person to open; nobody is found by a part of anything.
        for ground in ["", "срочно", &"ш".repeat(1001)] {
            break_glass(&house, doctor, json!({"phone": PHONE, "ground": ground})).await.refused(400, "invalid");
        }
        break_glass(&house, doctor, json!({"ground": GROUND})).await.refused(400, "invalid");
        break_glass(&house, doctor, json!({"patientId": patient.id, "phone": PHONE, "ground": GROUND}))
            .await
            .refused(400, "invalid");
        break_glass(&house, doctor, json!({"phone": "+79160000000", "ground": GROUND})).await.refused(404, "not_found");
        break_glass(&house, doctor, json!({"patientId": doctor.id, "ground": GROUND})).await.refused(404, "not_found");
        house.get(&documents, doctor.token()).await.refused(404, "not_found");
        assert_eq!(house.row_count("break_glass", []).await, 0, "{on:?}");

        let opened = break_glass(&house, doctor, json!({"phone": PHONE, "ground": GROUND})).await.is(201);
        assert_eq!(opened.text("/patientId"), patient.id);
        assert!(!opened.text("/patientName").is_empty());
        let seen = house.get(&documents, doctor.token()).await.is(200).json();
        assert_eq!(seen["items"][0]["id"], json!(document), "a freeze does not stop it, on {on:?}");
        house.get(&format!("/v1/documents/{document}/content"), doctor.token()).await.is(200);
        house.get(&documents, colleague.token()).await.refused(404, "not_found");

        // The patient is told and reads who it was; the officer is told and reads why.
        house.settle().await;
        let told = house.get("/v1/notifications", patient.token()).await.is(200).json();
        assert_eq!(told["items"][0]["kind"], "emergencyAccess", "{told}");
        let log = house.get("/v1/me/access-log", patient.token()).await.is(200).json();
        let lines = log["items"].as_array().expect("lines").clone();
        assert!(
            lines.len() >= 3 && lines.iter().all(|line| line["basis"] == "breakGlass" && line["staffRole"] == "doctor"),
            "{log}"
        );
        assert!(!log.to_string().contains(GROUND), "the ground is for those who check it");
        let alert = house.get("/v1/notifications", officer.token()).await.is(200).json();
        assert_eq!(alert["items"][0]["kind"], "emergencyAlert", "{alert}");
        let list = house.get("/v1/staff/break-glass", officer.token()).await.is(200).json();
        assert_eq!(list["items"][0]["ground"], GROUND, "{list}");
        assert!(!list.to_string().contains(&patient.id), "{list}");
        house.get("/v1/staff/break-glass", doctor.token()).await.refused(403, "forbidden");
        for line in ["action = 'breakGlass'", "operation = 'breakGlass' AND action = 'open' AND class = 'clinical'"] {
            let who = format!("audit_line WHERE {line} AND who = 'staff:{}' AND about IS NOT NULL", doctor.id);
            assert_eq!(house.row_count(&who, []).await, 1, "{line} on {on:?}");
        }

        // It ends by itself.
        house.later(TimeDelta::minutes(61)).await;
        let doctor = house.renewed(doctor).await;
        house.get(&documents, doctor.token()).await.refused(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t28_an_emergency_tries_no_numbers_out_and_its_ground_goes_with_the_patient() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let (patient, _) = frozen(&house).await;
        let doctor = &clinic.doctor;
        break_glass(&house, doctor, json!({"patientId": patient.id, "ground": GROUND})).await.is(201);
        let mut refused = 0;
        for n in 0..30 {
            let answer = break_glass(&house, doctor, json!({"phone": format!("+791600000{n:02}"), "ground": GROUND})).await;
            refused += usize::from(answer.code() == "rate_limited");
        }
        assert!(refused >= 10, "{refused} were refused, on {on:?}");
        // Whoever works here no more keeps no reason.
        let party: uuid::Uuid = doctor.id.parse().expect("an id");
        let open = async || {
            house.row_count("reason WHERE party = $1 AND valid_until > $2", [party.into(), house.app.ambient.now().into()]).await
        };
        assert_eq!(open().await, 2, "{on:?}");
        house.put_staff(&admin, &doctor.id, "doctor", &[&clinic.clinic_id], "ended").await.is(200);
        assert_eq!(open().await, 0, "{on:?}");
        house.delete("/v1/me", house.newcomer(PHONE).await.token()).await.is(202);
        house.later(TimeDelta::days(15)).await;
        assert_eq!(house.row_count("break_glass WHERE sealed IS NULL", []).await, 1, "{on:?}");
        let subject: uuid::Uuid = patient.id.parse().expect("an id");
        assert_eq!(house.row_count("break_glass WHERE subject = $1", [subject.into()]).await, 0, "{on:?}");
    }
}
