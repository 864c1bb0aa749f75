//! Whoever opens unusually many people is noticed within a minute, once an hour, whichever node counts.

use super::{count, renewed, seal, told, with_profile};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::app::App;
use feldsher::clinic::ROOMS;
use feldsher::server::worker;
use serde_json::json;

const GROUND: &str = "Без сознания, нужна группа крови";

fn strict(profile: String) -> String {
    let changed =
        profile.replace("doctor = 40", "doctor = 3").replace("clinic_openings_per_hour = 400", "clinic_openings_per_hour = 5");
    assert_ne!(changed, profile);
    changed
}

async fn opens(house: &House, doctor: &Person, patient: &Person) {
    let asked = json!({"patientId": patient.id, "ground": GROUND});
    house.post("/v1/staff/break-glass", doctor.token(), asked).await.is(201);
}

/// Half a minute goes by, and two nodes look at once.
async fn half_a_minute(house: &House, other: &App) {
    seal(house).await;
    house.app.ambient.advance(TimeDelta::seconds(30));
    let (one, two) = tokio::join!(worker::run_duties(&house.app), worker::run_duties(other));
    one.and(two).expect("duties");
    house.settle().await;
}

async fn alerts(house: &House) -> i64 {
    count(house, "opening_alert").await
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_07_whoever_opens_unusually_many_people_is_noticed_within_a_minute_and_once() {
    for on in engines() {
        let house = with_profile(on, strict).await;
        let other = App::open(house.app.config.clone(), house.app.ambient.clone(), ROOMS).await.expect("another node");
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let (_, colleague) = house.second_doctor(&admin, &clinic).await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        let mut people = Vec::new();
        for n in 0..6 {
            people.push(house.patient(&format!("+7916123450{n}")).await);
        }
        for patient in &people[..3] {
            opens(&house, &clinic.doctor, patient).await;
        }
        // The same person again is nobody new.
        for _ in 0..5 {
            let documents = format!("/v1/staff/patients/{}/documents", people[0].id);
            house.get(&documents, clinic.doctor.token()).await.is(200);
            opens(&house, &clinic.doctor, &people[0]).await;
        }
        half_a_minute(&house, &other).await;
        assert_eq!(alerts(&house).await, 0, "three are expected, on {on:?}");
        assert_eq!(told(&house, &officer, "openingAlert").await, 0);

        let lines = count(&house, "audit_line").await;
        opens(&house, &clinic.doctor, &people[3]).await;
        assert!(count(&house, "audit_line").await - lines <= 6, "counting writes nothing with an opening");
        half_a_minute(&house, &other).await;
        assert_eq!(alerts(&house).await, 1, "the fourth is one too many, on {on:?}");
        assert_eq!(told(&house, &officer, "openingAlert").await, 1);
        assert_eq!(count(&house, "audit_line WHERE action = 'alertOpenings'").await, 1, "it stands in the trail");
        let list = house.get("/v1/staff/opening-alerts?open=true", officer.token()).await.is(200);
        let alert = &list.json()["items"][0];
        assert_eq!((&alert["staffId"], &alert["people"], &alert["threshold"]), (&json!(clinic.doctor.id), &json!(4), &json!(3)));
        assert!(people.iter().all(|patient| !list.json().to_string().contains(&patient.id)), "whom he opened is not told");

        opens(&house, &clinic.doctor, &people[4]).await;
        half_a_minute(&house, &other).await;
        assert_eq!(alerts(&house).await, 1, "once in an hour");
        opens(&house, &colleague, &people[5]).await;
        half_a_minute(&house, &other).await;
        assert_eq!(count(&house, "opening_alert WHERE party LIKE 'clinic:%'").await, 1, "six by one clinic, on {on:?}");
        assert_eq!(alerts(&house).await, 2);

        house.get("/v1/staff/opening-alerts", colleague.token()).await.refused(403, "forbidden");
        let resolution = format!("/v1/staff/opening-alerts/{}/resolution", list.text("/items/0/id"));
        house.put(&resolution, officer.token(), json!({"text": " "})).await.refused(400, "invalid");
        house.put(&resolution, officer.token(), json!({"text": "Диспансеризация"})).await.is(204);
        house.put(&resolution, officer.token(), json!({"text": "Диспансеризация"})).await.refused(409, "state_conflict");
        let open = house.get("/v1/staff/opening-alerts?open=true", officer.token()).await.is(200);
        assert_eq!(open.json()["items"].as_array().map(Vec::len), Some(1));
        let all = house.get("/v1/staff/opening-alerts", officer.token()).await.is(200);
        assert_eq!(all.text("/items/1/note"), "Диспансеризация");

        // Another hour: again four, again one alert; and a node that began anew counts on where the others were.
        house.app.ambient.advance(TimeDelta::hours(2));
        let doctor = renewed(&house, &clinic.doctor).await;
        for patient in &people[..4] {
            opens(&house, &doctor, patient).await;
        }
        other.close().await;
        let anew = App::open(house.app.config.clone(), house.app.ambient.clone(), ROOMS).await.expect("a node");
        half_a_minute(&house, &anew).await;
        assert_eq!(count(&house, "opening_alert WHERE party LIKE 'staff:%'").await, 2, "{on:?}");
        anew.close().await;
    }
}
