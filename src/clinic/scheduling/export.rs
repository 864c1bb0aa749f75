//! What this room knows of somebody, for his export: his bookings, and why he came.

use super::booking::Complaint;
use super::rows;
use super::visitor::Visitor;
use super::wishes::WishText;
use crate::app::App;
use crate::app::room::Exported;
use crate::kernel::error::Result;
use crate::kernel::vault::{Class, SubjectKeys};
use serde_json::{Value, json};
use uuid::Uuid;

pub async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let around = around_visits(app, keys.subject).await?;
    let rows = rows::every_of_subject(&app.db.reader(), keys.subject).await?;
    let wishes = rows::every_wish_of(&app.db.reader(), keys.subject).await?;
    let courses = rows::every_episode_of(&app.db.reader(), keys.subject).await?;
    if rows.is_empty() && wishes.is_empty() {
        return Ok(around);
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
            "doctorId": row.doctor, "clinicId": row.clinic, "serviceId": row.service,
            "doctorName": row.doctor_names, "clinicName": row.clinic_names, "serviceName": row.service_names,
            "complaint": complaint.map(|complaint| complaint.text), "createdAt": row.created_at,
            "bookedBy": row.booked_how, "channel": row.channel, "visitor": visitor, "payer": row.payer,
            "series": row.series, "episode": row.episode, "arrivedAt": row.arrived_at, "begunAt": row.begun_at,
            "finishedAt": row.finished_at, "ground": row.ground, "moves": moves_of(app, row.id).await?,
        }));
    }
    let mut wished = Vec::with_capacity(wishes.len());
    for row in wishes {
        let text = row.text.as_ref().map(|sealed| grant.open::<WishText>(row.id, sealed)).transpose()?;
        wished.push(json!({
            "id": row.id, "state": row.state, "from": row.first_day, "to": row.last_day, "part": row.part,
            "doctorName": row.doctor_names, "serviceName": row.service_names, "text": text.map(|said| said.text),
            "createdAt": row.created_at, "closedAt": row.closed_at, "booking": row.booking,
        }));
    }
    let course = |row: rows::Episode| json!({"id": row.id, "openedAt": row.opened_at, "closedAt": row.closed_at});
    let parts = [("bookings", bookings), ("bookingWishes", wished), ("episodes", courses.into_iter().map(course).collect())];
    let filled = parts.into_iter().filter(|(_, rows)| !rows.is_empty());
    let filled = filled.map(|(name, rows)| Exported { name, rows, files: Vec::new() });
    Ok(filled.chain(around).collect())
}

/// What he waits for, what was offered to him, of what he was reminded, and which calendars he has.
async fn around_visits(app: &App, subject: Uuid) -> Result<Vec<Exported>> {
    let reader = app.db.reader();
    let waiting = rows::every_entry(&reader, subject).await?.into_iter().map(|row| {
        json!({
            "id": row.id, "clinicId": row.clinic, "serviceId": row.service, "doctorId": row.doctor, "from": row.from_day,
            "to": row.to_day, "part": row.part, "state": row.state, "createdAt": row.created_at, "endedAt": row.ended_at,
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
    let part = |name, rows: Vec<Value>| Exported { name, rows, files: Vec::new() };
    let parts = [
        part("waitingList", waiting.collect()),
        part("offers", offers.collect()),
        part("reminders", reminders.collect()),
        part("calendarFeeds", feeds.collect()),
    ];
    Ok(parts.into_iter().filter(|part| !part.rows.is_empty()).collect())
}

/// How a booking was moved.
async fn moves_of(app: &App, booking: Uuid) -> Result<Vec<Value>> {
    let moves = rows::moves(&app.db.reader(), booking).await?;
    let moved = |row: rows::Move| json!({"at": row.at, "from": row.from_starts_at, "to": row.to_starts_at, "by": row.how});
    Ok(moves.into_iter().map(moved).collect())
}
