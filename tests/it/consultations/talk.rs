//! A whole talk, and what may not be said in it.

use super::*;
use crate::support::stores::{Stores, engines};
use feldsher::kernel::clock::Ambient;

#[tokio::test(flavor = "multi_thread")]
async fn s4_02_patient_and_doctor_talk_with_documents_and_read_marks() {
    for on in engines() {
        let house = House::new(on).await;
        let scene = scene(&house).await;
        let (anna, doctor) = (&scene.anna, &scene.clinic.doctor);
        let opened = json!({"with": "doctor", "doctorId": scene.clinic.doctor_id, "topic": " После приёма "});
        let request = house.request(Method::POST, "/v1/conversations", anna.token()).header("Accept-Language", "en");
        let opened = house.send(request.header("Idempotency-Key", "one").json(&opened)).await.is(201);
        let talk = opened.text("/id");
        assert_eq!(opened.headers["location"], own(&talk, ""));
        assert_eq!(
            [opened.text("/topic"), opened.text("/readBy"), opened.text("/doctorName"), opened.text("/emergencyPhone")],
            ["После приёма", "doctor", "Aigerim Yolkina", "112"]
        );
        assert!(opened.text("/notice").contains("112"), "{}", opened.text("/notice"));
        assert!(opened.json().get("patientId").is_none());
        assert_eq!(scene.with_doctor(&house).await, talk, "one open conversation of a pair");
        assert_eq!(house.get("/v1/app-config", None).await.text("/emergencyPhone"), "112");

        let analysis = house.adds_document("/v1/documents", anna, "upload").await;
        let said = json!({"text": "Вот анализ,\r\nчто скажете?", "documentIds": [analysis]});
        let first = house.post(&own(&talk, "/messages"), anna.token(), said).await.is(201);
        assert_eq!(first.text("/text"), "Вот анализ,\nчто скажете?");
        assert_eq!((first.text("/from"), first.json()["isRead"].clone()), ("patient".into(), json!(false)));
        assert!(house.counted("notification WHERE kind = 'messageReceived'").await > 0, "the doctor is woken");

        let listed = house.get("/v1/staff/conversations", doctor.token()).await.is(200);
        let seen = &items(&listed)[0];
        assert_eq!((&seen["unread"], &seen["patientId"]), (&json!(1), &json!(anna.id)), "{seen}");
        assert_eq!((&seen["patientName"], &seen["topic"]), (&json!("Пациентов Пётр"), &json!("После приёма")));
        let page = house.get(&staffs(&talk, "/messages"), doctor.token()).await.is(200);
        assert_eq!(page.text("/items/0/documentIds/0"), analysis);
        house.get(&format!("/v1/documents/{analysis}/content"), doctor.token()).await.is(200);
        let read = json!({"upTo": first.text("/id")});
        house.post(&staffs(&talk, "/read"), doctor.token(), read).await.is(204);
        let page = house.get(&own(&talk, "/messages"), anna.token()).await.is(200);
        assert_eq!(page.json()["items"][0]["isRead"], true, "the patient sees that it was read");
        assert_eq!(house.get(&staffs(&talk, ""), doctor.token()).await.is(200).json()["unread"], 0);

        let path = format!("/v1/staff/patients/{}/documents", anna.id);
        let conclusion = house.adds_document(&path, doctor, "conclusion").await;
        let answer = json!({"documentIds": [conclusion]});
        let answer = house.post(&staffs(&talk, "/messages"), doctor.token(), answer).await.is(201);
        assert_eq!(answer.text("/authorId"), doctor.id);
        let second = house.says(&staffs(&talk, "/messages"), doctor, "Всё хорошо").await.is(201);
        assert_eq!(house.get(&own(&talk, ""), anna.token()).await.json()["unread"], 2);
        house.post(&own(&talk, "/read"), anna.token(), json!({"upTo": answer.text("/id")})).await.is(204);
        assert_eq!(house.get("/v1/conversations", anna.token()).await.json()["items"][0]["unread"], 1);
        // A mark never goes back.
        house.post(&own(&talk, "/read"), anna.token(), json!({"upTo": first.text("/id")})).await.is(204);
        assert_eq!(house.get(&own(&talk, ""), anna.token()).await.json()["unread"], 1);
        let page = house.get(&own(&talk, "/messages"), anna.token()).await.is(200);
        let order: Vec<Value> = items(&page).iter().map(|message| message["id"].clone()).collect();
        assert_eq!(order, [second.text("/id"), answer.text("/id"), first.text("/id")].map(Value::from), "newest first");
        assert_eq!(page.text("/items/0/authorName"), "Айгерим Сейткызы Ёлкина");
        house.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_12_the_operator_is_no_medical_staff_and_the_patient_is_told() {
    for on in engines() {
        let house = House::new(on).await;
        let scene = scene(&house).await;
        let (anna, desk) = (&scene.anna, &scene.desk);
        let talk = scene.with_operator(&house).await;
        let view = house.get(&own(&talk, ""), anna.token()).await.is(200);
        assert_eq!((view.text("/readBy"), view.text("/with")), ("reception".into(), "operator".into()));
        assert!(view.text("/notice").contains("no medical staff"), "{}", view.text("/notice"));
        let analysis = house.adds_document("/v1/documents", anna, "upload").await;
        for document in [analysis, Uuid::nil().to_string()] {
            let body = json!({"text": "Вот", "documentIds": [document]});
            house.post(&own(&talk, "/messages"), anna.token(), body).await.refused(403, "class_refused");
        }
        house.says(&own(&talk, "/messages"), anna, "Где парковка?").await.is(201);
        let listed = house.get("/v1/staff/conversations", desk.token()).await.is(200);
        let seen = &items(&listed)[0];
        assert_eq!((&seen["unread"], &seen["patientName"]), (&json!(1), &json!("Пациентов Пётр")));
        assert!(seen.get("patientId").is_none() && seen.get("doctorId").is_none(), "{seen}");
        house.says(&staffs(&talk, "/messages"), desk, "Во дворе").await.is(201);
        assert_eq!(house.get(&own(&talk, "/messages"), anna.token()).await.text("/items/0/text"), "Во дворе");
        assert_eq!(house.counted("message WHERE support IS NOT NULL AND clinical IS NULL").await, 2, "{on:?}");
        assert_eq!(house.counted("audit_line WHERE action = 'open' AND class = 'clinical'").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_foreign_empty_or_unfinished_is_sent() {
    for on in engines() {
        let house = House::new(on).await;
        let scene = scene(&house).await;
        let (anna, doctor) = (&scene.anna, &scene.clinic.doctor);
        let boris = house.patient("+79161234568").await;
        house.books(&boris, &scene.clinic, 11).await;
        let talk = scene.with_doctor(&house).await;
        let foreign = house.adds_document("/v1/documents", &boris, "upload").await;
        let declared = house.declares("/v1/documents", anna, "upload").await;
        let own_one = house.adds_document("/v1/documents", anna, "upload").await;
        for document in [&foreign, &declared, &Uuid::nil().to_string()] {
            let body = json!({"documentIds": [own_one, document]});
            house.post(&own(&talk, "/messages"), anna.token(), body).await.refused(404, "not_found");
        }
        let of_boris = format!("/v1/staff/patients/{}/documents", boris.id);
        let conclusion = house.adds_document(&of_boris, doctor, "conclusion").await;
        for document in [&conclusion, &foreign, &own_one] {
            let body = json!({"documentIds": [document]});
            house.post(&staffs(&talk, "/messages"), doctor.token(), body).await.refused(404, "not_found");
        }
        for body in [
            json!({}),
            json!({"text": " \n "}),
            json!({"text": "а".repeat(4001)}),
            json!({"text": "а\u{7}"}),
            json!({"text": "а", "documentIds": [own_one, own_one]}),
        ] {
            house.post(&own(&talk, "/messages"), anna.token(), body).await.refused(400, "invalid");
        }
        assert_eq!(house.counted("message").await, 0, "{on:?}");
        assert_eq!(house.counted("conversation WHERE last_number <> 0").await, 0);
        house.says(&own(&talk, "/messages"), anna, &"я".repeat(4000)).await.is(201);
        for body in [
            json!({"with": "doctor"}),
            json!({"with": "operator", "doctorId": doctor.id}),
            json!({"with": "doctor", "doctorId": doctor.id, "clinicId": scene.clinic.clinic_id}),
            json!({"with": "doctor", "doctorId": doctor.id, "topic": "а\nб"}),
        ] {
            house.post("/v1/conversations", anna.token(), body).await.refused(400, "invalid");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_08_where_health_data_is_refused_there_is_no_chat_with_doctors() {
    for on in engines() {
        let stores = Stores::new(on).await;
        let text = include_str!("../../../profiles/ru-telemed.toml");
        let text = text.replace(r#"refused_classes = ["recording"]"#, r#"refused_classes = ["recording", "clinical"]"#);
        // No purpose uses what is refused.
        let text = text.replace(r#"classes = ["identity", "clinical"]"#, r#"classes = ["identity"]"#);
        let path = stores.path("profile.toml");
        std::fs::write(&path, text).expect("a profile");
        let profile = path.display().to_string();
        let house = House::with(stores, Ambient::system(), |config| config.profile = profile).await;
        let scene = scene(&house).await;
        let body = json!({"with": "doctor", "doctorId": scene.clinic.doctor_id});
        house.post("/v1/conversations", scene.anna.token(), body).await.refused(403, "class_refused");
        let body = json!({"patientId": scene.anna.id});
        house.post("/v1/staff/conversations", scene.clinic.doctor.token(), body).await.refused(403, "class_refused");
        let talk = scene.with_operator(&house).await;
        house.says(&own(&talk, "/messages"), &scene.anna, "Где парковка?").await.is(201);
        let refused = house.get("/v1/app-config", None).await.json()["refusedClasses"].clone();
        assert!(refused.as_array().is_some_and(|classes| classes.contains(&json!("clinical"))), "{refused}");
        assert_eq!(house.counted("conversation").await, 1, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_talk_ends_when_its_only_visit_is_cancelled() {
    for on in engines() {
        let house = House::new(on).await;
        let scene = scene(&house).await;
        let talk = scene.with_doctor(&house).await;
        let booking = house.get("/v1/bookings", scene.anna.token()).await.is(200).text("/items/0/id");
        house.post(&format!("/v1/bookings/{booking}/cancel"), scene.anna.token(), json!({})).await.is(200);
        house.settle().await;
        house.get(&staffs(&talk, ""), scene.clinic.doctor.token()).await.refused(404, "not_found");
        let refused = house.says(&own(&talk, "/messages"), &scene.anna, "Ещё вопрос").await;
        refused.refused(409, "state_conflict");
    }
}
