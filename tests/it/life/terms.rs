//! What is asked of who comes, told in his language; and who is told of what is no more.

use super::{OTHER, Scene, instant, reasons};
use crate::support::canary;
use crate::support::clinic::{at, day};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::engines;
use feldsher::app::catalogue;
use feldsher::kernel::error::Reason;
use feldsher::kernel::lang::Lang;
use reqwest::Method;
use serde_json::{Value, json};

async fn profile(house: &House, patient: &Person, born: &str, identifiers: Value) {
    let profile = json!({"surname": "Пациентов", "givenName": "Пётр", "birthDate": born, "identifiers": identifiers});
    house.put("/v1/me/profile", patient.token(), profile).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_03_who_lets_his_insurance_pay_has_told_its_policy() {
    for on in engines() {
        let scene = Scene::new(on, "insured = [\"oms\"]").await;
        let house = &scene.house;
        let service = scene.service(30, json!({"prices": [{"payer": "self"}, {"payer": "oms"}]})).await;
        let book = async |payer: &str, hour: u32| {
            let starts_at = instant(at(house, 2, hour, 0));
            let body = json!({"doctorId": scene.clinic.doctor_id, "serviceId": service, "startsAt": starts_at, "payer": payer});
            house.post("/v1/bookings", scene.patient.token(), body).await
        };
        let refused = book("oms", 10).await.refused(409, "booking_refused");
        assert_eq!(reasons(&refused), ["policy_missing"], "{on:?}");
        assert!(refused.json().get("alternatives").is_none(), "{on:?}: no other time would help");
        book("self", 10).await.is(201);
        let policy = json!([{"system": "oms", "value": canary::oms(&house.app.ambient)}]);
        profile(house, &scene.patient, "1980-05-01", policy).await;
        book("oms", 11).await.is(201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_02_limits_of_age_are_looked_at_again_when_a_visit_is_moved() {
    for on in engines() {
        let scene = Scene::new(on, "").await;
        let house = &scene.house;
        let service = scene.service(30, json!({"maxAge": 60})).await;
        let id = scene.book(&service, at(house, 2, 10, 0)).await;
        profile(house, &scene.patient, "1940-05-01", json!([])).await;
        let refused = scene.try_move(&id, None, at(house, 2, 11, 0)).await.refused(409, "booking_refused");
        assert_eq!(reasons(&refused), ["age_limit"], "{on:?}");
        scene.try_move(&id, None, at(house, 2, 10, 0)).await.is(200);
        assert_eq!(scene.seen(&id).await.text("/startsAt"), instant(at(house, 2, 10, 0)), "{on:?}: it stands where it stood");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_03_a_refusal_says_each_reason_in_the_language_of_who_asks() {
    for lang in Lang::ALL {
        for reason in Reason::ALL {
            let text = catalogue::reason(*lang, *reason);
            assert!(text.ends_with('.') && !text.starts_with("reason-"), "{lang:?} {reason}: {text}");
        }
    }
    for on in engines() {
        let scene = Scene::new(on, "").await;
        let house = &scene.house;
        let night = instant(at(house, 100, 3, 0));
        for lang in Lang::ALL {
            let body = json!({"doctorId": scene.clinic.doctor_id, "serviceId": scene.clinic.service_id, "startsAt": night});
            let request =
                house.request(Method::POST, "/v1/bookings", scene.patient.token()).header("Accept-Language", lang.as_str());
            let refused = house.send(request.header("Idempotency-Key", lang.as_str()).json(&body)).await;
            let refused = refused.refused(409, "slot_not_offered");
            assert_eq!(reasons(&refused), ["outside_hours", "too_far"], "{on:?}");
            for reason in [Reason::OutsideHours, Reason::TooFar] {
                let text = catalogue::reason(*lang, reason);
                assert!(refused.text("/detail").contains(&text), "{on:?} {lang:?}: {}", refused.text("/detail"));
            }
        }
    }
}

/// How many notices somebody has that he has not read.
async fn unread(house: &House, person: &Person) -> i64 {
    house.get("/v1/notifications", person.token()).await.is(200).json()["unread"].as_i64().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_03_nobody_is_told_that_something_is_cancelled_of_which_he_never_heard() {
    for on in engines() {
        let scene = Scene::new(on, "").await;
        let house = &scene.house;
        let paid = scene.service(30, json!({"price": {"amount": 100_000, "currency": "RUB"}})).await;
        let asked = scene.service(30, json!({"confirmation": "reception"})).await;
        for service in [&paid, &asked] {
            let id = scene.book(service, at(house, 2, 10, 0)).await;
            scene.cancel(&id).await.is(200);
        }
        assert_eq!(unread(house, &scene.clinic.doctor).await, 0, "{on:?}: nothing was ever booked with him");

        // A time that is kept for somebody who waits is his to let go, and no visit of anybody.
        let waiting = house.patient(OTHER).await;
        let (day, service) = (day(house, 3), &scene.clinic.service_id);
        let wish = json!({"doctorId": scene.clinic.doctor_id, "serviceId": service, "from": day, "to": day});
        house.post("/v1/waiting-list", waiting.token(), wish).await.is(201);
        let id = scene.book(service, at(house, 3, 10, 0)).await;
        scene.cancel(&id).await.is(200);
        house.settle().await;
        let (told, patients) = (unread(house, &scene.clinic.doctor).await, unread(house, &waiting).await);
        assert_eq!(told, 2, "{on:?}: booked and cancelled");
        let offer = house.get("/v1/waiting-list", waiting.token()).await.is(200).text("/items/0/offer/id");
        let elsewhere = json!({"startsAt": instant(at(house, 3, 12, 0))});
        let path = format!("/v1/bookings/{offer}");
        house.post(&format!("{path}/move"), waiting.token(), elsewhere).await.refused(409, "state_conflict");
        house.post(&format!("{path}/cancel"), waiting.token(), json!({})).await.is(200);
        house.settle().await;
        assert_eq!(unread(house, &scene.clinic.doctor).await, told, "{on:?}");
        assert_eq!(unread(house, &waiting).await, patients, "{on:?}");
        house.get(&path, waiting.token()).await.refused(404, "not_found");
        scene.book(service, at(house, 3, 10, 0)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_01_who_closes_a_clinic_sees_whose_visits_it_was_to_see() {
    for on in engines() {
        let scene = Scene::new(on, "").await;
        let (house, admin) = (&scene.house, scene.admin.token());
        let id = scene.book(&scene.clinic.service_id, at(house, 3, 10, 0)).await;
        let path = format!("/v1/staff/clinics/{}", scene.clinic.clinic_id);
        let mut form = house.get(&path, admin).await.is(200).json();
        let fields = form.as_object_mut().expect("an object");
        fields.remove("id");
        fields.insert("active".to_owned(), json!(false));
        let tried = house.put(&format!("{path}?dryRun=true"), admin, form.clone()).await.is(200);
        assert_eq!(
            (tried.json()["affected"]["count"].as_i64(), tried.text("/affected/items/0/id")),
            (Some(1), id.clone()),
            "{on:?}"
        );
        assert_eq!(house.get(&path, admin).await.is(200).json()["active"], true, "{on:?}: it was only tried");
        let closed = house.put(&path, admin, form.clone()).await.is(200);
        assert_eq!((closed.json()["active"].as_bool(), closed.text("/affected/items/0/id")), (Some(false), id.clone()), "{on:?}");
        assert_eq!(scene.state(&id).await, "booked", "{on:?}: nobody is moved by it");
        let again = house.put(&path, admin, form).await.is(200);
        assert!(again.json().get("affected").is_none(), "{on:?}: it was closed before");

        // To open again what is closed for a time can be tried, too.
        let closure = json!({"startsAt": instant(at(house, 5, 0, 0)), "endsAt": instant(at(house, 6, 0, 0))});
        let closure = house.post(&format!("{path}/closures"), admin, closure).await.is(201).text("/id");
        let closures =
            async || house.get(&format!("{path}/closures"), admin).await.is(200).json()["items"].as_array().map(Vec::len);
        house.delete(&format!("/v1/staff/closures/{closure}?dryRun=true"), admin).await.is(204);
        assert_eq!(closures().await, Some(1), "{on:?}");
        house.delete(&format!("/v1/staff/closures/{closure}"), admin).await.is(204);
        assert_eq!(closures().await, Some(0), "{on:?}");
        house.delete(&format!("/v1/staff/closures/{closure}?dryRun=true"), admin).await.refused(404, "not_found");
    }
}
