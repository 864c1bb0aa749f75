//! Request bodies by configuration: a text with places for the receiver, the text and the key of a message.

use crate::kernel::error::{Error, Result};
use crate::kernel::secret::Secret;

/// How a value is written so that it can't break out of its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Escape {
    Json,
    Form,
    Plain,
}

impl Escape {
    pub(super) fn of(content_type: &str) -> Result<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/json" => Ok(Escape::Json),
            "application/x-www-form-urlencoded" => Ok(Escape::Form),
            _ => Err(Error::internal("sms.content_type is neither application/json nor application/x-www-form-urlencoded")),
        }
    }

    fn write(self, value: &str, out: &mut String) {
        match self {
            Escape::Plain => out.push_str(value),
            Escape::Json => {
                let quoted = serde_json::Value::from(value).to_string();
                out.push_str(&quoted[1..quoted.len() - 1]);
            }
            Escape::Form => value.bytes().for_each(|byte| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte.into()),
                _ => out.push_str(&format!("%{byte:02X}")),
            }),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    To,
    Text,
    Key,
}

const PLACES: [(&str, Place); 3] = [("{to}", Place::To), ("{text}", Place::Text), ("{key}", Place::Key)];

/// A template, cut into pieces once, so that a message which itself holds `{key}` stays as it is. The fixed pieces
/// may hold a password.
pub(super) struct Template {
    before: Vec<(Secret, Place)>,
    rest: Secret,
}

impl Template {
    pub(super) fn fixed(text: &str) -> Self {
        Template { before: Vec::new(), rest: Secret::new(text) }
    }

    pub(super) fn parse(text: &Secret) -> Self {
        let mut before = Vec::new();
        let mut rest = text.reveal();
        let first = |rest: &str| {
            let found = PLACES.iter().filter_map(|(mark, place)| Some((rest.find(mark)?, mark.len(), *place)));
            found.min_by_key(|(at, ..)| *at)
        };
        while let Some((at, length, place)) = first(rest) {
            before.push((Secret::new(&rest[..at]), place));
            rest = &rest[at + length..];
        }
        Template { before, rest: Secret::new(rest) }
    }

    /// Tried with awkward values, so that a template that can't work fails at the start and not at the first code.
    pub(super) fn check(&self, escape: Escape) -> Result<()> {
        let holds = |place| self.before.iter().any(|(_, each)| *each == place);
        if !holds(Place::To) || !holds(Place::Text) {
            return Err(Error::internal("sms.body must hold {to} and {text}"));
        }
        let sample = self.fill(escape, "k\"", "+7\\", "a\n\"b\"");
        if escape == Escape::Json && serde_json::from_str::<serde::de::IgnoredAny>(&sample).is_err() {
            return Err(Error::internal("sms.body is not JSON once filled in: {to}, {text} and {key} stand inside quotes"));
        }
        Ok(())
    }

    pub(super) fn fill(&self, escape: Escape, key: &str, to: &str, text: &str) -> String {
        let mut out = String::new();
        for (fixed, place) in &self.before {
            out.push_str(fixed.reveal());
            let value = match place {
                Place::To => to,
                Place::Text => text,
                Place::Key => key,
            };
            escape.write(value, &mut out);
        }
        out.push_str(self.rest.reveal());
        out
    }
}
