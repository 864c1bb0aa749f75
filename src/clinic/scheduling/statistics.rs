//! What visits add up to. A month is added up once, some days after its end, and then it is closed: nobody learns of one visit by
//! asking before it and after. Groups are fixed (clinic, speciality, service) and never overlap, so that no two of them can be
//! subtracted; those of few people are not even written down. What is written names nobody, and outlives every account.

use super::rows::{self, VisitMonth, VisitTotal};
use crate::app::App;
use crate::clinic::identity::Clinics;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

/// After so long nobody writes down any more that a visit took place.
const CLOSES_AFTER: TimeDelta = TimeDelta::days(3);
/// Months that one run closes at most: an installation of years catches up in some days.
const MONTHS_AT_ONCE: usize = 24;
/// Groups of a month: more than a thousand clinics have.
const GROUPS_MAX: u64 = 20_000;

/// A closed month, as far as the asker's clinics go.
pub struct Report {
    pub month: VisitMonth,
    pub groups: Vec<VisitTotal>,
}

/// The last closed month, or the one that is named.
pub async fn report(app: &App, month: Option<&str>, clinics: &Clinics) -> Result<Option<Report>> {
    let reader = app.db.reader();
    let Some(month) = rows::visit_month(&reader, month).await? else { return Ok(None) };
    let mut groups = rows::visit_totals(&reader, &month.month, GROUPS_MAX).await?;
    groups.retain(|group| clinics.serve(group.clinic));
    Ok(Some(Report { month, groups }))
}

/// Closes the months that are over.
pub async fn close_months(app: &App) -> Result<()> {
    let now = app.ambient.now();
    let reader = app.db.reader();
    let next = match rows::visit_month(&reader, None).await? {
        Some(closed) => first_of(&closed.month).and_then(|first| first.checked_add_months(Months::new(1))),
        None => rows::first_visit(&reader).await?.and_then(|first| first.date_naive().with_day(1)),
    };
    let Some(mut first) = next else { return Ok(()) };
    for _ in 0..MONTHS_AT_ONCE {
        let Some(end) = first.checked_add_months(Months::new(1)).filter(|end| midnight(*end) + CLOSES_AFTER <= now) else {
            return Ok(());
        };
        let all = rows::add_up_visits(&reader, &(midnight(first)..midnight(end))).await?;
        let threshold = i64::from(app.profile.statistics.threshold);
        let (kept, small): (Vec<_>, Vec<_>) = all.into_iter().partition(|group| group.people >= threshold);
        let (month, suppressed) = (first.format("%Y-%m").to_string(), i64::try_from(small.len()).unwrap_or(i64::MAX));
        let close = async |tx: &mut Tx| rows::close_visit_month(tx, &month, &kept, suppressed, tx.now()).await;
        app.write(&Actor::house("closeVisitMonth"), close).await?;
        first = end;
    }
    Ok(())
}

fn first_of(month: &str) -> Option<NaiveDate> {
    format!("{month}-01").parse().ok()
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}
