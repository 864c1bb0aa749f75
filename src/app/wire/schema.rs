//! A value against the schema that the contract declares for it, with every fault and a pointer to each.

use super::json::{Pointer, note};
use super::{Date, Instant};
use crate::kernel::error::{Fault, FieldFault};
use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use regex::Regex;
use serde_json::{Map, Value};
use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// The schema of one type with all that it refers to.
pub struct Checker {
    root: MetaSchemaRef,
    registry: Registry,
    patterns: RwLock<HashMap<String, Option<Arc<Regex>>>>,
}

type Cache = RwLock<HashMap<TypeId, Arc<Checker>>>;
static CHECKERS: LazyLock<Cache> = LazyLock::new(Cache::default);

impl Checker {
    /// The checker of `T`, built once.
    pub fn of<T: Type + 'static>() -> Arc<Checker> {
        let id = TypeId::of::<T>();
        if let Some(known) = CHECKERS.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return known.clone();
        }
        let mut registry = Registry::new();
        T::register(&mut registry);
        let checker = Arc::new(Checker::new(T::schema_ref(), registry));
        CHECKERS.write().unwrap_or_else(PoisonError::into_inner).entry(id).or_insert(checker).clone()
    }

    pub fn new(root: MetaSchemaRef, registry: Registry) -> Checker {
        Checker { root, registry, patterns: RwLock::default() }
    }

    /// Adds to `faults` all that is wrong with `value`.
    pub fn check(&self, value: &Value, faults: &mut Vec<FieldFault>) {
        Walk { checker: self, path: Pointer::default(), faults }.reference(&self.root, value);
    }

    /// What is wrong with a query parameter of this schema, given as text.
    pub fn check_text(&self, schema: &MetaSchemaRef, text: &str) -> Option<Fault> {
        let schema = self.resolve(schema)?;
        let item = schema.items.as_deref().and_then(|item| self.resolve(item)).unwrap_or(schema);
        let value = match item.ty {
            "integer" | "number" => serde_json::from_str(text).ok().filter(Value::is_number),
            "boolean" => text.parse().ok().map(Value::Bool),
            _ => Some(Value::String(text.to_owned())),
        };
        let Some(value) = value else { return Some(Fault::WrongType) };
        let mut faults = Vec::new();
        Walk { checker: self, path: Pointer::default(), faults: &mut faults }.schema(item, &value);
        faults.first().map(|first| first.fault)
    }

    fn resolve<'a>(&'a self, reference: &'a MetaSchemaRef) -> Option<&'a MetaSchema> {
        match reference {
            MetaSchemaRef::Inline(schema) => Some(schema),
            MetaSchemaRef::Reference(name) => self.registry.schemas.get(name),
        }
    }

    fn pattern(&self, source: &str) -> Option<Arc<Regex>> {
        if let Some(known) = self.patterns.read().unwrap_or_else(PoisonError::into_inner).get(source) {
            return known.clone();
        }
        let compiled = Regex::new(source).ok().map(Arc::new);
        let mut patterns = self.patterns.write().unwrap_or_else(PoisonError::into_inner);
        patterns.entry(source.to_owned()).or_insert(compiled).clone()
    }
}

struct Walk<'a> {
    checker: &'a Checker,
    path: Pointer,
    faults: &'a mut Vec<FieldFault>,
}

impl<'a> Walk<'a> {
    fn fault(&mut self, fault: Fault) {
        note(self.faults, self.path.as_str(), fault);
    }

    fn reference(&mut self, reference: &'a MetaSchemaRef, value: &Value) {
        if let Some(schema) = self.checker.resolve(reference) {
            self.schema(schema, value);
        }
    }

    fn schema(&mut self, schema: &'a MetaSchema, value: &Value) {
        // The framework writes a described reference as `allOf: [reference, description]` and repeats the latter outside.
        if !schema.all_of.is_empty() {
            return schema.all_of.iter().for_each(|part| self.reference(part, value));
        }
        match (schema.ty, value) {
            ("object", Value::Object(object)) => self.object(schema, object),
            ("array", Value::Array(items)) => self.array(schema, items),
            ("string" | "", Value::String(text)) => self.text(schema, text),
            ("integer" | "number" | "", Value::Number(number)) => self.number(schema, number),
            ("boolean", Value::Bool(_)) | ("", _) => {}
            _ => self.fault(Fault::WrongType),
        }
    }

    fn object(&mut self, schema: &'a MetaSchema, object: &Map<String, Value>) {
        for (name, property) in &schema.properties {
            let back = self.path.enter(name);
            match object.get(*name) {
                // Null means absent: some generated clients send it for every field that was not touched.
                None | Some(Value::Null) if schema.required.contains(name) => self.fault(Fault::Required),
                None | Some(Value::Null) => {}
                Some(value) => self.reference(property, value),
            }
            self.path.leave(back);
        }
        let unknown = object.iter().filter(|(key, _)| !schema.properties.iter().any(|(name, _)| name == key));
        for (key, value) in unknown {
            let back = self.path.enter(key);
            match schema.additional_properties.as_deref() {
                Some(open) => self.reference(open, value),
                None => self.fault(Fault::Unknown),
            }
            self.path.leave(back);
        }
        self.count(object.len(), schema.min_properties, schema.max_properties);
    }

    fn array(&mut self, schema: &'a MetaSchema, items: &[Value]) {
        self.count(items.len(), schema.min_items, schema.max_items);
        // What is too long is not read through.
        if schema.max_items.is_some_and(|max| items.len() > max) {
            return;
        }
        for (index, item) in items.iter().enumerate() {
            let back = self.path.enter_index(index);
            if let Some(inner) = schema.items.as_deref() {
                self.reference(inner, item);
            }
            if schema.unique_items == Some(true) && items.iter().take(index).any(|before| before == item) {
                self.fault(Fault::Duplicate);
            }
            self.path.leave(back);
        }
    }

    fn text(&mut self, schema: &'a MetaSchema, text: &str) {
        if !schema.enum_items.is_empty() && !schema.enum_items.iter().any(|known| known.as_str() == Some(text)) {
            return self.fault(Fault::UnknownValue);
        }
        let before = self.faults.len();
        self.count(text.chars().count(), schema.min_length, schema.max_length);
        // One fault per text: a text of the wrong length seldom has the right form either.
        if self.faults.len() > before {
            return;
        }
        let formed = match schema.format {
            Some("uuid") => text.len() == 36 && uuid::Uuid::try_parse(text).is_ok(),
            Some("date") => text.parse::<Date>().is_ok(),
            Some("date-time") => text.parse::<Instant>().is_ok(),
            _ => true,
        };
        let pattern = schema.pattern.as_deref().and_then(|source| self.checker.pattern(source));
        if !formed || pattern.is_some_and(|pattern| !pattern.is_match(text)) {
            self.fault(Fault::BadFormat);
        }
    }

    fn number(&mut self, schema: &'a MetaSchema, number: &serde_json::Number) {
        let value = number.as_f64().unwrap_or(f64::NAN);
        let whole = number.is_i64() || number.is_u64();
        if schema.ty == "integer" && !whole {
            // A whole number too large for 64 bits reaches us as a fraction.
            let beyond = value.fract() == 0.0 && value.abs() >= i64::MAX as f64;
            return self.fault(if beyond { Fault::OutOfRange } else { Fault::WrongType });
        }
        let sized = match (schema.ty, schema.format) {
            ("integer", Some(format)) => fits(format, number),
            _ => true,
        };
        let below = schema.minimum.is_some_and(|min| value < min || (value == min && schema.exclusive_minimum == Some(true)));
        let above = schema.maximum.is_some_and(|max| value > max || (value == max && schema.exclusive_maximum == Some(true)));
        if !sized || below || above {
            self.fault(Fault::OutOfRange);
        }
    }

    fn count(&mut self, count: usize, min: Option<usize>, max: Option<usize>) {
        if min.is_some_and(|min| count < min) {
            self.fault(Fault::TooShort);
        }
        if max.is_some_and(|max| count > max) {
            self.fault(Fault::TooLong);
        }
    }
}

fn fits(format: &str, number: &serde_json::Number) -> bool {
    let Some(value) = number.as_i64() else { return format == "uint64" && number.is_u64() };
    match format {
        "int8" => i8::try_from(value).is_ok(),
        "int16" => i16::try_from(value).is_ok(),
        "int32" => i32::try_from(value).is_ok(),
        "uint8" => u8::try_from(value).is_ok(),
        "uint16" => u16::try_from(value).is_ok(),
        "uint32" => u32::try_from(value).is_ok(),
        "uint64" => value >= 0,
        _ => true,
    }
}
