//! The readable page of an archive: what the data files hold, as tables, in the person's language.

use super::archive;
use super::others::Limit;
use crate::app::catalogue;
use crate::app::html::escaped;
use crate::app::profile::Operator;
use crate::kernel::lang::Lang;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::fmt::Write;

/// The field of a row that says where its file lies in the archive.
pub const FILE: &str = "file";

/// No script and nothing loaded: it is opened from a disk.
const HEAD: &str = "<meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
                    style-src 'unsafe-inline'\"><meta name=\"viewport\" content=\"width=device-width\">\
                    <style>body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}\
                    table{border-collapse:collapse;margin:1em 0;width:100%}td,th{border:1px solid #ccc;padding:.3em .5em;\
                    text-align:left;vertical-align:top}th{width:14em;font-weight:normal;color:#555}</style>";

pub struct Page {
    html: String,
    lang: Lang,
}

impl Page {
    pub fn begin(operator: &Operator, lang: Lang, at: DateTime<Utc>) -> Self {
        let operator_name = escaped(operator.name.in_lang(lang));
        let args = [("day", at.format("%Y-%m-%d").to_string().into())];
        let title = escaped(&catalogue::text(lang, "export-title", &args));
        let words = [
            ("data", "data"),
            ("files", "files"),
            ("format", "JSON"),
            ("hash", "SHA-256"),
            ("manifest", archive::MANIFEST),
            ("signature", archive::SIGNATURE),
            ("key", archive::KEY),
        ];
        let about = catalogue::text(lang, "export-about", &words.map(|(name, word)| (name, word.into())));
        let html = format!(
            "<!doctype html><html lang=\"{lang}\"><head><title>{title}</title>{HEAD}</head><body><h1>{title}</h1><p>{operator_name}, \
             {}, {}</p><p>{}</p>",
            escaped(operator.address.in_lang(lang)),
            escaped(&operator.email),
            escaped(&about),
        );
        Self { html, lang }
    }

    pub fn room(&mut self, name: &str) {
        let title = self.title(&format!("export-room-{name}"), name);
        _ = write!(self.html, "<h2>{title}</h2>");
    }

    pub fn part(&mut self, name: &str, rows: &[Value]) {
        if rows.is_empty() {
            return;
        }
        let title = self.title(&format!("export-part-{name}"), name);
        _ = write!(self.html, "<h3>{title}</h3>");
        for row in rows {
            self.html.push_str("<table>");
            match row {
                Value::Object(fields) => fields.iter().for_each(|(field, value)| self.field(field, value)),
                other => self.field("", other),
            }
            self.html.push_str("</table>");
        }
    }

    /// Says what was left out for the sake of others, and what a copy of this kind never holds.
    pub fn limits(&mut self, limits: &[Limit], left_out: &[&str]) {
        if limits.is_empty() && left_out.is_empty() {
            return;
        }
        let title = escaped(&catalogue::text(self.lang, "export-limits", &[]));
        _ = write!(self.html, "<h2>{title}</h2><ul>");
        for limit in limits {
            let what = self.title(&format!("export-limit-{}", limit.what), limit.what);
            _ = write!(self.html, "<li>{what}: {} ({})</li>", limit.count, escaped(&limit.ground));
        }
        for what in left_out {
            let what = self.title(&format!("export-left-out-{what}"), what);
            _ = write!(self.html, "<li>{what}</li>");
        }
        self.html.push_str("</ul>");
    }

    /// What was written since the last time.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.html)
    }

    pub fn end(mut self) -> String {
        self.html.push_str("</body></html>\n");
        self.html
    }

    fn field(&mut self, name: &str, value: &Value) {
        if value.is_null() {
            return;
        }
        let label = self.title(&format!("export-field-{name}"), name);
        _ = write!(self.html, "<tr><th>{label}</th><td>");
        match value {
            Value::String(path) if name == FILE => _ = write!(self.html, "<a href=\"{0}\">{0}</a>", escaped(path)),
            value => self.value(value),
        }
        self.html.push_str("</td></tr>");
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => {}
            Value::String(text) => self.html.push_str(&escaped(text)),
            Value::Bool(_) | Value::Number(_) => self.html.push_str(&value.to_string()),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.html.push_str(if index > 0 { "<br>" } else { "" });
                    self.value(item);
                }
            }
            Value::Object(fields) => match fields.get(self.lang.as_str()).filter(|_| fields.contains_key("en")) {
                // A text in every language is shown in the reader's.
                Some(text) => self.value(text),
                None => {
                    self.html.push_str("<table>");
                    fields.iter().for_each(|(field, value)| self.field(field, value));
                    self.html.push_str("</table>");
                }
            },
        }
    }

    /// The catalogue's text, or the word of the data where it has none.
    fn title(&self, key: &str, word: &str) -> String {
        let text = catalogue::text(self.lang, key, &[]);
        escaped(if text == key { word } else { &text })
    }
}
