//! Who writes the catalogue: administrators, each for his clinics alone, and none over another's change.

use super::{etag, faults, ids};
use crate::support::clinic::everywhere;
use crate::support::house::House;
use crate::support::stores::engines;
use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};

fn clinic(name: &str) -> Value {
    json!({"names": everywhere(name), "zone": "Asia/Almaty", "addresses": everywhere("Абая 10")})
}

fn service(clinic: &str, minutes: i32) -> Value {
    json!({"clinicId": clinic, "names": everywhere("Приём"), "durationMinutes": minutes})
}

fn machine(clinic: &str, name: &str) -> Value {
    json!({"clinicId": clinic, "kind": "ultrasound", "names": everywhere(name)})
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_01_an_administrator_writes_about_his_own_clinics_alone() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let (own, other) = (house.new_clinic(&admin, "Своя").await, house.new_clinic(&admin, "Чужая").await);
        let chief = house.staff(&admin, "administrator", "chief", Some(&own)).await;
        let make = async |path: &str, body: Value| house.post(path, admin.token(), body).await.is(201).text("/id");
        let (served, foreign) =
            (make("/v1/staff/services", service(&own, 30)).await, make("/v1/staff/services", service(&other, 30)).await);
        let (scanner, theirs) = (
            make("/v1/staff/equipment", machine(&own, "Первый")).await,
            make("/v1/staff/equipment", machine(&other, "Их")).await,
        );
        let doctor = house.new_doctor(&admin, &own, "doctor", everywhere("Врач Свой")).await;
        let stranger = house.new_doctor(&admin, &other, "stranger", everywhere("Врач Чужой")).await;

        for (list, expected) in [("clinics", &own), ("services", &served), ("equipment", &scanner), ("doctors", &doctor)] {
            let listed = house.get(&format!("/v1/staff/{list}"), chief.token()).await.is(200);
            assert_eq!(ids(&listed), std::slice::from_ref(expected), "{on:?} {list}");
            assert_eq!(ids(&house.get(&format!("/v1/staff/{list}"), admin.token()).await.is(200)).len(), 2, "{list}");
            if list != "clinics" {
                let of_others = house.get(&format!("/v1/staff/{list}?clinicId={other}"), chief.token()).await.is(200);
                assert_eq!(ids(&of_others), Vec::<String>::new(), "{on:?} {list}");
            }
        }
        let card = |clinics: Value| json!({"clinicIds": clinics, "speciality": "therapy", "names": everywhere("Врач Иной")});
        let nobody = house.app.ambient.id().to_string();
        for (list, id, body) in [
            ("clinics", &other, clinic("Захват")),
            ("services", &foreign, service(&other, 20)),
            ("equipment", &theirs, machine(&other, "Захват")),
            ("doctors", &stranger, card(json!([own]))),
        ] {
            for id in [id, &nobody] {
                let path = format!("/v1/staff/{list}/{id}");
                house.get(&path, chief.token()).await.refused(404, "not_found");
                house.put(&path, chief.token(), body.clone()).await.refused(404, "not_found");
            }
        }
        house.post("/v1/staff/clinics", chief.token(), clinic("Новая")).await.refused(403, "forbidden");
        house.post("/v1/staff/services", chief.token(), service(&other, 20)).await.refused(404, "not_found");
        house.post("/v1/staff/equipment", chief.token(), machine(&other, "Новый")).await.refused(404, "not_found");
        // Nothing moves into another clinic, or becomes of another kind.
        for (path, body, pointer) in [
            (format!("/v1/staff/services/{served}"), service(&other, 20), "/clinicId"),
            (format!("/v1/staff/equipment/{scanner}"), machine(&other, "Иной"), "/clinicId"),
            (
                format!("/v1/staff/equipment/{scanner}"),
                json!({"clinicId": own, "kind": "mri", "names": everywhere("Иной")}),
                "/kind",
            ),
        ] {
            let refused = house.put(&path, admin.token(), body).await.refused(400, "invalid");
            assert_eq!(faults(&refused), [(pointer.to_owned(), "unknown_value".to_owned())], "{on:?}");
        }

        // A doctor goes to other clinics by the word of an administrator who serves both.
        let path = format!("/v1/staff/doctors/{doctor}");
        let refused = house.put(&path, chief.token(), card(json!([own, other]))).await.refused(400, "invalid");
        assert_eq!(faults(&refused), [("/clinicIds/1".to_owned(), "unknown_value".to_owned())]);
        let refused = house.put(&path, admin.token(), card(json!([own, nobody]))).await.refused(400, "invalid");
        assert_eq!(faults(&refused), [("/clinicIds/1".to_owned(), "unknown_value".to_owned())]);
        let shared = house.put(&path, admin.token(), card(json!([own, other]))).await.is(200);
        assert_eq!(shared.json()["clinicIds"], json!([own, other]));
        house.put(&path, chief.token(), card(json!([own, other]))).await.is(200);
        let refused = house.put(&path, chief.token(), card(json!([own]))).await.refused(400, "invalid");
        assert_eq!(faults(&refused), [("/clinicIds".to_owned(), "required".to_owned())], "he is not taken from the others");
        let refused = house.put(&path, chief.token(), card(json!([other, own]))).await.refused(400, "invalid");
        assert_eq!(faults(&refused), [("/clinicIds/0".to_owned(), "unknown_value".to_owned())], "nor given away");
        // Who belongs elsewhere and also receives here is read here, and written there.
        house.put(&path, admin.token(), card(json!([other, own]))).await.is(200);
        house.get(&path, chief.token()).await.is(200);
        house.put(&path, chief.token(), card(json!([other, own]))).await.refused(403, "forbidden");
        let account = house.get("/v1/staff/accounts", admin.token()).await.is(200).json();
        let account =
            account["items"].as_array().and_then(|items| items.iter().find(|item| item["id"] == json!(doctor)).cloned());
        let mut clinics = [own, other];
        clinics.sort();
        assert_eq!(account.expect("an account")["clinicIds"], json!(clinics), "{on:?}: the account serves where he receives");
        assert_eq!(house.get(&format!("/v1/doctors/{doctor}"), None).await.is(200).text("/name"), "Врач Иной");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_01_nobody_writes_over_what_he_has_not_read() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let own = house.new_clinic(&admin, "Клиника").await;
        let make = async |path: &str, body: Value| house.post(path, admin.token(), body).await.is(201).text("/id");
        let served = make("/v1/staff/services", service(&own, 30)).await;
        let scanner = make("/v1/staff/equipment", machine(&own, "Первый")).await;
        let doctor = house.new_doctor(&admin, &own, "doctor", everywhere("Врач")).await;
        let card = json!({"clinicIds": [own], "speciality": "surgery", "names": everywhere("Врач Второй")});
        for (path, body) in [
            (format!("/v1/staff/clinics/{own}"), clinic("Иная")),
            (format!("/v1/staff/services/{served}"), service(&own, 45)),
            (format!("/v1/staff/equipment/{scanner}"), machine(&own, "Второй")),
            (format!("/v1/staff/doctors/{doctor}"), card),
        ] {
            let read = house.get(&path, admin.token()).await.is(200);
            let changed = house.put_if(&path, &admin, &etag(&read), body.clone()).await.is(200);
            assert_ne!(etag(&changed), etag(&read), "{on:?} {path}");
            house.put_if(&path, &admin, &etag(&read), body.clone()).await.refused(412, "precondition_failed");
            let again = house.get(&path, admin.token()).await.is(200);
            assert_eq!((etag(&again), again.json()), (etag(&changed), changed.json()), "{on:?} {path}");
            house.put(&path, admin.token(), body).await.is(200);
        }
        // The old name finds nobody any more, and an answer given twice makes one machine.
        assert_eq!(ids(&house.get("/v1/doctors?name=Второй", None).await.is(200)), [doctor]);
        let twice = async || {
            let request = house.request(reqwest::Method::POST, "/v1/staff/equipment", admin.token());
            house.send(request.header("Idempotency-Key", "a-machine").json(&machine(&own, "Третий"))).await.is(201).text("/id")
        };
        assert_eq!(twice().await, twice().await);
        assert_eq!(ids(&house.get("/v1/staff/equipment", admin.token()).await.is(200)).len(), 2);
        let out = json!({"clinicId": own, "kind": "ultrasound", "names": everywhere("Второй"), "active": false});
        let out = house.put(&format!("/v1/staff/equipment/{scanner}"), admin.token(), out).await.is(200);
        assert_eq!(out.json()["active"], false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_01_a_doctor_of_two_clinics_is_booked_in_each_of_them() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let first = house.clinic(&admin).await;
        let mut second = clinic("Вторая");
        second["zone"] = "Asia/Tbilisi".into();
        let second = house.post("/v1/staff/clinics", admin.token(), second).await.is(201).text("/id");
        let there = house.service(&admin, &second, 60).await;
        let day = crate::support::clinic::day(&house, 2);
        let weekday = day.parse::<NaiveDate>().expect("a day").weekday().number_from_monday();
        let slots = format!("/v1/doctors/{}/slots?from={day}&to={day}&serviceId=", first.doctor_id);
        house.get(&format!("{slots}{there}"), None).await.refused(404, "not_found");
        let path = format!("/v1/staff/doctors/{}", first.doctor_id);
        let mut card = house.get(&path, admin.token()).await.is(200).json();
        card.as_object_mut().and_then(|card| card.remove("id"));
        card["clinicIds"] = json!([first.clinic_id, second]);
        house.put(&path, admin.token(), card).await.is(200);
        assert_eq!(ids(&house.get(&format!("{slots}{there}"), None).await.is(200)).len(), 0, "his hours are still of the first");
        let hours = json!({"hours": [{"weekday": weekday, "from": "10:00", "to": "12:00", "clinicId": second}]});
        house.put(&format!("{path}/hours"), admin.token(), hours).await.is(200);

        let free = house.get(&format!("{slots}{there}"), None).await.is(200);
        assert_eq!(free.text("/zone"), "Asia/Tbilisi", "{on:?}");
        let patient = house.patient("+79161234567").await;
        let wanted = json!({"doctorId": first.doctor_id, "serviceId": there, "startsAt": free.text("/items/0/startsAt")});
        let booked = house.post("/v1/bookings", patient.token(), wanted).await.is(201);
        assert_eq!((booked.text("/clinicId"), booked.text("/zone")), (second.clone(), "Asia/Tbilisi".to_owned()));
        let diary = format!("/v1/staff/bookings?from={day}&to={day}");
        assert_eq!(ids(&house.get(&diary, first.doctor.token()).await.is(200)), [booked.text("/id")]);
        let of_second = format!("{diary}&clinicId={second}");
        assert_eq!(ids(&house.get(&of_second, first.doctor.token()).await.is(200)), [booked.text("/id")]);
        house.settle().await;
    }
}
