//! When a term of the law ends: working days by a calendar, calendar days, calendar months.
//!
//! The rules, the same for every country:
//! - The day on which something came is not counted. A term of none ends on that very day.
//! - *Working days* (`10wd`): days that the calendar says are worked. Of a term that begins on a holiday the first day is the
//!   next working one.
//! - *Calendar days* (`30d`): every day counts.
//! - *Months* (`1mo`): the same day of a later month, or its last day where there is no such day: 31 January and one month is
//!   28 or 29 February.
//! - A term of days or months that ends on a holiday ends on that holiday. Some laws let it run to the next working day: who
//!   answers earlier breaks none of them.
//! - An extension is counted from the end of the term that it extends.
//! - A day ends at midnight in the zone of the operator, whatever the clock does that night.

use super::profile::On;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, de::Error as _};
use std::fmt;

/// Longer than any row of holidays: a calendar without a working day must not hold the clock.
const LONGEST_REST: usize = 366;

/// A term in the law's own unit: `10wd`, `30d`, `1mo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    WorkingDays(u16),
    Days(u16),
    Months(u16),
}

impl Term {
    pub fn parse(text: &str) -> Option<Self> {
        let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = text.split_at(unit_at);
        let number = number.parse().ok()?;
        match unit {
            "wd" => Some(Term::WorkingDays(number)),
            "d" => Some(Term::Days(number)),
            "mo" => Some(Term::Months(number)),
            _ => None,
        }
    }

    /// The last day of the term that begins with what came on `date`.
    pub fn after(self, date: NaiveDate, calendar: &Calendar) -> NaiveDate {
        match self {
            Term::WorkingDays(n) => (0..n).fold(date, |day, _| calendar.next_working(day)),
            Term::Days(n) => date.checked_add_days(Days::new(n.into())).unwrap_or(NaiveDate::MAX),
            Term::Months(n) => date.checked_add_months(Months::new(n.into())).unwrap_or(NaiveDate::MAX),
        }
    }

    /// The moment at which the term is over that began with what came at `received`: the midnight that ends its last day.
    pub fn due(self, received: DateTime<Utc>, zone: Tz, calendar: &Calendar) -> DateTime<Utc> {
        end_of(self.after(received.with_timezone(&zone).date_naive(), calendar), zone)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::WorkingDays(n) => write!(f, "{n}wd"),
            Term::Days(n) => write!(f, "{n}d"),
            Term::Months(n) => write!(f, "{n}mo"),
        }
    }
}

impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Term::parse(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is not a term like 10wd, 30d or 1mo")))
    }
}

/// `[calendar]`: which days are worked, for terms in working days. Without it every Monday to Friday.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Calendar {
    /// The act that the days stand in.
    pub source: String,
    /// `01-07` each year, or `2027-03-22` once.
    pub holidays: Vec<On>,
    /// Days of a weekend that are worked in exchange for another. They win over `holidays`.
    #[serde(deserialize_with = "dates")]
    pub worked: Vec<NaiveDate>,
}

impl Calendar {
    pub fn is_working(&self, date: NaiveDate) -> bool {
        let is_weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        self.worked.contains(&date) || !(is_weekend || self.holidays.iter().any(|on| on.is(date)))
    }

    fn next_working(&self, date: NaiveDate) -> NaiveDate {
        let mut following = date.iter_days().skip(1).take(LONGEST_REST);
        following.find(|day| self.is_working(*day)).unwrap_or(NaiveDate::MAX)
    }
}

/// The midnight that ends a day. Where the clock is put forward over it, the first moment of the next day that there is.
pub fn end_of(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let Some(next) = date.succ_opt() else { return DateTime::<Utc>::MAX_UTC };
    let midnight = next.and_time(NaiveTime::MIN);
    let mut moments = (0..8).map(|quarters| midnight + TimeDelta::minutes(quarters * 15));
    let first = moments.find_map(|moment| zone.from_local_datetime(&moment).earliest());
    first.map_or_else(|| midnight.and_utc(), |moment| moment.with_timezone(&Utc))
}

/// As text, so that a calendar reads like the rest of a profile.
fn dates<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<NaiveDate>, D::Error> {
    let parse = |text: String| {
        NaiveDate::parse_from_str(&text, "%Y-%m-%d").map_err(|_| D::Error::custom(format!("{text:?} is not a date")))
    };
    Vec::<String>::deserialize(deserializer)?.into_iter().map(parse).collect()
}
