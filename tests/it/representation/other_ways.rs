//! Representation beside what the desk does: it finds and corrects whom others hold an account for, and makes one account of two.

use super::{CHILD, Dependant, OTHER, PARENT, count, turns};
use crate::support::house::House;
use crate::support::stores::engines;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s1_06_the_desk_finds_a_dependant_by_name_and_corrects_what_nobody_else_may() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let desk = house.staff(&admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        let parent = house.patient(PARENT).await;
        let born = turns(&house, 7, 100);
        let child = house.dependant(&parent, &born).await;
        let acting = house.acts(&parent, &child).await;
        house.accept(&acting).await;
        let sought = json!({"surname": "Пациентова", "birthDate": born});
        let found = house.post("/v1/staff/patients/search", desk.token(), sought).await.is(200);
        assert_eq!(found.text("/items/0/patientId"), child.patient);
        house.checked(&desk, &child.patient).await;
        let right = json!({"surname": "Пациентова", "givenName": "Мария", "birthDate": turns(&house, 6, 100)});
        let path = format!("/v1/staff/patients/{}/profile", child.patient);
        house.put(&path, desk.token(), right.clone()).await.is(204);
        assert_eq!(house.get("/v1/me", acting.token()).await.is(200).text("/profile/givenName"), "Мария");
        // Whoever is not represented stays old enough for an account of his own.
        house.found_by_phone(&desk, PARENT).await;
        house.checked(&desk, &parent.id).await;
        let path = format!("/v1/staff/patients/{}/profile", parent.id);
        house.put(&path, desk.token(), right).await.refused(400, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_06_of_two_accounts_that_are_one_a_representative_reads_as_much_as_of_the_first() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let desk = house.staff(&admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        let (first, second) = (house.patient(PARENT).await, house.patient(OTHER).await);
        let son = house.patient(CHILD).await;
        let booking = house.seeks_care(&second, &clinic, 1).await.text("/id");
        let represented = async |scope: &str| {
            let invited = house.post("/v1/me/representatives", first.token(), json!({"scope": scope})).await.is(201);
            let code = json!({"code": invited.text("/code")});
            let taken = house.post("/v1/me/representatives/redeem", son.token(), code).await.is(200);
            Dependant { id: taken.text("/id"), patient: first.id.clone() }
        };
        let booker = represented("booking").await;
        for (phone, patient) in [(PARENT, &first), (OTHER, &second)] {
            house.found_by_phone(&desk, phone).await;
            house.checked(&desk, &patient.id).await;
        }
        // In the second one nobody may represent or be represented: he would be lost sight of.
        let merge = |survivor: &str| format!("/v1/staff/patients/{survivor}/merge");
        let lost = json!({"otherId": first.id});
        house.post(&merge(&second.id), desk.token(), lost).await.refused(409, "state_conflict");
        house.post(&merge(&first.id), desk.token(), json!({"otherId": second.id})).await.is(201);

        let acting = house.acts(&son, &booker).await;
        let bookings = house.get("/v1/bookings", acting.token()).await.is(200);
        assert_eq!((count(&bookings), bookings.text("/items/0/id")), (1, booking.clone()));
        assert_eq!(bookings.text("/items/0/complaint"), "", "a scope that opens nothing clinical opens it of neither");
        house.delete(&format!("/v1/me/representatives/{}", booker.id), first.token()).await.is(204);
        let acting = house.acts(&son, &represented("all").await).await;
        let path = format!("/v1/bookings/{booking}");
        assert_eq!(house.get(&path, acting.token()).await.is(200).text("/complaint"), "Болит ухо");
        let log = house.get("/v1/me/access-log?limit=100", first.token()).await.is(200).json();
        let is_his = |line: &serde_json::Value| line["objectId"] == json!(booking) && line["byRepresentation"] == json!(true);
        assert!(log["items"].as_array().expect("lines").iter().any(is_his), "{log:#}");
    }
}
