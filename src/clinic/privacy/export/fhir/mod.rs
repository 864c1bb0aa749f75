//! The same data as a FHIR R4 bundle (4.0.1), for other systems. It is made out of the rows that the rooms export, as they
//! stand after redaction, so that nothing can be in it that the archive does not say elsewhere.
//!
//! A bundle of the type `collection`: every resource has a `urn:uuid:` of its own, and every reference leads to one in it.

mod care;
mod person;

use crate::app::profile::Operator;
use crate::kernel::lang::Lang;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The name of the bundle in the archive.
pub const BUNDLE: &str = "fhir/bundle.json";
/// What the operator is called among ids.
const OPERATOR: &str = "operator";

/// A bundle that is being written. What it has so far is taken from time to time.
pub struct Bundle {
    lang: Lang,
    at: DateTime<Utc>,
    subject: Uuid,
    /// Goes into every id: fixed where the copy is the person's own, of random bytes where ids must lead to nobody.
    salt: [u8; 16],
    text: String,
    /// What stands in it already, in order.
    written: Vec<String>,
    known: BTreeSet<String>,
    /// Conversations with doctors: what is said in others is no part of a medical record.
    conversations: BTreeSet<String>,
}

impl Bundle {
    pub fn begin(operator: &Operator, lang: Lang, subject: Uuid, salt: [u8; 16], at: DateTime<Utc>) -> Self {
        let text = format!(
            "{{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"timestamp\":\"{}\",\"entry\":[",
            at.to_rfc3339_opts(SecondsFormat::Millis, true)
        );
        let (written, known, conversations) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        let mut bundle = Self { lang, at, subject, salt, text, written, known, conversations };
        let phones = operator.phones.iter().map(|phone| json!({ "system": "phone", "value": phone }));
        let telecom: Vec<Value> = phones.chain([json!({ "system": "email", "value": operator.email })]).collect();
        let address = json!([{ "text": operator.address.in_lang(lang) }]);
        let name = operator.name.in_lang(lang);
        bundle.add("Organization", OPERATOR, json!({ "name": name, "telecom": telecom, "address": address }));
        bundle
    }

    /// Adds what a part of a room says in FHIR.
    pub fn part(&mut self, name: &str, rows: &[Value]) {
        for row in rows {
            match name {
                "account" => person::patient(self, row),
                "consents" => person::consent(self, row),
                "bookings" => care::booking(self, row),
                "episodes" => care::episode(self, row),
                "documents" => care::document(self, row),
                "conversations" => care::conversation(self, row),
                "messages" => care::message(self, row),
                "charges" => care::charge(self, row),
                _ => {}
            }
        }
    }

    /// What was written since the last time.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    /// Says from where all of it comes, and ends the bundle.
    pub fn end(mut self) -> String {
        let targets: Vec<Value> = self.written.iter().map(|url| json!({ "reference": url })).collect();
        let who = self.reference("Organization", OPERATOR);
        let provenance = json!({
            "target": targets, "recorded": self.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            "activity": { "text": "export" }, "agent": [{ "who": who }],
        });
        self.add("Provenance", "export", provenance);
        self.text.push_str("]}\n");
        self.text
    }

    /// Adds a resource, unless it stands there.
    fn add(&mut self, kind: &'static str, id: &str, resource: Value) {
        let (uuid, url) = self.place(kind, id);
        if !self.known.insert(url.clone()) {
            return;
        }
        let Value::Object(fields) = filled(resource).unwrap_or_default() else { return };
        let mut whole = Map::new();
        whole.insert("resourceType".to_owned(), kind.into());
        whole.insert("id".to_owned(), uuid.to_string().into());
        whole.extend(fields);
        if !self.written.is_empty() {
            self.text.push(',');
        }
        self.text.push_str(&json!({ "fullUrl": url, "resource": whole }).to_string());
        self.written.push(url);
    }

    fn reference(&self, kind: &str, id: &str) -> Value {
        json!({ "reference": self.place(kind, id).1 })
    }

    fn patient(&self) -> Value {
        self.reference("Patient", &self.subject.to_string())
    }

    /// One of our ids stands for several resources (a booking is an appointment and an encounter): each gets its own.
    fn place(&self, kind: &str, id: &str) -> (Uuid, String) {
        let mut hash = Sha256::new();
        hash.update(self.salt);
        hash.update(format!("{kind}/{id}"));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        let uuid = uuid::Builder::from_custom_bytes(bytes).into_uuid();
        (uuid, format!("urn:uuid:{uuid}"))
    }

    /// A name of the office, which may stand there in all languages.
    fn name<'a>(&self, row: &'a Value, field: &str) -> Option<&'a str> {
        match row.get(field)? {
            Value::String(text) => Some(text),
            Value::Object(texts) => texts.get(self.lang.as_str())?.as_str(),
            _ => None,
        }
    }
}

fn text<'a>(row: &'a Value, field: &str) -> Option<&'a str> {
    row.get(field)?.as_str().filter(|text| !text.is_empty())
}

/// An instant as it stands in the data; none where the copy says no more than the month.
fn instant<'a>(row: &'a Value, field: &str) -> Option<&'a str> {
    text(row, field).filter(|text| text.contains('T'))
}

/// Without what says nothing: FHIR knows neither null nor empty.
fn filled(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::Array(items) => {
            let items: Vec<Value> = items.into_iter().filter_map(filled).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Value::Object(fields) => {
            let fields: Map<String, Value> =
                fields.into_iter().filter_map(|(name, value)| Some((name, filled(value)?))).collect();
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        value => Some(value),
    }
}

/// A concept that no code system of ours names.
fn said(words: Option<&str>) -> Value {
    json!({ "text": words })
}

fn coded(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}
