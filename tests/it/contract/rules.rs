//! The checker itself.

use feldsher::server::spec::header_name;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];
/// Names that collide with the standard library of one client language or another.
const BAD_NAMES: &[&str] = &["Locale", "Type", "Error", "Data", "Result", "Response", "Optional"];

/// Every breach of the rules in `document`, each as `number: where: what`. Empty when all is well.
pub fn check_rules(document: &Value) -> Vec<String> {
    let mut rules = Rules { document, complaints: Vec::new() };
    rules.everywhere(document, "#");
    rules.schemas();
    let mut ids = BTreeSet::new();
    for (path, item) in entries(&document["paths"]) {
        for (method, operation) in entries(item).filter(|(method, _)| METHODS.contains(&method.as_str())) {
            let place = format!("{method} {path}");
            rules.operation(&place, operation, &mut ids);
            if method == "patch" {
                rules.patch(&place, operation);
            }
        }
    }
    rules.complaints
}

struct Rules<'a> {
    document: &'a Value,
    complaints: Vec<String>,
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

impl<'a> Rules<'a> {
    fn complain(&mut self, rule: u8, place: &str, what: &str) {
        self.complaints.push(format!("{rule}: {place}: {what}"));
    }

    fn must(&mut self, kept: bool, rule: u8, place: &str, what: &str) {
        if !kept {
            self.complain(rule, place, what);
        }
    }

    fn resolve(&self, value: &'a Value) -> &'a Value {
        let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.document.pointer(pointer)).unwrap_or(value)
    }

    /// Rules about single nodes, wherever they stand.
    fn everywhere(&mut self, value: &Value, place: &str) {
        for (index, item) in items(value).enumerate() {
            self.everywhere(item, &format!("{place}/{index}"));
        }
        for (key, inner) in entries(value) {
            let place = format!("{place}/{key}");
            match key.as_str() {
                "oneOf" | "anyOf" if inner.is_array() => self.complain(1, &place, "a union"),
                "nullable" if *inner == true => self.complain(2, &place, "absent, never null"),
                "format" => self.format(&place, inner.as_str().unwrap_or_default()),
                // Names of properties are no keywords, whatever they spell.
                "properties" => {
                    self.dates(&place, inner);
                    for (name, schema) in entries(inner) {
                        self.everywhere(schema, &format!("{place}/{name}"));
                    }
                    continue;
                }
                "example" | "default" | "enum" => continue,
                "content" => self.content(&place, inner),
                "headers" => self.headers(&place, inner),
                _ => {}
            }
            self.everywhere(inner, &place);
        }
    }

    fn format(&mut self, place: &str, format: &str) {
        self.must(!format.starts_with("naive-"), 5, place, "dates have `format: date`");
        self.must(!format.starts_with("uint"), 9, place, "no standard format: use int32 or int64");
    }

    fn dates(&mut self, place: &str, properties: &Value) {
        for (name, schema) in entries(properties).filter(|(name, schema)| name.ends_with("Date") && schema["type"] == "string") {
            self.must(schema["format"] == "date", 5, &format!("{place}/{name}"), "dates have `format: date`");
        }
    }

    fn content(&mut self, place: &str, content: &Value) {
        for (media, body) in entries(content) {
            self.must(!media.contains(';'), 6, place, "a media type with a parameter");
            if media.starts_with("multipart/") {
                self.multipart(place, self.resolve(&body["schema"]));
            }
        }
    }

    fn multipart(&mut self, place: &str, schema: &Value) {
        for (name, part) in entries(&schema["properties"]) {
            self.must(part["type"] == "string", 7, place, "a part that is neither file nor string");
            self.must(items(&schema["required"]).any(|required| required == name), 7, place, "an optional part");
        }
    }

    fn headers(&mut self, place: &str, headers: &Value) {
        for (name, _) in entries(headers) {
            self.must(*name == header_name(name), 6, place, "a header not spelled as the RFCs do");
        }
    }

    fn schemas(&mut self) {
        for (name, schema) in entries(&self.document["components"]["schemas"]) {
            let place = format!("#/components/schemas/{name}");
            self.must(!BAD_NAMES.contains(&name.as_str()), 9, &place, "a name that collides in clients");
            if schema["enum"].is_array() {
                self.must(schema["type"] == "string", 9, &place, "an enum that isn't of strings can't be open");
                self.must(schema["default"].is_null(), 9, &place, "a default in an open enum");
            }
        }
    }

    fn operation(&mut self, place: &str, operation: &'a Value, ids: &mut BTreeSet<&'a str>) {
        match operation["operationId"].as_str() {
            Some(id) => self.must(ids.insert(id), 8, place, "its id stands twice"),
            None => self.complain(8, place, "no id"),
        }
        self.must(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), 8, place, "no summary");
        self.must(items(&operation["tags"]).next().is_some(), 8, place, "no tag");
        for param in items(&operation["parameters"]) {
            self.parameter(place, param);
        }
        self.failures(place, &operation["responses"]);
    }

    fn parameter(&mut self, place: &str, param: &Value) {
        let name = param["name"].as_str().unwrap_or_default();
        self.must(!name.eq_ignore_ascii_case("if-none-match"), 10, place, "caching is the transport's business");
        if param["in"] == "header" {
            self.must(name == header_name(name), 6, place, "a header not spelled as the RFCs do");
        }
        let required_list = param["in"] == "query" && param["schema"]["type"] == "array" && param["required"] == true;
        self.must(!required_list, 8, place, "a required list in the query");
    }

    /// The same two failures everywhere, both with the problem schema, and `Allow` for 405.
    fn failures(&mut self, place: &str, responses: &'a Value) {
        for range in ["4XX", "5XX"] {
            let response = self.resolve(&responses[range]);
            let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
            self.must(schema == "#/components/schemas/Problem", 4, place, "a failure without the problem schema");
            let allow = range == "5XX" || response["headers"]["Allow"].is_object();
            self.must(allow, 4, place, "405 without `Allow`");
        }
        let others =
            entries(responses).filter(|(status, _)| !matches!(status.as_str(), "4XX" | "5XX") && status.starts_with(['4', '5']));
        for (status, _) in others {
            self.complain(4, place, &format!("{status} stands apart from the common failures"));
        }
    }

    /// In a PATCH everything may be left out.
    fn patch(&mut self, place: &str, operation: &'a Value) {
        for (_, media) in entries(&operation["requestBody"]["content"]) {
            let schema = self.resolve(&media["schema"]);
            self.must(items(&schema["required"]).next().is_none(), 3, place, "a required field in a PATCH");
        }
    }
}
