//! What can be wrong with a body and with a query, made from the contract.

use feldsher::kernel::error::Fault;
use serde_json::{Map, Value, json};

/// Stands in every bad value, and may never come back or be logged.
pub const ECHO: &str = "Qx7echo";
/// Stands where a lone surrogate is to be, which no `Value` can hold.
const SURROGATE: &str = "@@surrogate@@";

/// A body, and the fault that it must be refused for.
pub struct Bad {
    pub body: String,
    pub pointer: String,
    /// None: the body is no JSON at all.
    pub fault: Option<Fault>,
}

/// What somebody would add who hopes that a body is poured into a row as it is.
const ASSIGNED: [&str; 14] = [
    "id",
    "role",
    "clinicId",
    "price",
    "status",
    "state",
    "ownerId",
    "verified",
    "patientId",
    "subject",
    "acceptedVersion",
    "createdAt",
    "isAdmin",
    "__proto__",
];

/// Every bad body for an operation whose good body is `good`.
pub fn bodies(contract: &Value, schema: &Value, good: &Value) -> Vec<Bad> {
    let mut cases = Cases { contract, good, found: Vec::new() };
    cases.value(schema, "", true);
    cases.assigned(schema);
    cases.unread();
    cases.found
}

/// Bad values for a query parameter, as they stand in the query.
pub fn queries(parameter: &Value) -> Vec<(String, Fault)> {
    let schema = &parameter["schema"];
    let mut bad = Vec::new();
    let mut add = |text: &str, fault| bad.push((text.to_owned(), fault));
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer"), _) => {
            for text in ["0", "-1", "1000000000", "99999999999999999999"] {
                add(text, Fault::OutOfRange);
            }
            for text in [ECHO, "", "1.5", "%00", "1%3B2"] {
                add(text, Fault::WrongType);
            }
        }
        (_, Some("uuid" | "date" | "date-time")) => {
            for text in [ECHO, "", "%00", "2026-02-30", "99999-01-01", "%D0%B6", "..%2F.."] {
                add(text, Fault::BadFormat);
            }
        }
        _ => {
            if let Some(max) = schema["maxLength"].as_u64() {
                add(&long(max), Fault::TooLong);
            }
            if schema["pattern"].is_string() {
                add(&format!("{ECHO}%20%00"), Fault::BadFormat);
            }
            if schema["enum"].is_array() {
                add(ECHO, Fault::UnknownValue);
            }
        }
    }
    bad
}

fn long(max: u64) -> String {
    let length = usize::try_from(max).expect("a length") + 1;
    ECHO.chars().cycle().take(length.max(ECHO.len())).collect()
}

struct Cases<'a> {
    contract: &'a Value,
    good: &'a Value,
    found: Vec<Bad>,
}

impl<'a> Cases<'a> {
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => self.contract.pointer(reference.trim_start_matches('#')).expect("a schema"),
            None => schema,
        }
    }

    /// Notes the good body with `value` at `pointer`.
    fn put(&mut self, pointer: &str, value: Value, fault: Fault) {
        let mut body = self.good.clone();
        set(&mut body, pointer, value);
        self.found.push(Bad { body: body.to_string(), pointer: pointer.to_owned(), fault: Some(fault) });
    }

    fn value(&mut self, schema: &'a Value, pointer: &str, required: bool) {
        let schema = self.resolve(schema);
        if required && !pointer.is_empty() {
            self.put(pointer, Value::Null, Fault::Required);
        }
        match schema["type"].as_str() {
            Some("object") => self.object(schema, pointer),
            Some("array") => self.array(schema, pointer),
            Some("string") => self.text(schema, pointer),
            Some("integer") => self.integer(schema, pointer),
            Some("number") => {
                [json!(ECHO), json!(true), json!([1])].into_iter().for_each(|wrong| self.put(pointer, wrong, Fault::WrongType))
            }
            Some("boolean") => self.put(pointer, json!(ECHO), Fault::WrongType),
            other => panic!("{pointer}: a schema of type {other:?}"),
        }
    }

    fn object(&mut self, schema: &'a Value, pointer: &str) {
        for wrong in [json!([ECHO]), json!(ECHO), json!(7)] {
            self.put(pointer, wrong, Fault::WrongType);
        }
        self.put(&format!("{pointer}/unknownField"), json!(ECHO), Fault::Unknown);
        let required: Vec<_> = schema["required"].as_array().into_iter().flatten().collect();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let is_required = required.iter().any(|known| **known == **name);
            self.value(property, &format!("{pointer}/{name}"), is_required);
        }
    }

    fn array(&mut self, schema: &'a Value, pointer: &str) {
        for wrong in [json!({ ECHO: 1 }), json!(ECHO)] {
            self.put(pointer, wrong, Fault::WrongType);
        }
        if let Some(max) = schema["maxItems"].as_u64() {
            let many: Vec<Value> = (0..=max).map(|_| json!({})).collect();
            self.put(pointer, Value::Array(many), Fault::TooLong);
        }
        self.value(&schema["items"], &format!("{pointer}/0"), false);
    }

    fn text(&mut self, schema: &'a Value, pointer: &str) {
        for wrong in [json!(7), json!(true), json!([ECHO]), json!({ "a": ECHO })] {
            self.put(pointer, wrong, Fault::WrongType);
        }
        self.put(pointer, json!(format!("{ECHO}\0")), Fault::BadCharacters);
        self.surrogate(pointer);
        if schema["enum"].is_array() {
            return self.put(pointer, json!(ECHO), Fault::UnknownValue);
        }
        if schema["format"].is_string() {
            for wrong in [ECHO, "", "2026-02-30", "2026-02-30T25:00:00Z", "{01890000-0000-7000-8000-000000000000}"] {
                self.put(pointer, json!(wrong), Fault::BadFormat);
            }
            return;
        }
        match schema["maxLength"].as_u64() {
            Some(max) => self.put(pointer, json!(long(max)), Fault::TooLong),
            // The framework has no limit for the texts of a list; the body's own limit keeps them short.
            None if pointer.ends_with("/0") => {}
            None => assert!(schema["pattern"].is_string(), "{pointer}: a text without a limit"),
        }
        if schema["minLength"].as_u64().is_some_and(|min| min > 0) {
            self.put(pointer, json!(""), Fault::TooShort);
        }
        if schema["pattern"].is_string() {
            self.put(pointer, json!(ECHO), Fault::BadFormat);
        }
    }

    fn integer(&mut self, schema: &'a Value, pointer: &str) {
        for wrong in [json!(ECHO), json!(1.5), json!(true), json!([1])] {
            self.put(pointer, wrong, Fault::WrongType);
        }
        self.put(pointer, json!(1e300), Fault::OutOfRange);
        if schema["format"] == "int32" {
            self.put(pointer, json!(3_000_000_000_i64), Fault::OutOfRange);
        }
        for (limit, beyond) in [("minimum", -1), ("maximum", 1)] {
            if let Some(value) = schema[limit].as_i64() {
                self.put(pointer, json!(value + beyond), Fault::OutOfRange);
            }
        }
    }

    fn surrogate(&mut self, pointer: &str) {
        let mut body = self.good.clone();
        set(&mut body, pointer, json!(SURROGATE));
        let body = body.to_string().replace(SURROGATE, &format!("{ECHO}\\ud800"));
        self.found.push(Bad { body, pointer: pointer.to_owned(), fault: None });
    }

    /// Fields that are no business of the caller, one at a time.
    fn assigned(&mut self, schema: &'a Value) {
        let known = &self.resolve(schema)["properties"];
        for name in ASSIGNED.into_iter().filter(|name| known.get(name).is_none()) {
            self.put(&format!("/{name}"), json!(ECHO), Fault::Unknown);
        }
    }

    /// What is no JSON, or JSON that parsers read differently.
    fn unread(&mut self) {
        let good = self.good.to_string();
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
        let texts = [
            "",
            "{",
            "nonsense",
            &good[1..],
            &format!("{good}{good}"),
            &format!("\u{feff}{good}"),
            "{\"a\":1e999}",
            "{'a':1}",
            &deep,
        ];
        for text in texts {
            self.found.push(Bad { body: text.to_owned(), pointer: String::new(), fault: None });
        }
    }
}

/// Puts `value` at a pointer, making the objects and lists on the way.
fn set(body: &mut Value, pointer: &str, value: Value) {
    let mut place = body;
    for key in pointer.split('/').skip(1) {
        place = match key.parse::<usize>() {
            Ok(index) => {
                if !place.is_array() {
                    *place = json!([]);
                }
                let items = place.as_array_mut().expect("a list");
                if items.len() <= index {
                    items.push(Value::Null);
                }
                &mut items[index]
            }
            Err(_) => {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                place.as_object_mut().expect("an object").entry(key).or_insert(Value::Null)
            }
        };
    }
    *place = value;
}
