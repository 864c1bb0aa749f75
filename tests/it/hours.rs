//! Hours as the office changes them: whom a change affects, days off, closures, rooms, several clinics, and what is refused.

mod abuse;
mod search;

use crate::support::clinic::{Clinic, at, day, everywhere};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

const PHONE: &str = "+79161234567";

fn instant(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn items(list: &Answer) -> Vec<Value> {
    list.json()["items"].as_array().cloned().unwrap_or_default()
}

/// The same hours each day, with what else is said of them.
fn each_day(from: &str, to: &str, more: &Value) -> Value {
    let one = |weekday: i32| {
        let mut opening = json!({"weekday": weekday, "from": from, "to": to, "onHolidays": true});
        for (key, value) in more.as_object().into_iter().flatten() {
            opening[key] = value.clone();
        }
        opening
    };
    json!({"hours": (1..=7).map(one).collect::<Vec<_>>()})
}

/// How the slots of a day begin, on the clinic's clock.
async fn starts(house: &House, clinic: &Clinic, days: i64) -> Vec<String> {
    let day = day(house, days);
    let path = format!("/v1/doctors/{}/slots?from={day}&to={day}&serviceId={}", clinic.doctor_id, clinic.service_id);
    items(&house.get(&path, None).await.is(200)).iter().map(|slot| slot["startsAt"].to_string()).collect()
}

async fn book(house: &House, patient: &Person, clinic: &Clinic, starts_at: DateTime<Utc>) -> String {
    let wish = json!({"doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": instant(starts_at)});
    house.post("/v1/bookings", patient.token(), wish).await.is(201).text("/id")
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_02_a_change_of_hours_names_whom_it_affects_and_leaves_every_visit_standing() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let desk = house.staff(&admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        let patient = house.patient(PHONE).await;
        let morning = book(&house, &patient, &clinic, at(&house, 2, 10, 0)).await;
        let afternoon = book(&house, &patient, &clinic, at(&house, 2, 15, 0)).await;
        let path = format!("/v1/staff/doctors/{}/hours", clinic.doctor_id);
        let mornings = each_day("09:00", "12:00", &json!({}));

        let tried = house.put(&format!("{path}?dryRun=true"), desk.token(), mornings.clone()).await.is(200).json();
        let affected = &tried["affected"];
        assert_eq!((affected["count"].clone(), affected["isPartial"].clone()), (json!(1), json!(false)), "{on:?}");
        assert_eq!(affected["items"][0]["id"], json!(afternoon));
        let alternatives = affected["items"][0]["alternatives"].as_array().cloned().unwrap_or_default();
        assert_eq!(alternatives.len(), 3);
        assert_eq!(starts(&house, &clinic, 5).await.len(), 18, "it was only tried");

        let changed = house.put(&path, desk.token(), mornings).await.is(200).json();
        assert_eq!(changed["affected"], *affected, "what was shown is what comes");
        assert_eq!(starts(&house, &clinic, 5).await.len(), 6);
        let free = starts(&house, &clinic, 2).await;
        assert_eq!(free.len(), 5);
        let near = alternatives.iter().filter(|slot| free.contains(&slot["startsAt"].to_string())).count();
        assert!(near >= 2, "the nearest times of that day are among them: {alternatives:?}");
        for id in [&morning, &afternoon] {
            assert_eq!(house.get(&format!("/v1/bookings/{id}"), patient.token()).await.is(200).text("/state"), "booked");
        }

        let left = "/v1/staff/affected-bookings";
        for person in [&desk, &clinic.doctor] {
            let left = house.get(left, person.token()).await.is(200);
            assert_eq!(items(&left).len(), 1, "{on:?}");
            assert_eq!(left.text("/items/0/id"), afternoon);
            assert!(left.json().get("nextCursor").is_none());
        }
        house.get(left, admin.token()).await.refused(400, "invalid");
        let by_clinic = format!("{left}?clinicId={}&doctorId={}&limit=1", clinic.clinic_id, clinic.doctor_id);
        assert_eq!(items(&house.get(&by_clinic, admin.token()).await.is(200)).len(), 1);

        // A break over it does not lose it anew, and does not give it back.
        let paused = each_day("09:00", "18:00", &json!({"breaks": [{"from": "14:30", "to": "15:15"}], "room": "12"}));
        let changed = house.put(&path, admin.token(), paused).await.is(200).json();
        assert_eq!(changed["affected"]["count"], 0);
        assert_eq!(items(&house.get(left, desk.token()).await.is(200)).len(), 1);
        let read = house.get(&path, clinic.doctor.token()).await.is(200);
        assert_eq!(read.json()["hours"].as_array().map(Vec::len), Some(7));
        assert_eq!(read.json()["hours"][0]["breaks"], json!([{"from": "14:30", "to": "15:15"}]));
        assert_eq!((read.text("/hours/0/room"), read.text("/hours/0/clinicId")), ("12".into(), clinic.clinic_id.clone()));
        house.put(&path, admin.token(), each_day("09:00", "18:00", &json!({}))).await.is(200);
        assert_eq!(items(&house.get(left, desk.token()).await.is(200)).len(), 0);
        house.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_02_days_off_other_hours_extra_hours_and_closures() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let (_, colleague) = house.second_doctor(&admin, &clinic).await;
        let patient = house.patient(PHONE).await;
        let lost = book(&house, &patient, &clinic, at(&house, 3, 10, 0)).await;
        let path = format!("/v1/staff/doctors/{}/hours-exceptions", clinic.doctor_id);
        let doctor = &clinic.doctor;

        let off = json!({"change": "dayOff", "from": day(&house, 3)});
        let tried = house.post(&format!("{path}?dryRun=true"), doctor.token(), off.clone()).await.is(201);
        assert!(tried.json().get("id").is_none());
        assert_eq!(items(&house.get(&path, doctor.token()).await.is(200)).len(), 0);
        let made = house.post(&path, doctor.token(), off.clone()).await.is(201);
        assert_eq!(made.text("/affected/items/0/id"), lost);
        assert!(made.json()["affected"]["items"][0]["alternatives"].as_array().is_some_and(|found| found.len() == 3));
        assert_eq!(starts(&house, &clinic, 3).await.len(), 0);
        house.post(&path, doctor.token(), off.clone()).await.refused(400, "invalid");
        house.post(&path, colleague.token(), off).await.refused(404, "not_found");
        house.get(&path, colleague.token()).await.refused(404, "not_found");
        let one = format!("/v1/staff/hours-exceptions/{}", made.text("/id"));
        house.delete(&one, colleague.token()).await.refused(404, "not_found");
        assert_eq!(house.delete(&format!("{one}?dryRun=true"), doctor.token()).await.is(200).json()["count"], 0);
        assert_eq!(starts(&house, &clinic, 3).await.len(), 0);
        house.delete(&one, doctor.token()).await.is(200);
        assert_eq!(starts(&house, &clinic, 3).await.len(), 17);
        house.delete(&one, doctor.token()).await.refused(404, "not_found");

        let other = json!({"change": "otherHours", "from": day(&house, 4), "until": day(&house, 5),
            "hours": [{"from": "20:00", "to": "22:00"}, {"from": "07:00", "to": "08:00"}]});
        house.post(&path, admin.token(), other).await.is(201);
        assert_eq!((starts(&house, &clinic, 4).await.len(), starts(&house, &clinic, 6).await.len()), (6, 18));
        let extra = json!({"change": "extraHours", "from": day(&house, 6), "hours": [{"from": "19:00", "to": "20:00"}]});
        let extra = house.post(&path, admin.token(), extra).await.is(201).text("/id");
        assert_eq!(starts(&house, &clinic, 6).await.len(), 20);
        let evening = book(&house, &patient, &clinic, at(&house, 6, 19, 30)).await;
        let dropped = house.delete(&format!("/v1/staff/hours-exceptions/{extra}"), admin.token()).await.is(200);
        assert_eq!(dropped.text("/items/0/id"), evening);
        assert_eq!(items(&house.get(&path, doctor.token()).await.is(200)).len(), 1);

        let path = format!("/v1/staff/clinics/{}/closures", clinic.clinic_id);
        let water = book(&house, &patient, &clinic, at(&house, 7, 12, 30)).await;
        let closed = |room: Option<&str>| {
            let mut closed = json!({"startsAt": instant(at(&house, 7, 12, 0)), "endsAt": instant(at(&house, 7, 14, 0))});
            if let Some(room) = room {
                closed["room"] = room.into();
            }
            closed
        };
        let room = house.post(&path, admin.token(), closed(Some("99"))).await.is(201);
        assert_eq!(room.json()["affected"]["count"], 0, "nobody receives there");
        let tried = house.post(&format!("{path}?dryRun=true"), admin.token(), closed(None)).await.is(201);
        assert_eq!(tried.text("/affected/items/0/id"), water);
        assert_eq!(starts(&house, &clinic, 7).await.len(), 17);
        let made = house.post(&path, admin.token(), closed(None)).await.is(201);
        assert_eq!(made.text("/affected/items/0/id"), water);
        assert_eq!(starts(&house, &clinic, 7).await.len(), 14);
        assert_eq!(items(&house.get(&path, doctor.token()).await.is(200)).len(), 2);
        house.post(&path, doctor.token(), closed(None)).await.refused(403, "forbidden");
        let made = format!("/v1/staff/closures/{}", made.text("/id"));
        let elsewhere = json!({"names": everywhere("Other"), "zone": "Asia/Tbilisi", "addresses": everywhere("Tbilisi")});
        let elsewhere = house.post("/v1/staff/clinics", admin.token(), elsewhere).await.is(201).text("/id");
        let stranger = house.staff(&admin, "reception", "stranger", Some(&elsewhere)).await;
        house.delete(&made, stranger.token()).await.refused(404, "not_found");
        house.get(&path, stranger.token()).await.refused(404, "not_found");
        house.post(&path, stranger.token(), closed(None)).await.refused(404, "not_found");
        house.delete(&made, admin.token()).await.is(204);
        assert_eq!(starts(&house, &clinic, 7).await.len(), 17);
        house.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_02_hours_in_two_clinics_by_their_own_clocks_and_one_doctor_in_a_room() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let second = json!({"names": everywhere("Berlin"), "zone": "Europe/Berlin", "addresses": everywhere("Berlin")});
        let second = house.post("/v1/staff/clinics", admin.token(), second).await.is(201).text("/id");
        let there = house.service(&admin, &second, 60).await;
        let new = json!({"clinicId": clinic.clinic_id, "otherClinicIds": [second], "speciality": "urology",
            "names": everywhere("Traveller"), "login": "traveller"});
        let traveller = house.post("/v1/staff/doctors", admin.token(), new).await.is(201).text("/id");
        let path = format!("/v1/staff/doctors/{traveller}/hours");
        let mut week = each_day("09:00", "10:00", &json!({"room": "7"}));
        let abroad = each_day("18:00", "20:00", &json!({"clinicId": second}));
        week["hours"].as_array_mut().expect("hours").extend(abroad["hours"].as_array().cloned().expect("hours"));
        house.put(&path, admin.token(), week).await.is(200);
        let slots = async |service: &str| {
            let day = day(&house, 9);
            items(
                &house.get(&format!("/v1/doctors/{traveller}/slots?from={day}&to={day}&serviceId={service}"), None).await.is(200),
            )
        };
        assert_eq!(slots(&clinic.service_id).await.len(), 2);
        let berlin = slots(&there).await;
        let shown: DateTime<Utc> = berlin[0]["startsAt"].as_str().expect("an instant").parse().expect("an instant");
        let shown = shown.with_timezone(&chrono_tz::Europe::Berlin).format("%Y-%m-%d %H:%M").to_string();
        assert_eq!((berlin.len(), shown), (2, format!("{} 18:00", day(&house, 9))));

        // Reception of one clinic changes the hours there, and leaves those of the other.
        let desk = house.staff(&admin, "reception", "desk", Some(&second)).await;
        house.put(&path, desk.token(), json!({"hours": []})).await.is(200);
        assert_eq!((slots(&clinic.service_id).await.len(), slots(&there).await.len()), (2, 0));
        assert_eq!(house.get(&path, desk.token()).await.is(200).json()["hours"], json!([]));
        let here = each_day("12:00", "13:00", &json!({}));
        let refused = house.put(&path, desk.token(), here).await.refused(400, "invalid");
        assert_eq!(refused.json()["errors"][0], json!({"pointer": "/hours/0/clinicId", "code": "unknown_value"}));
        let off = json!({"change": "dayOff", "from": day(&house, 9)});
        let exceptions = format!("/v1/staff/doctors/{traveller}/hours-exceptions");
        let refused = house.post(&exceptions, desk.token(), off).await.refused(400, "invalid");
        assert_eq!(refused.json()["errors"][0], json!({"pointer": "/clinicId", "code": "required"}));

        // The room is his from nine to ten: by the week, and on a date.
        let rival = format!("/v1/staff/doctors/{}/hours", clinic.doctor_id);
        let refused =
            house.put(&rival, admin.token(), each_day("09:30", "12:00", &json!({"room": "7"}))).await.refused(400, "invalid");
        assert_eq!(refused.json()["errors"][0], json!({"pointer": "/hours/0/room", "code": "duplicate"}));
        house.put(&rival, admin.token(), each_day("10:00", "12:00", &json!({"room": "7"}))).await.is(200);
        let early =
            json!({"change": "otherHours", "from": day(&house, 3), "room": "7", "hours": [{"from": "08:00", "to": "09:15"}]});
        let rival = format!("/v1/staff/doctors/{}/hours-exceptions", clinic.doctor_id);
        let refused = house.post(&rival, admin.token(), early).await.refused(400, "invalid");
        assert_eq!(refused.json()["errors"][0], json!({"pointer": "/room", "code": "duplicate"}));
        house.settle().await;
    }
}
