//! Whom a service is for: an age and a sex. What is not known of somebody keeps him from nothing: his clinic sees him.

use super::office::Offer;
use crate::app::App;
use crate::clinic::identity::{Person, open_person};
use crate::kernel::access::Asker;
use crate::kernel::db::Actor;
use crate::kernel::error::{Code, Reason, Result};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// What of the service's limits does not fit a patient at the hour of his visit. He is opened only where there are limits.
pub async fn misfits(app: &App, offer: &Offer, subject: Uuid, at: DateTime<Utc>) -> Result<Vec<Reason>> {
    let service = &offer.service;
    if service.min_age.is_none() && service.max_age.is_none() && service.sex.is_none() {
        return Ok(Vec::new());
    }
    let openings = app.openings(Actor::house("limits"), Asker { id: subject, medical: false });
    let person = match open_person(app, &openings, subject, ("patient", subject)).await {
        // Frozen or erased: the booking itself says so.
        Err(error) if matches!(error.code(), Code::NotFound | Code::Frozen) => None,
        person => person?,
    };
    let person = openings.answer(person).await?;
    Ok(person.map_or_else(Vec::new, |person| against(offer, &person, at.with_timezone(&offer.zone).date_naive())))
}

fn against(offer: &Offer, person: &Person, day: NaiveDate) -> Vec<Reason> {
    let service = &offer.service;
    let mut against = Vec::new();
    let outside = |age: i32| service.min_age.is_some_and(|least| age < least) || service.max_age.is_some_and(|most| age > most);
    if age_on(person, day).is_some_and(outside) {
        against.push(Reason::AgeLimit);
    }
    if matches!((&service.sex, &person.sex), (Some(wanted), Some(sex)) if wanted != sex) {
        against.push(Reason::SexLimit);
    }
    against
}

/// Whole years. Of an age that somebody said once, at least so many have passed since.
fn age_on(person: &Person, day: NaiveDate) -> Option<i32> {
    let born = person.birth_date.and_then(|born| day.years_since(born));
    let said = || person.age.map(|age| age.years + day.years_since(age.said_on).unwrap_or(0));
    born.or_else(said).and_then(|years| i32::try_from(years).ok())
}
