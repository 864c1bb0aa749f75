//! What this room knows of somebody, for his export.

use super::claim_rows;
use super::credential_rows;
use super::credentials::Login;
use super::holding::Claimed;
use super::identifier::Identifier;
use super::person::{Contact, Person};
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
    let mut parts = vec![
        Exported { name: "account", rows: vec![account], files: Vec::new() },
        Exported { name: "sessions", rows: sessions, files: Vec::new() },
        Exported { name: "numberClaims", rows: claims(app, keys).await?, files: Vec::new() },
    ];
    // The login is his; the hash of his password is a secret of the house and says nothing to anybody.
    if let Some(row) = credential_rows::find(&app.db.reader(), keys.subject).await? {
        let held: Login = contacts.open(keys.subject, &row.login)?;
        let credentials = json!({
            "login": held.login, "state": row.state, "issuedAt": row.issued_at, "issuedUntil": row.issued_until,
            "changedAt": row.changed_at,
        });
        parts.push(Exported { name: "credentials", rows: vec![credentials], files: Vec::new() });
    }
    Ok(parts)
}

/// One's own numbers are exported in full: that is what an export is for.
fn profile(person: Person) -> Value {
    json!({
        "name": person.name, "surname": person.surname, "givenName": person.given_name, "patronymic": person.patronymic,
        "birthDate": person.birth_date, "age": person.age.map(|age| json!({"years": age.years, "saidOn": age.said_on})),
        "sex": person.sex, "identifiers": person.identifiers.iter().map(number).collect::<Vec<_>>(),
    })
}

fn number(number: &Identifier) -> Value {
    let policy = number.policy.as_ref().map(|policy| {
        let judgement = policy.judgement.map(|said| json!({"isVerified": said.is_verified, "at": said.at, "staff": said.by}));
        json!({
            "id": policy.id, "declaredAt": policy.declared_at, "validFrom": policy.valid_from, "validTo": policy.valid_to,
            "scanDocumentId": policy.scan, "judgement": judgement,
        })
    });
    json!({
        "system": number.system, "value": number.value, "insurer": number.insurer, "country": number.country,
        "checked": number.checked, "policy": policy,
    })
}

/// Claims for numbers that somebody else held. Of whom, nobody learns.
async fn claims(app: &App, keys: &SubjectKeys) -> Result<Vec<Value>> {
    let rows = claim_rows::all_of(&app.db.reader(), keys.subject).await?;
    let grant = app.own_grant(keys, Class::Identity).await?;
    let mut claims = Vec::with_capacity(rows.len());
    for row in rows {
        let claimed: Claimed = grant.open(row.id, &row.sealed)?;
        claims.push(json!({
            "id": row.id, "number": number(&claimed.number), "state": row.state, "createdAt": row.created_at,
            "settledAt": row.settled_at,
        }));
    }
    Ok(claims)
}
