//! S1-01, S1-04: somebody who only asked, kept for a while under keys of his own.

use super::{Office, PHONE};
use crate::support::house::House;
use crate::support::stores::{Stores, engines};
use chrono::TimeDelta;
use feldsher::kernel::clock::Ambient;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

fn lead() -> Value {
    json!({
        "channel": "phone", "name": "Гүлнар", "phone": "8 (916) 123-45-67", "sex": "female", "age": 41,
        "intent": "Спрашивала, принимает ли кардиолог в субботу",
    })
}

async fn subjects(house: &House) -> Vec<Uuid> {
    let reader = house.app.db.reader();
    let query = Statement::from_string(reader.get_database_backend(), "SELECT subject FROM lead");
    let rows = reader.query_all_raw(query).await.expect("leads");
    rows.into_iter().map(|row| row.try_get("", "subject").expect("a subject")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_01_s1_04_a_lead_is_seen_by_its_clinic_becomes_a_patient_or_dies_with_its_keys() {
    for on in engines() {
        let house = House::new(on).await;
        let office = Office::open(&house).await;
        let (desk, elsewhere) = (&office.desk, &office.elsewhere);
        house.post("/v1/staff/leads", office.clinic.doctor.token(), lead()).await.refused(403, "forbidden");
        let mut empty = lead();
        empty["intent"] = "  ".into();
        house.post("/v1/staff/leads", desk.token(), empty).await.refused(400, "invalid");
        let mut born = lead();
        born["birthDate"] = "1985-01-01".into();
        house.post("/v1/staff/leads", desk.token(), born).await.refused(400, "invalid");
        let first = house.post("/v1/staff/leads", desk.token(), lead()).await.is(201).text("/id");
        let second = house.post("/v1/staff/leads", desk.token(), lead()).await.is(201).text("/id");
        let listed = house.get("/v1/staff/leads", desk.token()).await.is(200).json();
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
        assert_eq!((&listed["items"][0]["phone"], &listed["items"][0]["age"]), (&json!(PHONE), &json!(41)));
        assert_eq!(house.get("/v1/staff/leads", elsewhere.token()).await.is(200).json()["items"], json!([]));
        let close = format!("/v1/staff/leads/{second}/close");
        house.post(&close, elsewhere.token(), json!({})).await.refused(404, "not_found");
        house.post(&close, desk.token(), json!({})).await.is(204);
        house.post(&close, desk.token(), json!({})).await.is(204);
        let convert = |id: &str| format!("/v1/staff/leads/{id}/patient");
        let form = house.form(desk, "Нурланова", None).await;
        house.post(&convert(&second), desk.token(), form.clone()).await.refused(409, "state_conflict");
        house.post(&convert(&first), elsewhere.token(), form.clone()).await.refused(404, "not_found");
        let patient = house.post(&convert(&first), desk.token(), form).await.is(201).text("/patientId");
        assert_eq!(house.newcomer(PHONE).await.id, patient, "his phone came with the lead");

        let keys = subjects(&house).await;
        assert_eq!(keys.len(), 2);
        house.later(TimeDelta::hours(2)).await;
        assert_eq!(subjects(&house).await.len(), 1, "who became a patient is no lead");
        house.later(TimeDelta::days(31)).await;
        assert_eq!(subjects(&house).await.len(), 0, "{on:?}");
        for subject in keys {
            assert!(house.app.vault.keys(subject).await.is_err(), "the keys are gone");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_04_a_service_that_refuses_the_class_takes_no_leads() {
    for on in engines() {
        let house = House::with(Stores::new(on).await, Ambient::system(), |config| config.profile = "ru-clinic".into()).await;
        let office = Office::open(&house).await;
        house.post("/v1/staff/leads", office.desk.token(), lead()).await.refused(403, "class_refused");
        assert_eq!(subjects(&house).await.len(), 0, "{on:?}");
    }
}
