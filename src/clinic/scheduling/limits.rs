//! Whom a service is for: an age, a sex, a policy where somebody else pays. What is not known of somebody keeps him from nothing: his clinic sees him.

use super::office::Offer;
use crate::app::App;
use crate::app::profile::Payer;
use crate::clinic::identity::numbers::System;
use crate::clinic::identity::{Person, open_person};
use crate::kernel::access::Asker;
use crate::kernel::db::Actor;
use crate::kernel::error::{Code, Reason, Result};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// What of the service's limits does not fit a patient at the hour of his visit, and whether he has the policy by which he
/// names its payer, where the profile asks for one. He is opened only where something is asked.
pub async fn misfits(app: &App, offer: &Offer, (subject, payer): (Uuid, Payer), at: DateTime<Utc>) -> Result<Vec<Reason>> {
    let service = &offer.service;
    let policy = policy_of(app, payer);
    if service.min_age.is_none() && service.max_age.is_none() && service.sex.is_none() && policy.is_none() {
        return Ok(Vec::new());
    }
    let openings = app.openings(Actor::house("limits"), Asker { id: subject, medical: false });
    let person = match open_person(app, &openings, subject, ("patient", subject)).await {
        // Frozen or erased: the booking itself says so.
        Err(error) if matches!(error.code(), Code::NotFound | Code::Frozen) => None,
        person => person?,
    };
    let Some(person) = openings.answer(person).await? else { return Ok(Vec::new()) };
    let day = at.with_timezone(&offer.zone).date_naive();
    let mut misfits = against(offer, &person, day);
    if policy.is_some_and(|systems| !is_insured(&person, systems, day)) {
        misfits.push(Reason::PolicyMissing);
    }
    Ok(misfits)
}

/// Of which kinds a policy must be, where the profile asks whoever names this payer for one.
fn policy_of(app: &App, payer: Payer) -> Option<&'static [System]> {
    match payer {
        _ if !app.profile.booking.insured.contains(&payer) => None,
        Payer::Oms => Some(&[System::Oms, System::OmsLegacy]),
        Payer::Dms => Some(&[System::Dms]),
        Payer::Own | Payer::Programme => None,
    }
}

/// Whether one of his policies is of these kinds and good on that day. One that the desk has seen and found wrong is none.
fn is_insured(person: &Person, systems: &[System], day: NaiveDate) -> bool {
    person.identifiers.iter().filter(|number| systems.contains(&number.system)).any(|number| {
        number.policy.as_ref().is_none_or(|policy| {
            policy.judgement.is_none_or(|judgement| judgement.is_verified)
                && policy.valid_from.is_none_or(|from| from <= day)
                && policy.valid_to.is_none_or(|to| day <= to)
        })
    })
}

fn against(offer: &Offer, person: &Person, day: NaiveDate) -> Vec<Reason> {
    let service = &offer.service;
    let mut against = Vec::new();
    let outside = |age: i32| service.min_age.is_some_and(|least| age < least) || service.max_age.is_some_and(|most| age > most);
    if person.age_on(day).is_some_and(outside) {
        against.push(Reason::AgeLimit);
    }
    if matches!((&service.sex, &person.sex), (Some(wanted), Some(sex)) if wanted != sex) {
        against.push(Reason::SexLimit);
    }
    against
}
