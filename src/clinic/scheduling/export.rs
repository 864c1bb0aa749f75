//! What this room knows of somebody, for his export: his bookings, and why he came.

use super::booking::Complaint;
use super::rows;
use crate::app::App;
use crate::app::room::Exported;
use crate::kernel::error::Result;
use crate::kernel::vault::{Class, SubjectKeys};
use serde_json::json;

pub async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let rows = rows::every_of_subject(&app.db.reader(), keys.subject).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let grant = app.own_grant(keys, Class::Clinical).await?;
    let mut bookings = Vec::with_capacity(rows.len());
    for row in rows {
        let complaint = row.complaint.as_ref().map(|sealed| grant.open::<Complaint>(row.id, sealed)).transpose()?;
        bookings.push(json!({
            "id": row.id, "state": row.state, "startsAt": row.starts_at, "endsAt": row.ends_at, "zone": row.zone,
            "doctorName": row.doctor_names, "clinicName": row.clinic_names, "serviceName": row.service_names,
            "complaint": complaint.map(|complaint| complaint.text), "createdAt": row.created_at, "channel": row.channel,
        }));
    }
    Ok(vec![Exported { name: "bookings", rows: bookings, files: Vec::new() }])
}
