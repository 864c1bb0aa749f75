//! A copy that leads to nobody. It is made of what is named here and of nothing else: a field that a room adds tomorrow is left
//! out until somebody has thought about it. Days become months, an age becomes a band of ten years, ids become others.

use crate::app::room::Exported;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// What becomes of a field that stays.
#[derive(Clone, Copy)]
enum Keep {
    /// A word of ours: a state, a kind.
    Word,
    /// A name of the office in all languages.
    Office,
    /// Another id; the same one gets the same one within a copy.
    Id,
    /// The month.
    Month,
}

use Keep::{Id, Month, Office, Word};

/// Parts that stay, with their fields.
const KEPT: &[(&str, &[(&str, Keep)])] = &[
    (
        "bookings",
        &[
            ("id", Id),
            ("state", Word),
            ("startsAt", Month),
            ("serviceName", Office),
            ("serviceId", Id),
            ("payer", Word),
            ("bookedBy", Word),
            ("ground", Word),
            ("episode", Id),
        ],
    ),
    ("episodes", &[("id", Id), ("openedAt", Month), ("closedAt", Month)]),
    (
        "documents",
        &[("id", Id), ("kind", Word), ("state", Word), ("mediaType", Word), ("completedAt", Month), ("correctsId", Id)],
    ),
    ("conversations", &[("id", Id), ("with", Word), ("openedAt", Month), ("closedAt", Month)]),
    ("consents", &[("id", Id), ("item", Word), ("state", Word), ("givenAt", Month), ("withdrawnAt", Month)]),
];

/// What no such copy holds, for its manifest.
pub const LEFT_OUT: &[&str] = &[
    "names",
    "numbers",
    "contacts",
    "exactDates",
    "freeText",
    "files",
    "messages",
    "payments",
    "clinics",
    "staff",
    "devices",
    "trail",
    "originalIds",
];

/// Words of ours are short and plain; what looks otherwise may be somebody's own.
const WORD_CHARS: usize = 40;
/// From this age on there are too few for a band of ten years.
const OLDEST_BAND: i32 = 90;

pub struct Anonymous {
    pub salt: [u8; 16],
    pub today: NaiveDate,
}

impl Anonymous {
    /// What is left of the parts of a room: no file, no row of a part that is not named.
    pub fn parts(&self, parts: Vec<Exported>) -> Vec<Exported> {
        let left = parts.into_iter().filter_map(|part| {
            let rows = match part.name {
                "account" => part.rows.iter().map(|row| self.account(row)).collect(),
                name => {
                    let (_, fields) = KEPT.iter().find(|(kept, _)| *kept == name)?;
                    part.rows.iter().map(|row| self.row(name, row, fields)).collect()
                }
            };
            Some(Exported { name: part.name, rows, files: Vec::new() })
        });
        left.collect()
    }

    fn row(&self, part: &str, row: &Value, fields: &[(&str, Keep)]) -> Value {
        let kept = fields.iter().filter_map(|(name, keep)| {
            let value = row.get(name)?;
            let value = match keep {
                Word => word(value)?,
                Office => value.is_object().then(|| value.clone())?,
                Id => self.other(value.as_str()?).into(),
                Month => month(value)?,
            };
            Some(((*name).to_owned(), value))
        });
        let mut kept: Map<String, Value> = kept.collect();
        if part == "documents" {
            let is_his = row.get("authorId").is_none_or(Value::is_null);
            kept.insert("writtenBy".to_owned(), if is_his { "patient" } else { "staff" }.into());
        }
        Value::Object(kept)
    }

    /// Of who somebody is: a band of ages, and the sex.
    fn account(&self, row: &Value) -> Value {
        let profile = row.get("profile");
        let born = profile.and_then(|it| it["birthDate"].as_str()).and_then(|day| day.parse::<NaiveDate>().ok());
        let said = profile.and_then(|it| it["age"]["years"].as_i64()).and_then(|years| i32::try_from(years).ok());
        let age = born.and_then(|born| self.today.years_since(born)).and_then(|years| i32::try_from(years).ok()).or(said);
        json!({ "profile": { "sex": profile.and_then(|it| word(&it["sex"])), "ageBand": age.map(band) } })
    }

    /// An id that leads to nobody: the salt is thrown away with the copy.
    fn other(&self, id: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.salt);
        hash.update(id);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
    }
}

fn word(value: &Value) -> Option<Value> {
    let text = value.as_str()?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
    let is_ours = text.len() <= WORD_CHARS && text.chars().all(is_plain) && !text.chars().all(|c| c.is_ascii_digit());
    is_ours.then(|| value.clone())
}

fn month(value: &Value) -> Option<Value> {
    let at: DateTime<Utc> = value.as_str()?.parse().ok()?;
    Some(format!("{:04}-{:02}", at.year(), at.month()).into())
}

fn band(age: i32) -> String {
    if age >= OLDEST_BAND { format!("{OLDEST_BAND}+") } else { format!("{0}-{1}", age / 10 * 10, age / 10 * 10 + 9) }
}
