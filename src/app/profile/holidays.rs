//! Days on which nobody receives, unless his hours say so.

use super::super::multilingual::Multilingual;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, de::Error as _};

/// The holidays of a country, as the operator declares them. None unless the profile names them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holidays {
    /// The act that they stand in.
    #[serde(default)]
    pub source: String,
    #[serde(default)]
    pub days: Vec<Holiday>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    pub on: On,
    pub names: Multilingual,
}

/// `01-07` each year, or `2027-03-22` once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    EachYear { month: u32, day: u32 },
    Once(NaiveDate),
}

impl Holidays {
    pub fn has(&self, date: NaiveDate) -> bool {
        self.on(date).is_some()
    }

    /// The holiday that falls on a date.
    pub fn on(&self, date: NaiveDate) -> Option<&Holiday> {
        self.days.iter().find(|holiday| holiday.on.is(date))
    }
}

impl On {
    pub fn is(self, date: NaiveDate) -> bool {
        match self {
            On::EachYear { month, day } => (date.month(), date.day()) == (month, day),
            On::Once(once) => once == date,
        }
    }

    /// A leap year lends its days to those that come each year: 29 February is a day.
    fn parse(text: &str) -> Option<Self> {
        let whole = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        match text.len() {
            5 => whole(&format!("2024-{text}")).map(|date| On::EachYear { month: date.month(), day: date.day() }),
            10 => whole(text).map(On::Once),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for On {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is neither a day as 01-07 nor a date as 2027-03-22")))
    }
}
