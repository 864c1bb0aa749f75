//! Bad input to every operation, made from the contract: each is refused with its status, code and pointer, in the asked
//! language, without an echo of what was sent, without a row written and without a word of it in the log.

mod cases;

use crate::authorisation::LOOKS;
use crate::doors::{Door, everything, matrix, operations};
use crate::support::house::{Answer, House};
use crate::support::stores::{On, engines};
use crate::support::town::Town;
use cases::{Bad, ECHO, bodies, queries};
use chrono::TimeDelta;
use feldsher::app::catalogue;
use feldsher::kernel::error::{Code, Fault};
use feldsher::kernel::lang::Lang;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

const JSON: &str = "application/json";

/// Writes down to whom it refused to disclose something, as S1-12 promises: also to somebody whom no register names.
const RECORDS: &str = "disclose";

/// Operations that make what their path names, so that an id of nothing is as good as any.
const MAKES: &[&str] = &["putDevice"];

/// A built town, its doors, and the faults found so far: all are told at once.
struct Siege {
    house: House,
    town: Town,
    contract: Value,
    operations: BTreeMap<String, (Method, String)>,
    faults: Vec<String>,
    sent: usize,
}

impl Siege {
    async fn lay(on: On) -> Self {
        let house = House::new(on).await;
        let town = Town::build(&house).await;
        let contract = feldsher::server::service::contract().expect("a contract");
        Self { house, town, contract, operations: operations(), faults: Vec::new(), sent: 0 }
    }

    fn operation(&self, door: &Door) -> &Value {
        let (method, path) = &self.operations[&door.operation];
        &self.contract["paths"][path][method.as_str().to_lowercase()]
    }

    /// A request by the door's owner, in the language whose turn it is.
    fn request(&mut self, door: &Door, path: &str) -> (RequestBuilder, Lang) {
        let lang = Lang::ALL[self.sent % Lang::ALL.len()];
        self.sent += 1;
        let (method, token) = (self.operations[&door.operation].0.clone(), self.town.token(&door.owner));
        let request = self.house.request(method, path, token.as_deref()).header("Accept-Language", lang.as_str());
        (request.header("Idempotency-Key", self.house.app.ambient.id().to_string()), lang)
    }

    /// Sends and expects a refusal that keeps the rules of all refusals.
    async fn refused(&mut self, what: &str, request: (RequestBuilder, Lang), codes: &[Code]) -> Answer {
        let answer = self.house.send(request.0).await;
        let text = String::from_utf8_lossy(&answer.bytes).into_owned();
        let code = Code::ALL.iter().find(|code| code.as_str() == answer.code()).copied();
        let Some(code) = code.filter(|code| codes.contains(code) && answer.status.as_u16() == code.status()) else {
            self.faults.push(format!("{what}: {} {text} instead of {codes:?}", answer.status));
            return answer;
        };
        if answer.text("/title") != catalogue::title(request.1, code) {
            self.faults.push(format!("{what}: the title in {}: {text}", request.1));
        }
        if text.contains(ECHO) || answer.headers.values().any(|value| String::from_utf8_lossy(value.as_bytes()).contains(ECHO)) {
            self.faults.push(format!("{what}: an echo in {text}"));
        }
        answer
    }

    async fn invalid(&mut self, what: &str, request: (RequestBuilder, Lang), pointer: &str, fault: Fault) {
        let answer = self.refused(what, request, &[Code::Invalid]).await;
        let wanted = json!({ "pointer": pointer, "code": fault.as_str() });
        let told = answer.json();
        if answer.code() == "invalid" && !told["errors"].as_array().is_some_and(|errors| errors.contains(&wanted)) {
            self.faults.push(format!("{what}: {} instead of {wanted}", told["errors"]));
        }
    }

    async fn bodies(&mut self, door: &Door) {
        let schema = self.operation(door)["requestBody"]["content"][JSON]["schema"].clone();
        let (path, body) = (self.town.fill(&door.path), door.body.as_ref().map(|body| self.town.fill(body)));
        let Some(good) = body.filter(|_| schema.is_object()) else { return };
        let good: Value = serde_json::from_str(&good).expect("JSON in doors.toml");
        for Bad { body, pointer, fault } in bodies(&self.contract, &schema, &good) {
            if door.operation == RECORDS && pointer == "/recipient" {
                continue;
            }
            let what = format!("{} {}", door.operation, body.chars().take(300).collect::<String>());
            let (request, lang) = self.request(door, &path);
            let request = (request.header("Content-Type", JSON).body(body), lang);
            match fault {
                Some(fault) => self.invalid(&what, request, &pointer, fault).await,
                None => drop(self.refused(&what, request, &[Code::Malformed]).await),
            }
        }
        for media in
            ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "multipart/form-data", ECHO]
        {
            let (request, lang) = self.request(door, &path);
            let request = (request.header("Content-Type", media).body(good.to_string()), lang);
            self.refused(&format!("{} as {media}", door.operation), request, &[Code::UnsupportedMediaType]).await;
        }
        let large = format!("{{\"a\":\"{}\"}}", ECHO.repeat(10_000));
        let (request, lang) = self.request(door, &path);
        let declared = (request.header("Content-Type", JSON).body(large.clone()), lang);
        self.refused(&format!("{} too large", door.operation), declared, &[Code::TooLarge]).await;
        let parts = large.into_bytes().chunks(9_000).map(|part| Ok::<_, std::io::Error>(part.to_vec())).collect::<Vec<_>>();
        let chunked = reqwest::Body::wrap_stream(futures_util::stream::iter(parts));
        let (request, lang) = self.request(door, &path);
        let chunked = (request.header("Content-Type", JSON).body(chunked), lang);
        self.refused(&format!("{} too large, in chunks", door.operation), chunked, &[Code::TooLarge]).await;
    }

    /// Ids in the body that name nothing, one at a time.
    async fn missing_ids(&mut self, door: &Door) {
        let Some(body) = &door.body else { return };
        let good: Value = serde_json::from_str(&self.town.fill(body)).expect("JSON in doors.toml");
        let names = good.as_object().into_iter().flatten().filter(|(_, value)| value.as_str().is_some_and(is_uuid));
        for name in names.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            let mut body = good.clone();
            body[&name] = json!(self.house.app.ambient.id());
            let path = self.town.fill(&door.path);
            let (request, lang) = self.request(door, &path);
            // A code is right or wrong; which codes were asked for is told to nobody.
            let codes = if name == "challengeId" { &[Code::WrongCode] } else { unknown(door) };
            self.refused(&format!("{} without {name}", door.operation), (request.json(&body), lang), codes).await;
        }
    }

    async fn paths(&mut self, door: &Door) {
        let (template, _) = door.path.split_once('?').unwrap_or((&door.path, ""));
        let names: Vec<&str> = template.split('/').filter(|part| part.starts_with('{')).collect();
        let missing = self.house.app.ambient.id().to_string();
        for name in names {
            let missing = (!MAKES.contains(&door.operation.as_str())).then_some(missing.as_str());
            for bad in
                missing.into_iter().chain([ECHO, "%00", "..%2F..", "%D0%B6", "%FF", "0", &"9".repeat(3_000), "%7B%7D", "a%00b"])
            {
                let path = self.town.fill(&door.path.replacen(name, bad, 1));
                let (request, lang) = self.request(door, &path);
                let request = match (&door.body, door.bytes) {
                    (Some(body), _) => request.header("Content-Type", JSON).body(self.town.fill(body)),
                    (None, true) => request.header("Content-Type", "application/pdf").body(self.town.pdf.clone()),
                    (None, false) => request,
                };
                // A path that is no UTF-8 can't be read at all.
                let codes = if bad == "%FF" { &[Code::Malformed] } else { unknown(door) };
                self.refused(&format!("{} at {path}", door.operation), (request, lang), codes).await;
            }
        }
    }

    async fn query(&mut self, door: &Door) {
        let parameters = self.operation(door)["parameters"].clone();
        let (path, query) = door.path.split_once('?').unwrap_or((&door.path, ""));
        for parameter in parameters.as_array().into_iter().flatten().filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().expect("a name");
            let others: Vec<&str> =
                query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with(&format!("{name}="))).collect();
            for (bad, fault) in queries(parameter) {
                let path = self.town.fill(&format!("{path}?{}", [&others[..], &[&format!("{name}={bad}")]].concat().join("&")));
                let request = self.request(door, &path);
                self.invalid(&format!("{} {path}", door.operation), request, &format!("?{name}"), fault).await;
            }
            if parameter["required"] == true {
                let path = self.town.fill(&format!("{path}?{}", others.join("&")));
                let request = self.request(door, &path);
                self.invalid(&format!("{} {path}", door.operation), request, &format!("?{name}"), Fault::Required).await;
            }
        }
    }

    async fn headers(&mut self, door: &Door) {
        let path = self.town.fill(&door.path);
        if self.operation(door)["security"].as_array().is_some_and(|security| !security.is_empty()) {
            for bad in
                ["Bearer", "Bearer ", &format!("Bearer {ECHO}"), &format!("Basic {ECHO}"), "Bearer \u{436}", &"B".repeat(900)]
            {
                let (method, lang) = (self.operations[&door.operation].0.clone(), Lang::Kk);
                let request =
                    self.house.request(method, &path, None).header("Accept-Language", "kk").header("Authorization", bad);
                self.refused(&format!("{} by {bad}", door.operation), (request, lang), &[Code::Unauthenticated]).await;
            }
        }
        let parameters = self.operation(door)["parameters"].clone();
        let key = parameters.as_array().into_iter().flatten().find(|parameter| parameter["name"] == "Idempotency-Key");
        for bad in key.iter().flat_map(|_| [None, Some(String::new()), Some(ECHO.repeat(40))]) {
            let (method, token) = (self.operations[&door.operation].0.clone(), self.town.token(&door.owner));
            let mut request = self.house.request(method, &path, token.as_deref()).header("Accept-Language", "ka");
            if let Some(bad) = &bad {
                request = request.header("Idempotency-Key", bad);
            }
            let body = self.town.fill(door.body.as_deref().unwrap_or("{}"));
            let request = (request.header("Content-Type", JSON).body(body), Lang::Ka);
            let what = format!("{} with the key {bad:?}", door.operation);
            self.refused(&what, request, &[Code::IdempotencyKeyRequired]).await;
        }
    }

    /// Another's place in a list leads to nothing of his.
    async fn foreign_cursor(&mut self, door: &Door) {
        let parameters = self.operation(door)["parameters"].clone();
        // A list that this profile does not offer has no places.
        if door.owner != "self"
            || door.answer != 200
            || !parameters.as_array().into_iter().flatten().any(|parameter| parameter["name"] == "cursor")
        {
            return;
        }
        let path = self.town.fill(&door.path);
        let own =
            self.house.get(&format!("{path}?limit=1"), self.town.token("self").as_deref()).await.is(200).text("/nextCursor");
        if own.is_empty() {
            return;
        }
        let answer = self.house.get(&format!("{path}?limit=1&cursor={own}"), self.town.token("other").as_deref()).await;
        let leaks: Vec<_> = self.town.leaks(&answer, "other").collect();
        if !matches!(answer.status.as_u16(), 200 | 400) || !leaks.is_empty() {
            self.faults.push(format!("{} by another's cursor: {} {leaks:?}", door.operation, answer.status));
        }
    }
}

/// What is answered to an id of nothing. What the town's profile does not offer says so before it looks.
fn unknown(door: &Door) -> &'static [Code] {
    if door.answer == 403 { &[Code::NotFound, Code::RefusedByProfile] } else { &[Code::NotFound] }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.parse::<uuid::Uuid>().is_ok()
}

/// What the server logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("unpoisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn besiege(on: On) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::DEBUG);
    let _guard = tracing::subscriber::set_default(subscriber.with_writer(move || writer.clone()).finish());
    let mut siege = Siege::lay(on).await;
    for door in matrix() {
        let before = everything(&siege.house).await;
        siege.bodies(&door).await;
        siege.missing_ids(&door).await;
        siege.paths(&door).await;
        siege.query(&door).await;
        siege.headers(&door).await;
        siege.foreign_cursor(&door).await;
        let after = everything(&siege.house).await;
        let looks = |table: &str| door.operation == LOOKS && table == "audit_line";
        let written: Vec<_> = before.keys().filter(|table| before[*table] != after[*table] && !looks(table)).collect();
        if !written.is_empty() {
            siege.faults.push(format!("{}: refused calls wrote into {written:?}", door.operation));
        }
    }
    println!("{} refusals on {on:?}", siege.sent);
    assert!(siege.faults.is_empty(), "{on:?}, {} faults: {:#?}", siege.faults.len(), siege.faults);
    let log = String::from_utf8_lossy(&log.0.lock().expect("unpoisoned")).into_owned();
    assert!(log.contains("answered"), "the log was caught");
    for line in log.lines() {
        let personal = [ECHO, "panicked", "+7916000", "Жертвин", "стреляет в ухе"];
        assert!(!personal.iter().any(|word| line.contains(word)), "{on:?}: {line}");
    }
}

// One thread each: the subscriber that catches the log is the thread's own.
#[tokio::test]
async fn bad_input_is_refused_by_every_operation_on_sqlite() {
    besiege(On::Sqlite).await;
}

#[tokio::test]
async fn bad_input_is_refused_by_every_operation_on_postgres() {
    if engines().contains(&On::Postgres) {
        besiege(On::Postgres).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_opens_no_door() {
    for on in engines() {
        let mut siege = Siege::lay(on).await;
        siege.house.app.ambient.advance(TimeDelta::minutes(16));
        for door in matrix() {
            if siege.operation(&door)["security"].as_array().is_none_or(Vec::is_empty) {
                continue;
            }
            let path = siege.town.fill(&door.path);
            let request = siege.request(&door, &path);
            siege.refused(&format!("{} later", door.operation), request, &[Code::Unauthenticated]).await;
        }
        assert!(siege.faults.is_empty(), "{on:?}: {:#?}", siege.faults);
    }
}

/// Bodies with times of the right form that can't be meant: operation, pointer, value, the pointer at fault, the fault.
const TIMES: [(&str, &str, &str, &str, Fault); 7] = [
    ("createBooking", "/startsAt", "2020-01-01T09:00:00.000Z", "/startsAt", Fault::InThePast),
    ("createBooking", "/startsAt", "0000-01-01T00:00:00.000Z", "/startsAt", Fault::InThePast),
    ("putProfile", "/birthDate", "2999-01-01", "/birthDate", Fault::InTheFuture),
    ("putProfile", "/birthDate", "9999-12-31", "/birthDate", Fault::InTheFuture),
    ("putHours", "/hours/0/to", "08:00", "/hours/0/to", Fault::OutOfRange),
    ("putHours", "/hours/0/to", "09:00", "/hours/0/to", Fault::OutOfRange),
    ("putHours", "/hours/0/from", "23:59", "/hours/0/to", Fault::OutOfRange),
];

#[tokio::test(flavor = "multi_thread")]
async fn times_that_can_not_be_meant() {
    for on in engines() {
        let mut siege = Siege::lay(on).await;
        let doors = matrix();
        let door = |operation: &str| doors.iter().find(|door| door.operation == operation).expect("a door");
        for (operation, at, value, pointer, fault) in TIMES {
            let door = door(operation);
            let mut body: Value = serde_json::from_str(&siege.town.fill(door.body.as_deref().expect("a body"))).expect("JSON");
            *body.pointer_mut(at).expect("a field") = value.into();
            let path = siege.town.fill(&door.path);
            let (request, lang) = siege.request(door, &path);
            siege.invalid(&format!("{operation} {at} {value}"), (request.json(&body), lang), pointer, fault).await;
        }
        for (operation, path) in [("listSlots", "/v1/doctors/{doctorId}/slots"), ("listStaffBookings", "/v1/staff/bookings")] {
            for days in ["from=2030-01-02&to=2030-01-01", "from=2030-01-01&to=2030-02-01", "from=0000-01-01&to=9999-12-31"] {
                let path = siege.town.fill(&format!("{path}?{days}"));
                let request = siege.request(door(operation), &path);
                siege.invalid(&format!("{operation} {days}"), request, "?to", Fault::OutOfRange).await;
            }
            for day in ["0000-01-01", "0001-01-01", "9999-12-31"] {
                let path = siege.town.fill(&format!("{path}?from={day}&to={day}"));
                let (request, _) = siege.request(door(operation), &path);
                let answer = siege.house.send(request).await;
                if answer.status.as_u16() >= 500 {
                    siege.faults.push(format!("{operation} on {day}: {}", answer.status));
                }
            }
        }
        assert!(siege.faults.is_empty(), "{on:?}: {:#?}", siege.faults);
    }
}
