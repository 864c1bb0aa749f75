//! Insurance policies, numbers that two people call theirs, and the fields that a profile asks for. S1-02b, S1-04, S2-08 and
//! the table of data items; then any text where a token or a cursor is expected.

use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::{On, Stores, engines};
use chrono::TimeDelta;
use feldsher::kernel::clock::Ambient;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use serde_json::{Value, json};

const ME: &str = "+79161234567";
const OTHER: &str = "+79160000002";
const SNILS: &str = "910-001-022 99";
const OMS: &str = "9900490310944140";

fn profile(identifiers: &Value) -> Value {
    json!({"surname": "Пациентов", "givenName": "Пётр", "birthDate": "1980-05-01", "identifiers": identifiers})
}

fn snils() -> Value {
    profile(&json!([{"system": "snils", "value": SNILS}]))
}

/// What stands in the profile: kind, state and the last characters.
fn numbers(answer: &Answer) -> Vec<String> {
    let all = answer.json()["profile"]["identifiers"].as_array().cloned().expect("identifiers");
    let word = |number: &Value, field: &str| number[field].as_str().unwrap_or_default().to_owned();
    all.iter().map(|number| format!("{} {} {}", word(number, "system"), word(number, "state"), word(number, "masked"))).collect()
}

/// A house under `ru-telemed` with some words of it replaced.
async fn changed(on: On, changes: &[(&str, &str)]) -> House {
    let stores = Stores::new(on).await;
    let text = changes.iter().fold(include_str!("../../profiles/ru-telemed.toml").to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} stands in the profile");
        text.replacen(from, to, 1)
    });
    let path = stores.path("changed.toml");
    std::fs::write(&path, text).expect("a profile");
    House::with(stores, Ambient::system(), |config| config.profile = path.display().to_string()).await
}

impl House {
    async fn desk(&self) -> Person {
        let admin = self.administrator().await;
        self.staff(&admin, "reception", "desk", None).await
    }

    async fn claims(&self, desk: &Person) -> Vec<Value> {
        let page = self.get("/v1/staff/number-claims", desk.token()).await.is(200).json();
        page["items"].as_array().cloned().expect("claims")
    }

    async fn me(&self, who: &Person) -> Answer {
        self.get("/v1/me", who.token()).await.is(200)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_02b_s1_04_one_name_and_an_age_and_nothing_more() {
    for on in engines() {
        let house = changed(
            on,
            &[
                ("required = [\"surname\", \"givenName\", \"birthDate\"]", "required = [\"name\", \"age\"]"),
                (
                    "allowed = [\"surname\", \"givenName\", \"patronymic\", \"birthDate\", \"sex\", \"identifiers\"]",
                    "allowed = [\"name\", \"age\", \"sex\"]",
                ),
                // Without a birth date there is nothing to ask beside the code.
                ("number_ages_after = ", "# "),
            ],
        )
        .await;
        let me = house.newcomer(ME).await;
        house.accept(&me).await;
        let excessive = json!({"name": "Анна", "age": 40, "surname": "Лишняя", "birthDate": "1980-05-01"});
        let refused = house.put("/v1/me/profile", me.token(), excessive).await.refused(400, "invalid");
        let mut faults: Vec<String> = refused.json()["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .map(|fault| format!("{} {}", fault["pointer"].as_str().unwrap_or(""), fault["code"].as_str().unwrap_or("")))
            .collect();
        faults.sort();
        assert_eq!(faults, ["/birthDate not_asked", "/surname not_asked"]);
        for (form, pointer) in [
            (json!({"name": "Анна"}), "/age"),
            (json!({"age": 40}), "/name"),
            (json!({"name": "Анна", "age": 13}), "/age"),
            (json!({"name": "Анна", "age": 131}), "/age"),
            (json!({"name": "4111111111111111", "age": 40}), "/name"),
        ] {
            let refused = house.put("/v1/me/profile", me.token(), form).await.refused(400, "invalid");
            assert_eq!(refused.text("/errors/0/pointer"), pointer);
        }
        let policy = json!({"kind": "oms", "number": OMS});
        house.post("/v1/me/policies", me.token(), policy.clone()).await.refused(403, "profile_required");
        house.put("/v1/me/profile", me.token(), json!({"name": "Анна", "age": 40, "sex": "female"})).await.is(200);
        let refused = house.post("/v1/me/policies", me.token(), policy).await.refused(400, "invalid");
        assert_eq!(refused.text("/errors/0/pointer"), "/kind", "a profile without identifiers has no policies");
        let today = house.app.ambient.now().date_naive();
        let said = house.me(&me).await.json()["profile"].clone();
        let expected = json!({
            "name": "Анна", "sex": "female", "age": {"years": 40, "saidOn": today.to_string()}, "identifiers": [],
        });
        assert_eq!(said, expected, "{on:?}");
        let desk = house.desk().await;
        let found = house.post("/v1/staff/patients/find", desk.token(), json!({"phone": ME})).await.is(200);
        assert_eq!(found.text("/initials"), "А.");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_of_somebody_else_is_kept_for_the_desk_which_gives_it_to_whom_it_belongs() {
    for on in engines() {
        let house = House::new(on).await;
        let (holder, claimant) = (house.patient(OTHER).await, house.patient(ME).await);
        let held = house.put("/v1/me/profile", holder.token(), snils()).await.is(200);
        assert_eq!(numbers(&held), ["snils held •••2299"]);
        let claimed = house.put("/v1/me/profile", claimant.token(), snils()).await.is(200);
        assert_eq!(numbers(&claimed), ["snils pending •••2299"], "the profile is saved, but for the number");
        let mut as_held = claimed.json()["profile"].clone();
        as_held["identifiers"][0]["state"] = "held".into();
        assert_eq!(as_held, held.json()["profile"], "and looks as if it were saved whole");
        house.put("/v1/me/profile", claimant.token(), snils()).await.is(200);

        let desk = house.desk().await;
        let claims = house.claims(&desk).await;
        assert_eq!(claims.len(), 1, "one open claim of a kind: {claims:?}");
        assert_eq!((&claims[0]["patientId"], &claims[0]["masked"]), (&json!(claimant.id), &Value::Null), "no browsing");
        let settle = format!("/v1/staff/number-claims/{}/settle", claims[0]["id"].as_str().expect("an id"));
        let granted = json!({"outcome": "granted"});
        house.post(&settle, desk.token(), granted.clone()).await.refused(404, "not_found");
        house.found_by_phone(&desk, ME).await;
        assert_eq!(house.claims(&desk).await[0]["masked"], "•••2299");
        house.post(&settle, desk.token(), granted.clone()).await.refused(403, "identity_check_required");
        house.checked(&desk, &claimant.id).await;
        let once = async || {
            let request = house.request(Method::POST, &settle, desk.token()).header("Idempotency-Key", "one act").json(&granted);
            house.send(request).await.is(200).json()
        };
        let told = once().await;
        assert_eq!(once().await, told, "a repetition answers the same");
        assert!(!told.to_string().contains(&holder.id), "nothing of the holder is told");
        house.post(&settle, desk.token(), granted).await.refused(409, "state_conflict");

        assert_eq!(numbers(&house.me(&claimant).await), ["snils held •••2299"], "{on:?}");
        assert_eq!(numbers(&house.me(&holder).await), Vec::<String>::new());
        assert!(house.claims(&desk).await.is_empty());
        house.settle().await;
        for who in [&holder, &claimant] {
            let notices = house.get("/v1/notifications", who.token()).await.is(200);
            assert_eq!(notices.text("/items/0/kind"), "identifierChanged", "both learn of it");
        }
        let log = house.get("/v1/me/access-log", holder.token()).await.is(200).json().to_string();
        assert!(log.contains("numberClaim"), "the former holder reads that his profile was opened: {log}");
        let by_number = json!({"identifier": {"system": "snils", "value": SNILS}});
        let found = house.post("/v1/staff/patients/find", desk.token(), by_number).await.is(200);
        assert_eq!(found.text("/patientId"), claimant.id);
        let back = house.put("/v1/me/profile", holder.token(), snils()).await.is(200);
        assert_eq!(numbers(&back), ["snils pending •••2299"], "who lost it may claim it, and no more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_refused_or_withdrawn_and_nobody_tries_numbers_out() {
    for on in engines() {
        let house = House::new(on).await;
        let (holder, claimant) = (house.patient(OTHER).await, house.patient(ME).await);
        house.put("/v1/me/profile", holder.token(), snils()).await.is(200);
        house.put("/v1/me/profile", claimant.token(), snils()).await.is(200);
        let desk = house.desk().await;
        house.found_by_phone(&desk, ME).await;
        house.checked(&desk, &claimant.id).await;
        let id = house.claims(&desk).await[0]["id"].as_str().expect("an id").to_owned();
        let settle = format!("/v1/staff/number-claims/{id}/settle");
        house.post(&settle, desk.token(), json!({"outcome": "refused"})).await.is(200);
        assert_eq!(numbers(&house.me(&claimant).await), Vec::<String>::new());
        assert_eq!(numbers(&house.me(&holder).await), ["snils held •••2299"], "{on:?}");

        house.put("/v1/me/profile", claimant.token(), snils()).await.is(200);
        let without = json!({"surname": "Пациентов", "givenName": "Пётр", "birthDate": "1980-05-01"});
        let kept = house.put("/v1/me/profile", claimant.token(), without).await.is(200);
        assert_eq!(numbers(&kept), ["snils pending •••2299"], "what is not said stays");
        house.put("/v1/me/profile", claimant.token(), profile(&json!([]))).await.is(200);
        assert!(house.claims(&desk).await.is_empty(), "withdrawn");

        // Two numbers were new so far; each further one counts, whether somebody holds it or not.
        let policy = |number: usize| json!({"kind": "dms", "number": format!("TRY-{number:04}"), "insurer": "Одна"});
        let mut limited = None;
        for number in 0..30 {
            let answer = house.post("/v1/me/policies", claimant.token(), policy(number)).await;
            if answer.status == 429 {
                limited = Some(number);
                break;
            }
            let id = answer.is(201).text("/id");
            house.delete(&format!("/v1/me/policies/{id}"), claimant.token()).await.is(204);
        }
        assert_eq!(limited, Some(18), "{on:?}");
        house.put("/v1/me/profile", claimant.token(), snils()).await.refused(429, "rate_limited");
        house.later(TimeDelta::days(1)).await;
        let claimant = house.newcomer(ME).await;
        house.put("/v1/me/profile", claimant.token(), snils()).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_eight_who_bring_one_number_at_once_one_has_it() {
    for on in engines() {
        let house = std::sync::Arc::new(House::new(on).await);
        let mut people = Vec::new();
        for number in 0..8 {
            people.push(house.patient(&format!("+7916000010{number}")).await);
        }
        let rush = people.iter().cloned().map(|who| {
            let house = house.clone();
            tokio::spawn(async move { numbers(&house.put("/v1/me/profile", who.token(), snils()).await.is(200)) })
        });
        let mut states = Vec::new();
        for one in rush.collect::<Vec<_>>() {
            states.extend(one.await.expect("an answer"));
        }
        let held = states.iter().filter(|state| *state == "snils held •••2299").count();
        assert_eq!((states.len(), held), (8, 1), "{on:?}: {states:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_declared_verified_by_the_desk_and_expires() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(ME).await;
        let last = (house.app.ambient.now() + TimeDelta::days(5)).date_naive().to_string();
        let dms = json!({"kind": "dms", "number": "ab-123456", "insurer": " Первая  Страховая ", "validTo": last});
        let request = || house.request(Method::POST, "/v1/me/policies", me.token()).header("Idempotency-Key", "k").json(&dms);
        let made = house.send(request()).await.is(201);
        assert_eq!((made.text("/state"), made.text("/insurer")), ("declared".into(), "Первая Страховая".into()));
        assert_eq!(house.send(request()).await.is(201).json(), made.json(), "a repetition answers the same");
        house.post("/v1/me/policies", me.token(), dms.clone()).await.refused(409, "identifier_taken");
        let backwards =
            json!({"kind": "dms", "number": "B-1234", "insurer": "Б", "validFrom": "2026-02-01", "validTo": "2026-01-01"});
        let refused = house.post("/v1/me/policies", me.token(), backwards).await.refused(400, "invalid");
        assert_eq!(refused.text("/errors/0/pointer"), "/validTo");
        house.post("/v1/me/policies", me.token(), json!({"kind": "dms", "number": "B-1234", "insurer": "Вторая"})).await.is(201);
        assert_eq!(numbers(&house.me(&me).await), ["dms held •••56", "dms held •••34"], "there is one truth about a number");

        let desk = house.desk().await;
        let id = made.text("/id");
        let all = format!("/v1/staff/patients/{}/policies", me.id);
        let verify = format!("{all}/{id}/verification");
        let verified = json!({"outcome": "verified"});
        house.get(&all, desk.token()).await.refused(404, "not_found");
        house.post(&verify, desk.token(), verified.clone()).await.refused(404, "not_found");
        house.found_by_phone(&desk, ME).await;
        assert_eq!(house.get(&all, desk.token()).await.is(200).json()["items"].as_array().map(Vec::len), Some(2));
        house.post(&verify, desk.token(), verified.clone()).await.refused(403, "identity_check_required");
        house.checked(&desk, &me.id).await;
        house.post(&verify, desk.token(), json!({"outcome": "rejected"})).await.is(200);
        house.post(&verify, desk.token(), verified.clone()).await.is(200);
        let nothing = format!("{all}/{}/verification", house.app.ambient.id());
        house.post(&nothing, desk.token(), verified).await.refused(404, "not_found");
        let shown = house.get("/v1/me/policies", me.token()).await.is(200);
        assert_eq!(shown.text("/items/0/state"), "verified");
        assert_eq!(shown.text("/items/0/judgedBy"), "Сотрудник Клиники", "he reads who");
        assert!(!shown.text("/items/0/judgedAt").is_empty(), "and when");

        // The profile says the same number again: it is the same policy. A policy that it does not name is gone.
        let again = profile(&json!([{"system": "dms", "value": "AB-123456", "insurer": "Первая Страховая"}]));
        house.put("/v1/me/profile", me.token(), again).await.is(200);
        let shown = house.get("/v1/me/policies", me.token()).await.is(200).json();
        assert_eq!(shown["items"].as_array().map(Vec::len), Some(1));
        assert_eq!((&shown["items"][0]["id"], &shown["items"][0]["state"]), (&json!(id), &json!("verified")));

        let other = house.patient(OTHER).await;
        let theirs = json!({"kind": "dms", "number": "B-1234", "insurer": "ВТОРАЯ"});
        assert_eq!(house.post("/v1/me/policies", other.token(), theirs).await.is(201).text("/state"), "declared", "given up");
        house.delete(&format!("/v1/me/policies/{id}"), other.token()).await.refused(404, "not_found");
        house.later(TimeDelta::days(6)).await;
        let me = house.newcomer(ME).await;
        assert_eq!(house.get("/v1/me/policies", me.token()).await.is(200).text("/items/0/state"), "expired");
        house.delete(&format!("/v1/me/policies/{id}"), me.token()).await.is(204);
        assert_eq!(numbers(&house.me(&me).await), Vec::<String>::new(), "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_is_a_document_of_ones_own() {
    for on in engines() {
        let house = House::new(on).await;
        let (me, other) = (house.patient(ME).await, house.patient(OTHER).await);
        let policy = house.post("/v1/me/policies", me.token(), json!({"kind": "oms", "number": OMS})).await.is(201).text("/id");
        let mut documents = Vec::new();
        for who in [&me, &other] {
            let new = json!({
                "kind": "upload", "title": "Полис", "fileName": "a.pdf", "mediaType": "application/pdf", "sizeBytes": 20,
            });
            let id = house.post("/v1/documents", who.token(), new).await.is(201).text("/id");
            documents.push(id);
        }
        let scan = format!("/v1/me/policies/{policy}/scan");
        let of = |document: &str| json!({"documentId": document});
        house.put(&scan, me.token(), of(&documents[0])).await.refused(404, "not_found");
        for (who, id) in [(&me, &documents[0]), (&other, &documents[1])] {
            let put = house.request(Method::PUT, &format!("/v1/documents/{id}/content"), who.token());
            house.send(put.header("Content-Type", "application/pdf").body(b"%PDF-1.7\n0123456789\n".to_vec())).await.is(200);
        }
        house.put(&scan, me.token(), of(&documents[1])).await.refused(404, "not_found");
        house.put(&scan, other.token(), of(&documents[1])).await.refused(404, "not_found");
        let put = house.put(&scan, me.token(), of(&documents[0])).await.is(200);
        assert_eq!(put.text("/scanDocumentId"), documents[0], "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn passports_iins_and_cards() {
    for on in engines() {
        let numbers_taken = "identifiers = [\"snils\", \"oms\", \"omsLegacy\", \"dms\", \"passport\"]";
        let house = changed(on, &[(numbers_taken, "identifiers = [\"dms\", \"iin\", \"passport\"]")]).await;
        let (me, other) = (house.patient(ME).await, house.patient(OTHER).await);
        let put = async |who: &Person, number: Value| house.put("/v1/me/profile", who.token(), profile(&json!([number]))).await;
        for (number, pointer) in [
            (json!({"system": "passport", "value": "4509 123456"}), "/identifiers/0/country"),
            (json!({"system": "passport", "value": "4509 123456", "country": "R1"}), "/identifiers/0/country"),
            (json!({"system": "iin", "value": "991231530414", "country": "KZ"}), "/identifiers/0/country"),
            (json!({"system": "snils", "value": SNILS}), "/identifiers/0/system"),
            (json!({"system": "dms", "value": "AB-1234"}), "/identifiers/0/insurer"),
            (json!({"system": "dms", "value": "AB-1234", "insurer": "4111 1111 1111 1111"}), "/identifiers/0/insurer"),
            (json!({"system": "dms", "value": "AB-1234", "insurer": "СК ४१११-११११-११११-११११"}), "/identifiers/0/insurer"),
            (json!({"system": "dms", "value": "4111/1111/1111/1111", "insurer": "СК"}), "/identifiers/0/value"),
            (json!({"system": "passport", "value": "4111 1111 1111 1111", "country": "KZ"}), "/identifiers/0/value"),
            (json!({"system": "passport", "value": "٤١١١ ١١١١ ١١١١ ١١١١", "country": "KZ"}), "/identifiers/0/value"),
        ] {
            let refused = put(&me, number.clone()).await.refused(400, "invalid");
            assert_eq!(refused.text("/errors/0/pointer"), pointer, "{number} on {on:?}");
            assert!(!String::from_utf8_lossy(&refused.bytes).contains("1111 1111"));
        }
        put(&me, json!({"system": "passport", "value": "ве 123456", "country": "by"})).await.is(200);
        let latin = put(&other, json!({"system": "passport", "value": "BE-123456", "country": "BY"})).await.is(200);
        assert_eq!(numbers(&latin), ["passport pending •••56"], "the same to the eye");
        let abroad = put(&other, json!({"system": "passport", "value": "BE-123456", "country": "KZ"})).await.is(200);
        assert_eq!(numbers(&abroad), ["passport held •••56"], "another country's");

        // Born in 2099 by his number, in 1980 by his word: a hint, and no refusal.
        let iin = put(&me, json!({"system": "iin", "value": "991231530414"})).await.is(200);
        assert_eq!(iin.json()["profile"]["identifiers"][0]["contradicts"], json!(["birthDate"]));
        let undated = put(&me, json!({"system": "iin", "value": "991345028113"})).await.is(200);
        assert!(undated.json()["profile"]["identifiers"][0]["contradicts"].is_null());
    }
}

/// Texts that somebody might send where a secret is expected.
fn texts(count: usize) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let any = prop_oneof![any::<String>(), "[ -~]{0,80}", "[A-Za-z0-9_-]{0,200}", "\\PC{0,40}", "[A-Za-z0-9_-]{500,2000}"];
    (0..count).map(|_| any.new_tree(&mut runner).expect("a text").current()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn any_text_as_a_token_is_refused_and_breaks_nothing() {
    for on in engines() {
        let house = House::new(on).await;
        for text in texts(150) {
            if let Ok(value) = HeaderValue::from_bytes(format!("Bearer {text}").as_bytes()) {
                let answer = house.send(house.request(Method::GET, "/v1/me", None).header(AUTHORIZATION, value)).await;
                assert_eq!(answer.status, 401, "{text:?} on {on:?}");
            }
            let body = json!({"grant": "refresh", "refreshToken": text});
            let answer = house.post("/v1/auth/tokens", None, body).await;
            assert!([400, 429].contains(&answer.status.as_u16()), "{text:?} on {on:?}: {}", answer.status);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_text_as_a_cursor_is_refused_and_so_is_somebody_elses() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    const LISTS: &[&str] =
        &["/v1/bookings", "/v1/documents", "/v1/notifications", "/v1/charges", "/v1/me/access-log", "/v1/tickets"];
    for on in engines() {
        let house = House::new(on).await;
        let (me, other) = (house.patient(ME).await, house.patient(OTHER).await);
        for (index, text) in texts(120).into_iter().enumerate() {
            let list = LISTS[index % LISTS.len()];
            // As it is, and as what one of ours would look like inside.
            for cursor in [text.clone(), URL_SAFE_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(json!([me.id, text]).to_string())]
            {
                let encoded: String = cursor.bytes().map(|byte| format!("%{byte:02X}")).collect();
                let answer = house.get(&format!("{list}?cursor={encoded}"), me.token()).await;
                let code = answer.status.as_u16();
                assert!([400, 414].contains(&code), "{list} {cursor:?} on {on:?}: {code}");
            }
        }
        for number in 0..3 {
            let ticket = json!({"topic": "app", "text": format!("Вопрос {number}")});
            house.post("/v1/tickets", me.token(), ticket).await.is(201);
        }
        let mine = house.get("/v1/tickets?limit=1", me.token()).await.is(200).text("/nextCursor");
        let next = format!("/v1/tickets?limit=1&cursor={mine}");
        house.get(&next, me.token()).await.is(200);
        house.get(&next, other.token()).await.refused(400, "invalid");
    }
}
