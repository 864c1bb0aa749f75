//! A stricter reader of JSON: what different parsers would read differently, or no database keeps, is refused.

use crate::kernel::error::{Fault, FieldFault};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Deeper than any schema of ours, and shallow enough for the stack.
const MAX_DEPTH: usize = 32;
/// Enough for a form; a body with more faults is noise.
pub const MAX_FAULTS: usize = 50;

/// The bytes are not JSON as RFC 8259 has it, or nest too deeply, or hold a lone surrogate or a number beyond range.
#[derive(Debug)]
pub struct Malformed;

/// Reads one JSON text. Repeated keys and NUL characters are gathered as faults, so that the caller learns of them
/// together with the rest.
pub fn read(bytes: &[u8]) -> Result<(Value, Vec<FieldFault>), Malformed> {
    let mut state = State { path: Pointer::default(), faults: Vec::new() };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Seed { state: &mut state, depth: 0 }.deserialize(&mut reader).map_err(|_| Malformed)?;
    reader.end().map_err(|_| Malformed)?;
    Ok((value, state.faults))
}

/// A JSON pointer under construction.
#[derive(Debug, Default)]
pub struct Pointer(String);

impl Pointer {
    /// Steps down to `key` and returns the place to come back to. A key that can't be the name of a field is left out,
    /// so that the pointer carries no client's text of any other kind into the answer: it then names the parent.
    pub fn enter(&mut self, key: &str) -> usize {
        let back = self.0.len();
        let name = key.len() <= 64 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if name && !key.is_empty() {
            self.0.push('/');
            self.0.push_str(key);
        }
        back
    }

    pub fn enter_index(&mut self, index: usize) -> usize {
        let back = self.0.len();
        self.0.push_str(&format!("/{index}"));
        back
    }

    pub fn leave(&mut self, back: usize) {
        self.0.truncate(back);
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Notes a fault once per place, and no more than the limit.
pub fn note(faults: &mut Vec<FieldFault>, pointer: &str, fault: Fault) {
    let known = faults.iter().any(|known| known.pointer == pointer && known.fault == fault);
    if !known && faults.len() < MAX_FAULTS {
        faults.push(FieldFault { pointer: pointer.to_owned(), fault });
    }
}

struct State {
    path: Pointer,
    faults: Vec<FieldFault>,
}

impl State {
    fn note(&mut self, fault: Fault) {
        note(&mut self.faults, self.path.as_str(), fault);
    }
}

struct Seed<'a> {
    state: &'a mut State,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number beyond range"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        // PostgreSQL keeps no NUL in text, SQLite cuts there: neither would read back what was written.
        if text.contains('\0') {
            self.state.note(Fault::BadCharacters);
        }
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let depth = deeper(self.depth)?;
        let mut array = Vec::new();
        loop {
            let back = self.state.path.enter_index(array.len());
            let item = items.next_element_seed(Seed { state: &mut *self.state, depth })?;
            self.state.path.leave(back);
            match item {
                Some(item) => array.push(item),
                None => return Ok(Value::Array(array)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let depth = deeper(self.depth)?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let back = self.state.path.enter(&key);
            if key.contains('\0') {
                self.state.note(Fault::BadCharacters);
            }
            if object.contains_key(&key) {
                self.state.note(Fault::Duplicate);
            }
            let value = entries.next_value_seed(Seed { state: &mut *self.state, depth })?;
            self.state.path.leave(back);
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

fn deeper<E: serde::de::Error>(depth: usize) -> Result<usize, E> {
    if depth < MAX_DEPTH { Ok(depth + 1) } else { Err(E::custom("nested too deeply")) }
}
