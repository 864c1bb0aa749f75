//! What this room knows of somebody, for his export: his bookings, and why he came.

use super::booking::Complaint;
use super::rows;
use super::visitor::Visitor;
use crate::app::App;
use crate::app::room::Exported;
use crate::kernel::error::Result;
use crate::kernel::vault::{Class, SubjectKeys};
use serde_json::json;
use uuid::Uuid;

pub async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let mut parts = around_visits(app, keys.subject).await?;
    let rows = rows::every_of_subject(&app.db.reader(), keys.subject).await?;
    if rows.is_empty() {
        return Ok(parts);
    }
    let grant = app.own_grant(keys, Class::Clinical).await?;
    let mut bookings = Vec::with_capacity(rows.len());
    for row in rows {
        let complaint = row.complaint.as_ref().map(|sealed| grant.open::<Complaint>(row.id, sealed)).transpose()?;
        let visitor: Option<Visitor> = match &row.visitor {
            Some(sealed) => Some(app.own_grant(keys, Class::Identity).await?.open(row.id, sealed)?),
            None => None,
        };
        bookings.push(json!({
            "id": row.id, "state": row.state, "startsAt": row.starts_at, "endsAt": row.ends_at, "zone": row.zone,
            "doctorName": row.doctor_names, "clinicName": row.clinic_names, "serviceName": row.service_names,
            "complaint": complaint.map(|complaint| complaint.text), "createdAt": row.created_at,
            "bookedBy": row.booked_how, "channel": row.channel, "visitor": visitor,
        }));
    }
    parts.insert(0, Exported { name: "bookings", rows: bookings, files: Vec::new() });
    Ok(parts)
}

/// What he waits for, what was offered to him, of what he was reminded, and which calendars he has.
async fn around_visits(app: &App, subject: Uuid) -> Result<Vec<Exported>> {
    let reader = app.db.reader();
    let waiting = rows::every_entry(&reader, subject).await?.into_iter().map(|row| {
        json!({
            "id": row.id, "clinicId": row.clinic, "serviceId": row.service, "doctorId": row.doctor, "from": row.from_day,
            "to": row.to_day, "partOfDay": row.part, "state": row.state, "createdAt": row.created_at, "endedAt": row.ended_at,
        })
    });
    let offers = rows::every_offer(&reader, subject).await?.into_iter().map(|row| {
        json!({
            "id": row.id, "waitingId": row.waiting, "doctorId": row.doctor, "startsAt": row.starts_at, "state": row.state,
            "until": row.until,
        })
    });
    let reminders = rows::every_reminder(&reader, subject)
        .await?
        .into_iter()
        .map(|row| json!({ "bookingId": row.booking, "channel": row.channel, "dueAt": row.due_at, "state": row.state }));
    let feeds = rows::feeds(&reader, subject).await?.into_iter();
    let feeds = feeds.map(|row| json!({ "id": row.id, "language": row.lang, "createdAt": row.created_at }));
    let part = |name, rows: Vec<serde_json::Value>| Exported { name, rows, files: Vec::new() };
    let parts = [
        part("waitingList", waiting.collect()),
        part("offers", offers.collect()),
        part("reminders", reminders.collect()),
        part("calendarFeeds", feeds.collect()),
    ];
    Ok(parts.into_iter().filter(|part| !part.rows.is_empty()).collect())
}
