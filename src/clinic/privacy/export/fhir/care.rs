//! Visits, courses of treatment, documents, what was said, and what it cost.

use super::super::page::FILE;
use super::{Bundle, OPERATOR, instant, said, text};
use serde_json::{Value, json};

const LOINC: &str = "http://loinc.org";

/// The clinic, the doctor and the service of a row, as resources. Each is named only where the row names it.
struct Office {
    clinic: Option<Value>,
    doctor: Option<Value>,
    service: Option<Value>,
}

fn office(bundle: &mut Bundle, row: &Value) -> Office {
    let clinic = text(row, "clinicId").map(|id| organization(bundle, id, row));
    let doctor = text(row, "doctorId").map(|id| practitioner(bundle, id, bundle.name(row, "doctorName")));
    let service = text(row, "serviceId").map(|id| {
        let (name, by) = (bundle.name(row, "serviceName"), clinic.clone());
        bundle.add("HealthcareService", id, json!({ "name": name, "providedBy": by }));
        bundle.reference("HealthcareService", id)
    });
    Office { clinic, doctor, service }
}

fn organization(bundle: &mut Bundle, id: &str, row: &Value) -> Value {
    let (name, operator) = (bundle.name(row, "clinicName"), bundle.reference("Organization", OPERATOR));
    bundle.add("Organization", id, json!({ "name": name, "partOf": operator }));
    bundle.reference("Organization", id)
}

/// Staff who stand in a copy by their role alone have no name here.
fn practitioner(bundle: &mut Bundle, id: &str, name: Option<&str>) -> Value {
    bundle.add("Practitioner", id, json!({ "active": true, "name": [{ "text": name }] }));
    bundle.reference("Practitioner", id)
}

pub fn booking(bundle: &mut Bundle, row: &Value) {
    let (Some(id), Some(state)) = (text(row, "id"), text(row, "state")) else { return };
    let office = office(bundle, row);
    let reason = [said(text(row, "complaint"))];
    let times = instant(row, "startsAt").zip(instant(row, "endsAt"));
    if let Some((start, end)) = times {
        let actors = [Some(bundle.patient()), office.doctor.clone(), office.service.clone()];
        let participants = actors.into_iter().flatten().map(|actor| json!({ "actor": actor, "status": "accepted" }));
        let appointment = json!({
            "status": appointment_status(state), "serviceType": [said(bundle.name(row, "serviceName"))], "start": start,
            "end": end, "created": text(row, "createdAt"), "reasonCode": reason,
            "participant": participants.collect::<Vec<_>>(),
        });
        bundle.add("Appointment", id, appointment);
    }
    let Some(status) = encounter_status(state) else { return };
    let period = json!({
        "start": text(row, "begunAt").or_else(|| text(row, "startsAt")),
        "end": text(row, "finishedAt").or_else(|| text(row, "endsAt")).filter(|_| status == "finished"),
    });
    let appointment = times.map(|_| bundle.reference("Appointment", id));
    let episode = text(row, "episode").map(|episode| bundle.reference("EpisodeOfCare", episode));
    let encounter = json!({
        "status": status, "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB" },
        "serviceType": said(bundle.name(row, "serviceName")), "subject": bundle.patient(), "period": period,
        "participant": [{ "individual": office.doctor }], "appointment": [appointment], "episodeOfCare": [episode],
        "serviceProvider": office.clinic, "reasonCode": reason,
    });
    bundle.add("Encounter", id, encounter);
}

fn appointment_status(state: &str) -> &'static str {
    match state {
        "requested" => "proposed",
        "held" => "pending",
        "booked" => "booked",
        "arrived" => "arrived",
        "inProgress" => "checked-in",
        "done" => "fulfilled",
        "noShow" => "noshow",
        _ => "cancelled",
    }
}

/// None where nobody came.
fn encounter_status(state: &str) -> Option<&'static str> {
    match state {
        "arrived" => Some("arrived"),
        "inProgress" => Some("in-progress"),
        "done" => Some("finished"),
        _ => None,
    }
}

pub fn episode(bundle: &mut Bundle, row: &Value) {
    let Some(id) = text(row, "id") else { return };
    let closed = text(row, "closedAt");
    let episode = json!({
        "status": if closed.is_some() { "finished" } else { "active" }, "patient": bundle.patient(),
        "managingOrganization": bundle.reference("Organization", OPERATOR),
        "period": { "start": text(row, "openedAt"), "end": closed },
    });
    bundle.add("EpisodeOfCare", id, episode);
}

/// A document whose bytes lie beside the bundle. What has none yet is no document.
pub fn document(bundle: &mut Bundle, row: &Value) {
    let Some(id) = text(row, "id").filter(|_| text(row, "state").is_none_or(|state| state == "complete")) else { return };
    let author = match text(row, "authorId") {
        Some(author) => practitioner(bundle, author, text(row, "authorName")),
        None if text(row, "writtenBy") == Some("staff") => Value::Null,
        None => bundle.patient(),
    };
    let custodian = match text(row, "clinicId") {
        Some(clinic) => organization(bundle, clinic, row),
        None => bundle.reference("Organization", OPERATOR),
    };
    let code = match text(row, "kind") {
        Some("conclusion") => json!([{ "system": LOINC, "code": "11488-4" }]),
        Some("referral") => json!([{ "system": LOINC, "code": "57133-1" }]),
        Some("prescription") => json!([{ "system": LOINC, "code": "57833-6" }]),
        _ => Value::Null,
    };
    let replaces = text(row, "correctsId").map(|earlier| {
        let target = bundle.reference("DocumentReference", earlier);
        json!({ "code": "replaces", "target": target })
    });
    let attachment = json!({
        "contentType": text(row, "mediaType").unwrap_or("application/octet-stream"), "title": text(row, "fileName"),
        "size": row.get("sizeBytes"), "creation": text(row, "createdAt"),
        "url": text(row, FILE).map(|file| format!("../{file}")),
    });
    let document = json!({
        "status": "current", "type": { "coding": code, "text": text(row, "kind") }, "subject": bundle.patient(),
        "date": instant(row, "completedAt"), "author": [author], "custodian": custodian,
        "description": text(row, "title"), "relatesTo": [replaces], "content": [{ "attachment": attachment }],
    });
    bundle.add("DocumentReference", id, document);
}

pub fn conversation(bundle: &mut Bundle, row: &Value) {
    if let (Some(id), Some("doctor")) = (text(row, "id"), text(row, "with")) {
        bundle.conversations.insert(id.to_owned());
    }
}

pub fn message(bundle: &mut Bundle, row: &Value) {
    let (Some(id), Some(conversation)) = (text(row, "id"), text(row, "conversationId")) else { return };
    if !bundle.conversations.contains(conversation) {
        return;
    }
    let patient = bundle.patient();
    let (sender, recipient) = match text(row, "authorId") {
        Some(author) => (Some(practitioner(bundle, author, text(row, "authorName"))), Some(patient.clone())),
        None if text(row, "from") == Some("staff") => (None, Some(patient.clone())),
        None => (Some(patient.clone()), None),
    };
    let documents = row.get("documentIds").and_then(Value::as_array).cloned().unwrap_or_default();
    let attached = documents.iter().filter_map(Value::as_str);
    let attached = attached.map(|document| json!({ "contentReference": bundle.reference("DocumentReference", document) }));
    let words = text(row, "text").map(|words| json!({ "contentString": words }));
    let payload: Vec<Value> = words.into_iter().chain(attached).collect();
    let communication = json!({
        "status": "completed", "subject": patient, "sent": text(row, "at"), "sender": sender, "recipient": [recipient],
        "payload": payload,
    });
    bundle.add("Communication", id, communication);
}

/// What was charged. A notice of payment would need the reconciliation of a bank, which nobody here has.
pub fn charge(bundle: &mut Bundle, row: &Value) {
    let (Some(id), Some(currency)) = (text(row, "id"), text(row, "currency")) else { return };
    let status = match text(row, "state") {
        Some("paid" | "partlyRefunded" | "refunded") => "balanced",
        Some("canceled" | "failed") => "cancelled",
        _ => "issued",
    };
    let issuer = bundle.reference("Organization", OPERATOR);
    let amount = row.get("amount").and_then(Value::as_i64).map(|minor| minor as f64 / 100.0);
    let invoice = json!({
        "status": status, "subject": bundle.patient(), "date": text(row, "createdAt"), "issuer": issuer,
        "totalGross": amount.map(|value| json!({ "value": value, "currency": currency })),
    });
    bundle.add("Invoice", id, invoice);
}
