//! A whole life in a clinic whose cabinets are for reading (`ru-clinic`): the desk tells somebody his rights, enters him, books
//! and prints; he signs in by his phone and reads.

use super::{Office, PHONE, SNILS, clinic_house};
use crate::support::clinic::day;
use crate::support::stores::engines;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s0_01_s0_13_the_desk_enters_and_books_and_the_patient_reads() {
    for on in engines() {
        let house = clinic_house(on).await;
        let office = Office::open(&house).await;
        let desk = &office.desk;
        assert_eq!(house.get("/v1/staff/rights-notice", desk.token()).await.is(200).json()["required"], true);

        let mut form = house.form(desk, "Нурланова", Some(PHONE)).await;
        form["profile"]["identifiers"] = json!([{"system": "snils", "value": SNILS}]);
        let enter = async |form: serde_json::Value| house.post("/v1/staff/patients", desk.token(), form).await;
        let mut untold = form.clone();
        untold.as_object_mut().expect("a form").remove("rightsNotice");
        enter(untold).await.refused(403, "rights_notice_required");
        let mut old = form.clone();
        old["rightsNotice"]["textHash"] = "0".repeat(64).into();
        enter(old).await.refused(409, "policy_not_in_force");
        let mut nameless = form.clone();
        nameless["profile"] = json!({"surname": "Нурланова"});
        let told = enter(nameless).await.refused(400, "invalid").json();
        assert_eq!(told["errors"][0]["pointer"], "/profile/givenName", "{told}");

        // The same key enters the same one.
        let key = house.app.ambient.id().to_string();
        let post = || {
            let request = house.request(reqwest::Method::POST, "/v1/staff/patients", desk.token());
            house.send(request.header("Idempotency-Key", key.clone()).json(&form))
        };
        let patient = post().await.is(201).text("/patientId");
        assert_eq!(post().await.is(201).text("/patientId"), patient);
        let again = enter(form.clone()).await.refused(409, "identifier_taken").json();
        assert_eq!(again["errors"][0]["pointer"], "/phone");
        let mut by_number = form.clone();
        by_number["phone"] = "+79160000077".into();
        let again = enter(by_number).await.refused(409, "identifier_taken").json();
        assert_eq!(again["errors"][0]["pointer"], "/profile/identifiers/0/value");
        house.find(desk, "+79160000077").await.refused(404, "not_found");
        assert_eq!(house.find(desk, PHONE).await.is(200).text("/patientId"), patient);

        let visits = format!("/v1/staff/patients/{patient}/bookings");
        let booked = house.post(&visits, desk.token(), office.visit(&house, 1, 10)).await.is(201);
        let id = booked.text("/id");
        assert_eq!((booked.text("/channel"), booked.text("/state")), ("desk".to_owned(), "booked".to_owned()));
        for (lang, title) in [("ru", "Визит"), ("kk", "Қабылдау"), ("ka", "ვიზიტი"), ("en", "Visit")] {
            let request = house.request(reqwest::Method::GET, &format!("{visits}/{id}/slip"), desk.token());
            let slip = house.send(request.header("Accept-Language", lang)).await.is(200);
            let page = String::from_utf8(slip.bytes.clone()).expect("a page");
            assert!(page.contains(title) && page.contains("Нурланова Айгерім") && page.contains("10:00"), "{page}");
            assert!(slip.headers["content-type"].to_str().expect("a type").starts_with("text/html"));
        }

        // He signs in to the same account, and reads what the desk wrote.
        let me = house.newcomer(PHONE).await;
        assert_eq!(me.id, patient);
        let own = house.get("/v1/me", me.token()).await.is(200).json();
        assert_eq!(own["profile"]["surname"], "Нурланова");
        assert_eq!(own["acceptedPolicyVersion"], house.app.profile.policy.version);
        let accepted = house.get("/v1/me/acceptances", me.token()).await.is(200).json();
        assert_eq!((&accepted["items"][0]["telling"], &accepted["items"][0]["channel"]), (&json!("readOut"), &json!("desk")));
        let bookings = house.get("/v1/bookings", me.token()).await.is(200).json();
        assert_eq!((&bookings["items"][0]["id"], &bookings["items"][0]["channel"]), (&json!(id), &json!("desk")));
        let log = house.get("/v1/me/access-log", me.token()).await.is(200).json();
        assert!(log["items"].as_array().is_some_and(|items| items.iter().any(|item| item["basis"] == "desk")), "{log}");
        house.post("/v1/bookings", me.token(), json!({
            "doctorId": office.clinic.doctor_id, "serviceId": office.clinic.service_id, "startsAt": "2030-01-01T10:00:00Z",
        })).await.refused(403, "read_only");

        let diary = format!("/v1/staff/bookings?from={}&to={}", day(&house, 1), day(&house, 1));
        let seen = house.get(&diary, office.clinic.doctor.token()).await.is(200).json();
        assert_eq!(seen["items"][0]["patientName"], "Нурланова Айгерім", "{on:?}");
        house.post(&format!("{visits}/{id}/cancel"), desk.token(), json!({})).await.is(200);
        assert_eq!(house.get(&format!("/v1/bookings/{id}"), me.token()).await.is(200).text("/state"), "cancelled");
        house.get(&format!("{visits}/{id}/slip"), desk.token()).await.refused(409, "state_conflict");
        house.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_13_whoever_signed_in_before_is_told_his_rights_and_named_at_the_desk() {
    for on in engines() {
        let house = clinic_house(on).await;
        let office = Office::open(&house).await;
        let desk = &office.desk;
        let me = house.newcomer(PHONE).await;
        house.find(desk, PHONE).await.is(200);
        let visits = format!("/v1/staff/patients/{}/bookings", me.id);
        let visit = office.visit(&house, 1, 10);
        house.post(&visits, desk.token(), visit.clone()).await.refused(403, "acceptance_required");
        let profile = format!("/v1/staff/patients/{}/profile", me.id);
        let person = json!({"surname": "Ким", "givenName": "Пётр", "birthDate": "1980-05-01", "sex": "male"});
        house.put(&profile, desk.token(), person.clone()).await.refused(403, "identity_check_required");
        house.checked(desk, &me.id).await;
        house.put(&profile, desk.token(), person.clone()).await.refused(403, "acceptance_required");
        let notices = format!("/v1/staff/patients/{}/notices", me.id);
        house.post(&notices, desk.token(), json!({"channel": "desk"})).await.refused(400, "invalid");
        let policy = house.told("/v1/policies/current", desk).await;
        house.post(&notices, desk.token(), json!({"channel": "desk", "acceptance": policy})).await.is(204);
        house.post(&visits, desk.token(), visit.clone()).await.refused(403, "profile_required");
        house.put(&profile, desk.token(), person).await.is(204);
        house.post(&visits, desk.token(), visit.clone()).await.refused(403, "rights_notice_required");
        let rights = house.told("/v1/staff/rights-notice", desk).await;
        house.post(&notices, desk.token(), json!({"channel": "desk", "rightsNotice": rights})).await.is(204);
        house.post(&visits, desk.token(), visit).await.is(201);
        assert_eq!(house.get("/v1/me", me.token()).await.is(200).json()["profile"]["surname"], "Ким", "{on:?}");
        house.settle().await;
    }
}
