//! The profiles that ship, each in a house of its own: it starts, says of itself what it is, and refuses over HTTP what it
//! refuses on paper.

use crate::doors::everything;
use crate::support::clinic::{Clinic, at};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::{On, Stores, engines};
use chrono::{DateTime, TimeDelta, Utc};
use feldsher::app::profile::{Basis, Profile};
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::lang::Lang;
use feldsher::kernel::vault::Class;
use feldsher::server::ops::doctor;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const PHONE: &str = "+79161234567";
const ALL: [&str; 6] = ["ru-telemed", "ru-clinic", "ru-marketplace", "kz-programme", "ge-clinic", "eu"];

/// Everything that can be asked of a person, each with a value that is right.
const FIELDS: [(&str, &str); 7] = [
    ("name", "\"Пётр\""),
    ("age", "46"),
    ("surname", "\"Пациентов\""),
    ("givenName", "\"Пётр\""),
    ("patronymic", "\"Петрович\""),
    ("birthDate", "\"1980-05-01\""),
    ("sex", "\"male\""),
];
const NUMBERS: [(&str, &str); 6] = [
    ("snils", "91000102299"),
    ("oms", "9900490310944140"),
    ("omsLegacy", "78-1234567"),
    ("dms", "AB-123456"),
    ("iin", "991231530414"),
    ("gePersonal", "99000000001"),
];

async fn under(on: On, profile: &str) -> House {
    House::with(Stores::new(on).await, Ambient::system(), |config| config.profile = profile.to_owned()).await
}

fn number(system: &str) -> Value {
    let (_, value) = NUMBERS.iter().find(|(known, _)| *known == system).expect("a system");
    let mut number = json!({"system": system, "value": value});
    if system == "dms" {
        number["insurer"] = "Пример Страхование".into();
    }
    number
}

/// What this profile must be told of a person, and no more.
fn required(profile: &Profile) -> Map<String, Value> {
    let value = |field: &String| match FIELDS.iter().find(|(known, _)| known == field) {
        Some((_, value)) => serde_json::from_str(value).expect("JSON"),
        None => json!([number(&profile.person.identifiers[0])]),
    };
    profile.person.required.iter().map(|field| (field.clone(), value(field))).collect()
}

/// A patient who has said what this profile asks.
async fn known(house: &House) -> Person {
    let patient = house.newcomer(PHONE).await;
    house.accepts(&patient).await;
    house.put("/v1/me/profile", patient.token(), required(&house.app.profile).into()).await.is(200);
    patient
}

/// A visit of tomorrow, at 10.
fn visit(house: &House, clinic: &Clinic) -> Value {
    json!({"doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": at(house, 1, 10, 0).to_rfc3339()})
}

/// How much has left the house for the patient's telephone.
fn sent(house: &House) -> usize {
    house.app.adapters.outbox.all().iter().filter(|message| message.to == PHONE).count()
}

#[test]
fn the_profiles_that_ship_are_these_and_speak_four_languages() {
    assert_eq!(Profile::shipped().collect::<Vec<_>>(), ALL);
    for id in ALL {
        let profile = Profile::load(id).expect("a profile");
        assert_eq!((profile.id.as_str(), profile.confirmed_by_operator), (id, false), "the operator confirms, nobody else");
        let titles = profile.purposes.iter().map(|purpose| &purpose.title);
        let consents = profile.consents.iter().flat_map(|item| [&item.title, &item.stops, &item.stays]);
        let operator = [&profile.policy.text, &profile.operator.name, &profile.operator.address, &profile.operator.authority];
        for text in operator.into_iter().chain(titles).chain(consents) {
            assert!(text.all().iter().all(|text| !text.trim().is_empty()), "{id}: {text:?}");
        }
        let policies: BTreeSet<&str> = profile.policy.text.all().into_iter().collect();
        assert_eq!(policies.len(), Lang::ALL.len(), "{id}: a policy for each language");
        // What a purpose uses is not refused, what is used on consent can be consented to, and a term names its rule.
        for purpose in &profile.purposes {
            assert!(purpose.classes.iter().all(|class| !profile.refuses(*class)), "{id}: {}", purpose.id);
            let given = profile.consents.iter().any(|item| item.purpose == purpose.id);
            assert_eq!(given, purpose.basis == Basis::Consent, "{id}: {}", purpose.id);
        }
        for rule in &profile.retention {
            assert!(!rule.rule.is_empty() && rule.valid_from < rule.review_by && !profile.refuses(rule.class), "{id}: {rule:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_them_starts_and_says_of_itself_what_it_is() {
    for on in engines() {
        for id in ALL {
            let house = under(on, id).await;
            let profile = &house.app.profile;
            let said = house.get("/v1/app-config", None).await.is(200).json();
            let refused: Vec<&str> = profile.refused_classes.iter().map(|class| class.as_str()).collect();
            let ways: Vec<&str> = profile.sign_in.ways.iter().map(|way| way.as_str()).collect();
            // Where nobody comes in by a code, no channel is offered for one.
            let channels = if ways.contains(&"code") { profile.sign_in.channels.clone() } else { Vec::new() };
            for (pointer, value) in [
                ("/profileId", json!(id)),
                ("/country", json!(&id[..2])),
                ("/defaultLanguage", json!(profile.default_language.as_str())),
                ("/refusedClasses", json!(refused)),
                ("/person/required", json!(profile.person.required)),
                ("/person/allowed", json!(profile.person.allowed)),
                ("/person/identifiers", json!(profile.person.identifiers)),
                ("/signIn/ways", json!(ways)),
                ("/signIn/channels", json!(channels)),
                ("/documents/mediaTypes", json!(profile.documents.media_types)),
                ("/features/devices", json!(profile.devices.registry)),
                ("/features/push", json!(profile.devices.push)),
                ("/features/telemetry", json!(profile.telemetry.collect)),
                ("/emergencyPhone", json!(profile.consultations.emergency_phone)),
            ] {
                assert_eq!(said.pointer(pointer), Some(&value), "{pointer} of {id} on {on:?}");
            }
            assert_eq!(said["consents"].as_array().map(Vec::len), Some(profile.consents.len()), "{id}");
            let policy = house.get("/v1/policies/current", None).await.is(200);
            assert_eq!(policy.text("/operator/email"), profile.operator.email);
            assert_eq!(policy.json()["operator"]["phones"], json!(profile.operator.phones), "{id}");
            assert!(policy.text("/authority/url").starts_with("https://"), "{id}");
            // The doctor finds that nobody has confirmed it, and no other fault with it.
            let findings = doctor(&house.app.config, &house.app.ambient).await;
            let about: Vec<&str> = findings.iter().map(|it| it.what.as_str()).filter(|what| what.contains("profile")).collect();
            assert_eq!(about, [format!("the profile {id} is not confirmed by the operator")], "{on:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_02b_a_field_that_a_profile_does_not_ask_is_refused_as_excessive() {
    for on in engines() {
        for id in ALL.into_iter().filter(|id| *id != "ru-clinic") {
            let house = under(on, id).await;
            let rules = house.app.profile.person.clone();
            let me = house.newcomer(PHONE).await;
            house.accepts(&me).await;
            let before = everything(&house).await;
            let enough = required(&house.app.profile);
            let mut refused = Vec::new();
            for (field, value) in FIELDS.iter().filter(|(field, _)| !rules.allowed.iter().any(|allowed| allowed == field)) {
                let mut form = enough.clone();
                form.insert((*field).to_owned(), serde_json::from_str(value).expect("JSON"));
                refused.push((format!("/{field}"), form));
            }
            for (system, _) in NUMBERS.iter().filter(|(system, _)| !rules.identifiers.iter().any(|allowed| allowed == system)) {
                let mut form = enough.clone();
                form.insert("identifiers".to_owned(), json!([number(system)]));
                refused.push(("/identifiers/0/system".to_owned(), form));
            }
            for (pointer, form) in refused {
                let answer = house.put("/v1/me/profile", me.token(), form.into()).await.refused(400, "invalid").json();
                let told = json!({"pointer": pointer, "code": "not_asked"});
                assert!(answer["errors"].as_array().is_some_and(|errors| errors.contains(&told)), "{id} on {on:?}: {answer}");
            }
            // What is required can't be left out either.
            for field in &rules.required {
                let mut form = enough.clone();
                form.remove(field);
                let answer = house.put("/v1/me/profile", me.token(), form.into()).await.refused(400, "invalid").json();
                let told = json!({"pointer": format!("/{field}"), "code": "required"});
                assert!(answer["errors"].as_array().is_some_and(|errors| errors.contains(&told)), "{id} on {on:?}: {answer}");
            }
            assert_eq!(before, everything(&house).await, "{id} on {on:?}");
            house.put("/v1/me/profile", me.token(), enough.into()).await.is(200);
        }
    }
    let marketplace = Profile::load("ru-marketplace").expect("a profile").person;
    assert_eq!((marketplace.required, marketplace.identifiers), (vec!["name".to_owned()], vec![]), "one name and no number");
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_08_a_marketplace_refuses_what_is_about_health_and_says_so() {
    for on in engines() {
        let house = under(on, "ru-marketplace").await;
        let admin = house.administrator().await;
        let mut office = house.clinic(&admin).await;
        let me = known(&house).await;
        // Priced or not, a visit is booked without what it is for, and paid at the clinic.
        office.service_id = house.paid_service(&admin, &office.clinic_id).await;
        let mut complaining = visit(&house, &office);
        complaining["complaint"] = "болит ухо".into();
        house.post("/v1/bookings", me.token(), complaining).await.refused(403, "class_refused");
        let booked = house.post("/v1/bookings", me.token(), visit(&house, &office)).await.is(201).json();
        assert!(booked["state"] == "booked" && booked.get("chargeId").is_none(), "{booked}");
        let operator = json!({"with": "operator", "clinicId": office.clinic_id});
        let talk = house.post("/v1/conversations", me.token(), operator).await.is(201).text("/id");
        house.settle().await;

        let before = everything(&house).await;
        let document = |kind: &str| json!({"kind": kind, "title": "Анализ", "fileName": "a.pdf", "mediaType": "application/pdf", "sizeBytes": 20});
        let attached = json!({"text": "Вот", "documentIds": [house.app.ambient.id().to_string()]});
        let of_patient = format!("/v1/staff/patients/{}/documents", me.id);
        let in_talk = format!("/v1/conversations/{talk}/messages");
        for (who, path, body) in [
            (&me, "/v1/documents", document("upload")),
            (&office.doctor, &*of_patient, document("conclusion")),
            (&me, "/v1/conversations", json!({"with": "doctor", "doctorId": office.doctor_id})),
            (&office.doctor, "/v1/staff/conversations", json!({"patientId": me.id})),
            (&me, &*in_talk, attached),
        ] {
            house.post(path, who.token(), body).await.refused(403, "class_refused");
        }
        let at = house.app.ambient.now().to_rfc3339();
        let batch = json!({"platform": "ios", "appVersion": "1.0.0", "events": [{"name": "appStart", "at": at}]});
        house.post("/v1/telemetry", me.token(), batch).await.refused(403, "refused_by_profile");
        assert_eq!(before, everything(&house).await, "what is refused leaves nothing, on {on:?}");
        let subject = me.id.parse().expect("an id");
        assert!(!house.app.vault.keys(subject).await.expect("keys").has(Class::Billing), "nothing of money is held");
        // What it does take goes on.
        house.post(&in_talk, me.token(), json!({"text": "Где вы находитесь?"})).await.is(201);
        let ticket = json!({"topic": "booking", "text": "Не вижу запись"});
        house.post("/v1/tickets", me.token(), ticket).await.is(201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_03_advertising_is_a_matrix_of_who_and_how_and_each_cell_stands_apart() {
    for on in engines() {
        let house = under(on, "ru-marketplace").await;
        let me = known(&house).await;
        let given = async || {
            let consents = house.get("/v1/me/consents", me.token()).await.is(200).json();
            let items = consents["items"].as_array().cloned().unwrap_or_default();
            let id = |item: &Value| item["id"].as_str().unwrap_or_default().to_owned();
            let items: Vec<Value> = items.into_iter().filter(|item| id(item) != "processing").collect();
            let given: Vec<String> = items.iter().filter(|item| item["state"] == "given").map(id).collect();
            (items.iter().map(id).collect::<BTreeSet<String>>(), given)
        };
        let cells = ["own", "partners"].into_iter().flat_map(|who| ["push", "sms", "email", "call"].map(|how| (who, how)));
        let cells: BTreeSet<String> = cells.map(|(who, how)| format!("marketing.{who}.{how}")).collect();
        assert_eq!(given().await, (cells.clone(), vec![]), "nothing is given by default, on {on:?}");
        for cell in &cells {
            let path = format!("/v1/me/consents/{cell}");
            house.put(&path, me.token(), json!({})).await.is(200);
            assert_eq!(given().await.1, [cell.as_str()], "{on:?}");
            house.delete(&path, me.token()).await.is(200);
        }
        assert_eq!(given().await.1, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_07_the_programme_tells_by_sms_only_whom_it_may_by_the_consent_that_names_the_provider() {
    for on in engines() {
        let house = under(on, "kz-programme").await;
        let admin = house.administrator().await;
        let office = house.clinic(&admin).await;
        let me = known(&house).await;
        let daytime = at(&house, 1, 8, 30) - house.app.ambient.now();
        house.app.ambient.advance(daytime);
        let me = Person { token: house.newcomer(PHONE).await.token, ..me };
        house.settle().await;
        let before = sent(&house);
        let booking = house.post("/v1/bookings", me.token(), visit(&house, &office)).await.is(201).text("/id");
        house.settle().await;
        assert_eq!(sent(&house), before, "the inbox alone, on {on:?}");
        let inbox = house.get("/v1/notifications", me.token()).await.is(200).json();
        assert_eq!(inbox["items"][0]["kind"], "bookingConfirmed");
        house.put("/v1/me/consents/delivery.sms", me.token(), json!({})).await.is(200);
        house.post(&format!("/v1/bookings/{booking}/cancel"), me.token(), json!({})).await.is(200);
        house.settle().await;
        assert_eq!(sent(&house), before + 1, "{on:?}");
        house.delete("/v1/me/consents/delivery.sms", me.token()).await.is(200);
        house.post("/v1/bookings", me.token(), visit(&house, &office)).await.is(201);
        house.settle().await;
        assert_eq!(sent(&house), before + 1, "withdrawn, on {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_05_what_is_held_after_a_visit_goes_by_the_country_and_the_clinics_word() {
    for on in engines() {
        for (id, years) in [("ru-telemed", Some(25)), ("kz-programme", Some(10)), ("ge-clinic", None), ("ru-marketplace", None)] {
            let house = under(on, id).await;
            let admin = house.administrator().await;
            let office = house.clinic(&admin).await;
            let me = known(&house).await;
            house.post("/v1/bookings", me.token(), visit(&house, &office)).await.is(201);
            house.later(TimeDelta::days(3)).await;
            let me = house.newcomer(PHONE).await;
            let plan = house.get("/v1/me/erasure-plan", me.token()).await.is(200).json();
            let classes = plan["classes"].as_array().expect("classes");
            let clinical = classes.iter().find(|planned| planned["class"] == "clinical").expect("keys of the class");
            let until = clinical["until"].as_str().map(|until| until.parse::<DateTime<Utc>>().expect("a moment"));
            // A fortnight more than the days that have gone since the visit.
            let held = until.map(|until| (until - house.app.ambient.now() + TimeDelta::days(14)).num_days() / 365);
            assert_eq!(held, years, "{id} on {on:?}: {clinical}");
        }
    }
}
