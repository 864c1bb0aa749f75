//! One's own data: what may be withheld, what is taken back, what is read, and who else reads none of it. S1-02, S1-07, S2-01,
//! S2-04, S2-12, S4-15.

use super::Visitor;
use crate::support::auditor::Auditor;
use crate::support::clinic::at;
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::{On, engines};
use crate::support::town::Town;
use chrono::TimeDelta;
use feldsher::app::profile::{Basis, Profile};
use feldsher::kernel::access::{Asker, NewReason};
use feldsher::kernel::db::{Actor, Tx, Who};
use feldsher::kernel::error::Result;
use feldsher::kernel::vault::Class;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

const PHONE: &str = "+79161234567";
const OTHER: &str = "+79160000002";
const COMPLAINT: &str = "стреляет в левом ухе";

/// Everything that opens of somebody, by place.
async fn opened(house: &House, who: &Person) -> Vec<(String, String, String)> {
    let mut auditor = Auditor::with(&house.app.config.wrapping());
    auditor.learn(&house.stores.register_url).await;
    let subject: Uuid = who.id.parse().expect("an id");
    let all = auditor.open_all(&house.stores.record_url).await.into_iter().filter(|opened| opened.subject == subject);
    all.map(|opened| (opened.place, opened.class, String::from_utf8_lossy(&opened.plain).into_owned())).collect()
}

async fn holds(house: &House, who: &Person, word: &str) -> Vec<String> {
    let opened = opened(house, who).await;
    // A stored answer repeats what was said once, and lives for a day.
    let with = opened.into_iter().filter(|(place, _, text)| place != "once.answer" && text.contains(word));
    with.map(|(place, _, _)| place).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_02e_what_was_given_and_is_not_needed_is_taken_back_and_is_gone() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        let full = json!({
            "surname": "Пациентов", "givenName": "Пётр", "patronymic": "Зигмундович", "birthDate": "1980-05-01", "sex": "male",
        });
        house.put("/v1/me/profile", me.token(), full).await.is(200);
        let policy = json!({"kind": "dms", "number": "ZX-881-TAKEN", "insurer": "Страховщиков и Ко"});
        let policy = house.post("/v1/me/policies", me.token(), policy).await.is(201).text("/id");
        for word in ["Зигмундович", "ZX-881-TAKEN"] {
            assert!(!holds(&house, &me, word).await.is_empty(), "{word} is kept as long as he wants, on {on:?}");
        }
        let less = json!({"surname": "Пациентов", "givenName": "Пётр", "birthDate": "1980-05-01"});
        house.put("/v1/me/profile", me.token(), less).await.is(200);
        house.delete(&format!("/v1/me/policies/{policy}"), me.token()).await.is(204);
        house.settle().await;
        let seen = house.get("/v1/me", me.token()).await.is(200).json();
        assert!(seen["profile"].get("patronymic").is_none() && seen["profile"].get("sex").is_none(), "{seen}");
        for word in ["Зигмундович", "ZX-881-TAKEN"] {
            assert_eq!(holds(&house, &me, word).await, Vec::<String>::new(), "{word} on {on:?}");
        }
        assert!(!holds(&house, &me, "Пациентов").await.is_empty(), "what he left is there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_07_extra_information_may_be_withheld_and_nothing_works_less() {
    for profile in Profile::shipped().map(|id| Profile::load(id).expect("a profile")) {
        assert!(profile.person.required.len() <= 4, "{} asks for {:?}", profile.id, profile.person.required);
        assert!(!profile.person.required.iter().any(|field| field == "patronymic"), "{}", profile.id);
    }
    for on in engines() {
        let Visitor { house, clinic, me: sparse, .. } = Visitor::new(on).await;
        let generous = house.patient(OTHER).await;
        let full = json!({
            "surname": "Пациентов", "givenName": "Пётр", "patronymic": "Ильич", "birthDate": "1980-05-01", "sex": "male",
            "identifiers": [{"system": "snils", "value": "910-001-022 99"}],
        });
        house.put("/v1/me/profile", generous.token(), full).await.is(200);
        let mut shapes = Vec::new();
        for (who, hour) in [(&sparse, 10), (&generous, 12)] {
            // Neither says what ails him, nor gives the talk a topic, nor the support a place to look at.
            let visit = house.book(who, &clinic, 1, hour, None).await;
            let talk = json!({"with": "doctor", "doctorId": clinic.doctor_id});
            let talk = house.post("/v1/conversations", who.token(), talk).await.is(201).json();
            let ticket = house.post("/v1/tickets", who.token(), json!({"topic": "app", "text": "?"})).await.is(201).json();
            let names = |value: &Value| value.as_object().expect("fields").keys().cloned().collect::<BTreeSet<_>>();
            shapes.push([visit, talk, ticket].map(|value| names(&value)));
        }
        assert_eq!(shapes[0], shapes[1], "{on:?}");
        // The control: what is needed may not be withheld.
        let nobody = house.newcomer("+79160000003").await;
        house.accept(&nobody).await;
        let half = json!({"givenName": "Пётр", "birthDate": "1980-05-01"});
        house.put("/v1/me/profile", nobody.token(), half).await.refused(400, "invalid");
        assert_eq!(house.try_book(&nobody, &clinic, 1, 14, None).await.code(), "profile_required", "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_01_what_is_about_health_is_clinical_and_used_for_medical_purposes_alone() {
    for profile in Profile::shipped().map(|id| Profile::load(id).expect("a profile")) {
        for purpose in profile.purposes.iter().filter(|purpose| purpose.classes.contains(&Class::Clinical)) {
            // Analysis alone is another use of it, and asks for a consent of its own.
            let is_medical = purpose.basis == Basis::MedicalLaw || (purpose.id == "analysis" && purpose.basis == Basis::Consent);
            assert!(is_medical, "{}: {} uses what is clinical", profile.id, purpose.id);
        }
    }
    for on in engines() {
        let Visitor { house, clinic, me, .. } = Visitor::new(on).await;
        house.book(&me, &clinic, 1, 10, Some(COMPLAINT)).await;
        let talk = json!({"with": "doctor", "doctorId": clinic.doctor_id, "topic": COMPLAINT});
        let talk = house.post("/v1/conversations", me.token(), talk).await.is(201).text("/id");
        house.post(&format!("/v1/conversations/{talk}/messages"), me.token(), json!({"text": COMPLAINT})).await.is(201);
        house.settle().await;
        let places: Vec<(String, String, String)> = opened(&house, &me)
            .await
            .into_iter()
            .filter(|(place, _, text)| place != "once.answer" && text.contains(COMPLAINT))
            .collect();
        assert!(places.len() >= 3, "{places:?}");
        for (place, class, _) in &places {
            assert_eq!(class, "clinical", "{place} on {on:?}");
        }
        assert!(!crate::doors::everything(&house).await.values().any(|rows| rows.contains(COMPLAINT)), "{on:?}");
        // The control: what he asks of support is no clinical data.
        house.post("/v1/tickets", me.token(), json!({"topic": "app", "text": "Не открывается чат"})).await.is(201);
        let ticket = opened(&house, &me).await.into_iter().find(|(_, _, text)| text.contains("Не открывается чат"));
        assert_eq!(ticket.expect("a ticket").1, "support");
    }
}

/// The classes of the first of these ids that this asker may open, by the vault's own gate.
async fn grants(house: &House, subject: &str, asker: Asker) -> bool {
    let actor = Actor { who: Who::Staff { id: asker.id }, operation: "test", request: Uuid::nil() };
    let openings = house.app.openings(actor, asker);
    let subject: Uuid = subject.parse().expect("an id");
    openings.grant(subject, Class::Clinical, ("document", subject)).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_12_nobody_but_medical_staff_opens_anything_clinical_whatever_reason_he_has() {
    for on in engines() {
        let house = House::new(on).await;
        let town = Town::build(&house).await;
        let of_victim = [
            "/v1/documents/{document}",
            "/v1/documents/{document}/content",
            "/v1/staff/patients/{victim}/documents",
            "/v1/staff/conversations/{conversation}",
            "/v1/staff/conversations/{conversation}/messages",
            "/v1/me/exports/{export}/content",
        ];
        for role in ["reception", "callCentre", "support", "insurer", "administrator", "officer", "auditor"] {
            for path in of_victim {
                let answer = house.get(&town.fill(path), town.token(role).as_deref()).await;
                assert!(matches!(answer.status.as_u16(), 403 | 404), "{path} by {role}: {} on {on:?}", answer.status);
                assert!(town.leaks(&answer, role).next().is_none(), "{path} by {role}");
            }
        }
        // Somebody who has a reason for it, as a slip of a room might write one: his role is looked at all the same.
        let (party, subject) = (house.app.ambient.id(), town.fill("{victim}"));
        let reason = NewReason {
            subject: subject.parse().expect("an id"),
            party,
            class: Class::Clinical,
            basis: "booking",
            object: party,
            from: house.app.ambient.now() - TimeDelta::hours(1),
            until: Some(house.app.ambient.now() + TimeDelta::hours(1)),
        };
        let give = async |tx: &mut Tx| -> Result<()> {
            tx.allow(reason.clone());
            Ok(())
        };
        house.app.write(&Actor::house("test"), give).await.expect("a reason");
        assert!(!grants(&house, &subject, Asker { id: party, medical: false }).await, "{on:?}");
        assert!(grants(&house, &subject, Asker { id: party, medical: true }).await, "the control: of a doctor it is one, {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_04_what_the_doctor_writes_the_patient_reads_in_the_cabinet() {
    for on in engines() {
        let Visitor { house, clinic, me, .. } = Visitor::new(on).await;
        let booking = house.book(&me, &clinic, 1, 10, Some(COMPLAINT)).await;
        let path = format!("/v1/staff/patients/{}/documents", me.id);
        let declared = json!({"kind": "conclusion", "title": "Заключение", "fileName": "z.pdf", "mediaType": "application/pdf", "sizeBytes": 20});
        let document = house.post(&path, clinic.doctor.token(), declared).await.is(201).text("/id");
        let content = format!("/v1/documents/{document}/content");
        let put = house.request(reqwest::Method::PUT, &content, clinic.doctor.token()).header("Content-Type", "application/pdf");
        house.send(put.body(b"%PDF-1.7\n0123456789\n".to_vec())).await.is(200);
        let talk = json!({"patientId": me.id, "topic": "После приёма"});
        let talk = house.post("/v1/staff/conversations", clinic.doctor.token(), talk).await;
        if talk.status == 201 {
            let path = format!("/v1/staff/conversations/{}/messages", talk.text("/id"));
            house.post(&path, clinic.doctor.token(), json!({"text": "Пейте воду"})).await.is(201);
            let read = house.get(&format!("/v1/conversations/{}/messages", talk.text("/id")), me.token()).await.is(200);
            assert!(String::from_utf8_lossy(&read.bytes).contains("Пейте воду"), "{on:?}");
        }
        let list = house.get("/v1/documents", me.token()).await.is(200);
        assert_eq!(list.text("/items/0/title"), "Заключение", "{on:?}");
        assert_eq!(house.get(&content, me.token()).await.is(200).bytes, b"%PDF-1.7\n0123456789\n");
        let id = booking["id"].as_str().expect("an id");
        assert_eq!(house.get(&format!("/v1/bookings/{id}"), me.token()).await.is(200).text("/complaint"), COMPLAINT);
        // Who looked is his to read as well; and it is his alone.
        house.get(&format!("/v1/documents/{document}"), clinic.doctor.token()).await.is(200);
        let log = house.get("/v1/me/access-log", me.token()).await.is(200).json();
        assert!(log["items"].as_array().is_some_and(|lines| !lines.is_empty()), "{on:?}");
        let other = house.patient(OTHER).await;
        house.get(&content, other.token()).await.refused(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_15_preferences_are_the_accounts_own_exported_and_gone_with_it() {
    for on in engines() {
        let Visitor { house, me, .. } = Visitor::new(on).await;
        let other = house.patient(OTHER).await;
        let wishes =
            json!({"language": "ka", "zone": "Asia/Tbilisi", "switches": [{"group": "visits", "channel": "sms", "on": false}]});
        house.put("/v1/me/preferences", me.token(), wishes).await.is(200);
        // Of the account and not of a device or of a cookie: another sign-in finds them.
        let again = house.newcomer(PHONE).await;
        assert_eq!(house.get("/v1/me/preferences", again.token()).await.is(200).text("/zone"), "Asia/Tbilisi");
        assert!(house.get("/v1/me/preferences", other.token()).await.is(200).json()["zone"].is_null(), "{on:?}");
        assert_eq!(holds(&house, &me, "Asia/Tbilisi").await, ["preference.sealed"], "sealed, on {on:?}");
        assert!(!crate::doors::everything(&house).await["preference"].contains("Tbilisi"));
        house.post("/v1/me/exports", again.token(), json!({})).await.is(202);
        house.settle().await;
        assert!(super::archive_of(&house, &again).await.contains("Asia/Tbilisi"), "{on:?}");
        house.delete("/v1/me", again.token()).await.is(202);
        house.later(TimeDelta::days(15)).await;
        assert_eq!(holds(&house, &me, "Asia/Tbilisi").await, Vec::<String>::new(), "{on:?}");
        assert!(!crate::doors::everything(&house).await["preference"].contains(&me.id));
    }
}

impl House {
    pub async fn try_book(
        &self,
        who: &Person,
        clinic: &crate::support::clinic::Clinic,
        days: i64,
        hour: u32,
        complaint: Option<&str>,
    ) -> crate::support::house::Answer {
        let starts_at = at(self, days, hour, 0).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let mut body = json!({"doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": starts_at});
        if let Some(complaint) = complaint {
            body["complaint"] = complaint.into();
        }
        self.post("/v1/bookings", who.token(), body).await
    }

    pub async fn book(
        &self,
        who: &Person,
        clinic: &crate::support::clinic::Clinic,
        days: i64,
        hour: u32,
        complaint: Option<&str>,
    ) -> Value {
        self.try_book(who, clinic, days, hour, complaint).await.is(201).json()
    }
}

impl Visitor {
    /// A clinic, and somebody who may book there.
    pub async fn new(on: On) -> Self {
        Self::at(House::new(on).await).await
    }

    /// When nobody is left alone for the night.
    pub async fn in_the_day(on: On) -> Self {
        Self::at(crate::notifications::at_noon(on).await).await
    }

    async fn at(house: House) -> Self {
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let me = house.patient(PHONE).await;
        Self { house, admin, clinic, me }
    }
}
