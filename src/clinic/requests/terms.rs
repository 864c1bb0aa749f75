//! By when a request is answered, and by which rule: what the profile says on the day on which it came.

use super::kind::RequestKind;
use crate::app::App;
use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Utc, Weekday};

/// The term of one request.
pub struct Terms {
    /// The act and article.
    pub rule: String,
    pub due_at: DateTime<Utc>,
    /// Until when it may be extended. None: it may not.
    pub extend_to: Option<DateTime<Utc>>,
}

const WITHIN: usize = 10;
const EXTENDED: usize = 15;

pub fn of(app: &App, kind: RequestKind, received_at: DateTime<Utc>) -> Terms {
    let _ = kind;
    let rule = "152-FZ art. 20".to_owned();
    Terms { rule, due_at: working(app, received_at, WITHIN), extend_to: Some(working(app, received_at, EXTENDED)) }
}

fn working(app: &App, from: DateTime<Utc>, days: usize) -> DateTime<Utc> {
    let zone = app.profile.notices.zone;
    let date = from.with_timezone(&zone).date_naive();
    let is_working = |date: &chrono::NaiveDate| {
        !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) && !app.profile.booking.holidays.has(*date)
    };
    let last = date.iter_days().skip(1).filter(is_working).nth(days.saturating_sub(1)).unwrap_or(date);
    let end = last.and_time(NaiveTime::MIN).and_utc() + TimeDelta::days(1);
    end - TimeDelta::seconds(i64::from(chrono::Offset::fix(from.with_timezone(&zone).offset()).local_minus_utc()))
}
