//! Sealed at rest, exported, erased, held.

use super::*;
use crate::support::places;
use crate::support::scan::{Marker, Scanner};
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::app::room::Exported;
use feldsher::clinic::consultations::ROOM;

const SAID: &str = "Канареечный кашель не проходит";
const ASKED: &str = "Канареечная парковка во дворе";

async fn written(house: &House, scene: &Scene) -> (String, String) {
    let (talk, enquiry) = (scene.with_doctor(house).await, scene.with_operator(house).await);
    house.says(&own(&talk, "/messages"), &scene.anna, SAID).await.is(201);
    house.says(&staffs(&talk, "/messages"), &scene.clinic.doctor, &format!("{SAID}?")).await.is(201);
    house.says(&own(&enquiry, "/messages"), &scene.anna, ASKED).await.is(201);
    (talk, enquiry)
}

fn scanner() -> Scanner {
    Scanner::new(&[Marker::text("what was said", SAID), Marker::text("what was asked", ASKED)])
}

async fn assert_sealed(house: &House, when: &str) {
    house.settle().await;
    for (place, findings) in places::look(house, &scanner(), &[]).await {
        assert_eq!(findings.summary(), Vec::<String>::new(), "{:?}: {place}, {when}", house.on);
    }
}

async fn exported(house: &House, patient: &Person) -> Vec<Exported> {
    let keys = house.app.vault.keys(id(&patient.id)).await.expect("keys");
    ROOM.export.expect("consultations are exported")(&house.app, &keys).await.expect("an export")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_lies_sealed_and_is_exported_with_who_wrote_it() {
    for on in engines() {
        let house = House::new(on).await;
        let scene = scene(&house).await;
        let (talk, enquiry) = written(&house, &scene).await;
        assert_sealed(&house, "alive").await;
        let parts = exported(&house, &scene.anna).await;
        assert_eq!(parts.iter().map(|part| part.name).collect::<Vec<_>>(), ["conversations", "messages"]);
        assert_eq!(parts[0].rows.iter().map(|row| &row["id"]).collect::<Vec<_>>(), [&json!(talk), &json!(enquiry)]);
        let said: Vec<[&Value; 3]> =
            parts[1].rows.iter().map(|row| [&row["text"], &row["from"], row.get("authorName").unwrap_or(&Value::Null)]).collect();
        let name = json!("Айгерим Сейткызы Ёлкина");
        let (patient, staff, answer) = (json!("patient"), json!("staff"), json!(format!("{SAID}?")));
        assert_eq!(
            said,
            [[&json!(SAID), &patient, &Value::Null], [&answer, &staff, &name], [&json!(ASKED), &patient, &Value::Null]]
        );
        assert!(house.counted("audit_line WHERE action = 'open' AND operation = 'export'").await == 0, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn erased_the_clinical_is_held_by_record_number_and_the_rest_is_gone() {
    for on in engines() {
        let house = House::new(on).await;
        let scene = scene(&house).await;
        let (doctor, secret) = house.hires(&scene, "vracheva").await;
        let (talk, _) = written(&house, &scene).await;
        let subject = id(&scene.anna.id);
        let last = ROOM.holdings.expect("they are held")(&house.app, subject).await.expect("holdings").last_encounter;
        let shown = house.get(&own(&talk, ""), scene.anna.token()).await.text("/lastAt");
        assert_eq!(last.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)), Some(shown));
        let plan = house.delete("/v1/me", scene.anna.token()).await.is(202);
        let record = plan.text("/recordNumber");
        let held = format!("/v1/staff/patients/{}/held-messages", scene.anna.id);
        house.get(&held, scene.clinic.doctor.token()).await.refused(404, "not_found");

        house.later(TimeDelta::days(14) + TimeDelta::minutes(1)).await;
        assert_eq!(house.counted("conversation WHERE kind = 'operator'").await, 0, "{on:?}: destroyed with its class");
        assert_eq!(house.counted("message").await, 2);
        assert_eq!(house.counted("conversation WHERE state = 'open'").await, 0);
        assert_eq!(house.counted("reason WHERE basis = 'conversation'").await, 0);
        assert_sealed(&house, "erased").await;
        let doctor = Person { token: house.sign_in("vracheva", PASSWORD, &secret).await.token, ..doctor };
        house.get(&held, doctor.token()).await.refused(404, "not_found");
        let path = format!("/v1/staff/held-records/{record}/openings");
        house.post(&path, doctor.token(), json!({"ground": "Запрос суда номер два"})).await.is(201);
        let read = house.get(&held, doctor.token()).await.is(200);
        assert_eq!(read.text("/items/1/message/text"), SAID);
        assert_eq!((read.text("/items/0/topic"), read.text("/items/0/conversationId")), ("После приёма".into(), talk));
        let line =
            "audit_line WHERE operation = 'listHeldMessages' AND action = 'open' AND basis = 'held' AND class = 'clinical'";
        assert_eq!(house.counted(line).await, 1);

        house.later(TimeDelta::days(26 * 366)).await;
        assert_eq!(house.counted("conversation").await, 0, "dead on its day");
        assert_eq!(house.counted("message").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn erased_without_anything_clinical_nothing_stays() {
    for on in engines() {
        let house = House::new(on).await;
        let scene = scene(&house).await;
        let boris = house.patient("+79161234568").await;
        let body = json!({"with": "operator", "clinicId": scene.clinic.clinic_id});
        let enquiry = house.post("/v1/conversations", boris.token(), body).await.is(201).text("/id");
        house.says(&own(&enquiry, "/messages"), &boris, ASKED).await.is(201);
        let last = ROOM.holdings.expect("they are held")(&house.app, id(&boris.id)).await.expect("holdings").last_encounter;
        assert_eq!(last, None, "what is written to an operator is no encounter");
        house.delete("/v1/me", boris.token()).await.is(202);
        house.later(TimeDelta::days(14) + TimeDelta::minutes(1)).await;
        assert_eq!(house.counted("conversation").await, 0, "{on:?}");
        assert_eq!(house.counted("message").await, 0);
        let again = house.newcomer("+79161234568").await;
        assert_eq!(items(&house.get("/v1/conversations", again.token()).await.is(200)), Vec::<Value>::new());
    }
}
