//! S1-17: the order of access as its officer reads it. The call centre does what a desk does, but for credentials.

use crate::support::house::House;
use crate::support::stores::engines;
use feldsher::clinic::identity::matrix;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s1_17_the_officer_and_the_auditor_read_the_order_of_access_in_four_languages() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        let auditor = house.staff(&admin, "auditor", "auditor", None).await;
        for (reader, lang, doctor) in
            [(&officer, "ru", "Врач"), (&officer, "kk", "Дәрігер"), (&auditor, "ka", "ექიმი"), (&auditor, "en", "Doctor")]
        {
            let request = house.request(reqwest::Method::GET, "/v1/staff/access-matrix", reader.token());
            let shown = house.send(request.header("Accept-Language", lang)).await.is(200).json();
            assert_eq!(shown["callers"].as_array().map(Vec::len), Some(10), "{shown}");
            assert!(
                shown["callers"].as_array().is_some_and(|all| all.contains(&json!({"caller": "doctor", "title": doctor}))),
                "{shown}"
            );
            let operations = shown["operations"].as_array().expect("operations");
            assert_eq!(operations.len(), matrix::rows().count());
            assert!(operations.contains(&json!({"operation": "breakGlass", "callers": ["doctor"]})), "{shown}");
            assert!(operations.contains(&json!({"operation": "askCode", "callers": ["anyone"]})), "{shown}");
        }
        house.get("/v1/staff/access-matrix", admin.token()).await.refused(403, "forbidden");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_12_the_call_centre_finds_and_freezes_for_a_caller_and_opens_nothing_clinical() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let patient = house.patient("+79161234567").await;
        let centre = house.staff(&admin, "callCentre", "centre", None).await;
        let insurer = house.staff(&admin, "insurer", "insurer", None).await;
        let auditor = house.staff(&admin, "auditor", "auditor", None).await;
        let find = json!({"phone": "+79161234567"});
        for other in [&insurer, &auditor] {
            house.post("/v1/staff/patients/find", other.token(), find.clone()).await.refused(403, "forbidden");
            house.get("/v1/staff/me", other.token()).await.is(200);
        }
        let found = house.post("/v1/staff/patients/find", centre.token(), find).await.is(200);
        assert_eq!(found.text("/patientId"), patient.id);
        let check = json!({"channel": "phone", "document": "passport", "lastDigits": "1234"});
        let at = |what: &str| format!("/v1/staff/patients/{}/{what}", patient.id);
        house.post(&at("identity-checks"), centre.token(), check).await.is(201);
        let freeze = json!({"scopes": ["staff"], "reason": "Звонил сам"});
        house.put(&at("freeze"), centre.token(), freeze).await.is(200);
        // It books and cancels for whom it found, and keeps leads; what takes a document that is seen is the desk's.
        house.get(&at("bookings"), centre.token()).await.is(200);
        house.get("/v1/staff/leads", centre.token()).await.is(200);
        house.post(&at("credentials"), centre.token(), json!({"language": "ru"})).await.refused(403, "forbidden");
        house.post(&at("merge"), centre.token(), json!({"otherId": centre.id})).await.refused(403, "forbidden");
        house.get("/v1/staff/number-claims", centre.token()).await.refused(403, "forbidden");
        // To lift it takes a desk that sees him.
        house.delete(&at("freeze"), centre.token()).await.refused(403, "forbidden");
        house.get(&at("documents"), centre.token()).await.refused(403, "forbidden");
        let emergency = json!({"patientId": patient.id, "ground": "Просто посмотреть бы"});
        house.post("/v1/staff/break-glass", centre.token(), emergency).await.refused(403, "forbidden");
    }
}
