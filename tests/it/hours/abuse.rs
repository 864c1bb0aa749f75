//! What nobody may ask of hours: each fault is named, and the work stays small.

use super::{day, each_day, engines, instant};
use crate::support::clinic::{Clinic, at};
use crate::support::house::House;
use crate::support::people::Person;
use serde_json::{Value, json};

/// What is asked, and the fault that is named first.
async fn refuses(house: &House, path: &str, admin: &Person, body: Value, pointer: &str, code: &str) {
    let refused = match path.ends_with("/hours") {
        true => house.put(path, admin.token(), body).await,
        false => house.post(path, admin.token(), body).await,
    };
    let refused = refused.refused(400, "invalid");
    assert_eq!(refused.json()["errors"][0], json!({"pointer": pointer, "code": code}), "{path}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_02_hours_that_cannot_be_are_refused_with_each_fault_named() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        weeks(&house, &admin, &clinic).await;
        exceptions(&house, &admin, &clinic).await;
        closures(&house, &admin, &clinic).await;
        house.settle().await;
    }
}

async fn weeks(house: &House, admin: &Person, clinic: &Clinic) {
    let path = format!("/v1/staff/doctors/{}/hours", clinic.doctor_id);
    let week = |more: Value| {
        let mut week = each_day("09:00", "18:00", &more);
        week["hours"].as_array_mut().expect("hours").truncate(1);
        week
    };
    let cases = [
        (json!({"to": "09:00"}), "/hours/0/to", "out_of_range"),
        (json!({"to": "08:00"}), "/hours/0/to", "out_of_range"),
        (json!({"validFrom": day(house, 9), "validUntil": day(house, 8)}), "/hours/0/validUntil", "out_of_range"),
        (json!({"validUntil": day(house, -3)}), "/hours/0/validUntil", "in_the_past"),
        (json!({"breaks": [{"from": "08:00", "to": "10:00"}]}), "/hours/0/breaks", "out_of_range"),
        (json!({"breaks": [{"from": "13:00", "to": "12:00"}]}), "/hours/0/breaks", "out_of_range"),
        (
            json!({"breaks": [{"from": "12:00", "to": "13:00"}, {"from": "12:30", "to": "14:00"}]}),
            "/hours/0/breaks",
            "out_of_range",
        ),
        (json!({"clinicId": house.app.ambient.id()}), "/hours/0/clinicId", "unknown_value"),
        (json!({"room": "  "}), "/hours/0/room", "required"),
    ];
    for (more, pointer, code) in cases {
        refuses(house, &path, admin, week(more), pointer, code).await;
    }
    let mut twice = week(json!({}));
    let again = twice["hours"][0].clone();
    twice["hours"].as_array_mut().expect("hours").push(again);
    refuses(house, &path, admin, twice, "/hours/1", "duplicate").await;
    let many: Vec<Value> = (0..101).map(|_| json!({"weekday": 1, "from": "09:00", "to": "18:00"})).collect();
    house.put(&path, admin.token(), json!({"hours": many})).await.refused(400, "invalid");
}

async fn exceptions(house: &House, admin: &Person, clinic: &Clinic) {
    let path = format!("/v1/staff/doctors/{}/hours-exceptions", clinic.doctor_id);
    let hours = json!([{"from": "19:00", "to": "20:00"}]);
    let cases = [
        (json!({"change": "dayOff", "from": day(house, 5), "until": day(house, 4)}), "/until", "out_of_range"),
        (json!({"change": "dayOff", "from": day(house, 1), "until": "2126-01-01"}), "/until", "out_of_range"),
        (json!({"change": "dayOff", "from": "2126-01-01"}), "/until", "out_of_range"),
        (json!({"change": "dayOff", "from": day(house, -9), "until": day(house, -8)}), "/until", "in_the_past"),
        (json!({"change": "dayOff", "from": day(house, 5), "hours": hours}), "/hours", "not_asked"),
        (json!({"change": "extraHours", "from": day(house, 5)}), "/hours", "required"),
        (
            json!({"change": "otherHours", "from": day(house, 5), "hours": [{"from": "10:00", "to": "09:00"}]}),
            "/hours/0/to",
            "out_of_range",
        ),
        (
            json!({"change": "extraHours", "from": day(house, 5), "hours": [{"from": "17:30", "to": "19:00"}]}),
            "/hours",
            "duplicate",
        ),
        (json!({"change": "dayOff", "from": day(house, 5), "clinicId": house.app.ambient.id()}), "/clinicId", "unknown_value"),
    ];
    for (body, pointer, code) in cases {
        refuses(house, &path, admin, body, pointer, code).await;
    }
    house.post(&path, admin.token(), json!({"change": "holiday", "from": day(house, 5)})).await.refused(400, "invalid");
    // Two hundred are enough for anybody.
    let fill = async |count: i64| {
        let off = json!({"change": "dayOff", "from": day(house, 20 + count)});
        house.post(&path, admin.token(), off).await
    };
    for count in 0..200 {
        fill(count).await.is(201);
    }
    fill(200).await.refused(409, "state_conflict");
    let slots = format!("/v1/doctors/{}/slots?from={}&to={}", clinic.doctor_id, day(house, 15), day(house, 45));
    assert_eq!(super::items(&house.get(&slots, None).await.is(200)).len(), 5 * 18);
}

async fn closures(house: &House, admin: &Person, clinic: &Clinic) {
    let path = format!("/v1/staff/clinics/{}/closures", clinic.clinic_id);
    let closed = |from: i64, to: i64| json!({"startsAt": instant(at(house, from, 9, 0)), "endsAt": instant(at(house, to, 9, 0))});
    for (body, pointer, code) in [
        (closed(5, 5), "/endsAt", "out_of_range"),
        (closed(5, 4), "/endsAt", "out_of_range"),
        (closed(1, 400), "/endsAt", "out_of_range"),
        (closed(-5, -4), "/endsAt", "in_the_past"),
        (closed(4000, 4001), "/startsAt", "out_of_range"),
    ] {
        refuses(house, &path, admin, body, pointer, code).await;
    }
    let nowhere = format!("/v1/staff/clinics/{}/closures", house.app.ambient.id());
    house.post(&nowhere, admin.token(), closed(1, 2)).await.refused(404, "not_found");
}
