//! Terms of a profile: `36h`, `30d`, `6mo`, `25y`. Months and years end on the last day of a shorter month
//! (31 January and one month is 28 or 29 February).

use chrono::{DateTime, Months, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, de::Error as _};
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Minutes(u32),
    Hours(u32),
    Days(u32),
    Months(u32),
    Years(u32),
}

impl Period {
    pub fn parse(text: &str) -> Option<Self> {
        let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = text.split_at(unit_at);
        let number = number.parse().ok()?;
        match unit {
            "min" => Some(Period::Minutes(number)),
            "h" => Some(Period::Hours(number)),
            "d" => Some(Period::Days(number)),
            "mo" => Some(Period::Months(number)),
            "y" => Some(Period::Years(number)),
            _ => None,
        }
    }

    pub fn after(self, start: DateTime<Utc>) -> DateTime<Utc> {
        let end = match self {
            Period::Minutes(n) => start.checked_add_signed(TimeDelta::minutes(i64::from(n))),
            Period::Hours(n) => start.checked_add_signed(TimeDelta::hours(i64::from(n))),
            Period::Days(n) => start.checked_add_signed(TimeDelta::days(i64::from(n))),
            Period::Months(n) => start.checked_add_months(Months::new(n)),
            Period::Years(n) => start.checked_add_months(Months::new(n.saturating_mul(12))),
        };
        end.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The moment from which the term ends at `end`.
    pub fn before(self, end: DateTime<Utc>) -> DateTime<Utc> {
        let start = match self {
            Period::Minutes(n) => end.checked_sub_signed(TimeDelta::minutes(i64::from(n))),
            Period::Hours(n) => end.checked_sub_signed(TimeDelta::hours(i64::from(n))),
            Period::Days(n) => end.checked_sub_signed(TimeDelta::days(i64::from(n))),
            Period::Months(n) => end.checked_sub_months(Months::new(n)),
            Period::Years(n) => end.checked_sub_months(Months::new(n.saturating_mul(12))),
        };
        start.unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Period::Minutes(n) => write!(f, "{n}min"),
            Period::Hours(n) => write!(f, "{n}h"),
            Period::Days(n) => write!(f, "{n}d"),
            Period::Months(n) => write!(f, "{n}mo"),
            Period::Years(n) => write!(f, "{n}y"),
        }
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Period::parse(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is not a term like 10min, 36h, 30d, 6mo or 25y")))
    }
}
