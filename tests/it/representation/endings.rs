//! Whoever goes leaves nobody alone: the plan says who goes with him, and nothing else happens.

use super::{OTHER, PARENT, count, turns};
use crate::support::house::House;
use crate::support::stores::engines;
use chrono::TimeDelta;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s1_06_a_child_whom_nobody_else_represents_goes_with_the_last_parent_as_the_plan_says() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let desk = house.staff(&admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        let parent = house.patient(PARENT).await;
        let born = turns(&house, 7, 100);
        let (alone, shared) = (house.dependant(&parent, &born).await, house.dependant(&parent, &born).await);
        // Nobody lets an account go that nobody else could reach.
        let end = format!("/v1/me/dependants/{}", alone.id);
        house.delete(&end, parent.token()).await.refused(409, "last_representative");
        // The other parent is recorded at the desk, which has to have found both.
        let other = house.patient(OTHER).await;
        house.verified(&desk, PARENT, &shared).await;
        let both = json!({
            "patientId": shared.patient, "representativeId": other.id, "kind": "birthCertificate", "lastDigits": "4417", "scope": "all"
        });
        house.post("/v1/staff/representations", desk.token(), both.clone()).await.refused(404, "not_found");
        house.found_by_phone(&desk, OTHER).await;
        house.post("/v1/staff/representations", desk.token(), both.clone()).await.refused(404, "not_found");
        let acting = house.acts(&parent, &shared).await;
        house.accept(&acting).await;
        let numbered = json!({
            "surname": "Пациентова", "givenName": "Маша", "birthDate": born, "identifiers": [{"system": "snils", "value": super::SNILS}]
        });
        house.put("/v1/me/profile", acting.token(), numbered).await.is(200);
        house.found_by_snils(&desk, super::SNILS).await;
        house.post("/v1/staff/representations", desk.token(), both).await.is(201);

        let plan = house.get("/v1/me/erasure-plan", parent.token()).await.is(200);
        assert_eq!(plan.json()["dependants"].as_array().map(Vec::len), Some(1));
        assert_eq!(
            (plan.text("/dependants/0/id"), plan.text("/dependants/0/patientId")),
            (alone.id.clone(), alone.patient.clone())
        );
        let acting = house.acts(&parent, &shared).await;
        let asked = house.delete("/v1/me", parent.token()).await.is(202);
        assert!(!asked.text("/dependants/0/recordNumber").is_empty());
        house.get("/v1/me", acting.token()).await.refused(401, "unauthenticated");
        // An undoing undoes both.
        house.delete("/v1/me/deletion", parent.token()).await.is(204);
        let acting = house.acts(&parent, &alone).await;
        house.get("/v1/bookings", acting.token()).await.is(200);

        house.delete("/v1/me", parent.token()).await.is(202);
        house.later(TimeDelta::days(15)).await;
        house.later(TimeDelta::hours(2)).await;
        let vault = &house.app.vault;
        for gone in [&parent.id, &alone.patient] {
            let is_open = vault
                .keys(gone.parse().expect("an id"))
                .await
                .is_ok_and(|keys| keys.has(feldsher::kernel::vault::Class::Identity));
            assert!(!is_open, "{gone} is gone");
        }
        let other = house.newcomer(OTHER).await;
        let left = house.get("/v1/me/dependants", other.token()).await.is(200);
        assert_eq!((count(&left), left.text("/items/0/patientId")), (1, shared.patient.clone()));
        let id = left.text("/items/0/id");
        let acting = house.acts(&other, &super::Dependant { id, patient: shared.patient.clone() }).await;
        let representatives = house.get("/v1/me/representatives", acting.token()).await.is(200);
        assert_eq!(count(&representatives), 1, "of who is gone nothing is left");
        let rows = crate::doors::everything(&house).await;
        for (table, text) in rows.iter().filter(|(table, _)| !["audit_line", "task", "erasure", "invalidation"].contains(*table))
        {
            assert!(!text.contains(&parent.id), "{table} names who is gone: {text}");
        }
    }
}
