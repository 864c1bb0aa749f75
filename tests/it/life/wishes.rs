//! Wishes without a time.

use super::{Scene, instant, number};
use crate::support::clinic::{at, day};
use crate::support::house::House;
use crate::support::stores::{Stores, engines};
use feldsher::kernel::clock::Ambient;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s0_01_a_wish_becomes_a_booking_and_its_words_reach_the_doctor_alone() {
    for on in engines() {
        let scene = Scene::new(on, "").await;
        let house = &scene.house;
        let service = &scene.clinic.service_id;
        let wish = |from: i64, to: i64| json!({"serviceId": service, "from": day(house, from), "to": day(house, to), "part": "morning", "text": "Болит колено"});
        let made = house.post("/v1/booking-wishes", scene.patient.token(), wish(2, 9)).await.is(201);
        let id = made.text("/id");
        assert_eq!((made.text("/state"), made.text("/text")), ("open".into(), "Болит колено".into()));
        let own = house.get("/v1/booking-wishes", scene.patient.token()).await.is(200);
        assert_eq!(own.text("/items/0/text"), "Болит колено");
        // The desk of the clinic sees whose it is, which is written down, and nothing of why; that of another clinic nothing.
        let seen = house.get("/v1/staff/booking-wishes", scene.desk.token()).await.is(200);
        assert_eq!(
            (seen.text("/items/0/patientName"), seen.text("/items/0/patientId")),
            ("Пациентов Пётр".into(), scene.patient.id.clone())
        );
        assert!(!String::from_utf8_lossy(&seen.bytes).contains("колено"));
        assert_eq!(number(house, "SELECT count(*) FROM audit_line WHERE action = 'open' AND basis = 'wish'").await, 1);
        let elsewhere = json!({
            "names": crate::support::clinic::everywhere("Elsewhere"), "zone": "Asia/Tbilisi",
            "addresses": crate::support::clinic::everywhere("Tbilisi 1"), "phone": "+995322000000"
        });
        let elsewhere = house.post("/v1/staff/clinics", scene.admin.token(), elsewhere).await.is(201).text("/id");
        let stranger = house.staff(&scene.admin, "reception", "stranger", Some(&elsewhere)).await;
        let none = house.get("/v1/staff/booking-wishes", stranger.token()).await.is(200).json();
        assert_eq!(none["items"], json!([]));
        let time = json!({"doctorId": scene.clinic.doctor_id, "startsAt": instant(at(house, 3, 10, 0))});
        let path = format!("/v1/staff/booking-wishes/{id}/book");
        house.post(&path, stranger.token(), time.clone()).await.refused(404, "not_found");
        let night = json!({"doctorId": scene.clinic.doctor_id, "startsAt": instant(at(house, 3, 3, 0))});
        house.post(&path, scene.desk.token(), night).await.refused(409, "slot_not_offered");
        let booked = house.post(&path, scene.desk.token(), time.clone()).await.is(201);
        assert_eq!(booked.text("/bookedBy"), "desk");
        house.post(&path, scene.desk.token(), time).await.is(409);
        let own = house.get("/v1/booking-wishes", scene.patient.token()).await.is(200);
        assert_eq!((own.text("/items/0/state"), own.text("/items/0/bookingId")), ("booked".into(), booked.text("/id")));
        let diary = format!("/v1/staff/bookings?from={}&to={}", day(house, 3), day(house, 3));
        assert_eq!(house.get(&diary, scene.clinic.doctor.token()).await.is(200).text("/items/0/complaint"), "Болит колено");
        // What has ended opens nothing to the desk any more.
        let now = house.app.ambient.now().format("%Y-%m-%dT%H:%M:%S%.3fZ");
        let open = format!("SELECT count(*) FROM reason WHERE basis = 'wish' AND (valid_until IS NULL OR valid_until > '{now}')");
        assert_eq!(number(house, &open).await, 0);
        let closed = house.post("/v1/booking-wishes", scene.patient.token(), wish(2, 9)).await.is(201).text("/id");
        let path = format!("/v1/staff/booking-wishes/{closed}/close");
        assert_eq!(house.post(&path, scene.desk.token(), json!({})).await.is(200).text("/state"), "closed");
        let path = format!("/v1/booking-wishes/{closed}/withdraw");
        house.post(&path, scene.patient.token(), json!({})).await.refused(409, "state_conflict");
        // Nonsense, and no more of them than somebody needs.
        for (from, to) in [(-1, 3), (3, 2), (1, 64), (1, 36_500)] {
            house.post("/v1/booking-wishes", scene.patient.token(), wish(from, to)).await.refused(400, "invalid");
        }
        for _ in 0..10 {
            house.post("/v1/booking-wishes", scene.patient.token(), wish(2, 3)).await.is(201);
        }
        house.post("/v1/booking-wishes", scene.patient.token(), wish(2, 3)).await.refused(409, "booking_refused");
        house.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_08_a_service_without_health_data_takes_a_wish_without_words() {
    for on in engines() {
        let stores = Stores::new(on).await;
        let house = House::with(stores, Ambient::system(), |config| config.profile = "ru-marketplace".into()).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let patient = house.newcomer(super::PHONE).await;
        house.accept(&patient).await;
        house.put("/v1/me/profile", patient.token(), json!({"name": "Пётр", "age": 40})).await.is(200);
        let mut wish = json!({"serviceId": clinic.service_id, "from": day(&house, 2), "to": day(&house, 3), "text": "Болит"});
        house.post("/v1/booking-wishes", patient.token(), wish.clone()).await.refused(403, "class_refused");
        wish["text"] = "".into();
        house.post("/v1/booking-wishes", patient.token(), wish).await.is(201);
        assert_eq!(number(&house, "SELECT count(*) FROM booking_wish WHERE text IS NOT NULL").await, 0);
    }
}
