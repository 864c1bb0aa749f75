//! What is due, in one view: for the officer who answers for it.

use super::rows::{breach, findings, openings};
use crate::app::App;
use crate::app::profile::Review;
use crate::clinic::{privacy, requests};
use crate::kernel::error::Result;
use chrono::TimeDelta;

/// What ends within these days is due.
const AHEAD: TimeDelta = TimeDelta::days(7);
const HELD_AHEAD: TimeDelta = TimeDelta::days(30);
/// So far back emergencies and destroyed records are counted.
const BACK: TimeDelta = TimeDelta::days(30);

pub struct Overview {
    pub requests: requests::RequestsDue,
    pub held: privacy::HeldDue,
    pub watched: privacy::Watched,
    pub breaches: breach::Open,
    pub alerts: i64,
    pub findings: i64,
    pub trainings: i64,
    /// Rules whose law should have been read again.
    pub reviews: Vec<Review>,
}

pub async fn overview(app: &App) -> Result<Overview> {
    let (reader, now) = (app.db.reader(), app.ambient.now());
    let today = app.profile.today(now);
    Ok(Overview {
        requests: requests::requests_due(&reader, now, now + AHEAD).await?,
        held: privacy::held_due(&reader, now - BACK, now + HELD_AHEAD).await?,
        watched: privacy::watched(&reader, now, now - BACK, now + AHEAD).await?,
        breaches: breach::open(&reader, now).await?,
        alerts: openings::open_alerts(&reader).await?,
        findings: findings::open_findings(&reader).await?,
        trainings: findings::expired_trainings(&reader, today).await?,
        reviews: app.profile.reviews().into_iter().filter(|review| review.is_overdue(today)).collect(),
    })
}
