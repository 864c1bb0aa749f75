//! What the service is used for, a test for each of the nine purposes that S4-02 names (e and f stand with support); and who
//! sees that somebody uses it (S3-02).

use super::Visitor;
use crate::support::clinic::everywhere;
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::kernel::vault::Class;
use reqwest::Method;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use uuid::Uuid;

const OTHER: &str = "+79160000002";
const PDF: &[u8] = b"%PDF-1.7\n0123456789\n";

#[tokio::test(flavor = "multi_thread")]
async fn s4_02a_one_signs_in_by_a_code_of_one_use_and_nobody_else_by_it() {
    for on in engines() {
        let house = House::new(on).await;
        let (challenge, code) = house.code_for(OTHER).await;
        let redeem = |code: &str| json!({"grant": "code", "challengeId": challenge, "code": code});
        let wrong = if code == "000000" { "000001" } else { "000000" };
        house.post("/v1/auth/tokens", None, redeem(wrong)).await.refused(400, "wrong_code");
        let pair = house.post("/v1/auth/tokens", None, redeem(&code)).await.is(200);
        house.get("/v1/me", Some(&pair.text("/accessToken"))).await.is(200);
        assert!(!house.post("/v1/auth/tokens", None, redeem(&code)).await.status.is_success(), "once, on {on:?}");
        house.delete("/v1/auth/tokens", Some(&pair.text("/accessToken"))).await.is(204);
        house.get("/v1/me", Some(&pair.text("/accessToken"))).await.refused(401, "unauthenticated");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_02b_a_visit_is_booked_read_and_cancelled_and_its_time_is_free_again() {
    for on in engines() {
        let Visitor { house, clinic, me, .. } = Visitor::new(on).await;
        let other = house.patient(OTHER).await;
        let visit = house.book(&me, &clinic, 1, 10, None).await;
        let path = format!("/v1/bookings/{}", visit["id"].as_str().expect("an id"));
        assert_eq!(house.get(&path, me.token()).await.is(200).text("/state"), "booked");
        house.get(&path, other.token()).await.refused(404, "not_found");
        assert_eq!(house.try_book(&other, &clinic, 1, 10, None).await.code(), "slot_taken", "{on:?}");
        house.post(&format!("{path}/cancel"), me.token(), json!({})).await.is(200);
        house.book(&other, &clinic, 1, 10, None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_02c_one_talks_with_the_doctor_and_with_the_clinics_operator_apart() {
    for on in engines() {
        let Visitor { house, clinic, me, admin } = Visitor::new(on).await;
        let desk = house.staff(&admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        house.book(&me, &clinic, 1, 10, None).await;
        let with = [
            (json!({"with": "doctor", "doctorId": clinic.doctor_id}), &clinic.doctor, &desk),
            (json!({"with": "operator", "clinicId": clinic.clinic_id}), &desk, &clinic.doctor),
        ];
        for (with, reader, stranger) in with {
            let id = house.post("/v1/conversations", me.token(), with).await.is(201).text("/id");
            house.post(&format!("/v1/conversations/{id}/messages"), me.token(), json!({"text": "Здравствуйте"})).await.is(201);
            let staffs = format!("/v1/staff/conversations/{id}/messages");
            house.post(&staffs, reader.token(), json!({"text": "Слушаю вас"})).await.is(201);
            assert!(house.get(&staffs, stranger.token()).await.status.is_client_error(), "{on:?}");
            let read = house.get(&format!("/v1/conversations/{id}/messages"), me.token()).await.is(200);
            assert_eq!(read.json()["items"].as_array().map(Vec::len), Some(2), "{on:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_02d_documents_go_from_patient_to_doctor_and_back_and_to_nobody_else() {
    for on in engines() {
        let Visitor { house, clinic, me, admin } = Visitor::new(on).await;
        let (_, stranger) = house.second_doctor(&admin, &clinic).await;
        house.book(&me, &clinic, 1, 10, None).await;
        let declared = |kind: &str| json!({"kind": kind, "title": "T", "fileName": "a.pdf", "mediaType": "application/pdf", "sizeBytes": 20});
        let theirs = format!("/v1/staff/patients/{}/documents", me.id);
        for (path, kind, from, to) in
            [("/v1/documents", "upload", &me, &clinic.doctor), (theirs.as_str(), "conclusion", &clinic.doctor, &me)]
        {
            let id = house.post(path, from.token(), declared(kind)).await.is(201).text("/id");
            let content = format!("/v1/documents/{id}/content");
            let put = house.request(Method::PUT, &content, from.token()).header("Content-Type", "application/pdf");
            house.send(put.body(PDF.to_vec())).await.is(200);
            assert_eq!(house.get(&content, to.token()).await.is(200).bytes, PDF, "{kind} on {on:?}");
            house.get(&content, stranger.token()).await.refused(404, "not_found");
            assert!(house.get(&content, admin.token()).await.status.is_client_error(), "{on:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_02g_improvement_takes_samples_by_consent_and_loses_them_with_it() {
    for on in engines() {
        let Visitor { house, me, .. } = Visitor::new(on).await;
        let at = house.app.ambient.now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let batch = json!({"platform": "ios", "appVersion": "3.2.1", "events": [{"name": "appStart", "at": at, "durationMs": 800, "ok": true}]});
        let batches = async || crate::doors::everything(&house).await["telemetry_batch"].clone();
        house.post("/v1/telemetry", me.token(), batch.clone()).await.refused(403, "consent_required");
        assert_eq!(batches().await, "");
        house.put("/v1/me/consents/telemetry", me.token(), json!({})).await.is(200);
        house.post("/v1/telemetry", me.token(), batch.clone()).await.is(202);
        assert_ne!(batches().await, "", "{on:?}");
        house.delete("/v1/me/consents/telemetry", me.token()).await.is(200);
        house.settle().await;
        assert_eq!(batches().await, "", "{on:?}");
        house.post("/v1/telemetry", me.token(), batch).await.refused(403, "consent_required");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_02h_advertising_reaches_who_consented_to_it_and_nobody_by_using_the_service() {
    for on in engines() {
        let Visitor { house, clinic, me, admin } = Visitor::in_the_day(on).await;
        let wants = house.patient(OTHER).await;
        house.put("/v1/me/consents/marketing.own.sms", wants.token(), json!({})).await.is(200);
        house.book(&me, &clinic, 1, 10, None).await;
        super::advertise(&house, &admin).await;
        assert_eq!(super::advertised(&house, &wants).await, 1, "{on:?}");
        assert_eq!(super::advertised(&house, &me).await, 0, "a booking and an acceptance are no consent, on {on:?}");
        let words = everywhere("Spring");
        let campaign = json!({"channel": "sms", "purpose": "own", "title": words, "body": words});
        house.post("/v1/staff/campaigns", clinic.doctor.token(), campaign).await.refused(403, "forbidden");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_02i_what_the_law_holds_outlives_the_account_and_every_consent() {
    for on in engines() {
        let Visitor { house, clinic, me, .. } = Visitor::new(on).await;
        let idle = house.patient(OTHER).await;
        house.put("/v1/me/consents/marketing.own.sms", me.token(), json!({})).await.is(200);
        house.book(&me, &clinic, 1, 10, Some("болит")).await;
        house.later(TimeDelta::days(2)).await;
        house.post("/v1/me/withdrawal", house.newcomer("+79161234567").await.token(), json!({})).await.is(200);
        for phone in ["+79161234567", OTHER] {
            house.delete("/v1/me", house.newcomer(phone).await.token()).await.is(202);
        }
        house.later(TimeDelta::days(15)).await;
        for (who, is_held) in [(&me, true), (&idle, false)] {
            let subject: Uuid = who.id.parse().expect("an id");
            // Of whom nothing is held no key is left at all.
            let keys = house.app.vault.keys(subject).await.ok();
            let has = |class: Class| keys.as_ref().is_some_and(|keys| keys.has(class));
            assert_eq!(has(Class::Clinical), is_held, "by law after a visit, and not without one, on {on:?}");
            assert!(!has(Class::Identity) && !has(Class::Contact), "what no law holds is gone");
        }
    }
}

/// In how many rows somebody is linked to this doctor: visits, and reasons to open what is his.
async fn links(house: &House, who: &Person, doctor: &str) -> i64 {
    let reader = house.app.db.reader();
    let id = |id: &str| sea_orm::Value::from(id.parse::<Uuid>().expect("an id"));
    let sql = "SELECT (SELECT count(*) FROM booking WHERE subject = $1 AND doctor = $2) \
               + (SELECT count(*) FROM reason WHERE subject = $1 AND party = $2)";
    let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, [id(&who.id), id(doctor)]);
    reader.query_one_raw(query).await.expect("a count").expect("a row").try_get_by_index(0).expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_02_who_goes_to_which_doctor_is_seen_by_those_who_carry_the_visit_and_kept_no_longer_than_health_data() {
    for on in engines() {
        let Visitor { house, clinic, me, admin } = Visitor::new(on).await;
        let (_, colleague) = house.second_doctor(&admin, &clinic).await;
        let other = house.patient(OTHER).await;
        let visit = house.book(&me, &clinic, 1, 10, None).await["id"].as_str().expect("an id").to_owned();
        let theirs = house.book(&other, &clinic, 1, 11, None).await["id"].as_str().expect("an id").to_owned();
        house.settle().await;

        // Those who carry the visit see it: the patient, his doctor, the desk. Nobody else finds it by any way.
        let now = house.app.ambient.now();
        let day = |days: i64| (now + TimeDelta::days(days)).format("%Y-%m-%d").to_string();
        let diary = format!("/v1/staff/bookings?from={}&to={}", day(0), day(4));
        let sees = async |who: &Person, path: &str| {
            let answer = house.get(path, who.token()).await;
            answer.status.is_success() && String::from_utf8_lossy(&answer.bytes).contains(&visit)
        };
        let (own, mine) = (format!("/v1/bookings/{visit}"), format!("/v1/bookings/{theirs}"));
        assert!(sees(&clinic.doctor, &diary).await && sees(&me, &own).await, "the control, on {on:?}");
        let mut others = vec![colleague, other.clone()];
        for role in ["support", "insurer", "officer", "auditor"] {
            others.push(house.staff(&admin, role, role, None).await);
        }
        others.push(admin.clone());
        let board = format!("/v1/staff/board?clinicId={}&date={}", clinic.clinic_id, day(1));
        for (number, who) in others.iter().enumerate() {
            for path in [&own, &diary, &board, &format!("{own}/calendar"), &format!("{own}/moves")] {
                assert!(!sees(who, path).await, "{path} by {number} on {on:?}");
            }
        }
        house.get(&mine, me.token()).await.refused(404, "not_found");
        // What leaves the house names neither doctor nor service.
        for message in house.app.adapters.outbox.all() {
            let text = [message.subject.as_deref().unwrap_or_default(), &message.text].join(" ");
            for word in [&clinic.doctor_id, &clinic.service_id, &visit] {
                assert!(!text.contains(word), "{:?} on {on:?}", message.channel);
            }
        }

        // Of whom nothing about health is held the link goes with the account; of the other on the day on which that goes.
        assert!(links(&house, &me, &clinic.doctor_id).await > 0 && links(&house, &other, &clinic.doctor_id).await > 0);
        house.post(&format!("{mine}/cancel"), other.token(), json!({})).await.is(200);
        house.later(TimeDelta::days(4)).await;
        for phone in ["+79161234567", OTHER] {
            house.delete("/v1/me", house.newcomer(phone).await.token()).await.is(202);
        }
        house.later(TimeDelta::days(15)).await;
        assert_eq!(links(&house, &other, &clinic.doctor_id).await, 0, "{on:?}");
        assert!(links(&house, &me, &clinic.doctor_id).await > 0, "held with the record, on {on:?}");
        for _ in 0..2 {
            house.later(TimeDelta::days(20 * 366)).await;
            house.later(TimeDelta::hours(2)).await;
        }
        assert_eq!(links(&house, &me, &clinic.doctor_id).await, 0, "and no longer, on {on:?}");
    }
}
