//! The operations of the contract beside their lines in `doors.toml`, and where ids stand in them.

use crate::doors::{Door, matrix, operations};
use crate::support::house::House;
use crate::support::town::Town;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::Value;
use std::sync::LazyLock;
use uuid::Uuid;

pub static CONTRACT: LazyLock<Value> = LazyLock::new(|| feldsher::server::service::contract().expect("a contract"));

/// Parameters of paths that name something of the profile's or the configuration's, the same for everybody.
const WORDS: [&str; 2] = ["consentId", "provider"];

#[derive(Clone)]
pub struct Operation {
    pub id: String,
    pub method: Method,
    /// As the contract writes it, `/v1/bookings/{id}`.
    pub path: String,
    pub door: Door,
    spec: &'static Value,
}

/// Where an id stands in a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// The segment of the path.
    Path(usize),
    /// A JSON pointer into the body, and whether a list of ids stands there.
    Body(String, bool),
}

impl Operation {
    /// Those of the contract that have a line; the door test sees to it that all have. In the order of the lines: what
    /// destroys comes last.
    pub fn all() -> Vec<Operation> {
        let known = operations();
        let with_spec = |door: Door| {
            let (method, path) = known.get(&door.operation)?.clone();
            let spec = &CONTRACT["paths"][&path][method.as_str().to_lowercase()];
            Some(Operation { id: door.operation.clone(), method, path, door, spec })
        };
        matrix().into_iter().filter_map(with_spec).collect()
    }

    /// Open to everybody, without a token.
    pub fn is_public(&self) -> bool {
        self.spec["security"].as_array().is_none_or(Vec::is_empty)
    }

    pub fn takes(&self, parameter: &str) -> bool {
        self.parameters().any(|known| known["name"] == parameter)
    }

    /// Parameters of the query into which anything can be typed.
    pub fn searches(&self) -> Vec<&'static str> {
        let is_search = |parameter: &&Value| {
            parameter["in"] == "query" && parameter["schema"]["type"] == "string" && parameter["schema"]["format"].is_null()
        };
        self.parameters().filter(is_search).filter_map(|known| known["name"].as_str()).filter(|name| *name != "cursor").collect()
    }

    fn parameters(&self) -> impl Iterator<Item = &'static Value> {
        self.spec["parameters"].as_array().into_iter().flatten()
    }

    /// The segments of the path in which an id stands.
    pub fn ids(&self) -> Vec<usize> {
        let is_id = |segment: &str| {
            let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            name.is_some_and(|name| !WORDS.contains(&name))
        };
        self.path.split('/').enumerate().filter(|(_, segment)| is_id(segment)).map(|(index, _)| index).collect()
    }

    /// Every place in which it takes an id.
    pub fn places(&self, town: &Town) -> Vec<Place> {
        let mut places: Vec<Place> = self.ids().into_iter().map(Place::Path).collect();
        if let Some(schema) = self.body_schema() {
            ids_of_body(schema, &self.body(town), "", &mut places);
        }
        places
    }

    /// Its door with this id in that place.
    pub fn with(&self, town: &Town, place: &Place, id: &str) -> Door {
        let mut door = self.door.clone();
        match place {
            Place::Path(index) => {
                let filled = town.fill(&door.path);
                let (path, query) = filled.split_once('?').map_or((filled.as_str(), ""), |(path, query)| (path, query));
                let segments: Vec<&str> =
                    path.split('/').enumerate().map(|(at, old)| if at == *index { id } else { old }).collect();
                door.path = segments.join("/") + if query.is_empty() { "" } else { "?" } + query;
            }
            Place::Body(pointer, is_list) => {
                let value = if *is_list { Value::from(vec![id]) } else { Value::from(id) };
                let mut body = self.body(town);
                let (parent, name) = pointer.rsplit_once('/').expect("a pointer to a field");
                body.pointer_mut(parent).expect("its object")[name] = value;
                door.body = Some(body.to_string());
            }
        }
        door
    }

    /// What stands in that place when the victim's own things are named; empty where nothing does.
    pub fn value_at(&self, town: &Town, place: &Place) -> String {
        match place {
            Place::Path(index) => {
                let filled = town.fill(&self.door.path);
                filled.split('?').next().unwrap_or_default().split('/').nth(*index).unwrap_or_default().to_owned()
            }
            Place::Body(pointer, _) => {
                let body = self.body(town);
                let value = body.pointer(pointer).map(|value| value.get(0).unwrap_or(value));
                value.and_then(Value::as_str).unwrap_or_default().to_owned()
            }
        }
    }

    /// Its door with ids that nobody has, wherever its path takes one.
    pub fn at_random(&self, house: &House, town: &Town) -> Door {
        let mut operation = self.clone();
        for index in self.ids() {
            let place = Place::Path(index);
            operation.door = operation.with(town, &place, &random_like(house, &self.value_at(town, &place)));
        }
        operation.door
    }

    /// The body of its line, or an empty one.
    pub fn body(&self, town: &Town) -> Value {
        let text = self.door.body.as_deref().map_or_else(|| "{}".to_owned(), |body| town.fill(body));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("the body of {}: {error}", self.id))
    }

    pub fn body_schema(&self) -> Option<&'static Value> {
        let schema = &self.spec["requestBody"]["content"]["application/json"]["schema"];
        (!schema.is_null()).then(|| resolve(schema))
    }

    /// What the contract says of an answer with this status: media types with their schemas. `None`: not foreseen.
    pub fn answers(&self, status: u16) -> Option<&'static Value> {
        let responses = &self.spec["responses"];
        let exact = &responses[status.to_string()];
        let response = if exact.is_null() { &responses[format!("{}XX", status / 100)] } else { exact };
        (!response.is_null()).then(|| &resolve(response)["content"])
    }

    /// Whether it answers JSON.
    pub fn is_json(&self) -> bool {
        self.answers(self.door.answer).is_some_and(|content| content["application/json"].is_object())
    }

    /// The path of its line for as much as a list can show: days around now instead of those of the line, and a long page.
    pub fn wide(&self, house: &House, town: &Town) -> String {
        let today = house.app.ambient.now();
        let filled = town.fill(&self.door.path);
        let (path, query) = filled.split_once('?').unwrap_or((&filled, ""));
        let widened = |pair: &str| match pair.split_once('=').map(|(name, _)| name) {
            Some("from") => format!("from={}", (today - TimeDelta::days(1)).format("%Y-%m-%d")),
            Some("to") => format!("to={}", (today + TimeDelta::days(20)).format("%Y-%m-%d")),
            _ => pair.to_owned(),
        };
        let mut pairs: Vec<String> = query.split('&').filter(|pair| !pair.is_empty()).map(widened).collect();
        if self.takes("limit") {
            pairs.push("limit=100".to_owned());
        }
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
    }
}

/// Follows a reference into the contract.
pub fn resolve(value: &'static Value) -> &'static Value {
    // The framework writes a described reference as `allOf: [reference, description]`.
    let value = value["allOf"].get(0).unwrap_or(value);
    let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| CONTRACT.pointer(pointer)).unwrap_or(value)
}

fn ids_of_body(schema: &'static Value, body: &Value, at: &str, places: &mut Vec<Place>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let (property, at) = (resolve(property), format!("{at}/{name}"));
        let item = resolve(&property["items"]);
        let inside = body.get(name);
        if property["format"] == "uuid" {
            places.push(Place::Body(at, false));
        } else if item["format"] == "uuid" {
            places.push(Place::Body(at, true));
        } else if let Some(Value::Array(items)) = inside {
            items.iter().enumerate().for_each(|(index, inside)| ids_of_body(item, inside, &format!("{at}/{index}"), places));
        } else if let Some(inside) = inside {
            ids_of_body(property, inside, &at, places);
        }
    }
}

/// An id of the same form that nobody has.
pub fn random_like(house: &House, like: &str) -> String {
    if like.parse::<Uuid>().is_ok() {
        return house.app.ambient.id().to_string();
    }
    let bytes: [u8; 64] = house.app.ambient.bytes();
    let other = |(c, byte): (char, u8)| {
        if c.is_ascii_alphanumeric() { char::from(b"23456789ABCDEFGH"[usize::from(byte % 16)]) } else { c }
    };
    like.chars().zip(bytes).map(other).collect()
}
