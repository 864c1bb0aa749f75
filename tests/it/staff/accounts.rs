//! What is taken away is gone at the next call; nobody gives away what he has not; the last administrator stays.

use crate::support::clinic::everywhere;
use crate::support::house::House;
use crate::support::people::PASSWORD;
use crate::support::stores::engines;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn t27_a_role_or_an_account_that_is_taken_away_is_refused_at_the_next_call() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        let find = json!({"phone": "+79161234567"});
        house.post("/v1/staff/patients/find", desk.token(), find.clone()).await.refused(404, "not_found");
        // Another role: the session is over, and the next one may do other things.
        house.put_staff(&admin, &desk.id, "auditor", &[], "active").await.is(200);
        house.post("/v1/staff/patients/find", desk.token(), find.clone()).await.refused(401, "unauthenticated");
        let refresh = json!({"grant": "refresh", "refreshToken": desk.refresh});
        house.post("/v1/auth/tokens", None, refresh).await.refused(400, "wrong_refresh_token");
        let support = house.staff(&admin, "support", "support", None).await;
        house.get("/v1/staff/tickets", support.token()).await.is(200);
        // Suspended, an account comes in nowhere and by nothing; let in again, it signs in as before.
        house.put_staff(&admin, &support.id, "support", &[], "suspended").await.is(200);
        for path in ["/v1/staff/tickets", "/v1/staff/me", "/v1/me/sessions"] {
            house.get(path, support.token()).await.refused(401, "unauthenticated");
        }
        let password = json!({"grant": "password", "login": "support", "password": PASSWORD, "totp": "000000"});
        house.post("/v1/auth/tokens", None, password).await.refused(401, "sign_in_failed");
        house.put_staff(&admin, &support.id, "support", &[], "active").await.is(200);
        house.put_staff(&admin, &support.id, "support", &[], "ended").await.is(200);
        house.put_staff(&admin, &support.id, "support", &[], "active").await.refused(409, "state_conflict");
        house.put_staff(&admin, &support.id, "support", &[], "ended").await.is(200);
        // An invitation is taken up by nobody but the invited, and a doctor is made with his place.
        let invited = json!({"role": "officer", "login": "invited", "name": "Новый Сотрудник"});
        let invited = house.post("/v1/staff/accounts", admin.token(), invited).await.is(201).text("/id");
        let kept = house.put_staff(&admin, &invited, "officer", &[], "active").await.is(200);
        assert_eq!(kept.text("/state"), "invited", "{on:?}");
        house.put_staff(&admin, &invited, "officer", &[], "suspended").await.refused(409, "state_conflict");
        house.put_staff(&admin, &invited, "doctor", &[], "invited").await.refused(400, "invalid");
        house.put_staff(&admin, &invited, "patient", &[], "invited").await.refused(400, "invalid");
        let states: Vec<_> = house.accounts(&admin).await.iter().map(|account| account["state"].clone()).collect();
        assert_eq!(states, ["invited", "ended", "active", "active"], "newest first, on {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t27_of_two_administrators_who_end_each_other_one_stays() {
    for on in engines() {
        let house = House::new(on).await;
        let first = house.administrator().await;
        for state in ["suspended", "ended"] {
            house.put_staff(&first, &first.id, "administrator", &[], state).await.refused(409, "last_administrator");
        }
        house.put_staff(&first, &first.id, "officer", &[], "active").await.refused(409, "last_administrator");
        // One who has not come yet, and one of a clinic, are none who could let others in.
        let invited = json!({"role": "administrator", "login": "invited", "name": "Новая Админова"});
        house.post("/v1/staff/accounts", first.token(), invited).await.is(201);
        let clinic = house.clinic(&first).await;
        house.staff(&first, "administrator", "ofclinic", Some(&clinic.clinic_id)).await;
        house.put_staff(&first, &first.id, "administrator", &[], "ended").await.refused(409, "last_administrator");
        let second = house.staff(&first, "administrator", "second", None).await;
        let (one, other) = tokio::join!(
            house.put_staff(&first, &second.id, "administrator", &[], "ended"),
            house.put_staff(&second, &first.id, "administrator", &[], "ended"),
        );
        let codes = [one.status.as_u16(), other.status.as_u16()];
        assert_eq!(codes.iter().filter(|status| **status == 200).count(), 1, "{codes:?} on {on:?}");
        assert_eq!(
            house.row_count("staff WHERE role = 'administrator' AND state = 'active'", []).await,
            2,
            "with the clinic's, {on:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t24_an_administrator_of_clinics_gives_away_no_more_than_he_has() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let elsewhere = json!({
            "names": everywhere("Elsewhere"), "zone": "Asia/Tbilisi", "addresses": everywhere("Tbilisi 1"), "phone": "+995322000000",
        });
        let elsewhere = house.post("/v1/staff/clinics", admin.token(), elsewhere).await.is(201).text("/id");
        let local = house.staff(&admin, "administrator", "local", Some(&clinic.clinic_id)).await;
        let far = house.staff(&admin, "reception", "far", Some(&elsewhere)).await;
        // Nobody of everywhere, nobody of elsewhere, and no role but `patient`'s opposite by a field that is not asked.
        for clinics in [json!([]), json!([elsewhere]), json!([clinic.clinic_id, elsewhere])] {
            let new = json!({"role": "officer", "login": "spy", "name": "Чужой Человек", "clinicIds": clinics});
            house.post("/v1/staff/accounts", local.token(), new).await.refused(400, "invalid");
        }
        // A clinic that is none is nobody's to serve, not even beside one that is.
        let nowhere = house.app.ambient.id().to_string();
        for named in
            [json!({"clinicId": nowhere}), json!({"clinicIds": [nowhere]}), json!({"clinicIds": [clinic.clinic_id, nowhere]})]
        {
            let mut new = json!({"role": "officer", "login": "spy", "name": "Чужой Человек"});
            new.as_object_mut().expect("an object").extend(named.as_object().expect("an object").clone());
            house.post("/v1/staff/accounts", admin.token(), new).await.refused(400, "invalid");
        }
        house.put_staff(&admin, &far.id, "reception", &[&nowhere], "active").await.refused(400, "invalid");
        let unasked = json!({"role": "support", "login": "spy", "name": "Чужой Человек", "state": "active"});
        house.post("/v1/staff/accounts", admin.token(), unasked).await.refused(400, "invalid");
        for id in [&far.id, &admin.id] {
            house.put_staff(&local, id, "reception", &[&clinic.clinic_id], "active").await.refused(404, "not_found");
            house.post(&format!("/v1/staff/accounts/{id}/invitation"), local.token(), json!({})).await.refused(404, "not_found");
        }
        house.put_staff(&local, &local.id, "administrator", &[], "active").await.refused(400, "invalid");
        let seen: Vec<_> = house.accounts(&local).await.iter().map(|account| account["login"].clone()).collect();
        assert_eq!(seen, ["local", "cardiologist"], "{on:?}");
        // Several clinics work: the desk of both sees the days of both, and of no third.
        house.put_staff(&admin, &far.id, "reception", &[&clinic.clinic_id, &elsewhere], "active").await.is(200);
        let far = house.invited_again(&admin, &far.id, "far").await;
        let me = house.get("/v1/staff/me", far.token()).await.is(200).json();
        assert_eq!(me["clinicIds"].as_array().map(Vec::len), Some(2), "{me}");
        let day = |clinic: &str| format!("/v1/staff/bookings?from=2030-01-01&to=2030-01-02&clinicId={clinic}");
        for (clinic, status) in [(clinic.clinic_id.as_str(), 200), (&elsewhere, 200), (&clinic.service_id, 404)] {
            house.get(&day(clinic), far.token()).await.is(status);
        }
        house.get("/v1/staff/conversations", far.token()).await.is(200);
        house.get("/v1/staff/ratings", local.token()).await.is(200);
    }
}
