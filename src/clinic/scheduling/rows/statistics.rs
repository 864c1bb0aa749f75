//! Totals of visits: months that are closed, and their groups. No row names anybody.

use super::{all, change, one};
use crate::kernel::error::Result;
use crate::kernel::sql::insert_many;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use std::ops::Range;
use uuid::Uuid;

/// Visits of one month in one clinic, of one speciality and one service.
#[derive(Clone, Debug, PartialEq, FromQueryResult)]
pub struct VisitTotal {
    pub clinic: Uuid,
    pub speciality: String,
    pub service: Uuid,
    pub visits: i64,
    pub people: i64,
}

/// A month that is closed: nothing is added to it any more.
#[derive(Clone, Debug, FromQueryResult)]
pub struct VisitMonth {
    pub month: String,
    pub closed_at: DateTime<Utc>,
    pub suppressed: i64,
}

/// What a stretch of time adds up to.
pub async fn add_up_visits(db: &impl ConnectionTrait, within: &Range<DateTime<Utc>>) -> Result<Vec<VisitTotal>> {
    let sql = "SELECT b.clinic, d.speciality, b.service, count(*) AS visits, count(DISTINCT b.subject) AS people FROM booking b \
               JOIN doctor d ON d.id = b.doctor WHERE b.state = 'done' AND b.starts_at >= $1 AND b.starts_at < $2 \
               GROUP BY b.clinic, d.speciality, b.service";
    all(db, sql, [within.start.into(), within.end.into()]).await
}

/// When the first visit of all began.
pub async fn first_visit(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>> {
    #[derive(FromQueryResult)]
    struct First {
        starts_at: DateTime<Utc>,
    }
    let sql = "SELECT starts_at FROM booking WHERE state = 'done' ORDER BY starts_at LIMIT 1";
    Ok(one::<First>(db, sql, []).await?.map(|row| row.starts_at))
}

/// The month that was closed last, or the one that is named.
pub async fn visit_month(db: &impl ConnectionTrait, month: Option<&str>) -> Result<Option<VisitMonth>> {
    let sql = "SELECT month, closed_at, suppressed FROM visit_month WHERE ($1 IS NULL OR month = $1) ORDER BY month DESC LIMIT 1";
    one(db, sql, [month.map(str::to_owned).into()]).await
}

/// Closes a month. False: it is closed already.
pub async fn close_visit_month(
    db: &impl ConnectionTrait,
    month: &str,
    totals: &[VisitTotal],
    suppressed: i64,
    now: DateTime<Utc>,
) -> Result<bool> {
    let sql = "INSERT INTO visit_month (month, closed_at, suppressed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    if change(db, sql, [month.into(), now.into(), suppressed.into()]).await? == 0 {
        return Ok(false);
    }
    let row = |total: &VisitTotal| -> Vec<Value> {
        let VisitTotal { clinic, speciality, service, visits, people } = total;
        vec![month.into(), (*clinic).into(), speciality.clone().into(), (*service).into(), (*visits).into(), (*people).into()]
    };
    let columns = ["month", "clinic", "speciality", "service", "visits", "people"];
    insert_many(db, "visit_total", &columns, totals.iter().map(row).collect()).await?;
    Ok(true)
}

pub async fn visit_totals(db: &impl ConnectionTrait, month: &str, limit: u64) -> Result<Vec<VisitTotal>> {
    let sql = format!(
        "SELECT clinic, speciality, service, visits, people FROM visit_total WHERE month = $1 \
         ORDER BY clinic, speciality, service LIMIT {limit}"
    );
    all(db, &sql, [month.into()]).await
}
