//! What a new contract would break in the apps that were generated from an old one. Each line says where and what.
//! Enums are open by rule 9 of the contract, so a new value in an answer breaks nothing; a value that a request may no
//! longer carry does.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

const METHODS: &[&str] = &["get", "put", "post", "delete", "patch"];

/// Every breach, as `METHOD path: what`. Empty when every app goes on working.
pub fn breaches(old: &Value, new: &Value) -> Vec<String> {
    let mut comparison = Comparison { old, new, place: String::new(), seen: BTreeSet::new(), breaches: Vec::new() };
    for (path, item) in entries(&old["paths"]) {
        for (method, operation) in entries(item).filter(|(method, _)| METHODS.contains(&method.as_str())) {
            comparison.place = format!("{} {path}", method.to_uppercase());
            comparison.operation(operation, &new["paths"][path][method]);
        }
    }
    comparison.breaches
}

/// Who writes a value, for what widens one side narrows the other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    Request,
    Answer,
}

struct Comparison<'a> {
    old: &'a Value,
    new: &'a Value,
    place: String,
    /// Pairs of named schemas that were compared already: schemas may contain themselves.
    seen: BTreeSet<(Direction, &'a str, &'a str)>,
    breaches: Vec<String>,
}

impl<'a> Comparison<'a> {
    fn breach(&mut self, what: impl AsRef<str>) {
        self.breaches.push(format!("{}: {}", self.place, what.as_ref()));
    }

    fn operation(&mut self, old: &'a Value, new: &'a Value) {
        if new.is_null() {
            return self.breach("the operation is gone");
        }
        if old["operationId"] != new["operationId"] {
            self.breach("operationId is another: generated methods change their names");
        }
        if is_public(old) && !is_public(new) {
            self.breach("it needs a session now");
        }
        self.parameters(old, new);
        self.body(&old["requestBody"], &new["requestBody"]);
        for (status, answer) in entries(&old["responses"]).filter(|(status, _)| status.starts_with('2')) {
            match &new["responses"][status] {
                Value::Null => self.breach(format!("it no longer answers {status}")),
                now => self.content(Direction::Answer, status, &answer["content"], &now["content"]),
            }
        }
    }

    fn parameters(&mut self, old: &'a Value, new: &'a Value) {
        let find = |parameters: &'a Value, like: &Value| {
            let same = |one: &&Value| one["name"] == like["name"] && one["in"] == like["in"];
            items(parameters).find(same).unwrap_or(&Value::Null)
        };
        for parameter in items(&old["parameters"]) {
            let name = text(&parameter["name"]);
            match find(&new["parameters"], parameter) {
                Value::Null => self.breach(format!("parameter {name} is gone")),
                now => self.schema(Direction::Request, name, &parameter["schema"], &now["schema"]),
            }
        }
        for parameter in items(&new["parameters"]).filter(|parameter| parameter["required"] == true) {
            if find(&old["parameters"], parameter)["required"] != true {
                self.breach(format!("parameter {} is required now", text(&parameter["name"])));
            }
        }
    }

    fn body(&mut self, old: &'a Value, new: &'a Value) {
        match (old.is_null(), new.is_null()) {
            (true, true) => {}
            (true, false) if new["required"] == true => self.breach("it requires a body now"),
            (true, false) => {}
            (false, true) => self.breach("it takes no body any more"),
            (false, false) => self.content(Direction::Request, "body", &old["content"], &new["content"]),
        }
    }

    fn content(&mut self, direction: Direction, at: &str, old: &'a Value, new: &'a Value) {
        for (media_type, described) in entries(old) {
            match &new[media_type] {
                Value::Null => self.breach(format!("{at}: {media_type} is gone")),
                now => self.schema(direction, at, &described["schema"], &now["schema"]),
            }
        }
    }

    fn schema(&mut self, direction: Direction, at: &str, old: &'a Value, new: &'a Value) {
        if let (Some(old_name), Some(new_name)) = (reference(old), reference(new))
            && !self.seen.insert((direction, old_name, new_name))
        {
            return;
        }
        let (old, new) = (resolved(self.old, old), resolved(self.new, new));
        if old["type"] != new["type"] {
            return self.breach(format!("{at}: {} became {}", text(&old["type"]), text(&new["type"])));
        }
        if old["format"] != new["format"] {
            self.breach(format!("{at}: format {} became {}", text(&old["format"]), text(&new["format"])));
        }
        if direction == Direction::Request {
            self.narrowed(at, old, new);
        }
        self.properties(direction, at, old, new);
        if !old["items"].is_null() {
            self.schema(direction, &format!("{at}[]"), &old["items"], &new["items"]);
        }
    }

    /// What a request could carry and no longer can.
    fn narrowed(&mut self, at: &str, old: &Value, new: &Value) {
        for value in items(&old["enum"]).filter(|value| !items(&new["enum"]).any(|now| now == *value)) {
            self.breach(format!("{at}: {} is no longer taken", text(value)));
        }
        for (limit, lower_is_narrower) in [
            ("maxLength", true),
            ("maximum", true),
            ("maxItems", true),
            ("minLength", false),
            ("minimum", false),
            ("minItems", false),
        ] {
            let is_narrower = match (old[limit].as_f64(), new[limit].as_f64()) {
                (Some(was), Some(is)) => (is < was) == lower_is_narrower && is != was,
                (None, Some(_)) => true,
                (_, None) => false,
            };
            if is_narrower {
                self.breach(format!("{at}: {limit} is narrower"));
            }
        }
        if !new["pattern"].is_null() && old["pattern"] != new["pattern"] {
            self.breach(format!("{at}: the pattern is another"));
        }
    }

    fn properties(&mut self, direction: Direction, at: &str, old: &'a Value, new: &'a Value) {
        for (name, property) in entries(&old["properties"]) {
            let inner = format!("{at}.{name}");
            match &new["properties"][name] {
                Value::Null => self.breach(format!("{inner} is gone")),
                now => self.schema(direction, &inner, property, now),
            }
        }
        let (demanding, lenient) = if direction == Direction::Request { (new, old) } else { (old, new) };
        for name in items(&demanding["required"]).filter(|name| !items(&lenient["required"]).any(|other| other == *name)) {
            let what = if direction == Direction::Request { "is required now" } else { "may be absent now" };
            // What is gone altogether was said already.
            if direction == Direction::Request || !new["properties"][text(name)].is_null() {
                self.breach(format!("{at}.{} {what}", text(name)));
            }
        }
    }
}

/// An empty list of schemes, or one that leaves the choice, asks for nothing.
fn is_public(operation: &Value) -> bool {
    operation["security"]
        .as_array()
        .is_none_or(|schemes| schemes.is_empty() || schemes.iter().any(|one| one == &Value::Object(Map::new())))
}

fn reference(schema: &Value) -> Option<&str> {
    let wrapped = schema["allOf"].as_array().filter(|all| all.len() == 1).map(|all| &all[0]);
    wrapped.unwrap_or(schema)["$ref"].as_str()
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = reference(schema).and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("nothing")
}
