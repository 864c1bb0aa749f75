//! Several visits in one go.

use super::{OTHER, Scene, instant};
use crate::support::clinic::at;
use crate::support::stores::engines;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn s0_01_a_series_is_booked_whole_or_not_at_all_and_names_each_conflict() {
    for on in engines() {
        let scene = Scene::new(on, "").await;
        let house = &scene.house;
        let visit = |days: i64, hour: u32| {
            json!({
                "doctorId": scene.clinic.doctor_id, "serviceId": scene.clinic.service_id, "startsAt": instant(at(house, days, hour, 0)),
            })
        };
        let post = async |key: &str, visits: &Value| {
            let body = json!({"visits": visits, "complaint": "Болит спина"});
            let request = house.request(Method::POST, "/v1/booking-series", scene.patient.token());
            house.send(request.header("Idempotency-Key", key).json(&body)).await
        };
        let other = house.patient(OTHER).await;
        scene.try_book(&other, &scene.clinic.service_id, at(house, 3, 10, 0)).await.is(201);
        // The second is taken, the third is at night, the fourth is the first again.
        let wanted = json!([visit(2, 10), visit(3, 10), visit(4, 3), visit(2, 10)]);
        let refused = post("a", &wanted).await.refused(409, "slot_taken").json();
        let conflicts = refused["conflicts"].as_array().expect("conflicts");
        assert_eq!(conflicts.iter().map(|one| one["index"].as_i64()).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)], "{on:?}");
        assert_eq!(conflicts[0]["reasons"], json!(["taken"]));
        assert_eq!(conflicts[1]["reasons"], json!(["outside_hours"]));
        assert_eq!(conflicts[2]["reasons"], json!(["taken", "patient_busy"]));
        assert_eq!(conflicts[0]["alternatives"].as_array().map(Vec::len), Some(5));
        assert_eq!(super::number(house, "SELECT count(*) FROM booking").await, 1, "none of them on {on:?}");
        assert_eq!(super::number(house, "SELECT count(*) FROM reason WHERE basis = 'booking'").await, 2);
        let whole = json!([visit(2, 10), visit(3, 11), visit(4, 12)]);
        let made = post("b", &whole).await.is(201).json();
        assert_eq!(post("b", &whole).await.is(201).json(), made);
        assert_eq!(made["items"].as_array().map(Vec::len), Some(3));
        for booking in made["items"].as_array().expect("bookings") {
            assert_eq!((&booking["seriesId"], &booking["complaint"]), (&made["id"], &json!("Болит спина")));
        }
        // Each of them lives on its own.
        scene.cancel(made["items"][0]["id"].as_str().expect("an id")).await.is(200);
        assert_eq!(super::number(house, "SELECT count(*) FROM booking WHERE series IS NOT NULL AND state = 'booked'").await, 2);
        // Too many, none, one that is not there.
        let many = |count: usize| json!((0..count).map(|_| visit(2, 9)).collect::<Vec<Value>>());
        post("c", &many(21)).await.refused(400, "invalid");
        post("c", &many(1000)).await.refused(413, "too_large");
        post("d", &json!([])).await.refused(400, "invalid");
        let mut stranger = visit(2, 9);
        stranger["doctorId"] = house.app.ambient.id().to_string().into();
        post("e", &json!([visit(2, 9), stranger])).await.refused(404, "not_found");
        let mut past = visit(2, 9);
        past["startsAt"] = "2020-01-01T00:00:00Z".into();
        let refused = post("f", &json!([visit(2, 9), past])).await.refused(400, "invalid").json();
        assert_eq!(refused["errors"], json!([{"pointer": "/visits/1/startsAt", "code": "in_the_past"}]));
        assert_eq!(super::doubles(house).await, 0);
        house.settle().await;
    }
}
