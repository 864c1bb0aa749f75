//! Auditors read by contract; what they find is followed; the officer sees what is due; a change of the configuration is seen.

use super::{attack, count, hired, renewed, seal, with_profile};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::{SecondsFormat, TimeDelta};
use feldsher::app::App;
use feldsher::clinic::ROOMS;
use feldsher::clinic::identity::{Role, matrix};
use feldsher::clinic::oversight::note_configuration;
use feldsher::clinic::privacy::publish_policies;
use feldsher::kernel::audit::Unsound;
use feldsher::server::ops;
use serde_json::{Value, json};

const TRAIL: &str = "/v1/staff/audit-trail";

fn from_now(house: &House, by: TimeDelta) -> String {
    (house.app.ambient.now() + by).to_rfc3339_opts(SecondsFormat::Millis, true)
}

async fn engage(house: &House, officer: &Person, auditor: &Person, more: Value) -> Answer {
    let mut contract = json!({
        "staffId": auditor.id, "firm": "Независимая проверка", "contractNumber": "17/2026",
        "periodFrom": from_now(house, TimeDelta::days(-30)), "until": from_now(house, TimeDelta::hours(1)),
    });
    for (name, value) in more.as_object().expect("an object") {
        contract[name] = value.clone();
    }
    house.post("/v1/staff/audit-engagements", officer.token(), contract).await
}

fn items(answer: &Answer) -> Vec<Value> {
    answer.json()["items"].as_array().expect("items").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_19_an_auditor_reads_what_his_contract_says_while_it_runs_and_nobody_s_data() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        let auditor = house.staff(&admin, "auditor", "auditor", None).await;
        let patient = house.patient("+79161234567").await;
        let ground = json!({"patientId": patient.id, "ground": "Без сознания, нужна группа крови"});
        house.post("/v1/staff/break-glass", clinic.doctor.token(), ground).await.is(201);

        house.get(TRAIL, auditor.token()).await.refused(403, "forbidden");
        house.get("/v1/staff/audit-findings", auditor.token()).await.refused(403, "forbidden");
        house.get(TRAIL, clinic.doctor.token()).await.refused(403, "forbidden");
        engage(&house, &officer, &clinic.doctor, json!({})).await.refused(400, "invalid");
        engage(&house, &officer, &auditor, json!({"until": from_now(&house, TimeDelta::days(-1))})).await.refused(400, "invalid");
        engage(&house, &officer, &auditor, json!({"clinicIds": [house.app.ambient.id()]})).await.refused(400, "invalid");
        engage(&house, &officer, &auditor, json!({"contractNumber": " "})).await.refused(400, "invalid");
        engage(&house, &officer, &auditor, json!({"clinicIds": [clinic.clinic_id]})).await.is(201);

        let read = house.get(&format!("{TRAIL}?limit=100"), auditor.token()).await.is(200);
        let text = String::from_utf8_lossy(&read.bytes).into_owned();
        assert!(!text.contains("Пациентов") && !text.contains("9161234567") && !text.contains("about"), "nobody's data");
        let of_doctor = json!(clinic.doctor.id);
        assert!(
            !items(&read).is_empty() && items(&read).iter().all(|line| line["staffId"] == of_doctor),
            "his clinic's alone: {text}"
        );
        assert!(items(&read).iter().any(|line| line["action"] == "breakGlass"));
        let others = format!("{TRAIL}?staffId={}", officer.id);
        assert_eq!(items(&house.get(&others, auditor.token()).await.is(200)), Vec::<Value>::new(), "on {on:?}");
        assert!(!items(&house.get(&others, officer.token()).await.is(200)).is_empty(), "the officer reads them");

        // The newest contract is the one that holds: of one kind of object.
        engage(&house, &officer, &auditor, json!({"objectKinds": ["breakGlass"]})).await.is(201);
        let narrow = house.get(TRAIL, auditor.token()).await.is(200);
        assert!(!items(&narrow).is_empty() && items(&narrow).iter().all(|line| line["objectKind"] == "breakGlass"));
        engage(&house, &officer, &auditor, json!({"periodTo": from_now(&house, TimeDelta::days(-1))})).await.is(201);
        assert_eq!(items(&house.get(TRAIL, auditor.token()).await.is(200)), Vec::<Value>::new(), "his period is over");

        // By verb, object and page.
        let opened = house.get(&format!("{TRAIL}?action=open&objectKind=patient"), officer.token()).await.is(200);
        assert!(!items(&opened).is_empty() && items(&opened).iter().all(|line| line["action"] == "open"));
        let first = house.get(&format!("{TRAIL}?limit=2"), officer.token()).await.is(200);
        let next = format!("{TRAIL}?limit=2&cursor={}", first.text("/nextCursor"));
        let second = house.get(&next, officer.token()).await.is(200);
        assert!(items(&first)[1]["id"].as_str() > items(&second)[0]["id"].as_str(), "newest first, none twice");
        house
            .get(&format!("{TRAIL}?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"), officer.token())
            .await
            .refused(400, "invalid");

        // The day comes: nothing more is read, and within a minute the account is shut.
        house.app.ambient.advance(TimeDelta::hours(1) + TimeDelta::seconds(1));
        let late = renewed(&house, &auditor).await;
        house.get(TRAIL, late.token()).await.refused(403, "forbidden");
        house.later(TimeDelta::minutes(1)).await;
        house.get("/v1/staff/access-matrix", late.token()).await.is(401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_19_an_exported_trail_is_checked_and_every_change_of_it_is_named() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        let auditor = house.staff(&admin, "auditor", "auditor", None).await;
        engage(&house, &officer, &auditor, json!({})).await.is(201);
        seal(&house).await;
        let exported = house.get(&format!("{TRAIL}/export"), auditor.token()).await.is(200);
        assert_eq!(exported.headers["content-type"], "application/x-ndjson");
        assert_eq!(count(&house, "audit_line WHERE action = 'exportTrail'").await, 1, "that it was exported is in it");
        let file = house.stores.path("trail.jsonl");
        let check = async |text: &str| {
            std::fs::write(&file, text).expect("a file");
            ops::check_trail_export(&house.app, &file).await.expect("a file that is read")
        };
        let text = String::from_utf8(exported.bytes).expect("text");
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() > 5 && !text.contains("Сотрудник"), "{text}");
        assert_eq!(check(&text).await, Ok(lines.len() as u64 - 2), "on {on:?}");
        assert_eq!(check(&text.replacen("\"operation\":\"", "\"operation\":\"x", 1)).await, Err(Unsound::Changed));
        let without = format!("{}\n", [&lines[..2], &lines[3..]].concat().join("\n"));
        assert_eq!(check(&without).await, Err(Unsound::Changed));
        assert_eq!(check(&format!("{}\n", lines[..lines.len() - 1].join("\n"))).await, Err(Unsound::NoEnd));
        assert_eq!(check("{}\n").await, Err(Unsound::NoEnd));
        let forged = text.replace("\"signature\":\"", "\"signature\":\"00");
        assert_eq!(check(&forged).await, Err(Unsound::Forged));
        // The chain itself was changed after the export.
        attack(&house, "UPDATE audit_line SET action = 'nothing' WHERE id = (SELECT line_id FROM audit_chain WHERE seq = 3)")
            .await;
        assert_eq!(check(&text).await, Err(Unsound::Foreign { seq: 3 }), "on {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_19_a_finding_leads_over_assessment_and_measure_to_the_policy() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        let auditor = house.staff(&admin, "auditor", "auditor", None).await;
        engage(&house, &officer, &auditor, json!({})).await.is(201);
        publish_policies(&house.app).await.expect("published");
        let found = json!({"severity": "high", "text": "Пароль на бумаге у входа"});
        let id = house.post("/v1/staff/audit-findings", auditor.token(), found).await.is(201).text("/id");
        assert_eq!(house.get("/v1/staff/oversight", officer.token()).await.is(200).json()["findings"], 1);
        let steps = format!("/v1/staff/audit-findings/{id}/steps");
        let version = house.app.profile.policy.version.clone();
        let policy = json!({"step": "policy", "text": "Пункт 4.2", "policyVersion": version});
        house.post(&steps, auditor.token(), policy.clone()).await.refused(403, "forbidden");
        house.post(&steps, officer.token(), policy.clone()).await.refused(409, "state_conflict");
        house.post(&steps, officer.token(), json!({"step": "measure", "text": "Сейф"})).await.refused(409, "state_conflict");
        let closing = format!("/v1/staff/audit-findings/{id}/closing");
        house.put(&closing, officer.token(), json!({})).await.refused(409, "state_conflict");
        house.post(&steps, officer.token(), json!({"step": "assessment", "text": "Вход видели трое"})).await.is(201);
        let measure = json!({"step": "measure", "text": "Сейф", "dueOn": "2027-02-01"});
        house.post(&steps, officer.token(), measure).await.is(201);
        let nowhere = json!({"step": "policy", "text": "Пункт", "policyVersion": "нет такой"});
        house.post(&steps, officer.token(), nowhere).await.refused(400, "invalid");
        house.post(&steps, officer.token(), policy).await.is(201);
        let read = house.get(&format!("/v1/staff/audit-findings/{id}"), auditor.token()).await.is(200);
        let order: Vec<Value> = read.json()["steps"].as_array().expect("steps").iter().map(|step| step["step"].clone()).collect();
        assert_eq!(order, ["assessment", "measure", "policy"], "on {on:?}");
        assert_eq!((read.text("/text"), read.text("/steps/2/policyVersion")), ("Пароль на бумаге у входа".to_owned(), version));
        house.put(&closing, officer.token(), json!({})).await.is(204);
        house.post(&steps, officer.token(), json!({"step": "assessment", "text": "Ещё"})).await.refused(409, "state_conflict");
        let acts = "audit_line WHERE object_kind = 'auditFinding' AND action";
        assert_eq!(count(&house, &format!("{acts} IN ('find', 'follow', 'close')")).await, 5, "each in the trail");
        assert_eq!(count(&house, &format!("{acts} NOT IN ('find', 'follow', 'close', 'open')")).await, 0, "on {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_17_the_order_of_access_is_exported_and_the_officer_sees_what_is_due() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        let table = house.get("/v1/staff/access-matrix/table", officer.token()).await.is(200);
        let text = String::from_utf8(table.bytes).expect("text");
        let mut lines = text.lines();
        assert_eq!(
            lines.next().expect("names"),
            "operation,anyone,self,doctor,reception,callCentre,support,insurer,officer,auditor,administrator"
        );
        assert!(text.contains("\r\ngetAccessMatrix,,,,,,,,yes,yes,\r\n"), "{text}");
        assert_eq!(lines.count(), matrix::rows().count(), "a line for each operation");
        house.get("/v1/staff/access-matrix/table", admin.token()).await.refused(403, "forbidden");

        let before = house.get("/v1/staff/oversight", officer.token()).await.is(200).json();
        assert_eq!(
            (&before["requests"]["open"], &before["held"]["open"], &before["breaches"]["open"]),
            (&json!(0), &json!(0), &json!(0))
        );
        let me = house.patient("+79161234567").await;
        house.post("/v1/me/requests", me.token(), json!({"kind": "access", "text": "Что вы знаете"})).await.is(201);
        let day = house.app.profile.today(house.app.ambient.now());
        let trained = json!({
            "staffId": officer.id, "topic": "Персональные данные", "trainedOn": day.to_string(),
            "until": (day + TimeDelta::days(1)).to_string(),
        });
        house.post("/v1/staff/trainings", officer.token(), trained).await.is(201);
        let now = house.get("/v1/staff/oversight", officer.token()).await.is(200).json();
        assert_eq!(
            (&now["requests"]["open"], &now["requests"]["overdue"], &now["expiredTrainings"]),
            (&json!(1), &json!(0), &json!(0))
        );
        house.get("/v1/staff/oversight", admin.token()).await.refused(403, "forbidden");
        house.later(TimeDelta::days(40)).await;
        let officer = hired(&house, Role::Officer, "second").await;
        let later = house.get("/v1/staff/oversight", officer.token()).await.is(200).json();
        assert_eq!((&later["requests"]["overdue"], &later["expiredTrainings"]), (&json!(1), &json!(1)), "{later} on {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_06_who_was_trained_in_what_and_until_when_is_kept() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        let trained = |on: &str, until: &str| json!({"staffId": desk.id, "topic": "Утечки", "trainedOn": on, "until": until});
        house.post("/v1/staff/trainings", officer.token(), trained("2999-01-01", "3000-01-01")).await.refused(400, "invalid");
        house.post("/v1/staff/trainings", officer.token(), trained("2026-01-02", "2026-01-01")).await.refused(400, "invalid");
        let nobody = json!({"staffId": house.app.ambient.id(), "topic": "Утечки", "trainedOn": "2026-01-01"});
        house.post("/v1/staff/trainings", officer.token(), nobody).await.refused(404, "not_found");
        house.post("/v1/staff/trainings", desk.token(), trained("2025-01-01", "2026-01-01")).await.refused(403, "forbidden");
        house.post("/v1/staff/trainings", officer.token(), trained("2025-01-01", "2026-01-01")).await.is(201);
        let list = house.get(&format!("/v1/staff/trainings?staffId={}", desk.id), officer.token()).await.is(200);
        assert_eq!((list.text("/items/0/topic"), &list.json()["items"][0]["isExpired"]), ("Утечки".to_owned(), &json!(true)));
        assert_eq!(house.get("/v1/staff/oversight", officer.token()).await.is(200).json()["expiredTrainings"], 1, "on {on:?}");
        house.post("/v1/staff/trainings", officer.token(), trained("2026-02-01", "2999-01-01")).await.is(201);
        assert_eq!(house.get("/v1/staff/oversight", officer.token()).await.is(200).json()["expiredTrainings"], 0, "repeated");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_18_a_change_of_the_configuration_leaves_its_old_and_new_hash_in_the_trail() {
    for on in engines() {
        let house = with_profile(on, |profile| profile).await;
        let noted = "audit_line WHERE action = 'configure'";
        for _ in 0..2 {
            note_configuration(&house.app).await.expect("noted");
        }
        assert_eq!(count(&house, noted).await, 1, "the same configuration is no change, on {on:?}");
        let path = house.app.config.profile.clone();
        let changed = std::fs::read_to_string(&path).expect("a profile").replace("doctor = 40", "doctor = 41");
        std::fs::write(&path, changed).expect("a profile");
        let again = App::open(house.app.config.clone(), house.app.ambient.clone(), ROOMS).await.expect("a start");
        note_configuration(&again).await.expect("noted");
        again.close().await;
        assert_eq!(count(&house, noted).await, 2);
        assert_eq!(count(&house, &format!("{noted} AND basis LIKE '% -> % uid %'")).await, 2, "old, new and who");
        assert_eq!(count(&house, &format!("{noted} AND basis LIKE 'none -> %'")).await, 1);
    }
}
