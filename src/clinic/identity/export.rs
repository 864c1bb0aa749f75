//! What this room knows of somebody, for his export.

use super::person::{Contact, Person};
use super::representation;
use super::rows;
use super::sessions::Device;
use crate::app::App;
use crate::app::room::Exported;
use crate::kernel::error::Result;
use crate::kernel::vault::{Class, SubjectKeys};
use serde_json::{Value, json};

pub async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let Some(row) = rows::find_patient(&app.db.reader(), keys.subject).await? else { return Ok(Vec::new()) };
    let contacts = app.own_grant(keys, Class::Contact).await?;
    let contact: Contact = contacts.open(keys.subject, &row.contact)?;
    let person: Option<Person> = match &row.identity {
        Some(sealed) => Some(app.own_grant(keys, Class::Identity).await?.open(keys.subject, sealed)?),
        None => None,
    };
    let points = contact.points.into_iter().map(|point| {
        json!({
            "channel": point.target.channel, "to": point.target.shown, "lookedUpAs": point.target.lookup,
            "verifiedAt": point.verified_at,
        })
    });
    let account = json!({
        "id": keys.subject, "state": row.state, "createdAt": row.created_at, "acceptedPolicyVersion": row.accepted_version,
        "contacts": points.collect::<Vec<_>>(), "profile": person.map(profile),
    });
    let mut sessions = Vec::new();
    for session in rows::all_sessions(&app.db.reader(), keys.subject).await? {
        let device = session.device.as_ref().map(|sealed| contacts.open::<Device>(session.id, sealed)).transpose()?;
        sessions.push(json!({
            "id": session.id, "deviceName": device.map(|device| device.name), "createdAt": session.created_at,
            "usedAt": session.used_at, "endedAt": session.ended_at,
        }));
    }
    Ok(vec![
        Exported { name: "account", rows: vec![account], files: Vec::new() },
        Exported { name: "sessions", rows: sessions, files: Vec::new() },
        representation::export(app, keys).await?,
    ])
}

/// One's own numbers are exported in full: that is what an export is for.
fn profile(person: Person) -> Value {
    let identifiers = person.identifiers.into_iter().map(|identifier| {
        json!({
            "system": identifier.system, "value": identifier.value, "insurer": identifier.insurer, "checked": identifier.checked,
        })
    });
    json!({
        "surname": person.surname, "givenName": person.given_name, "patronymic": person.patronymic,
        "birthDate": person.birth_date, "sex": person.sex, "identifiers": identifiers.collect::<Vec<_>>(),
    })
}
