//! The waiting list at the desk and by phone.

use super::Scene;
use crate::support::clinic::{at, everywhere};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::engines;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s0_01_the_desk_puts_on_the_list_whom_it_has_found() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let desk = house.staff(&scene.admin, "reception", "desk", Some(&scene.clinic.clinic_id)).await;
        let [patient, booker] = [scene.patient(1).await, scene.patient(2).await];
        let path = format!("/v1/staff/patients/{}/waiting-list", patient.id);
        house.post(&path, desk.token(), scene.wish(3)).await.refused(404, "not_found");
        house.found_by_phone(&desk, "+79165550001").await;
        let made = house.post(&path, desk.token(), scene.wish(3)).await.is(201);
        assert_eq!(scene.number("SELECT count(*) FROM waiting WHERE added_how = 'desk'").await, 1);
        assert_eq!(scene.waits(&patient).await[0]["id"].as_str(), Some(made.text("/id").as_str()), "he sees it himself");
        scene.freed(&booker, at(house, 3, 10, 0)).await;
        assert!(house.get(&path, desk.token()).await.is(200).json()["items"][0]["offer"].is_object());
        let other = house.clinic_elsewhere(&scene.admin).await;
        let mut there = scene.wish(3);
        there["serviceId"] = other.clone().into();
        there.as_object_mut().expect("an object").remove("doctorId");
        house.post(&path, desk.token(), there).await.refused(404, "not_found");
        house.delete(&format!("{path}/{}", made.text("/id")), desk.token()).await.is(204);
        house.delete(&format!("{path}/{}", made.text("/id")), desk.token()).await.refused(404, "not_found");
        assert!(scene.waits(&patient).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_01_who_calls_takes_or_declines_his_offer_at_the_desk() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let desk = house.staff(&scene.admin, "callCentre", "calls", Some(&scene.clinic.clinic_id)).await;
        let [first, second, booker] = [scene.patient(1).await, scene.patient(2).await, scene.patient(3).await];
        scene.wait(&first, 3).await;
        scene.wait(&second, 3).await;
        scene.freed(&booker, at(house, 3, 10, 0)).await;
        let offer = scene.offer(&first).await.expect("an offer");
        let act = async |person: &Person, offer: &str, verb: &str| {
            let path = format!("/v1/staff/patients/{}/offers/{offer}/{verb}", person.id);
            let body = if verb == "accept" { json!({"channel": "phone"}) } else { json!(null) };
            let answer = house.post(&path, desk.token(), body).await;
            house.settle().await;
            answer
        };
        act(&first, &offer, "accept").await.refused(404, "not_found");
        for phone in ["+79165550001", "+79165550002"] {
            house.found_by_phone(&desk, phone).await;
        }
        act(&second, &offer, "accept").await.refused(404, "not_found");
        act(&second, &offer, "decline").await.refused(404, "not_found");
        act(&first, &offer, "decline").await.is(204);
        act(&first, &offer, "decline").await.is(204);
        act(&first, &offer, "accept").await.refused(409, "state_conflict");
        let passed_on = scene.offer(&second).await.expect("it went to the next");
        let booking = act(&second, &passed_on, "accept").await.is(201);
        assert_eq!(booking.text("/state"), "booked");
        act(&second, &passed_on, "decline").await.refused(409, "state_conflict");
        assert_eq!(scene.number("SELECT count(*) FROM booking WHERE channel = 'phone' AND booked_how = 'desk'").await, 1);
        assert!(scene.waits(&second).await.is_empty(), "he has what he waited for");
        let other = house.other_clinic(&scene.admin).await;
        let elsewhere = house.staff(&scene.admin, "callCentre", "others", Some(&other)).await;
        house.found_by_phone(&elsewhere, "+79165550001").await;
        scene.freed(&booker, at(house, 3, 11, 0)).await;
        let again = scene.offer(&first).await.expect("he keeps his place");
        let path = format!("/v1/staff/patients/{}/offers/{again}/decline", first.id);
        house.post(&path, elsewhere.token(), json!(null)).await.refused(404, "not_found");
    }
}

impl House {
    /// A service of a clinic that is not the desk's.
    pub(super) async fn clinic_elsewhere(&self, admin: &Person) -> String {
        let clinic = self.other_clinic(admin).await;
        self.service(admin, &clinic, 30).await
    }

    async fn other_clinic(&self, admin: &Person) -> String {
        let clinic = json!({
            "names": everywhere("Elsewhere"), "zone": "Asia/Tbilisi", "addresses": everywhere("Tbilisi 1"), "phone": "+995322000000"
        });
        self.post("/v1/staff/clinics", admin.token(), clinic).await.is(201).text("/id")
    }
}
