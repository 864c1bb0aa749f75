//! After the visit: feedback, and a part of the money back.

use super::super::guest::{Guest, Stumble, holds};
use super::super::sample;
use super::{People, opening};
use crate::app::App;
use chrono::{DateTime, Utc};
use serde_json::json;

pub async fn afterwards(guest: &mut Guest, app: &App, people: &mut People) -> Result<(), Stumble> {
    guest.chapter("11. The visit is over");
    let feedback = format!("/v1/bookings/{}/feedback", people.booking);
    let body = json!({"rating": 5, "text": "Внимательный врач"});
    guest.post(&feedback, &people.patient, body.clone()).await?.refused(409, "state_conflict")?;
    let ends_at: DateTime<Utc> = people.ends_at.parse().map_err(|_| "the visit has no end")?;
    guest.later((ends_at - app.ambient.now()).num_seconds() + 60).await?;
    // Access tokens live for a quarter of an hour.
    opening::sign_in_patient(guest, people).await?;
    people.doctor = opening::sign_in(guest, app, people, "ivanova", sample::STAFF_PASSWORD).await?;
    people.reception = opening::sign_in(guest, app, people, "desk", sample::STAFF_PASSWORD).await?;
    guest.done("the clock moved past its end; patient, doctor and receptionist signed in again");
    guest.post(&feedback, &people.patient, body.clone()).await?.is(201)?;
    guest.post(&feedback, &people.patient, body).await?.refused(409, "state_conflict")?;
    guest.done("he rated it: not before the visit was over, and once");

    let refunds = format!("/v1/staff/charges/{}/refunds", people.charge);
    let too_much = json!({"amount": 9_000_000, "reason": "Опечатка"});
    guest.post(&refunds, &people.reception, too_much).await?.refused(409, "refund_too_large")?;
    let body = json!({"amount": 50_000, "reason": "Приём начался с опозданием"});
    guest.post(&refunds, &people.reception, body).await?.is(201)?;
    let path = format!("/v1/charges/{}", people.charge);
    let charge = guest.until(&path, &people.patient, "/state", "partlyRefunded").await?;
    holds(charge.json().pointer("/refunded/amount") == Some(&json!(50_000)), "500 roubles went back")?;
    guest.done("reception gave 500 roubles of 2500 back for the late start, and can't give more than was paid");
    Ok(())
}
