//! An answer against its schema in the contract: nothing that the schema does not name, and nothing missing.

use super::spec::resolve;
use chrono::{DateTime, NaiveDate};
use serde_json::Value;
use uuid::Uuid;

/// Adds what is wrong with `value`, each with its pointer.
pub fn check(schema: &'static Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let schema = resolve(schema);
    let kind = schema["type"].as_str().unwrap_or_default();
    match (kind, value) {
        ("object", Value::Object(fields)) => {
            let declared = schema["properties"].as_object();
            for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !fields.contains_key(required) {
                    wrong.push(format!("{at}/{required} is missing"));
                }
            }
            for (name, field) in fields {
                let at = format!("{at}/{name}");
                match declared.and_then(|declared| declared.get(name)) {
                    Some(property) => check(property, field, &at, wrong),
                    None if schema["additionalProperties"].is_object() => {
                        check(&schema["additionalProperties"], field, &at, wrong)
                    }
                    None => wrong.push(format!("{at} is not in the schema")),
                }
            }
        }
        ("array", Value::Array(items)) => {
            items.iter().enumerate().for_each(|(index, item)| check(&schema["items"], item, &format!("{at}/{index}"), wrong));
        }
        ("string", Value::String(text)) => {
            let known = schema["enum"].as_array().is_none_or(|known| known.contains(value));
            if !known || !is_formed(schema["format"].as_str(), text) {
                wrong.push(format!("{at} is {value}"));
            }
        }
        ("integer", Value::Number(number)) if number.is_i64() => {}
        ("number", Value::Number(_)) | ("boolean", Value::Bool(_)) => {}
        _ => wrong.push(format!("{at} is {value} and no {kind:?}")),
    }
}

fn is_formed(format: Option<&str>, text: &str) -> bool {
    match format {
        Some("uuid") => text.parse::<Uuid>().is_ok(),
        Some("date") => text.parse::<NaiveDate>().is_ok(),
        Some("date-time") => DateTime::parse_from_rfc3339(text).is_ok(),
        _ => true,
    }
}
