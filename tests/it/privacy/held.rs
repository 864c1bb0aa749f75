//! What is held: blocked, opened with a ground for an hour, destroyed on its day.

use super::{PHONE, diary, number, patient};
use crate::support::house::House;
use crate::support::people::{PASSWORD, Person};
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::clinic::identity::{Clinics, NewStaff, Role, add_staff};
use feldsher::kernel::access::Asker;
use feldsher::kernel::db::{Actor, Who};
use feldsher::kernel::error::{Code, Error};
use feldsher::kernel::vault::Class;
use serde_json::json;
use uuid::Uuid;

/// A doctor, and the secret of his authenticator app.
async fn doctor(house: &House) -> (Person, String) {
    let new =
        NewStaff {
            role: Role::Doctor, clinics: Clinics::everywhere(), login: "doctor".into(), name: "Вера Врачева".into()
        };
    let (_, issued) = add_staff(&house.app, &diary::somebody(), new).await.expect("a doctor");
    let body = json!({"grant": "password", "login": "doctor", "password": issued});
    let first = house.post("/v1/auth/tokens", None, body).await.is(200).text("/accessToken");
    let changed = house.post("/v1/staff/me/credentials", Some(&first), json!({"newPassword": PASSWORD})).await.is(200);
    let secret = changed.text("/totpSecret");
    (house.sign_in("doctor", PASSWORD, &secret).await, secret)
}

/// The note of a subject, as a doctor would read it.
async fn read(house: &House, doctor: &Person, subject: Uuid) -> Result<String, Error> {
    let id: Uuid = doctor.id.parse().expect("an id");
    let actor = Actor { who: Who::Staff { id }, operation: "test", request: Uuid::nil() };
    let openings = house.app.openings(actor, Asker { id, medical: true });
    let grant = openings.grant(subject, Class::Clinical, ("note", subject)).await?;
    let (_, sealed) = diary::row(&house.app, subject).await.ok_or_else(Error::not_found)?;
    let note: diary::Note = grant.open(subject, &sealed)?;
    openings.answer(note.text).await
}

#[tokio::test(flavor = "multi_thread")]
async fn e6_a_held_class_opens_with_a_ground_alone_and_dies_on_its_day() {
    for on in engines() {
        let house = diary::house(on).await;
        let me = patient(&house, PHONE).await;
        let subject: Uuid = me.id.parse().expect("an id");
        diary::write(&house.app, subject, "болит спина").await;
        let record = house.delete("/v1/me", me.token()).await.is(202).text("/recordNumber");
        let path = format!("/v1/staff/held-records/{record}/openings");
        let ground = json!({"ground": "Запрос суда № 12 от 1 декабря"});
        house.later(TimeDelta::days(14) + TimeDelta::minutes(1)).await;

        let (doctor, secret) = doctor(&house).await;
        assert_eq!(read(&house, &doctor, subject).await.expect_err("blocked").code(), Code::NotFound);
        house.post(&path, doctor.token(), json!({"ground": " коротко "})).await.refused(400, "invalid");
        house
            .post("/v1/staff/held-records/0000-0000-0000/openings", doctor.token(), ground.clone())
            .await
            .refused(404, "not_found");
        let admin = house.administrator().await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        for other in [&admin, &officer] {
            house.post(&path, other.token(), ground.clone()).await.refused(403, "forbidden");
        }
        let as_heard = format!("/v1/staff/held-records/{}/openings", record.to_lowercase().replace('-', ""));
        let opened = house.post(&as_heard, doctor.token(), ground.clone()).await.is(201);
        assert_eq!(opened.text("/patientId"), me.id);
        assert_eq!(opened.json()["classes"].as_array().map(Vec::len), Some(2));
        assert_eq!(read(&house, &doctor, subject).await.expect("open for an hour"), "болит спина");
        let opening = "SELECT count(*) FROM audit_line WHERE action = 'open' AND basis = 'held'";
        assert_eq!(number(&house, opening).await, 1, "{on:?}");
        house.later(TimeDelta::minutes(61)).await;
        assert_eq!(read(&house, &doctor, subject).await.expect_err("the hour is over").code(), Code::NotFound);

        house.later(TimeDelta::days(4 * 366)).await;
        assert_eq!(number(&house, "SELECT count(*) FROM acceptance").await, 0, "evidence had three years");
        assert_eq!(number(&house, "SELECT count(*) FROM certificate").await, 0);
        let keys = house.app.vault.keys(subject).await.expect("the clinical key");
        assert!(keys.has(Class::Clinical) && !keys.has(Class::Evidence));
        let doctor = house.sign_in("doctor", PASSWORD, &secret).await;
        let opened = house.post(&path, doctor.token(), ground.clone()).await.is(201);
        assert_eq!(opened.json()["classes"].as_array().map(Vec::len), Some(1));

        house.later(TimeDelta::days(22 * 366)).await;
        assert_eq!(house.app.vault.keys(subject).await.err().expect("no keys").code(), Code::NotFound);
        assert!(diary::row(&house.app, subject).await.is_none(), "its rows are gone too");
        assert_eq!(number(&house, "SELECT count(*) FROM held_record WHERE destroyed_at IS NULL").await, 0);
        assert_eq!(number(&house, "SELECT count(*) FROM held_opening").await, 0);
        let doctor = house.sign_in("doctor", PASSWORD, &secret).await;
        house.post(&path, doctor.token(), ground).await.refused(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_which_nothing_clinical_is_held_does_not_open() {
    for on in engines() {
        let house = diary::house(on).await;
        let me = patient(&house, PHONE).await;
        let record = house.delete("/v1/me", me.token()).await.is(202).text("/recordNumber");
        house.later(TimeDelta::days(14) + TimeDelta::minutes(1)).await;
        let (doctor, _) = doctor(&house).await;
        let path = format!("/v1/staff/held-records/{record}/openings");
        house.post(&path, doctor.token(), json!({"ground": "Запрос суда № 12"})).await.refused(404, "not_found");
    }
}
