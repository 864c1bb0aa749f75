//! The values that cross the wire in one shape everywhere: dates, instants, money.

use chrono::{DateTime, NaiveDate, SecondsFormat, Timelike, Utc};
use poem_openapi::Object;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// The text was not of the expected form. It carries nothing of the text, for the text is the client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not of the expected form")]
pub struct BadForm;

/// A date without a time, `2026-02-28`. In the contract `format: date`, which clients turn into their own date type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub NaiveDate);

/// A moment, RFC 3339 in UTC with whole milliseconds: `2026-02-28T09:30:00.000Z`. Any offset is read, `Z` is written, and
/// what is finer than a millisecond is cut off on the way in, so that what was written is what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(DateTime<Utc>);

/// An amount of money in minor units (kopecks, tiyn, tetri, cents), never a fraction.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename_all = "camelCase")]
pub struct Money {
    /// Minor units of the currency.
    pub amount: i64,
    /// ISO 4217 code, for example `RUB`.
    #[oai(validator(pattern = "^[A-Z]{3}$"))]
    pub currency: String,
}

impl FromStr for Date {
    type Err = BadForm;

    /// Strictly `YYYY-MM-DD`: chrono alone would also take `2026-2-8` and years of five digits.
    fn from_str(text: &str) -> Result<Self, BadForm> {
        let shaped = text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
        if !shaped {
            return Err(BadForm);
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Date).map_err(|_| BadForm)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl Instant {
    pub fn get(self) -> DateTime<Utc> {
        self.0
    }
}

impl From<DateTime<Utc>> for Instant {
    fn from(moment: DateTime<Utc>) -> Self {
        let whole_ms = moment.nanosecond() / 1_000_000 * 1_000_000;
        Instant(moment.with_nanosecond(whole_ms).unwrap_or(moment))
    }
}

impl FromStr for Instant {
    type Err = BadForm;

    fn from_str(text: &str) -> Result<Self, BadForm> {
        let moment = DateTime::parse_from_rfc3339(text).map_err(|_| BadForm)?.with_timezone(&Utc);
        // chrono keeps a leap second as nanoseconds past the full second; neither database nor clients can.
        if moment.nanosecond() >= 1_000_000_000 {
            return Err(BadForm);
        }
        Ok(moment.into())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// Gives a type that is read by `FromStr` and written by `Display` its place in the contract as a string.
macro_rules! text_type {
    ($type:ty, $name:literal, $schema:expr) => {
        impl Type for $type {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> Cow<'static, str> {
                $name.into()
            }

            fn schema_ref() -> MetaSchemaRef {
                MetaSchemaRef::Inline(Box::new($schema))
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }

        impl ParseFromJSON for $type {
            fn parse_from_json(value: Option<serde_json::Value>) -> ParseResult<Self> {
                match value {
                    Some(serde_json::Value::String(text)) => Self::parse_from_parameter(&text),
                    _ => Err(ParseError::custom("a string is expected")),
                }
            }
        }

        impl ParseFromParameter for $type {
            fn parse_from_parameter(text: &str) -> ParseResult<Self> {
                text.parse().map_err(ParseError::<Self>::custom)
            }
        }

        impl ToJSON for $type {
            fn to_json(&self) -> Option<serde_json::Value> {
                Some(serde_json::Value::String(self.to_string()))
            }
        }
    };
}
pub(super) use text_type;

text_type!(Date, "string_date", MetaSchema::new_with_format("string", "date"));
text_type!(Instant, "string_date-time", MetaSchema::new_with_format("string", "date-time"));
