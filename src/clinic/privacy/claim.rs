//! A claim: somebody says that his data was harmed. An officer takes what proves how it was handled, of one person and one
//! stretch of time, under a signature: the lines of the trail, who was shown what, and to what he agreed.

use super::acceptances;
use super::consents;
use super::freeze;
use super::rows;
use crate::app::App;
use crate::clinic::identity::Caller;
use crate::kernel::audit::{self, ChainedLine};
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::lang::Lang;
use crate::kernel::vault::{Class, SubjectKeys};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;
use uuid::Uuid;

/// Why the officer opens what he opens: the person reads it in his log.
const BASIS: &str = "claim";
/// Lines of one bundle: a year of a busy record. A longer time is taken in several.
const LINES_MAX: u64 = 10_000;

/// A bundle, and its signature over exactly these bytes.
pub struct Bundle {
    pub text: String,
    pub signature: [u8; 64],
    pub public_key: [u8; 32],
}

/// Makes the bundle of a person whom the officer has found.
///
/// # Errors
/// `invalid` at `?to` where there are more lines than one bundle takes.
pub async fn bundle(
    app: &App,
    officer: &Caller,
    operation: &'static str,
    keys: &SubjectKeys,
    within: &Range<DateTime<Utc>>,
) -> Result<Bundle> {
    let openings = app.openings(officer.actor(operation), officer.asker());
    let grant = openings.grant_on(BASIS, keys.subject, Class::Evidence, ("patient", keys.subject)).await?;
    let reader = app.db.reader();
    let trail = audit::lines_about(&reader, keys.mark, within, LINES_MAX + 1).await?;
    if trail.len() as u64 > LINES_MAX {
        return Err(Error::field("?to", Fault::OutOfRange));
    }
    let mut accepted = Vec::new();
    for row in rows::acceptances(&reader, keys.subject).await?.into_iter().filter(|row| row.at < within.end) {
        let evidence: acceptances::Evidence = grant.open(row.id, &row.sealed)?;
        accepted.push(json!({
            "id": row.id, "version": row.version, "at": row.at, "textHash": evidence.text_hash, "language": evidence.language,
        }));
    }
    let mut consented = Vec::new();
    let is_within = |row: &&rows::consent::Model| {
        row.given_at < within.end && row.withdrawn_at.is_none_or(|withdrawn| withdrawn >= within.start)
    };
    for row in rows::consents(&reader, keys.subject).await?.iter().filter(is_within) {
        let evidence: consents::Evidence = grant.open(row.id, &row.sealed)?;
        consented.push(json!({
            "id": row.id, "item": row.item, "state": row.state, "givenAt": row.given_at, "withdrawnAt": row.withdrawn_at,
            "text": evidence.text, "language": evidence.language,
        }));
    }
    let bundle = json!({
        "format": 1, "kind": "claim", "subject": keys.subject, "mark": hex::encode(keys.mark), "from": within.start,
        "to": within.end, "madeAt": app.ambient.now(), "madeBy": officer.id,
        "operator": app.profile.operator.name.in_lang(Lang::En),
        "profile": format!("{} {}", app.profile.id, app.profile.revision),
        "openings": openings_of(app, &trail).await?, "disclosures": disclosures(app, keys, within).await?, "consents": consented, "acceptances": accepted, "trail": trail,
    });
    let text = serde_json::to_string_pretty(&bundle).map_err(|_| Error::internal("a claim bundle could not be written"))?;
    let signature = app.sealer.sign_json(text.as_bytes())?;
    openings.answer(Bundle { text, signature, public_key: app.sealer.public_key() }).await
}

/// Who of the staff was shown what, by name.
async fn openings_of(app: &App, trail: &[ChainedLine]) -> Result<Vec<Value>> {
    let mut names: HashMap<Uuid, Option<String>> = HashMap::new();
    let mut shown = Vec::new();
    for line in trail.iter().filter(|line| line.action == "open") {
        let Some(staff) = line.who.strip_prefix("staff:").and_then(|id| id.parse::<Uuid>().ok()) else { continue };
        if let Entry::Vacant(unknown) = names.entry(staff) {
            unknown.insert(freeze::staff_name(app, staff).await?.map(|(name, _)| name));
        }
        shown.push(json!({
            "line": line.id, "at": line.at, "staff": staff, "staffName": names.get(&staff), "objectKind": line.object_kind,
            "objectId": line.object_id, "class": line.class, "basis": line.basis,
        }));
    }
    Ok(shown)
}

/// What was handed to recipients outside, as the person's own export tells it: the room that discloses stands above this one.
async fn disclosures(app: &App, keys: &SubjectKeys, within: &Range<DateTime<Utc>>) -> Result<Vec<Value>> {
    let Some(export) = app.rooms.iter().find(|room| room.name == "sharing").and_then(|room| room.export) else {
        return Ok(Vec::new());
    };
    let is_within =
        |row: &Value| row["at"].as_str().and_then(|at| at.parse::<DateTime<Utc>>().ok()).is_some_and(|at| within.contains(&at));
    let parts = export(app, keys).await?;
    let rows = parts.into_iter().filter(|part| part.name == "disclosures").flat_map(|part| part.rows);
    Ok(rows.filter(is_within).collect())
}
