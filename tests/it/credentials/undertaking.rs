//! S2-09: the doctor answers for his credentials and for confidentiality.

use super::{house, house_of};
use crate::support::clinic::everywhere;
use crate::support::house::House;
use crate::support::people::PASSWORD;
use crate::support::stores::{Stores, engines};
use feldsher::app::config::Config;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn s2_09_a_doctor_gives_his_undertaking_before_he_sees_anything_and_it_is_kept() {
    for on in engines() {
        let house = house(on).await;
        let admin = house.administrator().await;
        // The others are not asked, and this one gives it with the change of his credentials.
        let office = house.clinic(&admin).await;
        assert_eq!(house.numbers_of("SELECT count(*) FROM undertaking").await, 1);
        let read = house.get("/v1/staff/me/undertaking", office.doctor.token()).await.is(200).json();
        assert_eq!((&read["owed"], &read["version"]), (&json!(false), &json!("1")));

        let new = json!({"clinicId": office.clinic_id, "speciality": "neurology", "names": everywhere("Имя"), "login": "second"});
        let issued = house.post("/v1/staff/doctors", admin.token(), new).await.is(201).text("/oneTimePassword");
        let first = house.by_password("second", &issued).await.is(200).text("/accessToken");
        let diary = "/v1/staff/bookings?from=2030-01-01&to=2030-01-02";
        house.get(diary, Some(&first)).await.refused(403, "password_change_required");
        let asked = house.get("/v1/staff/me/undertaking", Some(&first)).await.is(200).json();
        assert_eq!(asked["owed"], true);
        let given = |hash: &Value| json!({"version": asked["version"], "textHash": hash, "language": asked["language"]});
        // Another text than the one in force is none, and the password stays the issued one.
        let other = json!("0".repeat(64));
        let change = json!({"newPassword": PASSWORD, "undertaking": given(&other)});
        house.post("/v1/staff/me/credentials", Some(&first), change).await.refused(409, "policy_not_in_force");
        let changed = house.post("/v1/staff/me/credentials", Some(&first), json!({"newPassword": PASSWORD})).await.is(200);
        let doctor = house.sign_in("second", PASSWORD, &changed.text("/totpSecret")).await;
        house.get(diary, doctor.token()).await.refused(403, "acceptance_required");
        house.put("/v1/staff/me/undertaking", doctor.token(), given(&other)).await.refused(409, "policy_not_in_force");
        house.put("/v1/staff/me/undertaking", doctor.token(), given(&asked["textHash"])).await.is(204);
        house.get(diary, doctor.token()).await.is(200);
        assert_eq!(house.numbers_of("SELECT count(*) FROM undertaking").await, 2, "{on:?}");

        // Another version is another undertaking.
        let next = house_of(Stores::new(on).await, house.app.ambient.clone(), "[\"code\"]", "2").await;
        let profile = next.app.config.profile.clone();
        let config = house.app.config.clone();
        let next = House::with(Stores::new(on).await, house.app.ambient.clone(), |own| *own = Config { profile, ..config }).await;
        next.get(diary, doctor.token()).await.refused(403, "acceptance_required");
    }
}
